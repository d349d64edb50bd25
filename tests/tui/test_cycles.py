from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tui.cycles import FEWEST, LONGEST, CycleFinder, Fold


def found(keys: list[int], *, longest: int = LONGEST) -> list[Fold]:
    finder = CycleFinder(longest)
    for key in keys:
        finder.add(key)
    going_on = finder.provisional()
    return finder.folds + ([going_on] if going_on else [])


def numbers(text: str) -> list[int]:
    return [ord(char) for char in text]


def test_a_block_must_stand_three_times() -> None:
    assert found(numbers("xababy")) == []
    assert found(numbers("xabababy")) == [Fold(1, 7, 2, 7)]


def test_the_deviation_is_the_row_that_broke_the_cycle() -> None:
    [fold] = found(numbers("abcabcabcabXq"))
    assert (fold.first, fold.last, fold.times, fold.deviation) == (0, 9, 3, 11)


def test_a_repeat_that_goes_on_has_no_deviation() -> None:
    [fold] = found(numbers("zabababa"))
    assert (fold.first, fold.last, fold.period, fold.deviation) == (1, 7, 2, -1)


def test_the_smallest_block_is_taken() -> None:
    assert [fold.period for fold in found(numbers("aaaaaaaaz"))] == [1]


def test_a_long_cycle_takes_the_place_of_repeats_inside_it() -> None:
    [fold] = found(numbers("aaab" * 5 + "z"))
    assert (fold.first, fold.period, fold.times) == (0, 4, 5)


def test_repeats_inside_a_cycle_that_stands_too_seldom_are_kept() -> None:
    assert [(f.first, f.period) for f in found(numbers("aaaabaaaac"))] == [(0, 1), (5, 1)]


def test_blocks_longer_than_the_longest_are_not_looked_for() -> None:
    block = list(range(LONGEST + 1))
    assert found(block * 5) == []
    [fold] = found(list(range(LONGEST)) * 5)
    assert fold.period == LONGEST


rows = st.lists(st.integers(0, 3), max_size=120)


@given(rows)
def test_folds_are_true_repeats_in_order_and_apart(keys: list[int]) -> None:
    end = 0
    for fold in found(keys, longest=6):
        assert fold.first >= end
        end = fold.last
        assert fold.times >= FEWEST
        assert (fold.last - fold.first) % fold.period == 0
        assert fold.last <= len(keys)
        for at in range(fold.first + fold.period, fold.last):
            assert keys[at] == keys[at - fold.period]
        if fold.deviation >= 0:
            assert keys[fold.deviation] != keys[fold.deviation - fold.period]
            assert fold.last <= fold.deviation < fold.last + fold.period


@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
    st.integers(4, 9),
    st.lists(st.integers(5, 9), max_size=10, unique=True),
)
def test_a_repeat_among_other_rows_is_always_found(
    block: list[int], times: int, other: list[int]
) -> None:
    keys = other + block * times
    covered = sum(fold.last - fold.first for fold in found(keys))
    # at the most a cycle at either end is lost to a smaller repeat or a partial cycle
    assert covered >= len(block) * (times - 2)


@given(rows, st.integers(0, 120))
def test_rows_that_come_later_change_nothing_before_the_last_cycles(
    keys: list[int], cut: int
) -> None:
    finder = CycleFinder(6)
    for key in keys[:cut]:
        finder.add(key)
    early = [fold for fold in finder.folds if fold.last < len(keys[:cut]) - 6 * 12]
    assert [fold for fold in found(keys, longest=6) if fold in early] == early
