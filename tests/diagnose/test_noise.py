"""What differs from call to call and says nothing, and what looks like it and says something."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.finding import Finding

from .bank import Turn, call, fine, turn
from .scripts import ScriptedRecording

REMARKS = (
    "Let me have a go at it.",
    "That did nothing, it seems.",
    "Odd. One more time, then.",
    "Perhaps it was too early.",
    "The window does not look different.",
    "I would have expected more.",
    "Maybe the mouse missed.",
    "Well, what else is there to try?",
    "Not there yet, it appears.",
)


def loops(steps: Iterator[Turn]) -> list[Finding]:
    report = check(ScriptedRecording(fine([turn("lead", "Read the timetable."), *steps])))  # pyright: ignore[reportArgumentType]
    return [each for each in report.findings if each.slug.startswith("loop.")]


def clicks(shows: list[str]) -> Iterator[Turn]:
    for at, (text, page) in enumerate(zip(REMARKS, shows, strict=True)):
        handle = 7 * at * at + 3
        result = (
            f"clicked. The window shows: {page} Elements: [{handle + 1}] Yes, [{handle + 2}] No"
        )
        yield turn("surfer", text, call("click", {"target_id": handle}, result))


def test_a_page_that_stays_is_the_same_whatever_its_elements_are_numbered() -> None:
    stays = "We value your privacy. Take all of it or choose what you like."
    assert loops(clicks([stays] * 9))


def test_a_page_that_changes_is_not() -> None:
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday holidays summer".split()
    assert not loops(clicks([f"Boats on {day} leave at {day[0]} o'clock." for day in days]))


def trains(errors: list[str]) -> Iterator[Turn]:
    for at, (text, error) in enumerate(zip(REMARKS, errors, strict=True)):
        asked = {"rate": (3, 1)[at % 2] / 1000, "run": f"r-{at * 7919 + 4096:x}"}
        yield turn("trainer", text, call("train", asked, error=error))


def test_figures_of_a_failure_that_go_up_and_down_are_no_news() -> None:
    speeds = (8855, 8800, 8605, 8349, 8612, 8460, 8275, 8701, 8555)
    assert loops(trains([f"stopped: loss=nan at step 1, tok/s={each}" for each in speeds]))


def test_figures_that_get_better_are() -> None:
    lost = (9100, 8855, 8600, 8349, 8112, 7960, 7775, 7601, 7455)
    assert not loops(trains([f"stopped: {each} of 9999 shards are bad" for each in lost]))


@pytest.mark.parametrize("known", [False, True])
def test_runs_with_names_of_their_own_are_the_same_run(known: bool) -> None:
    def steps() -> Iterator[Turn]:
        names = [f"{at * 7919 + 4096:x}a7" for at in range(9)]
        if known:
            yield turn("loader", "Which are there?", call("runs", {}, " ".join(names)))
        for text, name in zip(REMARKS, names, strict=True):
            asked = {"run": name, "source": "/mnt/share"}
            yield turn("loader", text, call("ingest", asked, '{"added":0,"skipped":212}'))

    assert bool(loops(steps())) is not known


def test_a_list_in_another_order_is_the_same_list() -> None:
    def steps() -> Iterator[Turn]:
        tasks = ["collect the inputs", "draft it", "ask for a yes", "write it", "print", "send"]
        for at, text in enumerate(REMARKS):
            order = [*tasks[at % 5 :], *tasks[: at % 5]]
            yield turn("planner", text, call("write_list", {"tasks": order}, '{"saved":6}'))

    assert loops(steps())


def test_who_is_told_to_wait_for_the_other_by_both_will_wait_for_ever() -> None:
    def steps() -> Iterator[Turn]:
        offices = ("customs", "ministry")
        for at, text in enumerate(REMARKS):
            asked, other = offices[at % 2], offices[1 - at % 2]
            answer = f"pending: needs a stamp of the {other}"
            yield turn("applicant", text, call("apply", {"office": asked}, answer))

    assert loops(steps())


def test_two_that_are_waited_for_may_come() -> None:
    def steps() -> Iterator[Turn]:
        for at, text in enumerate(REMARKS):
            asked = {"office": ("customs", "ministry")[at % 2]}
            yield turn("applicant", text, call("apply", asked, "pending: in the queue"))

    assert not loops(steps())


def test_a_list_of_failures_that_is_cut_and_gets_shorter_is_worked_off() -> None:
    tests = ["sorting", "negative", "unicode", "leap_day", "large", "nested", "empty", "long"]

    def steps() -> Iterator[Turn]:
        for at, text in enumerate(REMARKS[:6]):
            left = "\n".join(f"FAILED tests/parser/test_{name}" for name in tests[at:])
            for _ in range(2):
                yield turn("tester", text, call("pytest", {"path": "tests"}, error=left[:90]))
            yield turn("coder", f"Mended {tests[at]}.", call("edit", {"hunk": at * 31}, "ok"))

    assert not loops(steps())


def test_what_is_polled_may_stand_still_between_two_changes() -> None:
    def steps() -> Iterator[Turn]:
        for done in range(4):
            for again in range(3):
                seen = {f"1.1.1.{at}": "new" if at < done else "old" for at in range(5)}
                text = f"{REMARKS[again]} {done} of 5."
                yield turn("watcher", text, call("dig_all", {"name": "example"}, str(seen)))

    assert not loops(steps())


WAYS = {
    "author": (
        "Here is the reworked abstract, do you like it better?",
        "I went over the abstract again; is that closer to your wishes?",
        "Next try: the abstract with a calmer opening.",
        "Have a look at my newest wording of the abstract.",
        "Perhaps this abstract finds your favour.",
    ),
    "editor": (
        "It does not sing yet. Could you give it more life?",
        "Still somewhat dry; put a spark into the text.",
        "Warmer, please, a reader ought to feel something.",
        "I am missing energy here.",
        "Not vivid enough for my taste.",
    ),
}


@pytest.mark.parametrize("done", [False, True])
def test_words_that_come_back_when_all_are_through_are_a_loop(done: bool) -> None:
    def steps() -> Iterator[Turn]:
        for at in range(7):
            for who, ways in WAYS.items():
                result = f"the abstract has {at * 31 + 97} words in {at + 2} sections"
                calls = [call("count", {"draft": at}, result)] if done else []
                yield turn(who, ways[at % 5], *calls)

    found = loops(steps())
    assert bool(found) is not done
    if found:
        assert (found[0].first_step, found[0].detected_at_step) == (1, 12)
        assert sorted(found[0].agents) == ["author", "editor"]


def restarts() -> Iterator[Turn]:
    for at, remark in enumerate(REMARKS):
        pid = 912 + 131 * at * at
        log = (
            f"Mar 04 03:{at:02}:11 ledger[{pid}]: booted\n"
            f"Mar 04 03:{at:02}:12 ledger[{pid + 7}]: KeyError: 'DB_PASSWORD'\n"
            f"Mar 04 03:{at:02}:12 systemd[1]: ledger.service: process exited, status=1"
        )
        yield turn("ops", remark, call("bash", {"cmd": "journalctl -u ledger -n 3"}, log))


def test_which_process_it_was_is_no_news() -> None:
    assert [each.agents for each in loops(restarts())] == [("ops",)]


def forms(mend: bool) -> Iterator[Turn]:
    """A form of many fields, whose errors are told in a list."""
    wrong = ["date", "consent", "country", "iban", "amount", "street", "phone"]
    fields = dict.fromkeys(wrong, "?")
    for at, remark in enumerate(REMARKS[:7]):
        left = wrong[at:] if mend else wrong
        fields[wrong[at]] = f"mended {at}" if mend else f"? {at}"
        answer = json.dumps({"status": 422, "errors": left})
        yield turn("filler", remark, call("submit_form", dict(fields), answer))


def test_a_list_of_errors_in_a_record_that_gets_shorter_is_worked_off() -> None:
    assert loops(forms(mend=True)) == []
    assert [each.agents for each in loops(forms(mend=False))] == [("filler",)]
