"""What a message shows in a block of its own: a draft, whatever is said around it.

A fence is how code, records and texts are handed over; the sentence that goes with it is manners,
as long as it is no longer than what it goes with by far.
"""

from __future__ import annotations

import re
from typing import Final, cast

import msgspec

FENCE: Final = "```"
_BLOCK: Final = re.compile(r"```(?:[\w+-]* )?(.*?)```")
_WORD: Final = re.compile(r"\w+")
LEAST: Final = 6  # words of a block that is no mere command
AROUND: Final = 2  # times as many words may stand around it


def shown(key: str) -> str:
    """What the blocks of a text on one line hold; records whatever the order of their fields. ""
    where there is nothing, little, or far more around it.

    >>> shown('fixed: ```json {"gate": 3, "bar": "shut, locked and barred"} ```')
    '{"bar":"shut, locked and barred","gate":3}'
    >>> shown("run ```bash ls ``` please"), shown("no block")
    ('', '')
    """
    if FENCE not in key:
        return ""
    blocks = [block.strip() for block in _BLOCK.findall(key)]
    held = sum(len(_WORD.findall(block)) for block in blocks)
    if held < LEAST or len(_WORD.findall(_BLOCK.sub("", key))) > AROUND * held:
        return ""
    return "\n".join(map(_in_order, blocks))


def _in_order(block: str) -> str:
    if block[:1] not in "{[":
        return block
    try:
        value = cast(object, msgspec.json.decode(block))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return block
    return msgspec.json.encode(value, order="sorted").decode()
