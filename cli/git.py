"""Is there a way back? What git says about files that are about to be rewritten."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path


def unsafe(paths: Sequence[Path]) -> list[str]:
    """What a rewrite of `paths` would mix with, or lose: changed and untracked files.

    A folder outside of any git repository, and a machine without git, have nothing to say.
    """
    found: dict[str, None] = {}
    for top in dict.fromkeys(_top(path.resolve().parent) for path in paths):
        if top is not None:
            own = [path.resolve() for path in paths if path.resolve().is_relative_to(top)]
            found |= dict.fromkeys(_changed(top))
            found |= dict.fromkeys(_untracked(top, own))
    return list(found)


def _git(folder: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _top(folder: Path) -> Path | None:
    out = _git(folder, "rev-parse", "--show-toplevel")
    return Path(out.decode(errors="surrogateescape").rstrip("\n")) if out else None


def _names(out: bytes | None) -> list[str]:
    return [each.decode(errors="surrogateescape") for each in (out or b"").split(b"\0") if each]


def _changed(top: Path) -> list[str]:
    staged = _names(_git(top, "diff", "--name-only", "-z", "--cached"))
    return [*staged, *_names(_git(top, "diff", "--name-only", "-z"))]


def _untracked(top: Path, paths: Sequence[Path]) -> list[str]:
    """Those that git does not know: nothing would bring them back."""
    names = [path.relative_to(top).as_posix() for path in paths]
    known = set(_names(_git(top, "ls-files", "-z", "--", *names)))
    return [name for name in names if name not in known]
