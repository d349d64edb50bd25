"""The scanner is made once and read from the cache after that, whatever stands there."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import prepared
from agentloupe.tracer.prepared import scanner

hyperscan = pytest.importorskip("hyperscan")

SECRET = b'{"api_key": "0123456789abcdef"}'


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "agentloupe"


@pytest.fixture
def makings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each scanner that is made."""
    made: list[int] = []

    class Database(hyperscan.Database):  # type: ignore[misc, name-defined]
        def compile(self, *args: Any, **kwargs: Any) -> None:
            made.append(1)
            super().compile(*args, **kwargs)

    monkeypatch.setattr(hyperscan, "Database", Database)
    return made


def finds(found: Any) -> bool:
    ends: list[int] = []
    found.scan(SECRET, match_event_handler=lambda *match: ends.append(match[2]))
    return bool(ends)


def test_the_second_time_it_is_read(cache: Path, makings: list[int]) -> None:
    assert finds(scanner())
    (file,) = cache.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert finds(scanner())
    assert len(makings) == 1


@pytest.mark.parametrize("harm", ["cut", "junk", "empty", "flipped"])
def test_a_damaged_file_is_made_anew(cache: Path, makings: list[int], harm: str) -> None:
    scanner()
    (file,) = cache.iterdir()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    harmed = {"cut": data[: len(data) // 2], "junk": b"junk" * 999, "empty": b"", "flipped": data}
    file.write_bytes(harmed[harm])
    assert finds(scanner())
    assert finds(scanner())
    assert len(makings) == 2


def test_a_file_that_others_can_write_is_not_trusted(cache: Path, makings: list[int]) -> None:
    scanner()
    (file,) = cache.iterdir()
    file.chmod(0o666)
    assert finds(scanner())
    assert len(makings) == 2
    assert [each.stat().st_mode & 0o777 for each in cache.iterdir()] == [0o600]


def test_without_a_cache_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert finds(scanner())


def test_a_scanner_that_cannot_be_loaded_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a program that has used up its file descriptors."""

    def refused(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(prepared, "version_of", refused)
    assert scanner() is None
