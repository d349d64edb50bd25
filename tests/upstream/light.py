"""A pytest plugin for the OpenTelemetry SDK's own tests: whose provider they use, and how much.

Some of the tests reload the SDK's module, which would put the SDK's own classes back in the middle
of the run; they pass without that, too.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from opentelemetry.sdk import trace

_started = 0
_reload = importlib.reload


def _reloaded(module: ModuleType) -> ModuleType:
    return module if module is trace else _reload(module)


def _count(tracer: Any) -> None:
    start = tracer.start_span

    def start_span(self: Any, *args: Any, **options: Any) -> Any:
        global _started
        _started += 1
        return start(self, *args, **options)

    tracer.start_span = start_span


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--light", action="store_true", help="use agentloupe's provider")
    parser.addoption("--started", help="the file that gets the number of spans started")


def pytest_configure(config: pytest.Config) -> None:
    importlib.reload = _reloaded
    if config.getoption("--light"):
        from agentloupe.tracer.spans.provider import LightTracer, LightTracerProvider

        trace.TracerProvider = LightTracerProvider  # type: ignore[misc]
        _count(LightTracer)
    else:
        _count(trace.Tracer)


def pytest_sessionfinish(session: pytest.Session) -> None:
    Path(session.config.getoption("--started")).write_text(str(_started), encoding="utf-8")
