"""Traces that others recorded read well on every screen, and say what they do not tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentloupe.tracer.reader import Recording
from agentloupe.tracer.wire.files import open_any
from agentloupe.tui.boards.catalogue import board
from agentloupe.tui.inspector import title
from agentloupe.tui.pieces import length, plain
from agentloupe.tui.places import PLACES
from agentloupe.tui.replay import Lanes
from agentloupe.tui.session import Session
from agentloupe.tui.survey import Survey
from agentloupe.tui.tabs import TABS

DIALECTS = Path(__file__).parents[2] / "fixtures" / "wire" / "dialects"
EVERY = sorted(path.name for path in DIALECTS.glob("*.json"))
BOARDS = [place.name for place in PLACES if place.name not in ("runs", "replay", "live")]
#: What has to be readable in the replay and on the overview of some of them.
SAID = {
    "autogen.json": ("adder", "Add 1 and 2.", "RequestPublish"),
    "openinference.json": ("adder", "Add 1 and 2.", "147 tokens"),
    "agent-framework.json": ("adder", "── turn ──", "it holds no message deliveries"),
}


@pytest.fixture
def foreign(request: pytest.FixtureRequest) -> Iterator[Recording]:
    with open_any(DIALECTS / request.param) as recording:
        yield recording


def screens(session: Session) -> Iterator[str]:
    """All that the screens of a run say."""
    lanes, survey = Lanes(session), Survey().work(session.source)
    lanes.resize(120)
    for at in range(session.rows):
        line = lanes.line(at)
        assert length(line) == 120
        yield plain(line)
    for step in range(session.total):
        session.cursor.go(step)
        yield plain(title(session, session.step(step)))
        for tab in TABS.values():
            yield from (plain(line) for line in tab(session, session.step(step)))
    for name in BOARDS:
        made = board(name, session, survey)
        made.renew()
        yield from (plain(line) for line in made.head(120, 12))
        for row in made.rows:
            yield plain(row.line(120))
            yield from (plain(line) for line in row.detail())


@pytest.mark.parametrize("foreign", EVERY, indirect=True)
def test_every_screen_of_every_run_can_be_shown(foreign: Recording) -> None:
    for info in foreign.runs:
        session = Session(foreign.run(info.number), title="trace")
        for line in screens(session):
            assert "cannot be shown" not in line
            assert line.replace("\u200d", "").isprintable()


@pytest.mark.parametrize("foreign", SAID, indirect=True)
def test_what_was_said_is_read(foreign: Recording, request: pytest.FixtureRequest) -> None:
    text = "\n".join(
        line
        for info in foreign.runs
        for line in screens(Session(foreign.run(info.number), title="trace"))
    )
    name = next(name for name in SAID if name in request.node.name)
    for word in SAID[name]:
        assert word in text, word
