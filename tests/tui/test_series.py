from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tui.series import Series

points = st.lists(st.tuples(st.integers(0, 50), st.integers(-1000, 1000)), max_size=700)


@given(points, st.integers(-2, 60), st.integers(-2, 60))
def test_extremes_are_those_of_a_plain_look(
    given_points: list[tuple[int, int]], start: int, stop: int
) -> None:
    ordered = sorted(given_points, key=lambda point: point[0])
    series = Series()
    series.extend(ordered)
    inside = [value for step, value in ordered if start <= step < stop]
    expected = (min(inside), max(inside)) if inside else None
    assert series.extremes(start, stop) == expected


@given(points, st.integers(-2, 60))
def test_at_is_the_last_value_known_by_then(given_points: list[tuple[int, int]], step: int) -> None:
    ordered = sorted(given_points, key=lambda point: point[0])
    series = Series()
    series.extend(ordered)
    before = [value for at, value in ordered if at <= step]
    assert series.at(step) == (before[-1] if before else None)


def test_it_grows_piece_by_piece() -> None:
    series = Series()
    for n in range(100):
        series.extend([(n, n)])
    assert series.whole() == (0, 99)
    assert series.extremes(10, 20) == (10, 19)
