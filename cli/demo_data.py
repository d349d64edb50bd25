"""The invoices of the demonstration: what each supplier's export looks like, and the files."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REGIONS: Final = ("north", "east", "coast", "lakes", "hills", "delta", "south")
ROWS: Final = 400  # invoices in a file


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier, how it writes amounts, and the checks that its parser must pass."""

    name: str
    write: Callable[[float], str]
    checks: tuple[tuple[str, float], ...]


def _grouped(amount: float, group: str, point: str) -> str:
    return f"{amount:,.2f}".replace(",", "\0").replace(".", point).replace("\0", group)


def _mixed(amount: float) -> str:
    """Whole thousands with a dot, cents with a dot, too: three digits after it tell them apart."""
    return f"{amount:,.0f}".replace(",", ".") if amount >= 1000 else f"{amount:.2f}"


SUPPLIERS: Final = (
    Supplier("Alder", lambda a: f"{a:.2f}", (("1234.50", 1234.5), ("7.05", 7.05))),
    Supplier("Birch", lambda a: f"{a:,.2f}", (("1,234.50", 1234.5), ("99.90", 99.9))),
    Supplier("Cedar", lambda a: _grouped(a, ".", ","), (("1.234,50", 1234.5), ("99,90", 99.9))),
    Supplier("Dogwood", lambda a: _grouped(a, " ", ","), (("1 234,50", 1234.5), ("99,90", 99.9))),
    Supplier("Elm", lambda a: _grouped(a, "'", "."), (("1'234.50", 1234.5), ("99.90", 99.9))),
    Supplier("Fir", lambda a: f"USD {a:,.2f}", (("USD 1,234.50", 1234.5), ("USD 99.90", 99.9))),
    Supplier("Ginkgo", lambda a: f"({a:,.2f})", (("(1,234.50)", -1234.5), ("(99.90)", -99.9))),
    Supplier("Hazel", lambda a: f"{a:.2f}-", (("1234.50-", -1234.5), ("99.90-", -99.9))),
    Supplier("Ironwood", lambda a: f"{a * 100:.0f}", (("123450", 1234.5), ("9990", 99.9))),
    Supplier("Juniper", lambda a: f"{a / 1000:.5f}k", (("1.23450k", 1234.5), ("0.09990k", 99.9))),
    Supplier("Katsura", lambda a: f"{a:.2e}", (("1.23e+03", 1230.0), ("9.99e+01", 99.9))),
    Supplier("Larch", lambda a: f"{a:.2f} CR", (("1234.50 CR", 1234.5), ("99.90 CR", 99.9))),
)

#: Takes the place of another supplier in the last region.
AWKWARD: Final = Supplier("Maple", _mixed, (("1.234", 1234.0), ("12.50", 12.5), ("7.05", 7.05)))
AWKWARD_PLACE: Final = 6  # by then most files are read: what piles up does so to the end


def suppliers(region: str) -> tuple[Supplier, ...]:
    """Who sends invoices from a region."""
    if region != REGIONS[-1]:
        return SUPPLIERS
    return (*SUPPLIERS[:AWKWARD_PLACE], AWKWARD, *SUPPLIERS[AWKWARD_PLACE + 1 :])


def supplier(name: str) -> Supplier:
    """The supplier of that name.

    Raises:
        ValueError: there is none.
    """
    for each in (*SUPPLIERS, AWKWARD):
        if each.name == name:
            return each
    raise ValueError(f"no supplier is called {name!r}")


def write_exports(folder: Path) -> None:
    """A CSV file for each supplier of each region, the same on every machine."""
    numbers = random.Random(7)
    for region in REGIONS:
        (folder / region).mkdir(parents=True, exist_ok=True)
        for each in suppliers(region):
            with (folder / region / f"{each.name}.csv").open("w", newline="") as file:
                out = csv.writer(file)
                out.writerow(("invoice", "date", "customer", "amount"))
                for row in range(ROWS):
                    day = numbers.randint(1, 28)
                    amount = round(numbers.expovariate(1 / 900) + 1, 2)
                    customer = f"customer {numbers.randint(100, 999)}"
                    number = f"{each.name[:2].upper()}-{row:04d}"
                    out.writerow((number, f"2026-03-{day:02d}", customer, each.write(amount)))
