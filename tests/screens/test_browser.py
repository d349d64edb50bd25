"""`loupe view --web` in a real browser: keys are pressed, and what it is sent and shows is read."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ..tui.scenes import play, sales
from .tools import chromium, playwright

SCRIPT = Path(__file__).with_name("browser.mjs")
ESCAPES = re.compile(r"\x1b(\[[0-9;:?<>=]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()=>].?)")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The program as a user starts it; the URL that it prints."""
    recording = play(tmp_path / "sales.loupe", sales)
    command = [sys.executable, "-m", "agentloupe.cli.main", "view", "--web", str(recording)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        try:
            yield it.stdout.readline().strip()
        finally:
            it.send_signal(signal.SIGINT)
            _, told = it.communicate(timeout=20)
            assert it.returncode in (0, 130)
            assert "Traceback" not in told


#: Keys, and what is on the page then.
STAGES: tuple[tuple[tuple[str, ...], str], ...] = (
    ((), "sales-team"),
    ((":", "9", "Enter"), "#9 coder → executor"),
    (("5",), "Where this run grew most"),
    (("6",), "×8"),
    (("?",), "Keys that do something here"),
    (("Escape",), "Rows that repeat word for word"),
    (("q",), ""),
)


def words(text: str) -> str:
    """What a terminal would show of a stream, its lines and blanks run together."""
    return " ".join(ESCAPES.sub(" ", text).split())


def test_it_is_read_and_steered_with_keys(url: str, tmp_path: Path, in_ci: bool) -> None:
    told = {
        "playwright": str(playwright(in_ci=in_ci)),
        "chromium": chromium(in_ci=in_ci),
        "url": url,
        "picture": str(tmp_path),
        "stages": [{"keys": keys, "until": until} for keys, until in STAGES],
    }
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        ["node", str(SCRIPT), json.dumps(told)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["status"] == 200
    errors = [text for text in seen["errors"] if "CLOSING or CLOSED" not in text]  # after q
    assert errors == []
    assert {urlsplit(asked).netloc for asked in seen["requests"]} == {urlsplit(url).netloc}
    for stage, (_, text) in zip(seen["stages"], STAGES, strict=True):
        assert text in words(stage["text"])
    assert seen["closed"]
    pictures = [Path(stage["picture"]).read_bytes() for stage in seen["stages"]]
    assert all(a != b for a, b in pairwise(pictures))
    assert all(len(picture) > 10_000 for picture in pictures[:6])
