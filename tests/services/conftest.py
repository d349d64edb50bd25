"""Services are tested side by side, those of a folder one after the other.

A folder's tests share what is made once: an environment, a server, an engine. Those whose packages
come from apt are one group, as apt serves one at a time.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
BY_APT = ("docker", "memory")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Its group, before xdist looks for that."""
    group = item.path.relative_to(HERE).parts[0]
    item.add_marker(pytest.mark.xdist_group("apt" if group in BY_APT else group))
