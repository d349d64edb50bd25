"""The scanner for signs of secrets, made once a machine and then read from the user's cache.

Making it takes some twenty milliseconds, reading it back one; a file that was cut or changed is
noticed by Hyperscan itself and made anew. What it holds says nothing of any program.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from .signs import SIGNS
from .versions import version_of

NAME: Final = "signs-{}.hs"


def scanner() -> Any:
    """A Hyperscan database of all signs, None where Hyperscan is not installed, or cannot be used
    (by a program that has no file descriptors left)."""
    try:
        return _scanner()
    except Exception:
        return None


def _scanner() -> Any:
    import hyperscan

    path = _path(version_of("hyperscan") or "")
    data = _read(path)
    if data is not None:
        with suppress(hyperscan.HyperscanError):  # damaged, or of another processor
            found = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
            found.scratch = hyperscan.Scratch(found)
            return found
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        expressions=list(SIGNS),
        ids=list(range(len(SIGNS))),
        elements=len(SIGNS),
        flags=[hyperscan.HS_FLAG_DOTALL] * len(SIGNS),
    )
    with suppress(OSError, hyperscan.HyperscanError):  # no cache, no harm
        _write(path, hyperscan.dumpb(made))
    return made


def ready() -> bool:
    """Whether it is likely made already."""
    try:
        return any(_home().glob(NAME.format("*")))
    except OSError:
        return False


def _path(release: str) -> Path:
    of = blake2b(repr((release, SIGNS)).encode(), digest_size=8).hexdigest()
    return _home() / NAME.format(of)


def _home() -> Path:
    home = os.path.expanduser("~/.cache")  # noqa: PTH111  Path's raises where there is no home
    return Path(os.environ.get("XDG_CACHE_HOME") or home) / "agentloupe"


def _read(path: Path) -> bytes | None:
    """The file, if nobody else could have written it."""
    try:
        status = path.lstat()
        own = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid()
        return path.read_bytes() if own and not status.st_mode & 0o022 else None
    except OSError:
        return None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in path.parent.glob(NAME.format("*")):
        old.unlink(missing_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).replace(path)
