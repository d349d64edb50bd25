"""Secrets as programs hold them, made up by their issuers' published formats.

The places they stand in were looked at while the patterns were written (`TUNED`), or never
(`HELD_OUT`).
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"

Random = random.Random


def some(r: Random, alphabet: str, low: int, high: int = 0) -> str:
    return "".join(r.choices(alphabet, k=r.randint(low, high or low)))


def mixed(r: Random, alphabet: str, length: int) -> str:
    """With at least one digit, as practically every random string of that length has."""
    text = some(r, alphabet, length - 1)
    at = r.randrange(length)
    return text[:at] + r.choice(string.digits) + text[at:]


def _jwt(r: Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256'})}.{part({'sub': some(r, HEX, 12)})}.{some(r, URLSAFE, 43)}"


#: issuer: the secret
SHAPES: dict[str, Callable[[Random], str]] = {
    "openai": lambda r: f"sk-{mixed(r, ALNUM, 48)}",
    "openai project": lambda r: f"sk-proj-{mixed(r, URLSAFE, 120)}",
    "anthropic": lambda r: f"sk-ant-api03-{mixed(r, URLSAFE, 93)}AA",
    "openrouter": lambda r: f"sk-or-v1-{some(r, HEX, 64)}",
    "langfuse": lambda r: f"sk-lf-{some(r, HEX, 8)}-{some(r, HEX, 4)}-{some(r, HEX, 12)}",
    "aws id": lambda r: f"AKIA{some(r, UPPER, 16)}",
    "aws session id": lambda r: f"ASIA{some(r, UPPER, 16)}",
    "github": lambda r: f"ghp_{mixed(r, ALNUM, 36)}",
    "github fine": lambda r: f"github_pat_{mixed(r, ALNUM, 22)}_{mixed(r, ALNUM, 59)}",
    "gitlab": lambda r: f"glpat-{some(r, URLSAFE, 20)}",
    "slack bot": lambda r: f"xoxb-{some(r, '0123456789', 12)}-{some(r, ALNUM, 24)}",
    "slack hook": lambda r: (
        f"https://hooks.slack.com/services/T{some(r, UPPER, 8)}/B{some(r, UPPER, 8)}/"
        f"{some(r, ALNUM, 24)}"
    ),
    "google": lambda r: f"AIza{some(r, URLSAFE, 35)}",
    "google oauth": lambda r: f"ya29.{some(r, URLSAFE, 120)}",
    "google client": lambda r: f"GOCSPX-{some(r, URLSAFE, 28)}",
    "stripe": lambda r: f"sk_live_{some(r, ALNUM, 24)}",
    "stripe hook": lambda r: f"whsec_{some(r, ALNUM, 32)}",
    "sendgrid": lambda r: f"SG.{some(r, URLSAFE, 22)}.{some(r, URLSAFE, 43)}",
    "hugging face": lambda r: f"hf_{mixed(r, string.ascii_letters, 34)}",
    "groq": lambda r: f"gsk_{mixed(r, ALNUM, 52)}",
    "xai": lambda r: f"xai-{mixed(r, ALNUM, 80)}",
    "perplexity": lambda r: f"pplx-{mixed(r, ALNUM, 48)}",
    "replicate": lambda r: f"r8_{mixed(r, ALNUM, 37)}",
    "tavily": lambda r: f"tvly-{mixed(r, ALNUM, 32)}",
    "pinecone": lambda r: f"pcsk_{some(r, ALNUM, 6)}_{mixed(r, ALNUM, 60)}",
    "langsmith": lambda r: f"lsv2_pt_{some(r, HEX, 32)}_{some(r, HEX, 10)}",
    "npm": lambda r: f"npm_{mixed(r, ALNUM, 36)}",
    "pypi": lambda r: f"pypi-AgEIcHlwaS5vcmc{some(r, URLSAFE, 150)}",
    "digital ocean": lambda r: f"dop_v1_{some(r, HEX, 64)}",
    "databricks": lambda r: f"dapi{some(r, HEX, 32)}",
    "notion": lambda r: f"ntn_{mixed(r, ALNUM, 46)}",
    "linear": lambda r: f"lin_api_{mixed(r, ALNUM, 40)}",
    "shopify": lambda r: f"shpat_{some(r, HEX, 32)}",
    "vault": lambda r: f"hvs.{some(r, URLSAFE, 90)}",
    "atlassian": lambda r: f"ATATT3xFfGF0{some(r, URLSAFE, 180)}",
    "jwt": _jwt,
    "telegram": lambda r: f"{some(r, '123456789', 10)}:AA{some(r, URLSAFE, 33)}",
    "nvidia": lambda r: f"nvapi-{mixed(r, ALNUM, 64)}",
    "discord hook": lambda r: (
        f"https://discord.com/api/webhooks/{some(r, '123456789', 18)}/{some(r, URLSAFE, 68)}"
    ),
}


def _password(r: Random) -> str:
    word = r.choice(
        ("Sommer", "dragon", "Tr0ub4dor", "hunter", "correct-horse", "pa$$w0rd", "qwErtz")
    )
    return f"{word}{r.randint(10, 9999)}{r.choice(('!', '', '#', '.'))}"


#: what is a secret only by its name
NAMED: dict[str, Callable[[Random], str]] = {
    "aws secret": lambda r: mixed(r, ALNUM + "/+", 40),
    "azure openai": lambda r: some(r, HEX, 32),
    "azure openai, new": lambda r: mixed(r, ALNUM, 84),
    "mistral": lambda r: mixed(r, ALNUM, 32),
    "cohere": lambda r: mixed(r, ALNUM, 40),
    "uuid": lambda r: "-".join(some(r, HEX, n) for n in (8, 4, 4, 4, 12)),
    "password": _password,
}

NAMES = (
    *("api_key", "OPENAI_API_KEY", "apiKey", "password", "DB_PASSWORD", "client_secret"),
    *("AWS_SECRET_ACCESS_KEY", "access_token", "refreshToken", "azure_api_key", "x-api-key"),
)
NAMES_SEEN_LATER = (
    *("AZURE_OPENAI_API_KEY", "db_passwd", "clientSecret", "auth-token", "SMTP_PASSWORD"),
    *("SLACK_BOT_TOKEN", "private_key_passphrase", "MISTRAL_API_KEY", "Ocp-Subscription-Key"),
)

NAMES_TUNED = NAMES + NAMES_SEEN_LATER
NAMES_HELD_OUT = (
    *("GEMINI_API_KEY", "pgpassword", "MYSQL_ROOT_PASSWORD", "webhook_secret", "authToken"),
    *("accessKey", "encryption_key", "JIRA_API_TOKEN", "session_token", "apikey"),
)

#: a shaped secret in its surroundings
TUNED: tuple[Callable[[str], str], ...] = (
    lambda s: s,
    lambda s: f"use {s} please",
    lambda s: json.dumps({"content": f"my key is {s}."}),
    lambda s: f"export KEY={s}\n",
    lambda s: f"client = Client({s!r})",
    lambda s: f"curl -H 'Authorization: Bearer {s}' https://api.example.com",
    lambda s: f"<config><entry>{s}</entry></config>",
    lambda s: f"| service | {s} |",
    lambda s: json.dumps({"text": json.dumps({"headers": [s]})}),
    lambda s: f"https://example.com/v1?k={s}&page=2",
    lambda s: f"Error: 401 for key `{s}`, try another",
    lambda s: f"git clone https://oauth2:{s}@git.example.com/x.git",
    lambda s: f"# {s}\nprint('x')",
)
HELD_OUT: tuple[Callable[[str], str], ...] = (
    lambda s: f"- token: {s}\n- other: none\n",
    lambda s: f"The user gave me this: \u201c{s}\u201d. Shall I go on?",
    lambda s: f"[DEFAULT]\nvalue={s}\n",
    lambda s: f"{{'messages': [{{'role': 'user', 'content': 'try {s}'}}]}}",
    lambda s: f"x,y\n1,{s}\n2,3\n",
    lambda s: f"docker run -e K={s} image",
    lambda s: f"fetch(url, {{headers: {{'X': `{s}`}}}})",
)
#: a named secret: by name and value
NAMED_TUNED: tuple[Callable[[str, str], str], ...] = (
    lambda n, s: json.dumps({"user": "a", n: s, "port": 1}),
    lambda n, s: f"{n}={s}\n",
    lambda n, s: f'{n} = "{s}"',
    lambda n, s: json.dumps({"content": json.dumps({n: s})}),
    lambda n, s: f"connect({n}='{s}', timeout=3)",
    lambda n, s: f"{n}: {s}\nhost: example.com\n",
    lambda n, s: f"os.environ['{n}'] = '{s}'",
    lambda n, s: f"run --verbose --{n} {s} --dry",
    lambda n, s: f"ENV {n}={s}",
    lambda n, s: f"Server=db;User Id=sa;{n}={s};Encrypt=yes",
    lambda n, s: json.dumps({"args": {n: s}}, indent=2),
    lambda n, s: f"curl -H '{n}: {s}' https://example.com",
    lambda n, s: str({n: s}),
)
NAMED_HELD_OUT: tuple[Callable[[str, str], str], ...] = (
    lambda n, s: f'<add key="x" {n}="{s}" />',
    lambda n, s: f"docker run -e {n}={s} -p 80:80 image",
    lambda n, s: f"config.{n} = '{s}';",
    lambda n, s: f'[db]\n{n} = "{s}"\nport = 1\n',
    lambda n, s: json.dumps({"tool": "login", "arguments": json.dumps({"u": "bob", n: s})}),
    lambda n, s: f"const {n} = `{s}`;",
    lambda n, s: f"self.{n}: str = '{s}'",
    lambda n, s: f"setx {n} {s}",
    lambda n, s: f"the {n} is {s}",
)


def bank(seed: int, rounds: int, *, held_out: bool) -> Iterator[tuple[str, str, str]]:
    """Kind, secret, text that holds it."""
    r = Random(seed)
    for _ in range(rounds):
        for kind, make in SHAPES.items():
            secret = make(r)
            yield kind, secret, r.choice(HELD_OUT if held_out else TUNED)(secret)
        for kind, make in NAMED.items():
            secret = make(r)
            name = r.choice(NAMES_HELD_OUT if held_out else NAMES_TUNED)
            yield kind, secret, r.choice(NAMED_HELD_OUT if held_out else NAMED_TUNED)(name, secret)
        secret = _password(r).replace("#", "")
        scheme = r.choice(("postgresql", "mongodb+srv", "redis", "amqp", "mysql+pymysql"))
        yield "url", secret, f"see {scheme}://app:{secret}@db.example.com:5432/x?y=1"
        lines = "\n".join(some(r, ALNUM + "+/", 64) for _ in range(4))
        kind = r.choice(("RSA ", "", "OPENSSH ", "EC "))
        key = f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"
        yield "private key", lines[:64], json.dumps({"key": key}) if held_out else key
