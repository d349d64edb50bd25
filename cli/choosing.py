"""`loupe migrate --interactive`: which changes a person wants, asked for one after the other.

A change is a conversation with everybody who takes part in it, since half of one runs on neither
version; a file that moves as a whole, and requirements, are one change. Each is shown as what it
adds to those already taken, as `git add -p` does.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import click

from ..tracer.text import visible
from .notices import notice

if TYPE_CHECKING:
    from ..migrate.files import FileResult

Answer = Literal["y", "n", "a", "d", "q"]
HELP: Final = """\
y - make this change
n - leave this as it is
a - make this change and all that follow
d - leave this and the rest of the file
q - leave this and everything that follows
? - this help"""


@dataclass(slots=True)
class Asker:
    """Asks until an answer settles the rest."""

    show: Callable[[str], None]
    everything: bool = False
    nothing: bool = False

    def wants(self, diff: str, about: str) -> Answer:
        """What to do with a change; a settled answer is not asked for again."""
        if self.everything or self.nothing:
            return "y" if self.everything else "n"
        self.show(diff)
        answer = "?"
        while answer == "?":
            text = f"{visible(about, newlines=False)}: make this change?"
            choices = click.Choice(("y", "n", "a", "d", "q", "?"))
            answer = click.prompt(text, type=choices, err=True)
            if answer == "?":
                notice(HELP)
        self.everything, self.nothing = answer == "a", answer == "q"
        return answer


Again = Callable[["FileResult", frozenset[int]], "FileResult"]


def chosen(
    programs: Sequence[FileResult], again: Again, asker: Asker
) -> tuple[list[FileResult], bool]:
    """The programs with the changes that are wanted, and whether any change was refused.

    `again` migrates a file without the conversations of these numbers.
    """
    found = [_chosen_in(file, again, asker) for file in programs]
    refused = any(
        before.status == "changed" and after != before
        for before, after in zip(programs, found, strict=True)
    )
    return found, refused


def _chosen_in(file: FileResult, again: Again, asker: Asker) -> FileResult:
    if file.status != "changed" or file.result is None:
        return file
    conversations = file.result.conversations
    if len(conversations) < 2:
        about = f"{file.path}"
        return file if asker.wants(file.diff(), about) in ("y", "a") else undone(file)
    left = set(range(len(conversations)))
    now = undone(file)
    for number, (line, who) in enumerate(conversations):
        more = again(file, frozenset(left - {number}))
        about = f"{file.path}:{line} ({number + 1} of {len(conversations)}, {who})"
        answer = asker.wants(_between(now, more, file), about)
        if answer in ("y", "a"):
            left.discard(number)
            now = more
        elif answer == "d":
            break
    return now


def _between(before: FileResult, after: FileResult, file: FileResult) -> str:
    """What one more change does, as a diff."""
    assert file.result is not None
    assert after.result is not None
    old = before.result.code if before.result is not None else file.result.source
    name = str(file.path)
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        after.result.code.splitlines(keepends=True),
        fromfile=f"a/{name}",
        tofile=f"b/{name}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def undone(file: FileResult) -> FileResult:
    return replace(file, status="unchanged", result=None, data=None)
