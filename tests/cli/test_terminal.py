"""Widths, tables and documents."""

from __future__ import annotations

import json

import pytest

from agentloupe.cli.notices import notice
from agentloupe.cli.terminal import cells, colors_wanted, cut, document, pad, paint, table


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("漢字", 4), ("e\u0301", 1), ("🙂", 2), ("Ωmega", 5)]
)
def test_cells_are_what_a_terminal_takes(text: str, width: int) -> None:
    assert cells(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abcdef", None, "abcdef"),
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abc…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字漢字", 4, "漢…"),
    ],
)
def test_cut_never_takes_more(text: str, width: int | None, expected: str) -> None:
    assert cut(text, width) == expected
    assert width is None or cells(expected) <= width


def test_pad_counts_cells() -> None:
    assert pad("漢", 4) == "漢  "
    assert pad("7", 3, right=True) == "  7"


def test_table_sets_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    lines = table(("NAME", "N"), [("漢", "7"), ("abcdef", "1,000")], "N")
    assert lines[1:] == ["漢          7", "abcdef  1,000"]


def test_documents_are_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    said = "\x1b[31m \x7f \x9b1m \u202e 漢"
    document({"said": said})
    out = capsys.readouterr().out
    assert all(" " <= char < "\x7f" or char == "\n" for char in out)
    assert json.loads(out) == {"said": said}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("NO_COLOR", "1", False), ("NO_COLOR", "", None), ("TERM", "dumb", False)],
)
def test_colors_can_be_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: bool | None
) -> None:
    monkeypatch.setenv(name, value)
    assert colors_wanted() is expected


def test_a_painted_notice_has_no_colours_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notice(f"{paint('two', bold=True)} TODOs")
    notice("one line")
    assert capsys.readouterr().err == "two TODOs\none line\n"
