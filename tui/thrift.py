"""What is written to the terminal, without what it knows already.

Textual sets all of a style for each piece of text and takes all of it back after it. Mostly only
the colour of the letters changes from one piece to the next, and over a slow line every byte is
felt: so only what differs is said.
"""

from __future__ import annotations

import re
from functools import lru_cache

_STYLE = re.compile(r"\x1b\[([\d;]*)m")
_LEFT = re.compile(r"\n(?=\x1b\[\d+;\d+H)")  # a line that is begun and left at once
_BLIND = re.compile(r"(?:\x1b\[\d+;\d+H|\x1b\[\?\d+[hl])*")  # paints nothing
_OFF = {3: 23, 4: 24, 5: 25, 7: 27, 8: 28, 9: 29}


def thrifty(stream: str) -> str:
    """The same picture in fewer bytes. Like Textual's own, it begins and ends without a style."""
    first, *rest = _STYLE.split(_LEFT.sub("", stream))
    out, now = [first], ""
    for style, text in zip(rest[::2], rest[1::2], strict=True):
        wanted = "" if style == "0" else style
        if wanted != now and not _BLIND.fullmatch(text):
            out.append(_change(now, wanted))
            now = wanted
        out.append(text)
    return "".join(out) + ("\x1b[0m" if now else "")


@lru_cache(4096)
def _change(now: str, wanted: str) -> str:
    """The sequence that turns one style into another."""
    anew = f"\x1b[0;{wanted}m" if wanted else "\x1b[0m"
    was, becomes = _parts(now), _parts(wanted)
    gone = [place for place in was if place not in becomes]
    if 1 in gone or 2 in gone:  # bold and faint have one code to end them
        return anew
    said = [str(_OFF.get(place, place)) for place in gone]
    said += [code for place, code in becomes.items() if was.get(place) != code]
    return min(f"\x1b[{';'.join(said)}m", anew, key=len)


def _parts(style: str) -> dict[int, str]:
    """The codes of a style by what they are about: an attribute, 39 for the letters, 49 behind."""
    parts: dict[int, str] = {}
    codes = iter(style.split(";") if style else ())
    for code in codes:
        number = int(code or 0)
        if number in (38, 48):
            kind = next(codes, "")
            values = [next(codes, "") for _ in range(3 if kind == "2" else 1)]
            parts[number + 1] = ";".join((code, kind, *values))
        elif 30 <= number < 40 or 90 <= number < 98:
            parts[39] = code
        elif 40 <= number < 50 or 100 <= number < 108:
            parts[49] = code
        else:
            parts[number] = code
    return parts
