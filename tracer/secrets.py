"""Secrets are masked before a recording reaches the disk.

Shapes that are secrets wherever they stand (provider keys, tokens, private keys, credentials in
URLs), and values named as a secret by their key. Cheap literals decide first whether any pattern
is worth running: on ordinary text nothing else happens.
"""

from __future__ import annotations

import re
from typing import Final

_SHAPES: Final = re.compile(
    rb"(?P<keep>"
    rb"\bsk-(?=[A-Za-z0-9_-]{16})(?=[A-Za-z_-]*[0-9])"  # OpenAI, Anthropic and their kin
    rb"|\b(?:AKIA|ASIA)(?=[0-9A-Z]{16}\b)"  # AWS
    rb"|\bgh[pousr]_(?=[A-Za-z0-9]{20})|\bgithub_pat_(?=[A-Za-z0-9_]{20})"
    rb"|\bxox[abeprs]-(?=[A-Za-z0-9-]{10})"  # Slack
    rb"|\bAIza(?=[0-9A-Za-z_-]{35})"  # Google
    rb"|\beyJ(?=[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.)"  # JSON Web Token
    rb"|\b[Bb]earer (?=[A-Za-z0-9._~+/=-]{16})"
    rb")[A-Za-z0-9._~+/=-]+"
)
_PRIVATE_KEY: Final = re.compile(
    rb"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_URL: Final = re.compile(
    rb"(\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@\"']{1,100}:)[^\s/@\"']{1,200}(?=@)"
)
_NAMES: Final = (
    rb"(?:[A-Za-z0-9]+[_-])*(?:password|passwd|pwd|secret|secret[_-]?key|client[_-]?secret"
    rb"|api[_-]?key|access[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token)"
)
# "password": "value", also where the JSON is itself text in JSON and the quotes are escaped
_QUOTED: Final = re.compile(
    rb"(?i)((?P<q>\\*[\"'])" + _NAMES + rb"(?P=q)\s*[:=]\s*(?P=q))(?:(?!(?P=q)).){4,500}?(?=(?P=q))"
)
_ASSIGNED: Final = re.compile(
    rb"(?i)(\b" + _NAMES + rb"\s?=\s?(?P<q>\\*[\"']?))(?=[^\s\"'\\&;,]*[0-9])[^\s\"'\\&;,]{6,500}"
)

MASK: Final = b"***"


def _suspicious(low: bytes) -> bool:
    """Whether any literal that a secret goes with occurs in lower-cased text.

    Runs on every body, so the literals are few: each is common to several patterns, and the single
    bytes in front of some decide without a search.
    """
    return (
        (b"key" in low and (b"api" in low or b"access" in low or b"private" in low))
        or (b"token" in low and (b"access" in low or b"auth" in low or b"refresh" in low))
        or b"secret" in low
        or b"passw" in low
        or b"pwd" in low
        or b"bearer " in low
        or b"eyj" in low
        or b"kia" in low
        or b"asia" in low
        or b"aiza" in low
        or (b"-" in low and (b"sk-" in low or b"xox" in low))
        or (b"_" in low and (b"gh" in low or b"pat_" in low))
        or (b"@" in low and b"://" in low)
    )


def mask(data: bytes) -> bytes:
    """`data` with every secret replaced by its recognisable prefix and `***`."""
    if not _suspicious(data.lower()):
        return data
    data = _PRIVATE_KEY.sub(rb"\1" + MASK + rb"\2", data)
    data = _SHAPES.sub(rb"\g<keep>" + MASK, data)
    data = _URL.sub(rb"\1" + MASK, data)
    data = _QUOTED.sub(rb"\1" + MASK, data)
    return _ASSIGNED.sub(rb"\1" + MASK, data)


def mask_text(text: str) -> str:
    """The same for text."""
    if not text:
        return text
    data = text.encode("utf-8", "backslashreplace")
    masked = mask(data)
    return text if masked is data else masked.decode("utf-8")
