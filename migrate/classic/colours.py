"""Coloured text for terminals, as v0.2's `formatting_utils` has it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def colored(text: object, *args: Any, **options: Any) -> str:
    """The text in colour where termcolor is installed, which v0.2 brought along."""
    try:
        return import_module("termcolor").colored(text, *args, **options)
    except ImportError:
        return str(text)
