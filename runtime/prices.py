"""What tokens cost, by a table that the user writes: we ship none, since prices change.

    # .agentloupe/prices.toml, or the file that AGENTLOUPE_PRICES names; US dollars a million tokens
    ["gpt-4o"]
    input = 2.50
    output = 10.00

A model without an entry of its own takes that of the longest name it begins with, so that
`gpt-4o-2024-11-20` costs what `gpt-4o` does. Without an entry the cost is unknown, not 0.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from msgspec import Struct

from ..tracer.locate import recordings_dir

NAME = "prices.toml"


class Price(Struct, frozen=True):
    """US dollars for a million tokens."""

    input: float
    output: float

    def of(self, sent: int, got: int) -> float:
        return (self.input * sent + self.output * got) / 1e6


Prices = Mapping[str, Price]

UNKNOWN: Final[Prices] = {}


def price_of(model: str, prices: Prices) -> Price | None:
    """The price of a model, None when nobody has said."""
    fitting = [name for name in prices if model.startswith(name)]
    return prices[max(fitting, key=len)] if fitting else None


def parsed(text: str) -> Prices:
    """A table. Raises ValueError, which says where, when it is none."""
    import tomllib  # only here: most programs have no table

    table: dict[str, Any] = tomllib.loads(text)
    return {name: _price(name, entry) for name, entry in table.items()}


def _price(name: str, entry: object) -> Price:
    known: Mapping[str, object] = (
        cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
    )
    return Price(*(_dollars(name, key, known.get(key)) for key in ("input", "output")))


def _dollars(name: str, key: str, value: object) -> float:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    if math.isfinite(number) and number >= 0:
        return float(number)
    raise ValueError(f"[{name}] needs `{key}`, US dollars for a million tokens, not {value!r}")


def load(notice: Callable[[str], None]) -> Prices:
    """The user's table; empty when there is none. One that cannot be read is told to `notice`."""
    named = os.environ.get("AGENTLOUPE_PRICES")
    path = Path(named) if named else recordings_dir() / NAME
    try:
        return parsed(path.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            notice(f"AGENTLOUPE_PRICES names {named!r}, which is not there: costs are unknown")
    except (OSError, ValueError) as error:  # TOML's and Unicode's errors are ValueErrors
        notice(f"the prices in {str(path)!r} cannot be used, costs are unknown: {error}")
    return {}
