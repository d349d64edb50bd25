"""The browser and its driver: found, or fetched once into the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ..services.cache import kept

PLAYWRIGHT = "playwright-core@1.65.1"


def chromium(*, in_ci: bool) -> str:
    """Chromium's path; installed with apt where that may be done."""
    found = _chromium()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        if shutil.which("npm") is None:  # another Node.js than Debian's refuses Debian's npm
            install += ["nodejs", "npm"]
        for command in (["apt-get", "update"], install):
            subprocess.run(command, env=environment, capture_output=True, check=False)
        found = _chromium()
    return found or _lacking("Chromium: apt-get install chromium", in_ci=in_ci)


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def playwright(*, in_ci: bool) -> Path:
    """The folder whose node_modules hold playwright-core."""
    if shutil.which("npm") is None:
        _lacking("Node.js with npm: apt-get install nodejs npm", in_ci=in_ci)

    def make(folder: Path) -> None:
        npm = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), PLAYWRIGHT]
        done = subprocess.run(npm, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]

    return kept("playwright", make)


def _lacking(what: str, *, in_ci: bool) -> str:
    if in_ci:
        pytest.fail(f"this test needs {what}")
    pytest.skip(f"needs {what}")
