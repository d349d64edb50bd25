"""Secrets are masked before a recording reaches the disk.

Three kinds are known: shapes that are secrets wherever they stand (keys and tokens that their
issuers gave a prefix, private keys, credentials in URLs), values named as a secret by their key,
and what the user's own patterns match. Cheap looks decide first whether any of it is worth running:
on ordinary text nothing else happens. Each pattern's repetitions are bounded, so that no text takes
it more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_letters, ascii_uppercase, digits
from typing import Final

from . import places
from .issuers import PREFIXES
from .late import Late
from .places import MASK, STANDIN

_SHAPES: Final = Late(
    rb"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))(?P<keep>"  # or behind a line's end as JSON writes it
    + rb"|".join(prefix + rest for prefix, rest in PREFIXES)
    + rb")[A-Za-z0-9._~+/=-]+"
)
_PRIVATE_KEY: Final = Late(
    rb"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----).*?"
    rb"(-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_URL: Final = Late(
    rb"(\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s/:@\"'<>]{0,100}:)[^\s/@\"'<>]{1,200}(?=@)"
)
#: https://TOKEN@host
_USER: Final = Late(rb"(://)(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,200}(?=@)")
_SIGNED: Final = Late(
    rb"(?i)([?&](?:sig|signature|x-amz-signature|x-goog-signature)=)[A-Za-z0-9%+/=_-]{20,}"
)
KEYS: Final = (
    *(b"api", b"access", b"private", b"account", b"signing", b"encryption", b"service", b"auth"),
    *(b"secret", b"master", b"subscription", b"storage", b"client", b"consumer", b"app"),
    *(b"license", b"jwt", b"hmac", b"deploy"),
)
TOKENS: Final = (
    *(b"access", b"auth", b"refresh", b"api", b"bot", b"id", b"bearer", b"session", b"secret"),
    *(b"github", b"gitlab", b"slack", b"hf", b"user", b"deploy", b"personal", b"discord"),
    *(b"telegram", b"npm", b"vault", b"jwt", b"service", b"client", b"private", b"identity"),
    *(b"csrf", b"xsrf", b"push", b"webhook", b"oauth"),
)
#: What may follow such a name: password_2, api-key-value
NAMED_PART: Final = rb"(?:[_-]?(?:id|[0-9]{1,3}|value|file|data))?"
NAMES: Final = (
    rb"(?:passwor[dt]|passwd|passphrase|pwd|secret|(?:" + rb"|".join(KEYS) + rb")[_ -]?key"
    rb"|(?:" + rb"|".join(TOKENS) + rb")[_ -]?token)" + NAMED_PART
)
# "password": "value", also where the JSON is itself text in JSON and the quotes are escaped
_QUOTED: Final = Late(
    rb"(?i)("
    + NAMES
    + rb"(?P<q>\\*[\"'])\]?\s{0,20}(?::|=>?)\s{0,20}[bru]?(?P=q))"
    + rb"(?:(?!(?P=q)).){4,4000}?(?=(?P=q))"
)
#: os.environ.setdefault("API_KEY", "value"), define('PASSWORD', 'value')
_PAIR: Final = Late(
    rb"(?i)("
    + NAMES
    + rb"(?P<q>\\*[\"']),\s{0,5}(?P=q))"
    + STANDIN
    + rb"(?=[^\s\"'\\]{0,100}[0-9])[^\s\"'\\]{8,4000}(?=(?P=q))"
)
#: - name: API_KEY
#:   value: ..., also as JSON
_ENTRY: Final = Late(
    rb"(?i)(\b(?:name|key)(?:\\*[\"'])?\s{0,5}[:=]\s{0,5}(?:\\*[\"'])?[A-Za-z0-9_-]{0,60}?(?:"
    + NAMES
    + rb"|_key|_token)(?:\\*[\"'])?,?(?:\s|\\[nrt]){0,40}(?:\\*[\"'])?value(?:\\*[\"'])?"
    rb"\s{0,5}[:=]\s{0,5}(?:\\*[\"'])?)"
    + STANDIN
    + rb"(?=[^\s\"'\\]{0,100}[0-9])[^\s\"'\\]{6,4000}"
)
#: what stands between a name and its value: =, :=, ::=, ?=, =>, "string =", ">" of an element
_IS: Final = (
    rb"(?:\s{0,5}(?:[:?.+]{0,3}=>?|:)|(?:\\*[\"'])\]?,|(?::\s?|\s)[A-Za-z]{2,10}\s?=|>)"
    rb"(?:\s|\\[nrt]){0,20}"
)
#: any token by its length: token := "value", 'token: value', <token>value</token>
_TOKEN: Final = Late(
    rb"(?i)((?:token|secret|credentials?|passwor[dt]|passwd|passphrase|pwd)(?:\\*[\"'](?!,))?\]?"
    + _IS
    + rb"(?:\\*[\"'`])?)"
    + STANDIN
    + rb"(?=[A-Za-z0-9+/_.=%:~-]{0,60}[0-9])(?=[0-9+/_.=%:~-]{0,60}[A-Za-z])"
    rb"[A-Za-z0-9+/_.=%:~-]{14,4000}"
)
#: and the key of something, that is none of a table's or a cache's: herokuKey = "value"
_KEY: Final = Late(
    rb"(?i)((?P<of>[A-Za-z0-9]{1,30})[_-]?key(?:\\*[\"'](?!,))?\]?"
    + _IS
    + rb"(?:\\*[\"'`])?)"
    + STANDIN
    + rb"(?=[A-Za-z+/]{0,15}[0-9])(?=[0-9+/]{0,15}[A-Za-z])"
    rb"[A-Za-z0-9+/]{16}[A-Za-z0-9+/_.=~-]{0,4000}"
)
_NO_SECRETS: Final = (
    *(b"public", b"primary", b"foreign", b"partition", b"sort", b"cache", b"idempotency", b"row"),
    *(b"dedup", b"routing", b"object", b"hash", b"group", b"lookup", b"index", b"unique", b"map"),
    *(b"publishable", b"s3", b"config", b"query", b"mon", b"tur", b"join", b"range", b"state"),
)
#: and what an environment calls a key
_VARIABLE: Final = Late(
    rb"(\b[A-Z][A-Z0-9_]{1,60}_KEY(?:\\*[\"'])?\s?[:=]\s?(?:\\*[\"'])?)"
    + STANDIN
    + rb"(?=[^\s\"'\\]{0,100}[0-9])(?=[^\s\"'\\]{0,100}[A-Za-z])[^\s\"'\\,;&]{16,4000}"
)
_ASSIGNED: Final = Late(
    rb"(?i)("
    + NAMES
    + rb"(?:(?:: ?[A-Za-z]{2,10} ?)?=\s?|\s:?=\s?|:\s{0,2}| (?:is|was|lautet|ist) "
    rb"| \(?(?=\\*[\"'`]))"
    rb"(?P<q>\\*[\"'`]?))" + STANDIN + rb"(?=[^\s\"'\\&;,()]{0,100}[0-9])[^\s\"'\\&;,()]{6,4000}"
)
_OPTION: Final = Late(
    rb"(?i)((?<![A-Za-z0-9])--?(?:[A-Za-z0-9]{1,20}[_-]){0,4}[A-Za-z]{0,20}"
    + NAMES
    + rb"(?: |=|\", ?\"|', ?')[\"']?)"
    + STANDIN
    + rb"(?![-])(?=[^\s\"'\\]{0,100}[0-9])[^\s\"'\\]{6,4000}"
)

#: What keys and tokens are made of becomes ones, all else zeros: each of them has a long run of
#: ones, not all of it lower-case letters, which is rare in prose.
_ONES: Final = bytes(chr(n) in ascii_letters + digits + "_-+/" for n in range(256))
_RUN: Final = b"\x01" * 17
_PLAIN: Final = bytes(n for n in range(256) if chr(n) not in digits + ascii_uppercase)
UUID: Final = 36  # characters
BEFORE: Final = 24  # bytes before a run in which its prefix may begin, as in "Bearer "
BEHIND: Final = 64  # bytes behind it that belong to it
SEARCHED: Final = 4_096  # bytes of a run
_WORDS: Final = (b"passw", b"secret", b"pwd", b"passphrase")
#: what stands behind the name of a secret, where its value follows
_NEXT: Final = Late(
    rb"(?:or[dt]|d)?(?:[_-]?(?:id|[0-9]{1,3}|value|file|data))?"
    rb"(?:\\*[\"'](?:\]?\s{0,20}[:=]|, ?[\"']|,?(?:\s|\\[nrt]){0,40}(?:\\*[\"'])?value)"
    rb"|\s?:?[=:]| (?:is|was|lautet|ist) | \(?\\*[\"'`]|(?: block)?-----"
    rb"|(?:\s|\\[nrt]){1,40}value)"
)
_NAMED: Final = (*((word, ()) for word in _WORDS), (b"key", KEYS), (b"token", TOKENS))
_LONG: Final = (b"token", b"secret", b"credential", b"passw", b"passphrase", b"pwd")
_HINTS: Final = (b"key", *_LONG)  # each name has one of them
_GOES_ON: Final = frozenset(bytes((n,)) for n in range(ord("a"), ord("z") + 1))  # keys, keyword
TRIES: Final = 64  # near misses after which the whole text is searched

_own: list[re.Pattern[bytes]] = []


def use_patterns(patterns: Iterable[str]) -> None:
    """Mask also what these regular expressions match, whole. They replace the ones before.

    Raises:
        re.error: one of them is none.
    """
    _own[:] = [re.compile(pattern.encode()) for pattern in patterns]


def own_patterns() -> bool:
    """Whether the user has patterns."""
    return bool(_own)


def _shaped(data: bytes) -> bool:
    """Whether there is a secret of a known shape: the patterns are tried around long runs."""
    ones = data.translate(_ONES)
    at = ones.find(_RUN)
    tries = 0
    while at >= 0:
        end = ones.find(b"\x00", at)
        if end < 0:
            end = len(data)
        if data[at:end].translate(None, _PLAIN) and not _is_uuid(data, at, end):
            tries += 1
            if (
                tries > TRIES
                or data.startswith(b"eyJ", at)
                or _SHAPES.search(data, max(0, at - BEFORE), _stop(data, at, end))
            ):
                return True
        at = ones.find(_RUN, end)
    return False


def _stop(data: bytes, at: int, end: int) -> int:
    """Where to stop looking for the beginning of a secret in a run, and for what must follow it."""
    if data[at : at + SEARCHED].isalnum():
        return at + BEHIND
    return min(end, at + SEARCHED) + BEHIND


def _is_uuid(data: bytes, at: int, end: int) -> bool:
    return end - at == UUID and data[at + 8] == data[at + 13] == data[at + 18] == ord("-")


def _named(low: bytes, most: int = TRIES) -> bool:
    """Whether a value named as a secret may occur in lower-cased text, or too much looks so."""
    tries = 0
    for word, before in _NAMED:
        at = low.find(word)
        while at >= 0:
            end = at + len(word)
            if not before or low[max(0, at - 14) : at].rstrip(b"_ -").endswith(before):
                tries += 1
                if tries > most or _NEXT.match(low, end) or b"--" in low[max(0, at - 40) : at]:
                    return True
            at = low.find(word, end)
    return False


def _tokens(low: bytes) -> bool:
    """Whether there is a token by its length. Most are counted, so each is looked at alone."""
    for word in _LONG:
        at = low.find(word)
        while at >= 0:
            if _TOKEN.match(low, at):
                return True
            at = low.find(word, at + len(word))
    return False


def _keys(low: bytes) -> bool:
    """Whether there is the key of something."""
    at = low.find(b"key")
    while at >= 0:
        if low[at + 3 : at + 4] not in _GOES_ON and _KEY.search(low, max(0, at - 31), at + 80):
            return True
        at = low.find(b"key", at + 3)
    return False


def _hinted(low: bytes) -> bool:
    """Whether lower-cased text has the name of a secret at all: most texts have none."""
    return any(word in low for word in _HINTS)


def _key(found: re.Match[bytes]) -> bytes:
    of = found["of"].lower()
    return found[0] if of.endswith(_NO_SECRETS) else found[1] + MASK


def suspicious(data: bytes) -> bool:
    """Whether `mask` may change a part of `data`."""
    return (
        any(pattern.search(data) for pattern in _own)
        or _shaped(data)
        or ((b"@" in data or b"=" in data) and b"://" in data)
        or places.may(low := data.lower())
        or (
            _hinted(low)
            and (_tokens(low) or b"_KEY" in data or _keys(low) or _named(low, len(data)))
        )
    )


def mask(data: bytes) -> bytes:
    """`data` with every secret replaced by its recognisable prefix and `***`."""
    for pattern in _own:
        data = pattern.sub(MASK, data)
    if _shaped(data):
        data = _SHAPES.sub(rb"\g<keep>" + MASK, data)
    if (b"@" in data or b"=" in data) and b"://" in data:
        data = _URL.sub(rb"\1" + MASK, data)
        data = _USER.sub(rb"\1" + MASK, data)
        data = _SIGNED.sub(rb"\1" + MASK, data)
    low = data.lower()
    if places.may(low):
        data = places.mask(data)
    if not _hinted(low):
        return data
    if b"_KEY" in data:
        data = _ENTRY.sub(rb"\1" + MASK, data)
        data = _VARIABLE.sub(rb"\1" + MASK, data)
    if _tokens(low):
        data = _TOKEN.sub(rb"\1" + MASK, data)
    if _keys(low):
        data = _KEY.sub(_key, data)
    if _named(low):
        data = _PRIVATE_KEY.sub(rb"\1" + MASK + rb"\2", data)
        data = _QUOTED.sub(rb"\1" + MASK, data)
        data = _PAIR.sub(rb"\1" + MASK, data)
        if b"value" in low:
            data = _ENTRY.sub(rb"\1" + MASK, data)
        data = _ASSIGNED.sub(rb"\1" + MASK, data)
        data = _OPTION.sub(rb"\1" + MASK, data)
    return data


def mask_text(text: str) -> str:
    """The same for text."""
    if not text:
        return text
    data = text.encode("utf-8", "backslashreplace")
    masked = mask(data)
    return text if masked is data else masked.decode("utf-8")
