"""Whether calls that fail alike go through a row of things: hosts, ports, mirrors, tables.

Each names another thing in the same place, and none of them twice: the failure is an answer about
that thing, and the next call asks another one. It is no such row when the failure is about who
calls or where it runs (no thing will help against a full disk), when numbers drift while it is
about what stays, or when things are put together of the same parts again: that is guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, cast

import msgspec

from .masks import MASK

MIN: Final = 3  # characters of a value that is looked for in a failure
PLACES: Final = 2  # of a call's words that name the thing
_WORD: Final = re.compile(r'[^\s"{}\[\],;:=()]+')
_SPOKEN: Final = re.compile(r"[^\W\d_]{2,}")
_PART: Final = re.compile(r"[^\W_]+")
#: The caller may not, whatever is asked for.
_CALLER: Final = re.compile(
    r"permission|forbidden|unauthori[sz]ed|not (?:allowed|permitted|authori[sz]ed|entitled)"
    r"|denied|privileges?\b|credentials?\b|\b40[13]\b|api.?key|token|log(?:ged)? ?in"
)
#: The machine or the service cannot, whatever is asked for.
_MACHINE: Final = re.compile(
    r"no space|disk (?:is )?full|quota|read-only|out of memory|rate limit|too many requests|\b429\b"
    r"|unknown (?:tool|command|function)|not (?:installed|configured|initiali[sz]ed)"
)
#: The code is wrong, whatever it is given: Python's errors about names, types and its own text.
_CODE: Final = re.compile(
    r"\b(?:name|attribute|type|key|syntax|indentation|import|modulenotfound|unboundlocal)error\b"
)


def unnamed(failure: str, values: Iterable[object]) -> str:
    """A failure without what it was about, where that does not matter: the machine cannot, or the
    caller may not with any number. A name is another thing that may be open.

    >>> unnamed("no space left: /out/7.csv", ["/out/7.csv"]).replace(MASK, "*")
    'no space left: *'
    >>> unnamed("permission denied: /root", ["/root"])
    'permission denied: /root'
    """
    machine = _MACHINE.search(failure) is not None
    if machine or _CALLER.search(failure) is not None:
        for value in values:
            text = str(value).lower()
            if len(text) >= MIN and (text.isdigit() or (machine and isinstance(value, str))):
                failure = failure.replace(text, MASK)
    return failure


def works_off(now: str, then: str) -> bool:
    """A list of failures is an earlier one without some of its lines, of the form of the others;
    where it is cut, its last line may be the next one.

    >>> works_off("a.py: no such name", "a.py: no such name\\nb.py: no such name")
    True
    >>> works_off("a.py: no such name", "a.py: no such name\\nsee the manual")
    False
    >>> works_off('{"errors": ["iban"]}', '{"errors": ["date", "iban"]}')
    True
    """
    if now[:1] == then[:1] == "{" and _shorter(_listed(now), _listed(then)):
        return True
    left, before = _lines(now), _lines(then)
    cut = before[-1:] if any(each.startswith(before[-1]) for each in left) else []
    gone = [each for each in before if each not in cut and not _among(each, left)]
    return (
        bool(left and gone)
        and all(_among(each, before) or each.startswith(before[-1]) for each in (left[:-1] or left))
        and all(_alike(each, left) for each in gone)
    )


def _listed(record: str) -> dict[str, frozenset[bytes]]:
    """What stands in a record's lists."""
    try:
        fields = msgspec.json.decode(record, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):  # it may be cut
        return {}
    return {
        key: frozenset(map(msgspec.json.encode, cast(list[object], value)))
        for key, value in fields.items()
        if isinstance(value, list)
    }


def _shorter(now: dict[str, frozenset[bytes]], then: dict[str, frozenset[bytes]]) -> bool:
    return any(listed and listed < then.get(key, frozenset()) for key, listed in now.items())


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\\n", "\n").split("\n") if line.strip()]


def _among(line: str, others: list[str]) -> bool:
    """It is one of them; the kind of the error may stand before the first of either."""
    return any(line.endswith(other) or other.endswith(line) for other in others)


def _alike(line: str, others: list[str]) -> bool:
    """Half of its words are in one of them."""
    words = set(line.split())
    return any(2 * len(words & set(other.split())) >= len(words) for other in others)


def sweeps(asked: Sequence[str], outcome: str, tool: str = "") -> bool:
    """Calls of one tool with these arguments, all with this outcome, go through a row of things.

    >>> sweeps(['{"host": "a1"}', '{"host": "b2"}'], "timed out")
    True
    >>> sweeps(['{"host": "a1"}', '{"host": "b2"}', '{"host": "a1"}'], "timed out")
    False
    >>> sweeps(['{"path": "/a"}', '{"path": "/b"}'], "no space left on device")
    False
    >>> sweeps(['{"seed": 1}', '{"seed": 2}'], "keyerror: 'river_id'")
    False
    """
    if any(cause.search(outcome) is not None for cause in (_CALLER, _MACHINE, _CODE)):
        return False
    columns = _columns(asked)
    varied = [column for column in columns if len(set(column)) > 1]
    if not 0 < len(varied) <= PLACES or any(len(set(each)) < len(each) for each in varied):
        return False
    if all(_number(each) for column in varied for each in column):
        stays = [tool, *(column[0] for column in columns if column not in varied)]
        about = _parts(outcome)
        return len(varied) == 1 and all(about.isdisjoint(_parts(word)) for word in stays)
    return any(map(_different, varied))


def in_a_row(asked: Sequence[str]) -> bool:
    """Calls of one form that each name another thing, none of them twice.

    >>> in_a_row(["ping a1", "ping b2"]), in_a_row(["ping a1", "psql -h a1"])
    (True, False)
    """
    varied = [column for column in _columns(asked) if len(set(column)) > 1]
    return 0 < len(varied) <= PLACES and all(len(set(each)) == len(each) for each in varied)


def _columns(asked: Sequence[str]) -> list[tuple[str, ...]]:
    """The words that stand in one place, or the values of one argument where these are no words of
    one form; none where questions are put in other words.
    """
    rows = [_WORD.findall(each) for each in asked]
    if len({len(row) for row in rows}) == 1:
        return list(zip(*rows, strict=True))
    records = [_record(each) for each in asked]
    if len({tuple(record) for record in records}) > 1:
        return []
    columns = [tuple(str(record[key]) for record in records) for key in records[0]]
    spoken = any(len(_SPOKEN.findall(value)) > 1 for values in columns for value in set(values[1:]))
    return [] if spoken else columns


def _record(asked: str) -> dict[str, object]:
    try:
        value: object = msgspec.json.decode(asked)
    except msgspec.DecodeError:
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


def _parts(word: str) -> set[str]:
    return set(_PART.findall(word.lower())) or {word}


def _different(things: Sequence[str]) -> bool:
    """Most of them have something that none before had."""
    known = _parts(things[0])
    fresh = 0
    for thing in things[1:]:
        parts = _parts(thing)
        fresh += not parts <= known
        known |= parts
    return 3 * fresh >= 2 * (len(things) - 1)
