"""Services are tested side by side, those of a folder one after the other.

A folder's tests share what is made once: an environment, a server, an engine. Those whose packages
come from apt are one group, as apt serves one at a time.
"""

from __future__ import annotations

from typing import Any

import pytest

BY_APT = ("docker", "memory")


@pytest.hookimpl(optionalhook=True)  # they run without xdist, too
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Has xdist keep a folder's tests to one process."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = nodeid.removeprefix("tests/services/").partition("/")[0]
            return "apt" if folder in BY_APT else folder

    return ByFolder(config, log)
