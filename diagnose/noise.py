"""What differs between two calls, or between their results, and says nothing of what came of them.

A run's own name that nobody gave out; the handles that a page gives its elements anew each time it
is shown; the same things in another order; figures of a failure that go up and down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_OWN: Final = re.compile(
    r'"(?:run|session|execution|operation|build|job|batch)(?:_?(?:id|name|key))?"\s*:\s*'
    r'"([a-z]{0,8}[-_]?(?=[0-9a-z]*\d)[0-9a-z]{4,})"'
)
_TOUCH: Final = re.compile(r"click|press|tap|hover|focus|select|scroll|dismiss|close|accept")
_HANDLE: Final = re.compile(
    r'"(?:\w+_)?(?:id|ref|index|element|handle|uid|selector_no|mark)"\s*:\s*"?[a-z]{0,3}\d{1,6}"?'
)
_MARKED: Final = re.compile(r"\[(?:ref=)?[a-z]{0,3}\d{1,6}\]|(?<=[?&])_?\w{1,12}=[0-9a-f]{4,}")
_COUNTED: Final = re.compile(r"\d+(?:[.,]\d+)*")
_THINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\w.-]+')
_SHOWN: Final = re.compile(r"(?<=[\w/])[?#][\w=&.-]*(?=\")")  # of an address: where and how
_FIGURE: Final = re.compile(r"[^\d]{0,24}(\d+(?:[.,]\d+)?)[^\d]{0,12}")
Figures = tuple[str, tuple[float, ...]]  # a text with all its figures alike; these
PRECISE: Final = 5  # digits that tell a number from any other
_PIECE: Final = 24  # characters
SEVERAL: Final = 6  # words of arguments that may stand in another order
STEPS: Final = 3  # changes of a figure that tell whether it has a direction
_NEAR: Final = 0.2  # of a figure: farther apart they tell of different things


def own_names(asked: str, told: Sequence[str]) -> list[str]:
    """Names of runs that a call made up: nothing that was told before has them.

    >>> own_names('{"run":"3b4f5d","path":"/a"}', [])
    ['3b4f5d']
    >>> own_names('{"run":"3b4f5d"}', ["runs: 3b4f5d, 77aa01"])
    []
    """
    if '"' not in asked:
        return []
    return [name for name in _OWN.findall(asked) if not any(name in text for text in told)]


def unmarked(tool: str, text: str) -> str | None:
    """What was done to a page, or what it shows, without the handles of its elements; None where
    a tool does nothing to one.

    >>> unmarked("click", '{"target_id":33}') == unmarked("click", '{"target_id":75}')
    True
    """
    if _TOUCH.search(tool.lower()) is None:
        return None
    return _MARKED.sub("", _HANDLE.sub("", text))


def reordered(new: str, old: str) -> bool:
    """Arguments of some length are others in another order.

    >>> reordered('["a b", "c", "d", "e f", "g", "h"]', '["c", "a b", "e f", "d", "h", "g"]')
    True
    """
    if len(new) != len(old) or new == old:
        return False
    words = _THINGS.findall(new)
    return len(words) >= SEVERAL and sorted(words) == sorted(_THINGS.findall(old))


def figures(text: str) -> Figures:
    """The figures of a text, and all the rest of it.

    >>> figures("3 of 1,200 rows")
    ('# of # rows', (3.0, 1200.0))
    """
    return _COUNTED.sub("#", text), tuple(map(_value, _COUNTED.findall(text)))


def wavers(new: Figures, before: Sequence[Figures]) -> bool:
    """A text is earlier ones with other figures, all near to one another and without a direction.

    >>> row = [("nan at #", (at,)) for at in (8855.0, 8800.0, 8905.0, 8300.0)]
    >>> wavers(row[3], row[:3]), wavers(row[1], row[2:])
    (True, False)
    >>> losses = [("loss #", (loss,)) for loss in (0.8, 0.7, 0.6, 0.5)]
    >>> wavers(losses[3], losses[:3])
    False
    """
    frame, own = new
    row = [values for other, values in before if other == frame][-STEPS:]
    return len(row) >= STEPS and all(map(_aimless, zip(*row, own, strict=True)))


def _value(figure: str) -> float:
    plain = figure.replace(",", "")
    return float(plain) if plain.count(".") < 2 else float(plain.replace(".", ""))


def _aimless(values: Sequence[float]) -> bool:
    low, high = min(values), max(values)
    if low == high:
        return True
    ups = [later > earlier for earlier, later in pairwise(values)]
    return high - low <= _NEAR * high and any(ups) and not all(ups)


def placed(arguments: str) -> str:
    """Arguments without where in an address, and how, they want to see it."""
    return _SHOWN.sub("", arguments)


def overlaps(new: str, old: str) -> bool:
    """Two of three pieces of a long text are in the other: worth a closer look."""
    half, quarter = len(new) // 2, len(new) // 4
    found = (new[:_PIECE] in old) + (new[half : half + _PIECE] in old) + (new[-_PIECE:] in old)
    return found >= 2 or (found == 1 and new[quarter : quarter + _PIECE] in old)


def precise(result: str) -> bool:
    """It is a number that other questions do not have for an answer by chance.

    >>> precise("the sum is 48,213.7"), precise("17 rows")
    (False, False)
    >>> precise("the sum is 48213.7")
    True
    """
    found = _FIGURE.fullmatch(result)
    return found is not None and len(re.sub(r"\D", "", found[1]).strip("0")) >= PRECISE


def counted_alike(new: Sequence[str], old: Sequence[str]) -> bool:
    """The same numbers in order, or some of them: 2 failed of 5 are not 5 failed of 2."""
    if len(new) == len(old):
        return new == old
    told, was = Counter(new), Counter(old)
    return told <= was or was <= told
