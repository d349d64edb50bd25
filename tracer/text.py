"""One place where recorded text is made safe for a terminal.

A recording is data from elsewhere: ESC sequences, OSC 52 clipboard writes, C1 controls and bidi
overrides in it must never reach a terminal raw.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_UNSAFE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    short = _SHORT.get(char)
    if short is not None:
        return short
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def visible(text: str, *, newlines: bool = True) -> str:
    """`text` with everything that could steer a terminal turned into visible escapes.

    Newlines and tabs stay unless `newlines` is False (for text that must fit one line).
    Unpaired surrogates, which no terminal can encode, are shown as escapes too.

    >>> visible("a\\x1b[2Jb")
    'a\\\\e[2Jb'
    """
    if text.isprintable():
        return text
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return (_UNSAFE if newlines else _UNSAFE_LINE).sub(_escape, text)
