"""Every step is on exactly one row, however rows are grouped and folded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agentloupe.tracer.model import Step
from agentloupe.tui.folding import Folding
from agentloupe.tui.rows import RowIndex


def step(index: int, said: int, message: str = "", kind: str = "send") -> Step:
    return Step(
        index=index,
        span_id=index + 1,
        sender="a/default",
        recipient=f"r{index % 3}/default" if message else "b/default",
        message_type="Note",
        kind=kind,
        topic="",
        message_id=message or f"m{index}",
        posted_ns=0,
        start_ns=index,
        end_ns=index + 1,
        error=None,
        body=str(said),
        reply_type=None,
        reply=None,
    )


def index_of(steps: list[Step], chunk: int = 7, *, ended: bool = True) -> RowIndex:
    index = RowIndex(lambda item: hash(item.body))
    for start in range(0, len(steps), chunk):
        part = steps[start : start + chunk]
        index.extend(part, ended=ended and start + chunk >= len(steps))
    return index


@st.composite
def runs(draw: st.DrawFn) -> list[Step]:
    """Steps of which some are deliveries of one broadcast, with repeats among them."""
    steps: list[Step] = []
    for number, (said, width) in enumerate(
        draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=60))
    ):
        for _ in range(width):
            message = f"p{number}" if width > 1 else ""
            steps.append(step(len(steps), said, message, "publish" if width > 1 else "send"))
    return steps


def check(folding: Folding, total: int) -> None:
    shown: list[int] = []
    for at in range(folding.rows):
        row = folding.row(at)
        assert 0 <= row.start < row.stop <= total
        if row.kind == "headline":
            assert row.fold is not None
            assert row.fold.first in folding.open
            continue
        shown += range(row.start, row.stop)
        for number in range(row.start, row.stop):
            assert folding.at(number) == at
    assert shown == list(range(total))


@given(runs(), st.data())
def test_every_step_is_on_one_row_and_back(steps: list[Step], data: st.DataObject) -> None:
    total = len(steps)
    folding = Folding(index_of(steps), total)
    check(folding, total)
    for fold in folding.folds:
        if data.draw(st.booleans()):
            folding.toggle(fold)
    check(folding, total)
    folding.set_all(closed=False)
    check(folding, total)
    folding.set_all(closed=True)
    check(folding, total)


@given(runs(), st.integers(0, 100))
def test_steps_that_are_not_indexed_yet_stand_one_a_row(steps: list[Step], known: int) -> None:
    folding = Folding(index_of(steps[:known], ended=False), len(steps))
    check(folding, len(steps))


@given(runs(), st.integers(1, 9), st.integers(1, 9))
def test_the_size_of_chunks_does_not_matter(steps: list[Step], one: int, other: int) -> None:
    assert index_of(steps, one).snapshot == index_of(steps, other).snapshot


def test_deliveries_of_a_broadcast_share_a_row() -> None:
    steps = [step(0, 0), *(step(n, 1, "p", "publish") for n in (1, 2, 3)), step(4, 2)]
    folding = Folding(index_of(steps), 5)
    assert [(folding.row(at).start, folding.row(at).stop) for at in range(folding.rows)] == [
        (0, 1),
        (1, 4),
        (4, 5),
    ]


def test_sends_that_share_an_id_are_not_a_broadcast() -> None:
    steps = [step(n, n, "same", "send") for n in range(3)]
    assert Folding(index_of(steps), 3).rows == 3


def test_two_broadcasts_that_say_the_same_to_others_are_not_a_repeat() -> None:
    wide = [step(n, 1, f"p{n // 3}", "publish") for n in range(12)]
    assert len(Folding(index_of(wide), 12).folds) == 1
    narrower = [replace(item, recipient=f"other{item.index}") for item in wide]
    assert Folding(index_of(narrower), 12).folds == ()


def test_the_deviation_of_a_fold_is_a_step() -> None:
    steps = [step(n, [0, 1][n % 2]) for n in range(8)] + [step(8, 7)]
    folding = Folding(index_of(steps), 9)
    [fold] = folding.folds
    assert folding.steps_of(fold) == (0, 8)
    assert folding.deviation(fold) == 8


def test_a_repeat_that_goes_on_grows_with_the_run() -> None:
    index = RowIndex(lambda item: hash(item.body))
    folding = Folding(index, 0)
    sizes: list[int] = []
    for n in range(30):
        index.extend([step(n, n % 2)])
        folding.sync(n + 1)
        sizes.append(folding.rows)
    # the rows of the cycle that is not whole yet, and the last row, which may still grow
    assert max(sizes[7:]) <= 4
