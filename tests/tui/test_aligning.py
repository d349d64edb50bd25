"""Alignment: complete, in order, equal where it says so, and the shortest for short inputs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tui import aligning
from agentloupe.tui.aligning import Pair, align

WORDS = st.lists(st.integers(0, 3), max_size=14)


def holds(a: Sequence[int], b: Sequence[int]) -> list[Pair]:
    pairs = align(a, b)
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    assert all(a[i] == b[j] for i, j in pairs if i is not None and j is not None)
    return pairs


def longest(a: Sequence[int], b: Sequence[int]) -> int:
    """The length of the longest common subsequence, by the book."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = row
        row = [0]
        for j, y in enumerate(b):
            row.append(before[j] + 1 if x == y else max(before[j + 1], row[j]))
    return row[-1]


@given(WORDS, WORDS)
def test_short_ones_are_aligned_in_full(a: list[int], b: list[int]) -> None:
    pairs = holds(a, b)
    assert sum(1 for i, j in pairs if i is not None and j is not None) == longest(a, b)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_in_pieces_it_is_still_an_alignment(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligning, "MOST", most)

    @given(WORDS, WORDS)
    def pieces(a: list[int], b: list[int]) -> None:
        holds(a, b)

    pieces()


def test_a_loop_that_got_longer_is_found() -> None:
    start, turn, end = [9, 8], [1, 2, 3], [7]
    pairs = holds([*start, *turn * 5, *end], [*start, *turn * 9, *end])
    assert sum(1 for i, _ in pairs if i is None) == 12
