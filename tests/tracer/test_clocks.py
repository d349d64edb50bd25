"""Effects stay behind their causes, whatever the clocks of the processes say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer.clocks import ordered, shifts, told

SECOND = 10**9
#: Who sends to whom, how long after the message before, and how long the message takes.
MESSAGES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, SECOND), st.integers(1, SECOND)),
    max_size=30,
)


@given(MESSAGES, st.lists(st.integers(-3600 * SECOND, 3600 * SECOND), min_size=4, max_size=4))
def test_constant_errors_of_clocks_are_corrected(
    messages: list[tuple[int, int, int, int]], errors: list[int]
) -> None:
    now, edges, seen = 0, [], []
    for sender, receiver, pause, takes in messages:
        now += pause
        sent, received = now + errors[sender], now + takes + errors[receiver]
        edges.append((sender, receiver, received - sent))
        seen.append((sender, sent, receiver, received))
    by = shifts(4, edges)
    assert by[0] == 0
    for sender, sent, receiver, received in seen:
        if sender != receiver:
            assert received + by[receiver] >= sent + by[sender]


@given(MESSAGES)
def test_right_clocks_are_left_alone(messages: list[tuple[int, int, int, int]]) -> None:
    assert shifts(4, [(one, other, takes) for one, other, _, takes in messages]) == [0] * 4


def test_a_clock_that_is_ahead_is_put_back() -> None:
    edges = [(0, 1, 10 * SECOND), (1, 0, -9 * SECOND)]
    assert shifts(2, edges) == [0, -9 * SECOND - 1]
    assert told(["a", "b"], shifts(2, edges)) == ("b -9.000000 s",)


def test_clocks_that_contradict_each_other_come_to_an_end() -> None:
    assert len(shifts(3, [(0, 1, -5), (1, 0, -5), (1, 2, -1)])) == 3


@given(st.lists(st.tuples(st.integers(-50, 50), st.none() | st.integers(0, 19)), max_size=20))
def test_no_effect_comes_before_its_cause(told: list[tuple[int, int | None]]) -> None:
    """Times as they come; causes are earlier in the list, so there is no circle."""
    times = {place: time for place, (time, _) in enumerate(told)}
    causes = {
        place: cause for place, (_, cause) in enumerate(told) if cause is not None and cause < place
    }
    order = ordered(times, causes)
    place = {key: at for at, key in enumerate(order)}
    assert sorted(order) == sorted(times)
    assert all(place[cause] < place[effect] for effect, cause in causes.items())


def test_circles_of_causes_do_no_harm() -> None:
    assert sorted(ordered({1: 5, 2: 4, 3: 3}, {1: 2, 2: 1, 3: 3})) == [1, 2, 3]


def test_of_very_many_clocks_the_first_are_told() -> None:
    words = told((f"s{n}" for n in range(1_000)), range(1_000))
    assert len(words) == 101
    assert (words[0], words[-1]) == ("s1 +0.000000 s", "and 899 others")
