"""`loupe serve`; what it receives is tested where it is received, in `tests/tracer/wire`."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from agentloupe.cli import serve
from agentloupe.tracer.wire.receiver import Receiver


def test_who_does_not_wait_for_the_recording_is_told_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Receiver.close

    def interrupted(self: Receiver) -> None:
        whole(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Receiver, "close", interrupted)
    monkeypatch.setattr(serve, "_wait", lambda receiver: None)
    path = tmp_path / "served.loupe"
    words = ["--port", "0", "--no-grpc", "--out", str(path)]
    with pytest.raises(click.Abort):
        serve.command.main(words, standalone_mode=False)
    assert f"loupe import {path}.otlp" in capsys.readouterr().err
