"""Lanes, inspector, strip, bars and list as text, without a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import RunInfo, Span, Value
from agentloupe.tui import bars
from agentloupe.tui.cast import abbreviate, short_type, two_lines
from agentloupe.tui.commands import Command, understood
from agentloupe.tui.compare import changes, words
from agentloupe.tui.findings import Findings, Found
from agentloupe.tui.inspector import usage
from agentloupe.tui.keymap import KEYS, keys_of
from agentloupe.tui.lanes import Delivery, delivery, header, lay_out
from agentloupe.tui.listing import Runs, row
from agentloupe.tui.opening import Entry
from agentloupe.tui.pieces import Line, cells, cut, fit, length, pad, plain, wrap
from agentloupe.tui.replay import Lanes
from agentloupe.tui.session import Session
from agentloupe.tui.shape import shape
from agentloupe.tui.strip import Strip
from agentloupe.tui.tabs import TABS

from .scenes import Stage, crowd, nothing, odd, sales

Record = Callable[..., Path]


Open = Callable[..., Session]


def shown(session: Session, width: int = 120) -> list[str]:
    lanes = Lanes(session)
    lanes.resize(width)
    return [plain(lanes.line(at)) for at in range(session.folding.rows)]


def tab(session: Session, name: str, step: int) -> str:
    return "\n".join(plain(line) for line in TABS[name](session, session.step(step)))


@pytest.mark.parametrize("width", [40, 47, 60, 80, 97, 130, 200])
@pytest.mark.parametrize("scene", [sales, odd, crowd])
def test_every_row_is_exactly_as_wide_as_asked(opened: Open, scene: object, width: int) -> None:
    session = opened(scene)
    lanes = Lanes(session)
    layout = lanes.resize(width)
    for step in range(session.total):
        session.cursor.go(step)
        assert length(lanes.line(session.at)) == width
    for line in header(layout, session.cast):
        assert length(line) == width


@pytest.mark.parametrize("scene", [sales, odd, crowd])
def test_nothing_that_could_steer_a_terminal_reaches_a_line(opened: Open, scene: object) -> None:
    session = opened(scene)
    for text in shown(session):
        assert text.replace("\u200d", "").isprintable()
    for step in range(session.total):
        for name in TABS:
            for line in TABS[name](session, session.step(step)):
                assert plain(line).replace("\u200d", "").isprintable()


def test_a_loop_is_one_row_with_its_first_deviation(opened: Open) -> None:
    session = opened(sales)
    [fold] = [line for line in shown(session) if "×8" in line]
    assert "8–31" in fold
    assert "+72M" in fold
    assert "first deviation 33" in fold
    session.cursor.go(10)
    session.toggle_fold()
    assert len(shown(session)) == 7 + 24


def test_a_broadcast_is_one_row_from_outside_to_all(opened: Open) -> None:
    first = shown(opened(sales))[0]
    assert first.count("◆") == 3
    assert first.count("▷") == first.count("▶") == 1


def test_more_agents_than_lanes_are_named(opened: Open) -> None:
    rows = shown(opened(crowd))
    assert "boss ⇉ worker00 +13" in rows[0]
    assert "worker03 → boss  Result" in rows[4]
    assert "3 found" in rows[4]


def test_errors_and_waits_say_so(opened: Open) -> None:
    rows = shown(opened(odd), 160)
    assert "✗" in rows[5]
    assert "ValueError: not finished" in rows[5]
    assert "○" in rows[6]
    assert "never finished, 42.3s" in rows[6]
    assert "⇠ dict" in rows[4]


def test_message_tab(opened: Open) -> None:
    session = opened(odd)
    assert "✗ ValueError: not\n✗ finished" in tab(session, "Message", 5)
    waiting = tab(session, "Message", 6)
    assert "handler not finished: open for 42.3s when the run ended" in waiting
    assert "tokens unknown" in waiting
    assert "unfinished" in waiting
    assert "<image/png 29K>" in tab(session, "Message", 2)
    assert "… 300 more lines" in tab(session, "Message", 3)
    assert "── reply  dict" in tab(session, "Message", 4)
    assert "broadcast, delivery 2 of 4" in tab(opened(sales), "Message", 1)


def test_what_a_cache_answers_uses_no_tokens() -> None:
    told: dict[str, Value] = {c.INPUT_TOKENS: 0, c.OUTPUT_TOKENS: 0}
    chat = Span(1, 0, 0, c.CHAT, "chat gpt", "a/x", 0, 1, None, 0, told)
    assert usage(chat) == "0 in, 0 out"
    assert usage(structs.replace(chat, attributes={**told, c.CACHED: True})) == "cached"


def test_diff_tab(opened: Open) -> None:
    session = opened(sales)
    assert "= identical but for ids, times and token counts" in tab(session, "Diff", 12)
    assert "against #9, 3 steps earlier" in tab(session, "Diff", 12)
    assert "This is the first GroupChatStart" in tab(session, "Diff", 0)
    changed = tab(session, "Diff", 34)
    assert "against #7" not in changed


def test_model_tab_shows_what_the_model_saw(opened: Open) -> None:
    session = opened(sales)
    text = tab(session, "Model", 4)
    assert "gpt-4o  tokens unknown" in text
    assert "── context, 2 messages" in text
    assert "system\n  You are the planner." in text
    assert "── answer" in text
    assert "called no model in this step" in tab(session, "Model", 0)
    assert "not answered yet" in tab(opened(odd), "Model", 6)


def test_tools_tab(opened: Open) -> None:
    text = tab(opened(sales), "Tools", 9)
    assert "⚒ read_csv" in text
    assert "✗ KeyError: 'region'" in text
    assert "path: sales.csv" in text
    assert "called no tool" in tab(opened(sales), "Tools", 0)


def test_raw_tab(opened: Open) -> None:
    text = tab(opened(sales), "Raw", 9)
    assert "■ process" in text
    assert "agentloupe.sender: coder_5f1c2a9e/5f1c2a9e" in text
    assert "gen_ai.tool.call.arguments: body of" in text


LOOP = Found("LOOP001", "the coder repeats itself", "error", "loop.repetition", first_step=9)
LEAK = Found("LEAK001", "memory grows", first_step=2, last_step=30, fingerprint="c0ffee12")


def test_findings_are_numbered_by_step_and_summed_up_by_severity(opened: Open) -> None:
    session = opened(sales)
    session.findings.take([LOOP, LEAK])
    assert [(mark.number, mark.finding.code) for mark in session.findings.marks] == [
        (1, "LEAK001"),
        (2, "LOOP001"),
    ]
    text = plain(bars.findings(session, 120))
    assert text.startswith(" ✗2 LOOP001 the coder repeats itself :9   ▲1 LEAK001 memory grows :2")
    assert plain(bars.findings(session, 50)).rstrip().endswith("+1 more")


def test_findings_of_a_step(opened: Open) -> None:
    session = opened(sales)
    assert "being checked" in tab(session, "Found", 0)
    session.findings.take([LOOP, LEAK])
    assert "▲ LEAK001 memory grows" in tab(session, "Found", 5)
    assert "── elsewhere\n✗ 2 LOOP001" in tab(session, "Found", 5)
    assert "── not here, but" in tab(session, "Found", 36)
    session.findings.take([])
    session.findings.checked = 14
    assert "No findings. Checked: 14 rules." in tab(session, "Found", 0)
    session.findings.fail("no such rule")
    assert "could not be checked: no such rule" in tab(session, "Found", 0)


def test_a_report_of_check_is_understood(opened: Open, recorded: Record) -> None:
    from agentloupe.tui.checking import report_on

    report = report_on(recorded(sales), 0)
    findings = Findings()
    findings.take_report(report)
    assert findings.state == "done"
    assert findings.checked == len(report["checked"])
    assert [mark.finding.code for mark in findings.marks] == [
        item["code"] for item in report["findings"]
    ]


def test_what_is_typed_is_understood(opened: Open) -> None:
    session = opened(sales)
    session.findings.take([LOOP, LEAK])

    def step(text: str) -> int:
        command = understood(session, text)
        assert command.kind == "step", command
        return command.step

    def said(text: str) -> str:
        command = understood(session, text)
        assert command.kind == "say", command
        return command.text

    assert step("12") == step("@12") == step("step 12") == 12
    assert step("#2") == step("loop001") == step("loop.repetition") == 9
    assert step("c0ffee") == 2
    assert step("t=0.5s") == step("t 0.5") == session.at_time(500_000_000)
    assert step("0:01") == session.at_time(1_000_000_000)
    assert said("99") == "there is no step 99: the last is 36"
    assert "did you mean 'LOOP001'?" in said("LOOP01")
    assert "names no step" in said("nonsense")
    assert "did you mean 'memory'?" in said("memmory")
    for text, kind, meant in (
        ("mem", "place", "memory"),
        ("deadlock", "place", "waits"),
        ("wat", "place", "spans"),
        ("q", "action", "quit"),
        ("next finding", "action", "finding(1)"),
        ("find from:coder err", "filter", "from:coder err"),
        ("break err", "break", "err"),
        ("export mark", "export", "markdown"),
    ):
        assert understood(session, text) == Command(kind, meant), text


def test_at_time_is_the_last_step_that_began_by_then(opened: Open) -> None:
    session = opened(sales)
    for step in range(session.total):
        assert session.at_time(session.elapsed_ns(session.step(step))) == step


def test_strip_and_scrubber_share_the_columns(opened: Open) -> None:
    session = opened(sales)
    session.findings.take([LOOP, LEAK])
    strip = Strip(80, 3, session.total, session.memory, session.findings)
    for step in range(session.total):
        assert 0 <= strip.column(step) < strip.columns
        assert strip.column(strip.step(strip.column(step))) == strip.column(step)
        lines = strip.lines(step)
        assert [length(line) for line in lines] == [80] * 4
    top, *_, scrubber = [plain(line) for line in strip.lines(0)]
    assert top.startswith("   212M ")
    assert "1" in scrubber
    assert "2" in scrubber


def test_a_run_without_samples_says_that_memory_is_unknown(opened: Open) -> None:
    session = opened(nothing)
    strip = Strip(60, 2, session.total, session.memory, session.findings)
    assert "memory ?" in plain(strip.lines(0)[0])
    assert "no steps" in plain(bars.status(session, 60))


def test_title_says_what_is_unknown(opened: Open) -> None:
    assert "138 tokens + 1 call unknown" in plain(bars.title(opened(sales), 130))
    title = plain(bars.title(opened(odd), 150))
    assert "✗ failed RuntimeError: gave up waiting for carol" in title
    assert "no tokens told" in title


def test_keys_of_every_screen_are_unique() -> None:
    for where in ("runs", "replay"):
        keys = [name for key in keys_of(where) for name in key.keys]
        assert len(keys) == len(set(keys))
    assert all(key.text for key in KEYS)


def test_footer_always_has_help_and_quit() -> None:
    for width in range(16, 200):
        text = plain(bars.footer(keys_of("replay"), width))
        assert len(text) == width
        assert "? help" in text
        assert "q quit" in text


@pytest.mark.parametrize(
    ("width", "height"), [(w, h) for w in range(1, 220, 7) for h in (8, 12, 16, 24, 60)]
)
def test_parts_leave_room_for_rows(width: int, height: int) -> None:
    for inspecting in ("auto", "whole", "hidden"):
        parts = shape(width, height, inspecting)
        if width < 40:
            assert parts.narrow
            continue
        bars_ = 2 + parts.findings + parts.footer + parts.strip + parts.scrubber + parts.head
        assert height - bars_ >= 4
        assert parts.lanes or parts.inspector == width
        assert parts.inspector == 0 or not parts.lanes or width - parts.inspector >= 59


def test_names() -> None:
    assert two_lines("coder", 9) == ("", "coder")
    assert two_lines("RoundRobinGroupChatManager", 11) == ("RoundRobin", "GroupChatM…")
    assert two_lines("averyveryverylongname", 9) == ("", "averyver…")
    assert short_type("mod.TextMessage") == "Text"
    assert short_type("Message") == "Message"
    assert abbreviate("ToolCallRequest", 15) == "ToolCallRequest"
    assert abbreviate("ToolCallRequest", 9) == "ToolCall"
    assert abbreviate("ToolCallRequest", 7) == "TCall"
    assert abbreviate("CodeReviewTask", 5) == "CRTa…"


def test_wide_characters_are_never_halved() -> None:
    assert cells("你好") == 4
    assert cut("你好吗", 4) == "你 …"
    assert cells(cut("你好吗", 4)) <= 4
    assert pad("你", 5) == "你   "
    assert length(fit([("你好吗", "a"), ("x", "b")], 5)) == 5
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert length(fit([(family * 3, "")], 5)) == 5


def test_wrapping_keeps_words_and_widths() -> None:
    line: Line = [("key: ", "key"), ("some words that are longer than the line", "")]
    wrapped = wrap(line, 14, "  ")
    assert [plain(part).rstrip() for part in wrapped] == [
        "key: some",
        "  words that",
        "  are longer",
        "  than the",
        "  line",
    ]
    assert all(length(part) <= 14 for part in wrap([("x" * 50 + "你" * 9, "")], 14, "  "))
    assert "".join(plain(part).strip() for part in wrap([("x" * 50, "")], 14, "  ")) == "x" * 50


def test_words_are_pointed_out_only_in_lines_that_are_alike() -> None:
    removed, added = words("read sales.csv with commas", "read sales.csv with semicolons")
    assert removed[-1] == ("commas", "removed bold underline")
    assert added[:2] == [("read sales.csv with", "added"), (" ", "added")]
    assert words("entirely other words", "nothing in common here") == (
        [("entirely other words", "removed")],
        [("nothing in common here", "added")],
    )


def test_long_stretches_without_a_change_are_counted() -> None:
    before = [f"line {n}" for n in range(50)]
    now = [*before[:25], "new", *before[26:]]
    shown_ = [plain(line).rstrip() for line in changes(before, now)]
    assert shown_ == [
        "  ┈ 23 lines the same",
        "  line 23",
        "  line 24",
        "- line 25",
        "+ new",
        "  line 26",
        "  line 27",
        "  ┈ 22 lines the same",
    ]


def wrapped(stage: Stage) -> None:
    """An agent's inner messages in AgentChat's envelopes."""
    stage.run("wrapped")
    for number in range(3):
        for kind in ("ToolCallRequestEvent", "TextMessage"):
            inner = {"type": kind, "content": f"{kind} {number}", "source": "coder"}
            stage.message("coder/x", "boss/x", "GroupChatMessage", {"message": inner})
    stage.end()


def test_envelopes_go_by_what_they_carry(opened: Open) -> None:
    session = opened(wrapped)
    rows = shown(session)
    assert "ToolCallRequest" in rows[0]
    assert "Text" in rows[1]
    assert "against #0, 2 steps earlier" in tab(session, "Diff", 2)


def test_runs_whose_ids_begin_alike_are_told_apart() -> None:
    def entry(number: int, trace_id: str) -> Entry:
        run = RunInfo(
            number, trace_id, 1, "adder", "ok", None, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, ()
        )  # fmt: skip
        return Entry(Path("a.loupe"), None, run)

    runs = Runs()
    runs.take([entry(0, "01a224f593d88c32"), entry(1, "01a224f59a2c0a4a")])
    shown_ = [plain(row(runs, at, 100, str)) for at in (0, 1)]
    assert [line.split()[1 - at] for at, line in enumerate(shown_)] == ["01a224f593", "01a224f59a"]
    assert {length(row(runs, at, width, str)) for at in (0, 1) for width in (40, 60, 130)} == {
        40,
        60,
        130,
    }


def test_a_call_outside_of_agents_is_named_by_itself(opened: Open) -> None:
    cast = opened(sales).cast
    item = Delivery(0, 0, "", ("",), "chat", "hi", False, False, frozenset(), call=True)
    layout = lay_out(60, 10, cast, memory=False, compact=True)
    assert plain(delivery(layout, cast, item)).startswith("program  model call")
