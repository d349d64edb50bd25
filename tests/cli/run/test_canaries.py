"""Texts in every place by which they get into a trace: what of them is in the files' bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .conftest import Programs

SECRET = "sk-proj-PLACEAb3dEf9hIj2kLm5nAb3dEf9hIj2kLm5n"  # made up


def places_kept(
    programs: Programs, pattern: str, policy: str, work: Path
) -> tuple[set[str], set[str]]:
    """The places whose text is somewhere in the recording's files, and all of them."""
    options = ("--bodies", policy)
    done = programs.loupe("canaries.py", pattern, str(work), options=options)
    places = done.out.splitlines()
    data = b"".join(file.read_bytes() for file in done.path.parent.glob(f"{done.path.name}*"))
    kept = {
        place
        for number, place in enumerate(places, 1)
        if pattern.replace("PLACE", f"{number:03}").encode() in data
    }
    return kept, set(places)


def test_no_secret_is_kept(
    programs: Programs, tmp_path: Path, repetitions: Callable[[int, int], int]
) -> None:
    for policy in ("capped", "full", "hash", "none")[: repetitions(1, 4)]:
        kept, places = places_kept(programs, SECRET, policy, tmp_path)
        assert not kept
        assert len(places) > 40


def test_nothing_but_names_is_kept(
    programs: Programs, tmp_path: Path, repetitions: Callable[[int, int], int]
) -> None:
    for policy in ("none", "hash")[: repetitions(1, 2)]:
        kept, places = places_kept(programs, "zebra-PLACE-quux", policy, tmp_path)
        assert not {place for place in kept if not place.startswith("name of ")}
        assert "name of a span" in kept
        assert "status description" in places
