"""How many examples a property is tried on, where the profile's own number takes too long."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

USUAL = 100  # of the profile without `--full`


def examples(number: int, **options: Any) -> settings:
    """Settings of a property with so many, and as many times more under `--full` as all have."""
    return settings(max_examples=number * settings().max_examples // USUAL, **options)
