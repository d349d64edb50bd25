"""Calls that come to nothing new, however they are put, and work that looks like them."""

from __future__ import annotations

import json

import pytest

from agentloupe.diagnose.results import opened
from agentloupe.tracer import conventions as c

from .bank import Turn, call, fine, turn
from .scripts import ScriptedRecording
from .test_recurrence import NEWS, loops

ENVELOPES = {
    "parts": lambda text: {"isError": True, "content": [{"type": "text", "text": text}]},
    "status": lambda text: {"status": "error", "error": text, "request_id": "r1"},
    "tags": lambda text: f"<error>\n{text}\n</error>",
    "process": lambda text: {"exit_code": 2, "stdout": "", "stderr": text, "duration_ms": 7},
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_failure_shows_through_its_envelope(name: str) -> None:
    told = ENVELOPES[name]("no such column: gate")
    text = told if isinstance(told, str) else json.dumps(told)
    assert opened(text) == ("no such column: gate", True)


@pytest.mark.parametrize("text", ['{"name": "gate", "value": 3}', '{"state": "open", "items": []}'])
def test_a_record_of_its_own_is_no_envelope(text: str) -> None:
    assert opened(text) == (text, False)


def test_guesses_that_a_server_refuses_are_a_loop() -> None:
    def guess(at: int) -> Turn:
        args = {"path": "gate.py", "old": " " * at + "lock()", "new": "lock(key)"}
        return turn("coder", "", call("edit", args, ENVELOPES["parts"]("old text not in the file")))

    assert [f.agents for f in loops([guess(at) for at in range(6)])] == [("coder",)]


def clicks(shown: list[str]) -> list[Turn]:
    steps: list[Turn] = []
    for at, view in enumerate(shown):
        steps.append(turn("eye", "", call("look", {}, view)))
        steps.append(turn("eye", "", call("click", {"at": [300 + 7 * at % 5, 41]}, "clicked")))
    return steps


def test_clicks_that_are_seen_to_change_nothing_are_a_loop() -> None:
    assert loops(clicks(["a form with a grey button and two empty fields"] * 7))
    assert (
        loops(clicks([f"page {at} of the catalogue with four pictures" for at in range(7)])) == []
    )


ASKED = ["decide the scope of the report", "define the scope of the report, please"]
TOLD = ["The analyst knows the scope best.", "Our analyst can judge the scope best of all."]


def test_an_agent_called_as_a_tool_repeats_itself_in_other_words() -> None:
    same = [
        turn("boss", "", call("ask", {"task": ASKED[n % 2]}, TOLD[n // 2 % 2])) for n in range(9)
    ]
    assert [f.agents for f in loops(same)] == [("boss",)]
    other = [turn("boss", "", call("ask", {"task": f"Say of this: {news}"}, news)) for news in NEWS]
    assert loops(other) == []


def test_the_same_page_wherever_one_goes_is_no_progress() -> None:
    page = "Sign in to continue. Email address and password, please. New here? Create an account."
    steps = [
        part
        for at in range(8)
        for part in (
            turn("lead", "Open the page with the yearly figures and tell me the total."),
            turn(
                "eye",
                "I cannot see the figures, the site wants me to sign in first.",
                call("visit", {"url": f"https://x.example/{'abcdefgh'[at]}"}, page),
            ),
        )
    ]
    assert [set(f.agents) for f in loops(steps)] == [{"lead", "eye"}]


TEXT = " ".join(f"{news} {news.upper()} again, said the {at}." for at, news in enumerate(NEWS[:6]))


def drafts(notes: list[tuple[str, str, str]]) -> list[Turn]:
    text, steps = TEXT, []
    for note, old, new in notes:
        steps += [turn("writer", text), turn("critic", note)]
        text = text.replace(old, new)
    return steps


def test_drafts_that_heed_what_they_are_told_are_work() -> None:
    changes = {"wing": "tower", "Soup": "stew", "bread": "rolls"}
    changes |= {"cellar": "vault", "oven": "hearth", "Plums": "pears"}
    heeded = [(f"Replace the {old} by a {new}.", old, new) for old, new in changes.items()]
    assert loops(drafts(heeded)) == []
    deaf = [(note, old, new) for note, (_, old, new) in zip(NEWS[4:], heeded, strict=True)]
    assert [f.agents[0] for f in loops(drafts(deaf))] == ["writer"]


def test_what_one_step_posts_many_times_over_is_no_talk() -> None:
    def pump(at: int) -> Turn:
        return {
            "op": c.PUBLISH,
            "name": "publish",
            "attributes": {c.MESSAGE_TYPE: "Text", c.DESTINATION: "clock/1"},
            "bodies": {c.MESSAGE_BODY: {"content": f"it is 12:00:{at:02d} o'clock in the hall"}},
        }

    steps = [turn("clock", spans=[pump(at) for at in range(20)])]
    recording = ScriptedRecording(fine(steps) | {"shape": "messages"})
    assert loops_in(recording) == []


def loops_in(recording: ScriptedRecording) -> list[str]:
    from agentloupe.diagnose.check import check

    report = check(recording, select=["loop"])  # pyright: ignore[reportArgumentType]
    return [finding.title for finding in report.findings]


def test_growing_pauses_are_seen_from_the_first_try_on() -> None:
    at, steps = 0.0, []
    for wait in (1, 3, 8, 20):
        failing = call("get_forecast", {"area": "ridge"}, error="HTTP 502 Bad Gateway")
        steps.append(turn("client", f"Next try in {wait} s.", failing, at=at))
        at += wait + 2
    steps.append(turn("client", "", call("get_forecast", {"area": "ridge"}, "clear sky"), at=at))
    assert loops(steps) == []


def test_a_requests_own_id_in_its_answer_is_no_news() -> None:
    steps = []
    for at in range(6):
        own = f"req-{7919 + 2088 * at:05d}"
        told = {"request": own, "status": "rejected", "why": "berth is taken"}
        asked = {"berth": 4, "request_id": own, "ship": "Halden"}
        steps.append(turn("agent", "", call("book_berth", asked, told)))
    assert [f.agents for f in loops(steps)] == [("agent",)]


def test_a_person_who_says_nothing_interrupts_nothing() -> None:
    def asked(answer: str) -> list[str]:
        row = [turn("helm", "May I cast off?"), turn("captain", answer, human=True)]
        recording = ScriptedRecording(fine(row * 8) | {"shape": "messages"})
        return loops_in(recording)

    assert asked(" ")
    assert asked("Wait for the tide, it turns at noon.") == []


def test_a_search_in_many_words_that_finds_nothing_is_a_loop() -> None:
    """One of the wordings looks like another thing's name: that is no news either."""
    words = """mill owner 1811|owner of the mill in 1811|who owned the mill, 1811
1811 mill ownership|mill proprietor 1811|proprietor of the mill 1811|mill 1811 owned by
who had the mill in 1811""".replace("\n", "|").split("|")
    asked = [turn("reader", "", call("search", {"query": each}, "no results")) for each in words]
    assert loops(asked)
    names = "Alder Birch Cedar Elm Fir Hazel Larch Maple".split()
    asked = [
        turn("reader", "", call("search", {"query": f"who owns {n} mill"}, "no results"))
        for n in names
    ]
    assert loops(asked) == []


REFUSED = [
    "ConnectionRefusedError: [Errno 111] Connection refused",
    "ClientConnectorError: Cannot connect to host {}:8080",
    "ConnectError: All connection attempts to {} failed",
    "URLError: <urlopen error no route to {}>",
]


def test_one_cause_in_the_words_of_many_libraries_is_a_loop() -> None:
    def attempt(at: int, host: str) -> Turn:
        library = ["httpx", "aiohttp", "urllib3", "requests"][at * 3 % 4]
        code = f"import {library}; print(get('http://{host}:8080/items', timeout={at}))"
        return turn("coder", "", call("run", {"code": code}, error=REFUSED[at % 4].format(host)))

    assert loops([attempt(at, "stock") for at in range(5)])
    assert loops([attempt(at, f"shop{at}") for at in range(4)]) == []


def test_a_setting_that_two_undo_for_each_other_is_a_loop() -> None:
    """The revision counts the writes: it is no news that it grows."""
    steps = [
        turn(
            who,
            "",
            call(
                "set", {"key": "limit", "value": value}, {"saved": True, "revision": 2 * at + late}
            ),
        )
        for at in range(6)
        for late, (who, value) in enumerate((("speed", 110), ("safety", 80)))
    ]
    assert [set(f.agents) for f in loops(steps)] == [{"speed", "safety"}]


def test_what_is_quoted_anew_is_news() -> None:
    lines = ["rows = []", "for line in file:", "rows.append(line)", "return rows", "print(rows)"]

    def pair(typed: list[str]) -> list[Turn]:
        return [
            each
            for line in typed
            for each in (
                turn("navigator", "And the next line of it, please?"),
                turn("driver", f"There is `{line}` in the file now. What is the next line?"),
            )
        ]

    assert loops(pair(lines)) == []
    assert loops(pair(lines[:1] * 5))


def test_another_day_is_another_question() -> None:
    def day(at: int) -> Turn:
        args = {"day": f"2026-03-{10 + at}", "from": "Cork"}
        return turn("desk", "", call("free_rooms", args, "two rooms are free in the east wing"))

    assert loops([day(at) for at in range(8)]) == []
    twice = loops([day(at % 3) for at in range(6)])
    assert twice == []
    found = loops([day(at % 3) for at in range(12)])
    assert found[0].detected_at_step is not None
    assert found[0].detected_at_step >= 7


def test_a_loop_tells_how_often_a_call_was_made() -> None:
    step = turn("desk", "", call("free_rooms", {"from": "Cork"}, "two rooms are free"))
    assert "6 times alike" in loops([step] * 6)[0].title


def test_fewer_failures_are_another_outcome() -> None:
    """Each number of those that fail is that of those that passed before."""
    left = ["merge", "zone", "limit", "sort", "empty", "unicode", "round"]
    steps: list[Turn] = []
    while left:
        left.pop()
        names = "\n".join(f"FAILED tests/test_ledger.py::test_{each}" for each in left)
        told = f"{names}\n{len(left)} failed, {7 - len(left)} passed in 0.31s"
        edit = call("edit", {"path": "ledger.py", "new": f"strict({len(left)})"}, "ok")
        steps += [turn("dev", "", edit), turn("dev", "", call("bash", {"command": "pytest"}, told))]
    assert not loops(steps)


def test_a_command_about_another_file_is_no_question_in_other_words() -> None:
    names = ["feed", "auth", "index", "keys", "api", "codec", "cli", "jobs"]
    work = [{"command": f"ruff check --fix src/{name}.py"} for name in names]
    assert not loops([turn("dev", "", call("bash", each, "All checks passed!")) for each in work])


def test_news_above_a_signature_are_news() -> None:
    sign = (
        "\n\nBest regards,\nMira Holm\nHead of Operations, Holm & Sons\n12 Dock Street, Aarhus\n"
        "This mail may hold confidential words; if it is not for you, delete it and tell us."
    )
    news = [
        "Pallets are short; please collect the empty ones in Vejle.",
        "Two drivers are ill, so the northern tour starts at noon.",
        "The insurer wants photographs of the dented door.",
        "From Monday on the gate opens at six.",
        "The customs papers for the Oslo load are signed.",
        "The crane is booked for the container ship on Thursday.",
    ]
    said = ["Will do.", "Done.", "Good to know.", "Done.", "Noted, thank you.", "Good to know."]
    mails = [turn("mira", f"Hello Jonas,\n\n{each}{sign}") for each in news]
    steps = [
        each for pair in zip(mails, said, strict=True) for each in (pair[0], turn("jonas", pair[1]))
    ]
    assert not loops(steps)


def test_a_code_that_is_asked_for_anew_fails_as_the_last_one_did() -> None:
    steps: list[Turn] = []
    for code in ("266904", "504257", "127520", "715081", "985437", "881419"):
        told = {"error": "code_expired", "message": f"The code {code} has expired"}
        steps += [
            turn(
                "clerk", "", call("request_code", {"channel": "sms"}, {"sent": True, "code": code})
            ),
            turn("clerk", "", call("confirm", {"code": code}, told)),
        ]
    assert loops(steps)


def test_a_run_that_is_started_again_and_fails_again_is_a_loop() -> None:
    steps: list[Turn] = []
    for run in (8908031090, 9526883856, 3142778660, 4638479946, 9950692974):
        told = {
            "run_id": run,
            "conclusion": "failure",
            "failed_step": "build",
            "duration_s": run % 97,
        }
        steps += [
            turn(
                "ci", "", call("rerun", {"workflow": "ci.yml"}, {"run_id": run, "state": "queued"})
            ),
            turn("ci", "", call("get_run", {"run_id": run}, told)),
        ]
    assert loops(steps)


def test_a_job_of_the_shell_is_not_told_by_its_number() -> None:
    steps: list[Turn] = []
    refused = "curl: (7) Failed to connect to localhost port 5173: Connection refused"
    for pid in (46517, 43127, 6721, 51451, 31007):
        steps += [
            turn("dev", "", call("bash", {"command": "npm run dev &"}, f"[1] {pid}")),
            turn("dev", "", call("bash", {"command": "curl -s localhost:5173"}, refused)),
            turn("dev", "", call("bash", {"command": f"kill {pid}"}, "")),
        ]
    assert loops(steps)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("terraform -chdir=infra/{0} plan", "No changes. Your infrastructure matches."),
        ("docker tag shop/{0}:{1} shop/{0}:latest", ""),
    ],
)
def test_a_command_names_its_thing_in_a_switch_or_twice(command: str, told: str) -> None:
    names = ["auth", "billing", "cart", "delivery", "events", "feeds", "gateway", "hooks"]
    work = [command.format(name, f"{sum(name.encode()):07x}") for name in names]
    assert not loops([turn("dev", "", call("bash", {"command": each}, told)) for each in work])


def test_errors_that_each_have_words_of_their_own_are_several() -> None:
    errors = ["missing import os", "undefined name row", "wrong type of size", "unused variable k"]
    steps: list[Turn] = []
    for at, error in enumerate([*errors, "bad indent of else", "unknown field zip"]):
        told = f"error: src/main.rs:{9 + 7 * at}: {error}\nbuild failed"
        steps += [
            turn("dev", "", call("build", {}, told)),
            turn("dev", "", call("edit", {"path": "src/main.rs", "fix": error}, "ok")),
        ]
    assert not loops(steps)


def test_containers_that_do_not_come_up_are_not_told_apart_by_their_restarts() -> None:
    steps: list[Turn] = []
    for count, pod in enumerate(["x2x9k", "b7q4m", "z31lp", "d19rr", "m4t7s"], 3):
        told = (
            f"api-7c6d4b9f{count}-{pod}   0/1   CrashLoopBackOff   {count} (20s ago)   {count}m2s"
        )
        steps += [
            turn("ops", "", call("kubectl", {"cmd": "get pods"}, told)),
            turn("ops", "", call("kubectl", {"cmd": "rollout restart"}, "api restarted")),
        ]
    assert loops(steps)


def test_a_plan_whose_boxes_are_ticked_is_no_draft_that_comes_back() -> None:
    tasks = [
        f"The {place} repairs its {what} before the storm and tells the mayor by hand"
        for place, what in zip(
            ["harbour", "clinic", "bakery", "museum", "foundry", "theatre", "quarry"],
            ["boats", "roof", "ovens", "cellar", "looms", "trucks", "nets"],
            strict=True,
        )
    ]
    steps: list[Turn] = []
    for done in range(7):
        rows = "\n".join(f"- [{'x' if at < done else ' '}] {t}" for at, t in enumerate(tasks))
        steps += [turn("manager", f"## Plan\n{rows}"), turn("worker", f"Done with: {tasks[done]}.")]
    assert not loops(steps)


def test_a_list_of_failures_that_is_worked_off_is_news() -> None:
    """Each check shows the same failure in fewer files, whatever is said of them."""
    left = ["map", "gallery", "basket", "footer", "header"]
    steps: list[Turn] = []
    while left:
        error = "\n".join(f"src/{each}.tsx: error TS2322: not assignable" for each in left)
        steps.append(turn("dev", "", call("typecheck", {"project": "."}, error=error)))
        steps.append(turn("dev", "", call("edit", {"path": f"src/{left.pop()}.tsx"}, "edited")))
    assert loops(steps) == []


def test_how_many_hits_are_wanted_of_nothing_makes_no_difference() -> None:
    asked = ("year of the founding", "the year it was founded", "founded in which year", "its year")
    steps = [
        turn(
            "clerk", "", call("search", {"query": text, "limit": 5 + at}, {"hits": [], "total": 0})
        )
        for at, text in enumerate(asked * 2)
    ]
    assert loops(steps)


def validates(at: int) -> Turn:
    """A draft that a checker refuses for the same reason each time."""
    wrong = [{"path": "/lines/0/count", "message": "expected integer, got string"}]
    draft = {"lines": [{"count": f"{at}", "item": "oar bell rope sail".split()[at % 4]}]}
    result = {"valid": False, "errors": wrong, "took_ms": 3 + at}
    return turn("clerk", "", call("validate", {"doc": draft}, json.dumps(result)))


def test_drafts_that_are_not_valid_for_one_reason_are_a_loop() -> None:
    assert [f.agents for f in loops([validates(at) for at in range(10)])] == [("clerk",)]


def test_pictures_of_one_place_under_new_names_are_work() -> None:
    ways = "by night|from above|with a ferry|in winter|as a linocut|at low tide|full of gulls"

    def draws(at: int, way: str) -> Turn:
        made = {"status": "ok", "file": f"img_{0x7F3A2B91 + 977 * at:08x}.png"}
        args = {"prompt": f"a poster of the harbour {way}"}
        return turn("artist", "The next one.", call("draw", args, json.dumps(made)))

    assert loops([draws(at, way) for at, way in enumerate(ways.split("|"))]) == []
