"""What the loop analysis takes for the same, and what for news."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest
from msgspec.structs import replace

from agentloupe.diagnose import embedding
from agentloupe.diagnose.check import check
from agentloupe.diagnose.config import BadConfig, Config
from agentloupe.diagnose.finding import Finding
from agentloupe.diagnose.likeness import grown, told_again
from agentloupe.diagnose.turn import Act, TurnReader
from agentloupe.diagnose.wording import wording

from .bank import Script, Turn, call, fine, turn
from .scripts import ScriptedRecording

HITS = [
    f"{name} of the harbour of {town}, opened in the year of the great fire"
    for name, town in (("history", "Cork"), ("plans", "Oslo"), ("critics", "Riga"))
]
NEWS = """The north wing is drawn.
Soup for sixty is on the stove.
Two crates of bread are missing.
The cellar has no windows.
Plums for dessert, cherries were bad.
The staircase is rather narrow.
One oven fails above two hundred degrees.
Parking for buses is marked in green.
Twelve guests are vegetarians.
A legend explains the hatched areas.""".splitlines()


def loops(steps: list[Turn], config: Config | None = None) -> list[Finding]:
    script: Script = fine(steps)
    report = check(ScriptedRecording(script), config=config)  # pyright: ignore[reportArgumentType]
    return [finding for finding in report.findings if finding.slug.startswith("loop.")]


def test_the_same_hits_in_another_order_are_no_news() -> None:
    old, new = wording(" ".join(HITS)), wording(" ".join(reversed(HITS)))
    assert told_again(new, old)
    assert not told_again(wording(" ".join([*HITS[:2], "nothing else was found there"])), old)


def test_a_tail_that_grows_or_a_number_that_moves_is_news() -> None:
    log = " ".join(HITS)
    assert not told_again(wording(f"{log} build finished"), wording(log))
    assert not told_again(wording(f"{log} 41 done"), wording(f"{log} 40 done"))


def test_words_put_in_the_place_of_others_are_no_growth() -> None:
    text = " ".join(HITS)
    assert not grown(wording(text.replace("harbour", "quayside")), wording(text))
    assert grown(wording(f"{text}, and a chapter about tides by Borg"), wording(text))


def record(text: str, at: int) -> str:
    return f'{{"from": "ana", "message": "{text}", "confidence": 0.{70 + 7 * at % 25}}}'


def test_a_number_beside_a_records_sentence_is_form() -> None:
    said = "I cannot open the gate without the permit."
    stuck = [turn("ana", record(said, at)) for at in range(6)]
    assert [finding.agents for finding in loops(stuck)] == [("ana",)]
    told = [turn("ana", f'{{"x": {at * 3 % 7}, "y": {at * 5 % 11}}}') for at in range(12)]
    assert loops(told) == []


def amid(*phrases: str) -> list[Turn]:
    steps: list[Turn] = []
    for at in range(8):
        steps += [turn("key", phrases[at % 2]), turn("cook", NEWS[at])]
        steps += [turn("guard", phrases[2 + at % 2]), turn("map", NEWS[at + 1].upper() + " Seen.")]
    return steps


def test_two_who_are_stuck_are_found_amid_others_who_work() -> None:
    found = loops(
        amid(
            "Guard, please unlock the east gate for the delivery.",
            "The delivery waits, Guard, unlock the east gate please.",
            "Without a permit the east gate stays locked.",
            "The east gate stays locked, there is no permit.",
        )
    )
    assert [set(finding.agents) for finding in found] == [{"key", "guard"}]


def test_set_phrases_amid_others_who_work_are_none() -> None:
    assert loops(amid("Good.", "Very good.", "Noted.", "Noted, thanks.")) == []


def test_another_page_with_the_same_text_is_a_repetition() -> None:
    page = " ".join(f"{hit}, chapter by chapter and with all of its sources." for hit in HITS * 3)
    ads = "cars boats trains houses gardens lamps chairs tables".split()
    same = [
        turn("surfer", "", call("visit", {"url": "a"}, f"Advertisement {ads[at]} {page}"))
        for at in range(8)
    ]
    assert [finding.agents for finding in loops(same)] == [("surfer",)]
    other = [
        turn("surfer", "", call("visit", {"url": "a"}, f"{NEWS[at]} {NEWS[-at]}" * 4))
        for at in range(8)
    ]
    assert loops(other) == []


MEANINGS = {"lift": 0, "elevator": 0, "hoist": 0, "car": 1, "broken": 2, "defunct": 2, "stuck": 2}


def toy(text: str) -> list[float]:
    """One direction for each meaning that the toy knows."""
    vector = [0.0, 0.0, 0.0]
    for word in text.lower().replace(".", "").split():
        if word in MEANINGS:
            vector[MEANINGS[word]] += 1
    return vector


PARAPHRASES = [
    "Elevator defunct.",
    "Somebody found our hoist stuck yesterday evening.",
    "Regrettably, lift broken.",
    "Hoist defunct, neighbours complain loudly.",
    "Yet another visitor reports elevator broken.",
    "Lift stuck between floors.",
    "Management knows: elevator stuck.",
    "Caretaker calls: hoist broken.",
]


def test_an_embedding_tells_paraphrases_when_a_project_names_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = EntryPoint("toy", f"{__name__}:toy", embedding.GROUP)
    monkeypatch.setattr(embedding, "entry_points", lambda group: [entry])
    monkeypatch.setattr(EntryPoint, "load", lambda _: toy)
    steps = [turn("porter", text) for text in PARAPHRASES]
    assert loops(steps) == []
    assert [f.agents for f in loops(steps, Config(embedding="toy"))] == [("porter",)]
    assert loops([turn("cook", text) for text in NEWS], Config(embedding="toy")) == []


def test_an_unknown_embedding_is_named() -> None:
    with pytest.raises(BadConfig, match="no embedding is called 'nowhere'"):
        loops([turn("porter", "Elevator defunct.")], Config(embedding="nowhere"))


def told_to(manager: str, body: str, passed_on: str, kind: str) -> tuple[Act, ...]:
    """What a manager did that was told `body` and published `passed_on`."""
    run = ScriptedRecording({"steps": [turn(manager, passed_on)], "shape": "messages"}).run(0)
    step, spans = next(run.iter_turns())
    step = replace(step, kind=kind, sender="bob", body=body)  # pyright: ignore[reportArgumentType]
    return TurnReader(run.text).turn(step, spans).acts


def test_what_a_manager_passes_on_is_no_act_of_its_own() -> None:
    said = "The gate stays locked."
    assert told_to("chat_manager", said, said, "send") == ()
    assert [act.text for act in told_to("chat_manager", said, "Next!", "send")] == ["Next!"]
    assert [act.text for act in told_to("echo", said, said, "publish")] == [said]


def test_small_talk_before_what_was_said_is_no_growth() -> None:
    asks = "Where is the crew list for the harbour office?"
    answers = "The crew list waits for your signature."
    greetings = [
        "",
        "Lovely weather for it. ",
        "My train was late, sorry. ",
        "Nice to see you. ",
    ] * 2
    steps = [
        each
        for hail in greetings
        for each in (turn("skipper", hail + asks), turn("mate", hail + answers))
    ]
    assert [found.code for found in loops(steps)] == ["LOOP001"]
    names = "Ada Ben Cleo Dan Eve Finn Gus Hal".split()
    grows = [f"The list so far: {', '.join(names[: at + 2])}." for at in range(7)]
    assert loops([turn("mate", each) for each in grows]) == []


def test_a_call_is_its_asker_s_whoever_passes_it_on() -> None:
    """v0.2's manager tells all of a group what one agent asks another to execute."""
    asks = {"message_type": "tool_calls", "type": "tool_calls"}
    stock = call("stock", {"item": "bolts"}, "12 boxes")
    passed_on = {"agent": "chat_manager", "from": "clerk", "kind": "send", "say": "(call)", **asks}
    executed = {"agent": "boss", "from": "chat_manager", "kind": "publish", "calls": [stock]}
    round_ = [passed_on, {**executed, **asks}]
    script = {"steps": round_ * 6, "shape": "messages", "truth": None}
    report = check(ScriptedRecording(script), select=["loop"])  # pyright: ignore[reportArgumentType]
    assert [each.agents[0] for each in report.findings] == ["clerk"]
    assert report.findings[0].title.startswith("'clerk' called 'stock'")


