"""What the service tests install, once: `${AGENTLOUPE_CACHE:-~/.cache/agentloupe}`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def folder() -> Path:
    """The cache."""
    named = os.environ.get("AGENTLOUPE_CACHE")  # the tests' environment keeps no such variable
    return Path(named) if named else Path.home() / ".cache" / "agentloupe"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, made by `make` if it is not there as a whole."""
    target = folder() / name
    done = target / ".complete"
    if not done.exists():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        make(target)
        done.touch()
    return target


def environment(name: str, *requirements: str) -> Path:
    """The interpreter of a virtual environment with these packages."""

    def make(target: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", target], check=True)
        pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(pip)}\n{done.stderr[-2000:]}"

    version = f"py{sys.version_info.major}.{sys.version_info.minor}"
    return kept(f"{name}-{version}", make) / "bin" / "python"
