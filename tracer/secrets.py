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
from string import ascii_letters, digits
from typing import Final

_DIGIT: Final = rb"(?=[A-Za-z_-]{0,40}[0-9])"  # words of prose have none
#: Beginnings of keys and tokens whose issuers made them recognisable, each with what follows it.
_PREFIXES: Final = (
    rb"sk-(?=[A-Za-z0-9_-]{16})" + _DIGIT,  # OpenAI, Anthropic and their kin
    rb"(?:AKIA|ASIA|ABIA)(?=[0-9A-Z]{16}\b)",  # AWS
    rb"gh[pousr]_(?=[A-Za-z0-9]{20})",
    rb"github_pat_(?=[A-Za-z0-9_]{20})",
    rb"gl(?:pat|dt|rt|ptt|cbt|soat|ft)-(?=[A-Za-z0-9_-]{20})",  # GitLab
    rb"xox[abeprs]-(?=[A-Za-z0-9-]{10})" + _DIGIT,  # Slack
    rb"xapp-(?=[0-9]-[A-Z0-9]{6})",
    rb"hooks\.slack\.com/(?:services|workflows)/(?=[A-Z0-9])",
    rb"AIza(?=[0-9A-Za-z_-]{35})",  # Google
    rb"ya29\.(?=[0-9A-Za-z_-]{20})",
    rb"GOCSPX-(?=[0-9A-Za-z_-]{20})",
    rb"[sr]k_(?:live|test)_(?=[0-9A-Za-z]{16})",  # Stripe
    rb"whsec_(?=[0-9A-Za-z+/]{24})",
    rb"SG\.(?=[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32})",  # SendGrid
    rb"(?:hf|gsk|r8|npm|tgp_v1|rubygems|figd|nfp|sbp|dckr_pat|lin_api|lin_oauth|ntn|secret|jina"
    rb"|shpat|shpss|shpca|do[opr]_v1|lsv2_(?:pt|sk)|sntry[us]|phx|ctx7sk|csk|fw|e2b)[_-]"
    rb"(?=[A-Za-z0-9]{20})" + _DIGIT,
    rb"pcsk_(?=[A-Za-z0-9]{4,8}_[A-Za-z0-9]{20})",  # Pinecone
    rb"(?:xai|pplx|tvly(?:-dev)?|fc|nvapi|pa|pul|PMAK|NRAK|HRKU|key)-(?=[A-Za-z0-9_]{20})" + _DIGIT,
    rb"pypi-(?=AgE[A-Za-z0-9_-]{20})",
    rb"(?:hv[sbr]|dp\.(?:pt|st|sa))\.(?=[A-Za-z0-9_-]{20})",  # Vault, Doppler
    rb"dapi(?=[0-9a-f]{32}\b)",  # Databricks
    rb"ATATT3(?=[A-Za-z0-9_=-]{20})",  # Atlassian
    rb"AGE-SECRET-KEY-1(?=[0-9A-Z]{40})",
    rb"sq0(?:atp|csp)-(?=[0-9A-Za-z_-]{20})",  # Square
    rb"eyJ(?=[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.)",  # JSON Web Token
    rb"[0-9]{8,10}:AA(?=[A-Za-z0-9_-]{32})",  # Telegram
    rb"discord(?:app)?\.com/api/webhooks/(?=[0-9])",
    rb"[Bb]earer (?=[A-Za-z0-9._~+/=-]{16})(?=[A-Za-z._~+/=-]{0,60}[0-9])",
    rb"[Bb]asic (?=[A-Za-z0-9+/]{12,}={0,2}(?![A-Za-z0-9+/ ]))(?=[A-Za-z+/]{0,60}[0-9=])",
)
_SHAPES: Final = re.compile(
    rb"(?<![A-Za-z0-9])(?P<keep>" + rb"|".join(_PREFIXES) + rb")[A-Za-z0-9._~+/=-]+"
)
_PRIVATE_KEY: Final = re.compile(
    rb"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----).*?"
    rb"(-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_URL: Final = re.compile(
    rb"(\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s/:@\"'<>]{0,100}:)[^\s/@\"'<>]{1,200}(?=@)"
)
_SIGNED: Final = re.compile(
    rb"(?i)([?&](?:sig|signature|x-amz-signature|x-goog-signature)=)[A-Za-z0-9%+/=_-]{20,}"
)
_KEYS: Final = (
    *(b"api", b"access", b"private", b"account", b"signing", b"encryption", b"service", b"auth"),
    *(b"secret", b"master", b"subscription"),
)
_TOKENS: Final = (
    *(b"access", b"auth", b"refresh", b"api", b"bot", b"id", b"bearer", b"session", b"secret"),
    *(b"github", b"gitlab", b"slack", b"hf", b"user", b"deploy", b"personal"),
)
_NAMES: Final = (
    rb"(?:passwor[dt]|passwd|passphrase|pwd|secret|(?:" + rb"|".join(_KEYS) + rb")[_ -]?key"
    rb"|(?:" + rb"|".join(_TOKENS) + rb")[_ -]?token)(?:[_-]?(?:id|[0-9]{1,3}|value|file))?"
)
# "password": "value", also where the JSON is itself text in JSON and the quotes are escaped
_QUOTED: Final = re.compile(
    rb"(?i)("
    + _NAMES
    + rb"(?P<q>\\*[\"'])\]?\s{0,20}(?::|=>?)\s{0,20}[bru]?(?P=q))"
    + rb"(?:(?!(?P=q)).){4,4000}?(?=(?P=q))"
)
#: what stands for a secret without being one: "${KEY}", "<your key>", "{password}", "os.environ"
_STANDIN: Final = (
    rb"(?![<${%\[(]|\.\.\.|x{3}|\*{3}|your|none\b|null\b|os\.|env|[a-z_][a-z0-9_.]{0,60}[\[(])"
)
_ASSIGNED: Final = re.compile(
    rb"(?i)("
    + _NAMES
    + rb"(?:(?:: ?[A-Za-z]{2,10} ?)?=\s?|\s=\s?|:\s{0,2}| is )(?P<q>\\*[\"'`]?))"
    + _STANDIN
    + rb"(?=[^\s\"'\\&;,()]{0,100}[0-9])[^\s\"'\\&;,()]{6,4000}"
)
_OPTION: Final = re.compile(
    rb"(?i)((?<![A-Za-z0-9])--?(?:[A-Za-z0-9]{1,20}[_-]){0,4}[A-Za-z]{0,20}"
    + _NAMES
    + rb"(?: |=|\", ?\"|', ?')[\"']?)"
    + _STANDIN
    + rb"(?![-])(?=[^\s\"'\\]{0,100}[0-9])[^\s\"'\\]{6,4000}"
)

