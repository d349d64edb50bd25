"""A pytest plugin for AutoGen's own tests: puts a runtime in their way and keeps the outcomes.

`UPSTREAM_RUNTIME` is `module:Class`, or empty for AutoGen's own; `UPSTREAM_COMPAT` is passed to its
constructor as `compat`; `UPSTREAM_DESELECT` names the tests to leave out, `UPSTREAM_LEDGER` the
file that gets the outcome of every test. The class replaces both the one a program imports from
autogen_core and the one a team makes for itself.
"""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

_collected = 0
_deselected: list[str] = []
_outcomes: dict[str, str] = {}


def _substitute(target: str, compat: str) -> type[Any]:
    module, _, name = target.partition(":")
    runtime: type[Any] = getattr(importlib.import_module(module), name)
    if not compat:
        return runtime

    class Substitute(runtime):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{"compat": compat, **options})

    return Substitute


def pytest_configure() -> None:
    target = os.environ["UPSTREAM_RUNTIME"]
    if target:
        runtime = _substitute(target, os.environ["UPSTREAM_COMPAT"])
        for module in ("autogen_core", "autogen_agentchat.teams._group_chat._base_group_chat"):
            importlib.import_module(module).SingleThreadedAgentRuntime = runtime


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """By whole names: pytest's own option takes every test whose name begins like that."""
    unwanted = os.environ["UPSTREAM_DESELECT"].split()
    out = [item for item in items if item.nodeid in unwanted]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item.nodeid not in unwanted]


def pytest_deselected(items: list[pytest.Item]) -> None:
    _deselected.extend(item.nodeid for item in items)


def pytest_collection_finish(session: pytest.Session) -> None:
    global _collected
    _collected = len(session.items) + len(_deselected)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The worst of a test's three phases counts: a failing teardown fails the test."""
    if report.when == "call" or report.outcome != "passed":
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    ledger = {"collected": _collected, "deselected": _deselected, "outcomes": _outcomes}
    Path(os.environ["UPSTREAM_LEDGER"]).write_text(json.dumps(ledger), encoding="utf-8")
