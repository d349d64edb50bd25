"""One letter to several people is work: all in which each differs was never said before."""

from __future__ import annotations

from .bank import turn
from .test_recurrence import loops

LETTER = """Dear {},

We would be delighted to have you at our science evening on 14 October. Would you speak about {}?
We cover travel and a dinner.

Kind regards
The committee"""
GUESTS = {
    "Otto Silva": "bread", "Leila Jansen": "bridges", "Farid Tanaka": "owls",
    "Tove Ivanova": "tidal power", "Priya Gruber": "lost rivers", "Xenia Haddad": "bees in towns",
    "Wanda Bakke": "kites", "Elif Cortez": "paper",
}  # fmt: skip
SENT = ["Signed and sent.", "Checked, sent.", "Sent."]


def test_a_letter_that_is_filled_anew_each_time_is_work() -> None:
    steps = [
        each
        for at, (guest, matter) in enumerate(GUESTS.items())
        for each in (turn("mailer", LETTER.format(guest, matter)), turn("desk", SENT[at % 3]))
    ]
    assert loops(steps) == []


def test_letters_to_the_same_few_people_are_a_loop() -> None:
    few = [*GUESTS.items()][:2]
    steps = [
        each
        for at in range(8)
        for each in (turn("mailer", LETTER.format(*few[at % 2])), turn("desk", SENT[at % 3]))
    ]
    assert loops(steps)
