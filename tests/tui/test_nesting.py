"""Inner conversations: which steps are of one, and which row shows which step of an open one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agentloupe.cli import steps
from agentloupe.tracer.reader import open_recording
from agentloupe.tui.folding import Folding, Row
from agentloupe.tui.inspector import message
from agentloupe.tui.nesting import NO_STEP, Nesting
from agentloupe.tui.pieces import plain
from agentloupe.tui.replay import Lanes
from agentloupe.tui.rows import RowIndex
from agentloupe.tui.session import Session
from agentloupe.tui.talks import broadcasts

from .scenes import choosing, nested, overheard, society
from .test_folding import step

Open = Callable[[object], Session]


def shown(session: Session, width: int = 120) -> list[str]:
    lanes = Lanes(session)
    lanes.resize(width)
    return [plain(lanes.line(at)).rstrip() for at in range(session.rows)]


def check(session: Session) -> None:
    """Every step stands on one row, and what a step's place shows is that step."""
    seen: list[int] = []
    for at in range(session.rows):
        row = session.row(at)
        if row.kind not in NO_STEP:
            seen += range(row.start, row.stop)
    assert seen == list(range(session.total))
    for index in range(session.total):
        row = session.row(session.place(index))
        assert row.kind not in NO_STEP
        assert row.start <= index < row.stop


def test_an_inner_team_is_a_lane_that_opens(opened: Open) -> None:
    session = opened(society)
    closed = shown(session)
    assert len(closed) == 7
    assert "▸6" in closed[2]
    assert "writer, reader" in closed[2]
    assert session.cast.lanes == [name for name in session.cast.lanes if "0b5e" not in name]
    assert session.talks.owner(session.row(2)).startswith("planner")
    session.cursor.go(3)
    assert session.talks.toggle()
    opened_ = shown(session)
    assert len(opened_) == 10
    assert "▾6" in opened_[2]
    assert "┊ program ⇉" in opened_[3]
    assert "v1" in opened_[5]
    check(session)
    assert session.move_rows(-1)
    assert session.cursor.step == 2  # the line above an open conversation stands for no step
    session.cursor.go(5)
    assert session.talks.toggle()
    session.cursor.go(0)
    assert shown(session) == closed


def test_what_the_outer_team_overhears_is_no_break(opened: Open) -> None:
    session = opened(overheard)
    rows = shown(session)
    assert len(rows) == 5
    assert "writer, reader" in rows[2]
    assert "planner" not in rows[2].partition("writer")[2]
    assert "▸5" in rows[2]
    assert "▸" not in rows[3]  # it is not the coder's turn: that is no echo
    check(session)
    session.cursor.go(4)
    assert session.talks.toggle()
    assert "planner → RoundRobin" in " ".join(shown(session)[5].split())
    assert ("  inner talk", "dim") in message(session, session.step(6))[0]
    check(session)


def test_all_near_are_opened_and_closed(opened: Open) -> None:
    session = opened(society)
    assert session.talks.toggle_all()
    assert len(shown(session)) == 13
    check(session)
    assert session.talks.toggle_all()
    assert len(shown(session)) == 7


def test_folds_hide_what_is_open_inside(opened: Open) -> None:
    session = opened(society)
    session.talks.toggle_all()
    session.toggle_all_folds()
    check(session)
    session.toggle_all_folds()
    check(session)


def test_choices_ledgers_and_agents_as_tools_are_counted_and_opened(opened: Open) -> None:
    session = opened(choosing)
    closed = shown(session, 140)
    assert [("▸3" in line, "▸2" in line, "▸1" in line) for line in closed] == [
        (True, False, False),
        (False, True, False),
        (False, False, False),
        (False, False, True),
    ]
    session.talks.toggle_all()
    text = "\n".join(shown(session, 140))
    assert "☞ who speaks next  600ms" in text
    assert "coder after 2 answers" in text
    assert "▫ poet" in text
    assert "ledger, gpt-4o" in text
    assert "next speaker: coder, request satisfied: no, instruction" in text
    check(session)


def test_the_own_turn_of_an_agent_is_no_inner_conversation(opened: Open) -> None:
    session = opened(choosing)
    assert session.talks.spoken(session.step(2)) == []
    session.cursor.go(2)
    assert not session.talks.toggle()


def test_nested_chats_of_classic_are_inner(opened: Open) -> None:
    session = opened(nested)
    assert session.cast.lanes == ["boss", "lead"]
    assert set(session.cast.within) == {"critic"}
    assert "▸2" in shown(session)[1]
    assert session.talks.owner(session.row(1)) == "lead"
    session.cursor.go(1)
    session.talks.toggle()
    assert "┊ lead → critic" in shown(session)[2]
    check(session)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), max_size=40),
    st.sets(st.integers(0, 100)),
    st.data(),
)
def test_every_step_has_one_row_whatever_is_open(
    blocks: list[tuple[int, int]], opened_: set[int], data: st.DataObject
) -> None:
    steps = [
        replace(step(0, said), index=0, conversation="inner" * said)
        for said, width in blocks
        for _ in range(width)
    ]
    steps = [replace(each, index=at, message_id=f"m{at}") for at, each in enumerate(steps)]
    index = RowIndex(lambda item: 0, inner=lambda item: item.conversation)
    index.extend(steps, ended=True)
    folding = Folding(index, len(steps))

    def below(row: Row) -> list[Row]:
        if steps[row.start].conversation:
            ranges = broadcasts(steps[row.start : row.stop])
            return [Row("steps", start, stop, nested=True) for start, stop in ranges]
        return [Row("inside", row.start, row.stop, nested=True)] * 2

    nesting = Nesting(folding, below)
    nesting.open = opened_
    for fold in folding.folds:
        if data.draw(st.booleans()):
            folding.toggle(fold)
    nesting.lay_out()
    seen: list[int] = []
    for at in range(nesting.rows):
        row = nesting.row(at)
        if row.kind not in NO_STEP:
            assert nesting.at(row.start) == nesting.at(row.stop - 1) == at
            seen += range(row.start, row.stop)
    assert seen == list(range(len(steps)))


def test_the_twin_indents_inner_conversations(recorded: Callable[..., Path]) -> None:
    def text(scene: object) -> list[str]:
        with open_recording(recorded(scene)) as recording:
            run = recording.run(0)
            return list(steps.lines(steps.rows(run, (0, run.info.steps)), plain=True))

    team = text(society)
    assert "| (program) -> RoundRobinGroupChatManager" in team[3]
    assert "| writer -> reader" in team[8]
    assert "|" not in team[9]
    assert "| lead -> critic" in text(nested)[1]
    said = "\n".join(text(choosing))
    assert "    | who speaks next: coder after 2 answers" in said
    assert "| ledger, gpt-4o: next speaker: coder, request satisfied: no" in said
    assert "| poet" in said
    assert "  | gpt-4o: roses are red" in said
