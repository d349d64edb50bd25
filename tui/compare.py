"""What changed between two messages: lines, and words within lines."""

from __future__ import annotations

from difflib import SequenceMatcher

from .pieces import Line

_MOST_LINES = 400
_MOST_WORDS = 400
_ALIKE = 0.4  # share of words in common from which single words are pointed out


def changes(before: list[str], now: list[str], context: int = 2) -> list[Line]:
    """A diff for reading; unchanged lines far from any change are counted, not shown."""
    before, now = before[:_MOST_LINES], now[:_MOST_LINES]
    out: list[Line] = []
    blocks = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    for place, (what, a, b, c, d) in enumerate(blocks):
        if what == "equal":
            lead = context if place else 0
            tail = context if place + 1 < len(blocks) else 0
            out += _unchanged(now[c:d], lead, tail)
        else:
            out += _changed(before[a:b], now[c:d])
    return out


def _unchanged(lines: list[str], lead: int, tail: int) -> list[Line]:
    hidden = len(lines) - lead - tail
    if hidden <= 1:
        return [[("  " + line, "dim")] for line in lines]
    shown = [[("  " + line, "dim")] for line in lines[:lead]]
    shown.append([(f"  ┈ {hidden} lines the same", "dim")])
    return shown + [[("  " + line, "dim")] for line in lines[len(lines) - tail :]]


def _changed(before: list[str], now: list[str]) -> list[Line]:
    out: list[Line] = []
    for old, new in zip(before, now, strict=False):
        removed, added = words(old, new)
        out += [[("- ", "removed"), *removed], [("+ ", "added"), *added]]
    out += [[("- ", "removed"), (old, "removed")] for old in before[len(now) :]]
    out += [[("+ ", "added"), (new, "added")] for new in now[len(before) :]]
    return out


def words(old: str, new: str) -> tuple[Line, Line]:
    """Two lines with the words in which they differ made strong."""
    a, b = old.split(" "), new.split(" ")
    if len(a) > _MOST_WORDS or len(b) > _MOST_WORDS:
        return [(old, "removed")], [(new, "added")]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [(old, "removed")], [(new, "added")]
    removed: Line = []
    added: Line = []
    for what, i, j, k, m in matcher.get_opcodes():
        strong = "" if what == "equal" else " bold underline"
        for line, role, said in ((removed, "removed", a[i:j]), (added, "added", b[k:m])):
            if said:
                line += [(" ", role)] if line else []
                line.append((" ".join(said), role + strong))
    return removed, added
