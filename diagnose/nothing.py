"""Answers that hold nothing: a search without a hit, a change without effect.

However nothing is put, it is the same nothing.
"""

from __future__ import annotations

import re
from typing import Final

_EFFECTLESS: Final = re.compile(
    r'^(?:\[\s*\]|\{\s*\}|null|none|""|)$'
    r'|"(?:changed|modified|updated|opened|moved|applied|matched|has_?changed)"\s*:\s*false'
    r"|^\W*no (?:answer|reply|response)\W*$"
)
_EMPTY: Final = re.compile(
    r'^.{0,40}"(?:results?|items|rows|hits|matches|data|documents)"\s*:\s*\[\s*\].{0,40}$'
    # what a statement did to no row is no empty answer: it may have done something else
    r"|^.{0,20}\b(?:no|0|zero) (?:\w+ )?(?:results?|matches|records|rows|data|entries|hits|files"
    r"|items|documents|match)\b(?! (?:was |were )?(?:affected|changed|updated)).{0,60}$"
    r"|^.{0,40}\b(?:nothing|not) (?:was )?found\b.{0,40}$"
    r"|^.{0,40}\b(?:found|matche[sd]|returned) (?:nothing|none)\b.{0,40}$"
    r"|^.{0,60}\b(?:do|does|did|could)(?: not|n't) (?:match|find|return|yield) any\w*\b.{0,60}$"
)
NOTHING: Final = "\x01 nothing"  # what all of that comes to
_BARE: Final = 200  # characters of an answer that may say that there is none


def found_nothing(result: str) -> bool:
    """A search, in lower case, came to nothing.

    >>> found_nothing("your search did not match any documents."), found_nothing("no smoking")
    (True, False)
    """
    return len(result) < _BARE and _EMPTY.search(result) is not None


def effectless(result: str) -> bool:
    """Nothing was answered, or nothing was changed.

    >>> effectless('{"changed":false}'), effectless("null"), effectless("0")
    (True, True, False)
    """
    return len(result) < _BARE and _EFFECTLESS.search(result) is not None