ASKS = ["Please send the tide table of June.", "The tide table of June is missing, send it please."]
GIVES = ["It is with the harbour office.", "Our harbour office has it."]


@pytest.mark.parametrize("manner", ["chat", "mail", "headed", "row", "counted"])
def test_a_loop_shows_through_what_chats_and_mails_put_around_it(manner: str) -> None:
    def told(at: int, text: str, answers: str) -> str:
        if manner == "chat":
            return f"[{9 + at // 20:02}:{7 + at * 3 % 50:02}] {text}{' :+1:' * (at % 3 == 0)}"
        if manner == "mail":
            return f"Hello,\n\n{text}\n\nRegards\n\n> {answers}\n> {NEWS[at % len(NEWS)]}"
        if manner == "row":
            return f"| {at + 4} | {text} |"
        if manner == "counted":
            return f"seq: {at + 4}\nmessage: {text}"
        return f"### {('Update', 'Status', 'Note')[at % 3]}\n\n- {text}"

    steps: list[Turn] = []
    for at in range(8):
        steps.append(turn("mate", told(2 * at, ASKS[at % 2], GIVES[at // 2 % 2])))
        steps.append(turn("pilot", told(2 * at + 1, GIVES[at // 2 % 2], ASKS[at % 2])))
    assert [set(f.agents) for f in loops(steps)] == [{"mate", "pilot"}]


def test_what_is_quoted_to_be_spoken_of_is_part_of_what_is_said() -> None:
    def edits(at: int) -> Turn:
        return turn("editor", f"This sentence may go, it says nothing of its own:\n\n> {NEWS[at]}")

    assert loops([edits(at) for at in range(len(NEWS))]) == []
