"""The same block handed over again is the same draft, whatever is said around it."""

from __future__ import annotations

import json

import pytest

from agentloupe.diagnose.shown import shown

from .bank import Turn, turn
from .test_recurrence import loops

CODE = "def read(path):\n    file = open(path)\n    return file.read()"
HANDS = [
    "Here it is.",
    "My apologies, you are right! Corrected:",
    "Good catch, this one closes everything properly.",
    "I understand the worry; see the improved function.",
    "Sorry for the oversight. Now it should be robust.",
    "Thank you for the review, addressed below.",
]
ASKS = [
    "Short. One problem: the file handle that is never closed.",
    "There is still a problem with the file handle that is never closed.",
    "Not yet. What about the file handle that is never closed?",
    "Reviewing: the file handle that is never closed is my concern.",
    "Please look into the file handle that is never closed.",
    "One issue: the file handle that is never closed.",
]
TOLD = [f"loss {0.9 - 0.07 * at:.2f} after {at + 1} of 6 epochs" for at in range(6)]
RECORD: dict[str, object] = {"seal": "14.50", "gasket": "22.00", "vendor": "Kolb", "total": "65.50"}


def handed(blocks: list[str], answers: list[str]) -> list[Turn]:
    steps: list[Turn] = []
    for said, block, answer in zip(HANDS, blocks, answers, strict=True):
        steps += [turn("coder", f"{said}\n\n```\n{block}\n```"), turn("judge", answer)]
    return steps


def test_a_fix_that_fixes_nothing_is_a_loop() -> None:
    assert [f.agents[0] for f in loops(handed([CODE] * 6, ASKS))] == ["coder"]


def test_code_that_is_run_again_and_gets_somewhere_is_work() -> None:
    assert loops(handed([CODE] * 6, TOLD)) == []


@pytest.mark.parametrize("indent", [None, 2])
def test_a_record_whose_fields_change_places_is_the_same(indent: int | None) -> None:
    keys = [*RECORD]
    records = [{key: RECORD[key] for key in (*keys[at:], *keys[:at])} for at in range(4)]
    lines = [" ".join(json.dumps(record, indent=indent).split()) for record in records]
    texts = {shown(f"```json {line} ```") for line in lines}
    assert len(texts) == 1
    assert texts != {""}