#: What keys and tokens are made of becomes ones, all else zeros: a long run of ones is in each of
#: them, and hardly in prose. UUIDs and paths have one too; the dense run knows them apart.
_RUN: Final = b"\x01" * 18
_DENSE: Final = b"\x01" * 16


def _table(ones: str, twos: str = "") -> bytes:
    return bytes(1 if chr(n) in ones else 2 if chr(n) in twos else 0 for n in range(256))


_ONES: Final = _table(ascii_letters + digits + "_-+/=")
_ALNUM: Final = _table(ascii_letters + digits)
_KINDS: Final = _table(ascii_letters, digits)

MASK: Final = b"***"

_own: list[re.Pattern[bytes]] = []


def use_patterns(patterns: Iterable[str]) -> None:
    """Mask also what these regular expressions match, whole. They replace the ones before.

    Raises:
        re.error: one of them is none.
    """
    _own[:] = [re.compile(pattern.encode()) for pattern in patterns]


def _shaped(data: bytes) -> bool:
    """Whether a secret of a known shape may occur. Literals: of those without a dense run."""
    return _RUN in data.translate(_ONES) and (
        _dense(data)
        or b"sk-" in data
        or b"asic " in data
        or b"glpat-" in data
        or b"GOCSPX-" in data
        or b"SG." in data
        or b":AA" in data
        or b"AIza" in data
        or b"AKIA" in data
        or b"xox" in data
        or b"earer " in data
        or b"_live_" in data
        or b"whsec_" in data
    )


def _dense(data: bytes) -> bool:
    """Whether there are sixteen letters and digits in a row, and digits next to letters."""
    if _DENSE not in data.translate(_ALNUM):
        return False
    kinds = data.translate(_KINDS)
    return b"\x01\x02" in kinds or b"\x02\x01" in kinds


def _follows(low: bytes, word: bytes, before: tuple[bytes, ...]) -> bool:
    """Whether `word` occurs behind one of the words that make it the name of a secret."""
    at = low.find(word)
    while at >= 0:
        if low[max(0, at - 14) : at].rstrip(b"_ -").endswith(before):
            return True
        at = low.find(word, at + 1)
    return False


def _named(low: bytes) -> bool:
    """Whether a name of a secret may occur in lower-cased text."""
    return (
        (b"pass" in low and (b"passw" in low or b"passphrase" in low))
        or b"secret" in low
        or b"pwd" in low
        or (b"key" in low and _follows(low, b"key", _KEYS))
        or (b"token" in low and _follows(low, b"token", _TOKENS))
    )


def mask(data: bytes) -> bytes:
    """`data` with every secret replaced by its recognisable prefix and `***`."""
    for pattern in _own:
        data = pattern.sub(MASK, data)
    if _shaped(data):
        data = _SHAPES.sub(rb"\g<keep>" + MASK, data)
    if b"://" in data and (b"@" in data or b"=" in data):
        data = _URL.sub(rb"\1" + MASK, data)
        data = _SIGNED.sub(rb"\1" + MASK, data)
    if _named(data.lower()):
        data = _PRIVATE_KEY.sub(rb"\1" + MASK + rb"\2", data)
        data = _QUOTED.sub(rb"\1" + MASK, data)
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
