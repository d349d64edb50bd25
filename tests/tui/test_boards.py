"""The boards without a terminal: what they say, and that nothing in them steers one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from agentloupe.tracer import conventions as c
from agentloupe.tracer.filter import parse
from agentloupe.tracer.model import Event, Link, Span, Step
from agentloupe.tracer.reader import open_recording
from agentloupe.tui.boards.catalogue import board
from agentloupe.tui.boards.trees import Repeat, trees
from agentloupe.tui.boards.waterfall import Waterfall
from agentloupe.tui.critical import path
from agentloupe.tui.pieces import length, plain
from agentloupe.tui.places import PLACES, at, bar, named
from agentloupe.tui.series import Series
from agentloupe.tui.session import Session
from agentloupe.tui.survey import Survey
from agentloupe.tui.trend import spark, trend
from agentloupe.tui.waiting import awaited, waiting

from .scenes import Scene, crowd, nothing, odd, sales, tell

Record = Callable[..., Path]
Open = Callable[[Scene], Session]
BOARDS = [place.name for place in PLACES if place.name not in ("runs", "replay", "live")]


@pytest.mark.parametrize("scene", [sales, odd, crowd, nothing])
def test_no_line_of_a_board_steers_a_terminal(recorded: Record, scene: Scene) -> None:
    file = recorded(scene)
    with open_recording(file) as recording:
        session = Session(recording.run(0), title=file.name)
        tell(file, 0, session.findings)
        survey = Survey().work(session.source)
        for name in BOARDS:
            made = board(name, session, survey)
            for step in range(0, max(1, session.total), 3):
                session.cursor.go(step)
                made.renew()
                lines = [*made.head(100, 12)]
                lines += [row.line(100) for row in made.rows]
                lines += [line for row in made.rows for line in row.detail()]
                for line in lines:
                    text = plain(line).replace("\u200d", "")
                    assert text.isprintable(), (name, text)
                if not made.at_cursor:
                    break


def span(number: int, op: str, start: int, end: int | None, **more: object) -> Span:
    fields: dict[str, object] = {"agent": "a/default", "parent": 0, "step": number, **more}
    return Span(number, run=0, op=op, name=op, start_ns=start, end_ns=end, error=None, **fields)


def test_the_critical_path_follows_messages_back() -> None:
    link = (Link(11, "message"),)
    spans = [
        span(1, c.PROCESS, 0, 100),
        span(10, c.CHAT, 10, 40, parent=1, step=1),
        span(11, c.SEND, 50, 60, parent=1, step=1),
        span(12, c.TOOL, 70, 95, parent=1, step=1),
        span(2, c.PROCESS, 62, 300, links=link),
        span(20, c.TOOL, 70, 80, parent=2, step=2),
        span(21, c.CHAT, 90, 290, parent=2, step=2),
        span(3, c.PROCESS, 65, 90),
    ]
    # what ended last, the message that began it, and what had to be before that message
    assert path(spans) == {2, 21, 20, 11, 1, 10}


def send(number: int, who: str, whom: str, start: int = 0) -> Span:
    told = {c.SENDER: who, c.RECIPIENT: whom, c.MESSAGE_TYPE: "Ask"}
    return span(number, c.SEND, start, None, agent=who, attributes=told)


def test_a_circle_of_waits_is_named() -> None:
    spans = [send(1, "a/x", "b/x"), send(2, "b/x", "c/x", 5), send(3, "c/x", "b/x", 7)]
    found = waiting(spans, (), 100)
    assert found.circle == ("b/x", "c/x")
    assert [(wait.agent, wait.stuck) for wait in found.waits] == [
        ("a/x", False),
        ("b/x", True),
        ("c/x", True),
    ]
    assert found.roots() == []


def test_what_others_wait_behind_is_the_root() -> None:
    human = span(9, c.HUMAN, 10, None, agent="b/x", step=1)
    found = waiting([send(1, "a/x", "b/x"), human], (), 100)
    assert [wait.what for wait in found.roots()] == ["a person's answer"]
    assert found.circle == ()


def test_an_inbox_holds_what_is_posted_and_not_begun() -> None:
    def step(index: int, posted: int, start: int) -> Step:
        return Step(
            index, index, "a/x", "b/x", "T", "send", "", "", posted, start, start + 1,
            None, None, None, None,
        )  # fmt: skip

    found = waiting((), [step(1, 5, 20), step(2, 15, 30), step(3, 1, 8)], 10)
    assert found.queued == {"b/x": 1}


def test_a_stand_still_says_where() -> None:
    told = {
        c.WAIT_WHAT: "a lock that b holds",
        c.WAIT_WHERE: "app.py:3 in f",
        c.WAIT_HOPELESS: True,
    }
    found = waiting([span(1, c.WAIT, 0, None, attributes={**told, c.WAIT_AWAITS: ("b/x",)})], (), 9)
    assert found.waits[0].what == "a lock that b holds, at app.py:3 in f"
    assert (found.waits[0].target, found.waits[0].stuck) == ("b/x", True)


def test_trends_and_sparks() -> None:
    assert trend([(0, 1), (1, 1), (2, 1)]) is None
    rising = trend([(0, 0), (1, 2), (2, 4)])
    assert rising is not None
    assert (rising.slope, round(rising.r2, 6)) == (2.0, 1.0)
    assert spark([], 10, 0, 1) == ""
    assert len(spark([(3, 1), (9, 2)], 10, 0, 10)) == 10


def test_places_are_found_by_name_and_by_column() -> None:
    assert named("mem") == named("rss") == "memory"
    assert named("x") == ""
    for width in (40, 80, 130):
        line = bar("spans", width)
        assert length(line) == width
        text = plain(line)
        for place in PLACES[:-1]:
            if place.name in text:
                assert at(text.index(f"{place.digit} {place.name}"), "spans", width) == place.name
    assert at(200, "spans", 80) == ""


def test_repeated_trees_are_one_row_and_open(opened: Open) -> None:
    session = opened(sales)
    board = Waterfall(session, Survey())
    board.scope()
    board.scope()  # the whole run
    board.renew()

    def shown() -> list[str]:
        return [plain(row.line(120)).rstrip() for row in board.rows]

    [at] = [at for at, line in enumerate(shown()) if "×8" in line]
    assert "×8 coder and 2 others  the same 4 spans" in shown()[at]
    closed = len(board.rows)
    assert board.fold(at)
    assert len(board.rows) == closed + 4 * 8
    assert not board.fold(at + 1)
    assert board.fold(at)
    assert len(board.rows) == closed


def test_a_filter_means_spans_and_keeps_what_they_stand_below(opened: Open) -> None:
    session = opened(sales)
    board = Waterfall(session, Survey())
    session.cursor.go(12)
    board.renew()
    every = len(board.rows)
    board.filter(parse("type:execute_tool err"))
    assert len(board.rows) < every
    text = plain(board.head(120, 2)[0])
    assert "/type:execute_tool err  8 of them" in text
    board.filter(parse("tok>100 agent:coder"))
    assert "chat gpt-4o" in "".join(plain(row.line(120)) for row in board.rows)
    board.filter(parse("text:nowhere"))
    assert "Esc shows all" in plain(board.rows[0].line(120))
    board.filter(None)
    assert len(board.rows) == every


def test_trees_are_folded_at_every_level_whatever_the_depth() -> None:
    def span(number: int, parent: int, name: str) -> Span:
        return Span(number, parent, 0, "x", name, "a/k", number, number + 1, None, 0)

    deep = [span(n + 1, n, f"level {n}") for n in range(3000)]
    leaves = [span(10_000 + n, 3000, "leaf") for n in range(30)]
    found = list(trees([*deep, *leaves], set()))
    assert len(found) == 3001
    repeat, depth, is_open = found[-1]
    assert isinstance(repeat, Repeat)
    assert (repeat.times, repeat.period, depth, is_open) == (30, 1, 3000, False)
    assert len(list(trees([*deep, *leaves], {repeat.first.id}))) == 3031


def test_a_call_in_flight_says_which_of_how_many_attempts_it_is() -> None:
    told = {"gen_ai.request.model": "m", "agentloupe.attempts.allowed": 3}
    first = Event("agentloupe.attempt", 5, {"http.response.status_code": 503})
    span = Span(1, 0, 0, "chat", "chat m", "a/b", 0, None, None, 0, told, {}, (), (first,))
    assert awaited(span) == ("the model m, attempt 2 of 3", "")
    untold = Span(1, 0, 0, "chat", "chat", "a/b", 0, None, None, 0, {}, {}, (), (first, first))
    assert awaited(untold) == ("the model, attempt 3", "")


def test_memory_grows_over_the_steps_with_a_tools_calls(opened: Open) -> None:
    session = opened(sales)
    survey = Survey().work(session.source)
    tool = survey.tools["read_csv"]
    assert list(tool.steps) == [9, 12, 15, 18, 21, 24, 27, 30]
    assert tool.grown(session.memory) == 8 * 9 << 20
    assert tool.grown(Series()) is None
    made = board("tools", session, survey)
    made.renew()
    assert "+72M" in plain(made.rows[1].line(130))


def test_the_fullest_inbox_is_told(opened: Open) -> None:
    session = opened(sales)
    first, *rest = session.samples()
    full = [replace(first, mailboxes={"coder": 3}), replace(first, mailboxes={"coder": 7}), *rest]
    session.samples = lambda: full  # type: ignore[method-assign]
    assert session.fullest_inboxes() == {"coder": 7}
    made = board("overview", session, Survey())
    made.renew()
    [coder] = [row for row in made.rows if plain(row.line(140)).split()[:1] == ["coder"]]
    assert "at most 7 messages in its inbox" in plain(coder.detail()[0])
