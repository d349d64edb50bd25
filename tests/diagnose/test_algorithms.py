"""The algorithms against brute force, and on series made to fool them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.diagnose import called, failures, questions, results
from agentloupe.diagnose.cycles import LagRuns, least_rotation
from agentloupe.diagnose.memory import SPOKEN, Vocabulary
from agentloupe.diagnose.segments import trend
from agentloupe.diagnose.wording import Wording, wording

LONGEST = 8
tokens = st.lists(st.integers(0, 3), max_size=60)


def run_by_hand(sequence: list[int], period: int) -> int:
    length = 0
    while length + period < len(sequence) and (
        sequence[-1 - length] == sequence[-1 - length - period]
    ):
        length += 1
    return length


def period_by_hand(sequence: list[int], repeats: int) -> int | None:
    for period in range(1, LONGEST + 1):
        tail = sequence[-period * repeats :]
        if len(tail) == period * repeats and tail == tail[:period] * repeats:
            return period
    return None


@given(tokens)
def test_runs_equal_brute_force(sequence: list[int]) -> None:
    runs = LagRuns(LONGEST)
    for at, token in enumerate(sequence, 1):
        runs.add(token)
        for period in range(1, LONGEST + 1):
            assert runs.run(period) == run_by_hand(sequence[:at], period)


@given(tokens, st.integers(2, 4))
def test_periods_equal_brute_force(sequence: list[int], repeats: int) -> None:
    runs = LagRuns(LONGEST)
    for at, token in enumerate(sequence, 1):
        runs.add(token)
        assert runs.period(repeats) == period_by_hand(sequence[:at], repeats)


@given(tokens, st.lists(st.integers(0, 9), min_size=1, max_size=LONGEST), st.integers(3, 6))
def test_a_cycle_appended_is_found(before: list[int], cycle: list[int], times: int) -> None:
    runs = LagRuns(LONGEST)
    for token in [*before, *cycle * times]:
        runs.add(token)
    found = runs.period(3)
    assert found is not None
    assert found <= len(cycle)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_the_least_rotation_is_the_least(cycle: list[str]) -> None:
    rotations = [tuple(cycle[at:] + cycle[:at]) for at in range(len(cycle))]
    assert least_rotation(cycle) == min(rotations)


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), st.integers(0, 11))
def test_every_rotation_has_one_name(cycle: list[str], turn: int) -> None:
    at = turn % len(cycle)
    assert least_rotation(cycle) == least_rotation(cycle[at:] + cycle[:at])


def test_a_least_rotation_of_nothing_is_nothing() -> None:
    assert least_rotation([]) == ()


# -- segments ------------------------------------------------------------------------------------
def series(count: int, rate: float, noise: float, seed: int) -> list[tuple[float, float]]:
    jitter = random.Random(seed)
    return [(32.0 * at, 1e5 + rate * 32 * at + jitter.gauss(0, noise)) for at in range(count)]


@given(
    st.floats(0.5, 50),
    st.lists(st.floats(-3, 3), min_size=30, max_size=60),
)
def test_steady_growth_over_its_noise_rises(rate: float, jitter: list[float]) -> None:
    points = [(32.0 * at, rate * 32 * at + value) for at, value in enumerate(jitter)]
    found = trend(points)
    assert found is not None
    assert found.rises
    assert found.rate == pytest.approx(rate, rel=0.2, abs=0.1)


@given(st.permutations(range(6)))
def test_only_rising_levels_rise(order: list[int]) -> None:
    """Six level segments of a tail rise exactly when they are in order."""
    warm_up = [(float(at), 0.0) for at in range(4)]
    tail = [(4.0 + at, float(level)) for at, level in enumerate(order)]
    found = trend([*warm_up, *tail])
    assert found is not None
    assert found.rises == (order == sorted(order))


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e9, 1e9)), max_size=30))
def test_any_series_is_survived(points: list[tuple[float, float]]) -> None:
    found = trend(sorted(points))
    assert found is None or len(found.levels) == 6


def test_flat_noise_rarely_rises() -> None:
    """Exchangeable noise passes six floors once in 720 times."""
    rises = sum(found.rises for seed in range(2_000) if (found := trend(series(48, 0, 30, seed))))
    assert rises <= 14  # expected 2.8


def test_growth_that_ends_does_not_rise() -> None:
    points = [(float(at), float(min(at, 60))) for at in range(100)]
    found = trend(points)
    assert found is not None
    assert not found.rises


def test_a_series_with_a_gap_is_too_short() -> None:
    assert trend([(0.0, 1.0), (1000.0, 2.0)]) is None
    assert trend([]) is None


@given(st.text(st.sampled_from("ab1२ .,\u4e00"), max_size=200))
def test_numbers_are_those_that_an_expression_finds(text: str) -> None:
    key = " ".join(text.split())
    assert list(wording(key).numbers) == re.findall(r"\d+(?:[.,]\d+)*", wording(key).key)


@given(st.lists(st.sets(st.sampled_from("abcdefgh"), max_size=4), max_size=40), st.integers(0, 40))
def test_fresh_words_equal_brute_force(said: list[set[str]], like: int) -> None:
    vocabulary = Vocabulary()
    texts = [_text_of(words) for words in said]
    for text in texts:
        vocabulary.add(text)
    known = set[str]().union(*(text.uttered for text in texts[-SPOKEN:]))
    new = _text_of(set("abcdef"))
    assert vocabulary.fresh(new, texts[like] if like < len(texts) else None) == len(
        new.uttered - known
    )


def _text_of(letters: set[str]) -> Wording:
    words = {"a": "harbour", "b": "lantern", "c": "ferry", "d": "7", "e": "41"}
    return wording(" ".join(words.get(letter, letter * 5) for letter in sorted(letters)))


@pytest.mark.parametrize(
    ("words", "hints"),
    [
        *((failures._KINDS[kind], hints) for kind, hints in failures._HINTS.items()),  # pyright: ignore[reportPrivateUsage]
        (called._PENDING, called._WAITS),  # pyright: ignore[reportPrivateUsage]
        (called._CALLED, called._CALLED_HINTS),  # pyright: ignore[reportPrivateUsage]
        (results._REFUSED, results._REFUSALS),  # pyright: ignore[reportPrivateUsage]
        (questions._THING, "/.:@\\"),  # pyright: ignore[reportPrivateUsage]
    ],
)
@given(st.data())
def test_one_of_its_hints_is_in_all_that_an_expression_finds(
    words: re.Pattern[str], hints: Sequence[str], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(words, alphabet=st.characters(codec="ascii")))
    assert any(hint in text.lower() for hint in hints)


@given(st.from_regex(questions._COMMAND, alphabet=st.characters(codec="ascii")))  # pyright: ignore[reportPrivateUsage]
def test_commands_have_one_of_the_verbs(text: str) -> None:
    assert questions._commands(text)  # pyright: ignore[reportPrivateUsage]
