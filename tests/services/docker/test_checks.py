"""Our executor on a real engine: the checks that any container executor should stand."""

from __future__ import annotations

import pytest

from .checks import CHECKS, Check
from .engine import Engine
from .subjects import OURS

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_check(check: Check, engine: Engine) -> None:
    seen = await check(OURS, engine)
    assert seen.passed, seen.what
