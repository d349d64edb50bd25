"""Credentials named after the service they are for, assigned in many languages.

The forms and services are like those that gitleaks tests its rules with; what is masked of its own
samples is told in `docs/store.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from .secret_scenes import ALNUM, HEX, URLSAFE, some

SERVICES = (
    *("algolia", "bitbucket", "codecov", "coinbase", "confluent", "datadog", "dropbox", "etsy"),
    *("fastly", "flickr", "heroku", "hubspot", "intercom", "kraken", "launchdarkly", "linkedin"),
    *("looker", "mailgun", "mapbox", "netlify", "okta", "plaid", "rapidapi", "snyk", "trello"),
)
NAMES = (
    *("{low}Token", "{low}_token", "{up}_TOKEN", "{low}Secret", "{up}_SECRET", "{low}_password"),
    *("{low}-api-token", "{up}_CREDENTIALS"),
)
FORMS = (
    *('{n}="{s}"', "{n} = '{s}'", "{n}={s}", "{n} = {s}", '{{"{n}": "{s}"}}', "{n}: {s}"),
    *('{n}: "{s}"', "<{n}>{s}</{n}>", "<{n}>\n    {s}\n</{n}>", 'string {n} = "{s}";'),
    *('var {n} string = "{s}"', '{n} := "{s}"', "{n} := `{s}`", '${n} .= "{s}"', '"{n}" => "{s}"'),
    *('System.setProperty("{n}", "{s}")', '{n} ?= "{s}"', '{n} ::= "{s}"', "{n}\t{s}"),
)
#: names of what is stored in a table or a cache, and numbers of what is counted
HARMLESS = (
    'cache_key = "9f86d081884c7d659a2feaa0"',
    "partition_key: 9f86d081884c7d659a2feaa0",
    '{"publicKey": "MFkwEwYHKoZIzj0CAQYIKoZI"}',
    "max_tokens = 1048576, prompt_tokens=12345678901234",
    "decoded_secret = base64.b64decode(secret[6:])",
    "the token of position 1234567890123456789 in the text",
    "password: Optional[str] = None  # of 12 or more characters",
    "monkey = 'abcdefgh12345678ijkl'",
)


def _value(r: Random) -> str:
    alphabet, length = r.choice(((HEX, 32), (ALNUM, 24), (ALNUM, 16), (URLSAFE, 40)))
    made = some(r, ALNUM, 1) + some(r, alphabet, length - 3)
    return made + r.choice("123456789") + r.choice("abcdef")


def vendors(seed: int) -> Iterator[tuple[str, str, str]]:
    """Form, secret, text that holds it."""
    r = Random(seed)
    for service in SERVICES:
        for name in NAMES:
            for form in FORMS:
                secret = _value(r)
                named = name.format(low=service, up=service.upper())
                yield form, secret, form.format(n=named, s=secret)
