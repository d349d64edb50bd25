"""Programs in many styles do under `loupe run` what they do by themselves: the same lines in the
same order, results and exceptions among them."""

from __future__ import annotations

import re

import pytest

from .conftest import APPS, Programs


def by_program(out: str) -> dict[str, list[str]]:
    """What each program printed, by its name."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in out.splitlines():
        if not line.startswith(" "):
            name = line
        found.setdefault(name, []).append(line)
    return found


@pytest.mark.parametrize("name", ["core", "troubles", "chat"])
def test_they_print_the_same(name: str, programs: Programs) -> None:
    words = str(APPS / "same" / f"{name}.py")
    plain, recorded = programs.plain(words), programs.loupe(words)
    there = by_program(plain.out)
    wrote = re.findall(r"@programs\nasync def (\w+)", (APPS / "same" / f"{name}.py").read_text())
    assert list(there) == wrote
    assert by_program(recorded.out) == there
    assert (recorded.code, recorded.own_err) == (plain.code, plain.err)
    with recorded.recording() as recording:
        assert len(recording.runs) >= len(wrote)
