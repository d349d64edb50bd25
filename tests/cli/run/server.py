"""The scripted server of `fixtures/apps`, for tests."""

from __future__ import annotations

import importlib.util
from typing import Any

from .conftest import APPS


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("scripted_openai", APPS / "scripted_openai.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scripted = _load().serve
