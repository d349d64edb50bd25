"""What is said again is stored once, with a memory that does not grow."""

from __future__ import annotations

import tracemalloc
from hashlib import blake2b
from threading import RLock

from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer.bodies import Body, Context
from agentloupe.tracer.numbering import OWNERS, PRINT, Known, Numbering
from agentloupe.tracer.policy import Policy
from agentloupe.tracer.screening import Screen
from agentloupe.tracer.texts import span_of


def _print(number: int) -> int:
    digest = blake2b(str(number).encode(), digest_size=PRINT).digest()
    return int.from_bytes(digest, "little", signed=True)


@given(st.lists(st.integers(0, 50), max_size=60))
def test_few_bodies_are_all_known(said: list[int]) -> None:
    known = Known()
    stored: dict[int, int] = {}
    for number in said:
        assert known.get(_print(number)) == stored.get(number, 0)
        if number not in stored:
            stored[number] = len(stored) + 1
            known.put(_print(number), stored[number])


def test_a_full_table_never_answers_for_another_body() -> None:
    known = Known()
    for number in range(1, 100_000):
        known.put(_print(number), number)
    answers = [known.get(_print(number)) for number in range(1, 100_000)]
    assert all(answer in (0, number) for number, answer in enumerate(answers, 1))
    assert sum(map(bool, answers)) > 10_000


def test_a_conversation_of_any_usual_length_is_stored_once() -> None:
    numbering = Numbering(Policy(), Screen(), RLock())
    said = [f"message {i} {'x' * 300}" for i in range(1_500)]
    for length in range(1, 1_501, 100):  # every request made of new objects
        bodies = [Body(text.encode()) for text in said[:length]]
        numbering.refer(Context("agent", bodies))
    numbering.refer(Context("agent", [Body(text.encode()) for text in said]))
    stored = sum(row[1] for row in numbering.texts.take(RLock()) if isinstance(row[1], int))
    assert stored <= 1.02 * len(said)


def test_the_memory_does_not_grow() -> None:
    numbering = Numbering(Policy(), Screen(), RLock())

    def talk(start: int, stop: int) -> None:
        for number in range(start, stop):
            bodies = [Body(f"{number} {i} {'x' * 300}".encode()) for i in range(3)]
            numbering.refer(Context(f"agent {number}", bodies))
            numbering.refer(Body(f"small {number}".encode()))
            numbering.texts.take(RLock())
            numbering.contexts.clear()

    talk(0, 1_000)
    tracemalloc.start()
    try:
        talk(1_000, 1_000 + 5 * OWNERS)  # every remembered owner is a new one by now
        before, _ = tracemalloc.get_traced_memory()
        talk(2_000, 4_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 40_000


def test_a_signals_handler_that_stores_a_text_meanwhile_takes_no_others_number() -> None:
    numbering = Numbering(Policy(), Screen(), RLock())
    add = numbering.texts.add

    def interrupted(data: bytes) -> int:
        numbering.texts.add = add
        numbering.store(b"the handler's " * 100)
        return add(data)

    numbering.texts.add = interrupted
    said = [b"the program's " * 100, b"the handler's " * 100, b"another's " * 100]
    numbers = [numbering.store(text) for text in said]
    assert numbers == [numbering.store(text) for text in said]
    (row,) = numbering.texts.take(RLock())
    data, ends = row[5], row[4]
    assert isinstance(data, bytes)
    assert isinstance(ends, bytes)
    for number, text in zip(numbers, said, strict=True):
        assert isinstance(number, int)
        start, end = span_of(number - 1, 3, ends, len(data))
        assert data[start:end] == text
