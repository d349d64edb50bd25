"""What tests of sending share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentloupe.tracer.wire import live

from .receivers import Receiver, receiving


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
