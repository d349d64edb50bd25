"""The engine that these tests run on: their own, private, started for them and ended after them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .engine import Engine, Unavailable, folder


@pytest.fixture(scope="session")
def engine(in_ci: bool) -> Iterator[Engine]:
    """Running, with its images. Without root or apt the tests are skipped, but not in CI."""
    engine = Engine(folder())
    try:
        engine.up()
    except Unavailable as why:
        if in_ci:
            pytest.fail(f"CI has to have it: {why}")
        pytest.skip(str(why))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", engine.address)
        assert os.environ["DOCKER_HOST"]
        yield engine
    engine.down()


@pytest.fixture(autouse=True)
def nothing_is_left(engine: Engine) -> Iterator[None]:
    """No test leaves a container."""
    yield
    left = engine.containers()
    for container in left:
        engine.request("DELETE", f"/containers/{container}?force=1&v=1")
    assert left == []
