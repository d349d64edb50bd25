"""What tests of sending and of receiving share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentloupe.tracer.wire import live

from .receivers import Receiver, receiving
from .serving import Served


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pauses."""
    monkeypatch.setattr(live, "INTERVAL", 0.01)
    monkeypatch.setattr("agentloupe.tracer.wire.sending.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("agentloupe.tracer.wire.sending.LONGEST_PAUSE", 0.05)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "served.loupe")
    yield made
    made.close()
