"""The program that `loupe demo` records: three agents read the invoices of seven regions.

It is an ordinary AgentChat program: nothing in it knows that it is recorded. Two things are wrong
with it, unless it is run with --clean. The analyst's tool keeps the rows of every file that it ever
read; and for one supplier of the last region the coder goes back and forth between two parsers, of
which each fails where the other works.
"""

from __future__ import annotations

import asyncio
import csv
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TerminationCondition
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage
from autogen_agentchat.teams import SelectorGroupChat

from . import demo_script
from .demo_data import REGIONS, supplier, write_exports
from .demo_model import ScriptedClient

#: More than a region needs: a talk that has got this far is going nowhere.
MOST_MESSAGES: Final = 60


class Exports:
    """The exported invoices. `load_invoices` is the analyst's tool."""

    def __init__(self, folder: Path, *, clean: bool) -> None:
        self._folder = folder
        self._clean = clean
        self._opened: dict[tuple[str, str, int], list[dict[str, str]]] = {}
        self._tasks = 0

    def begin(self) -> None:
        """A new task; its files are kept for the questions that may follow."""
        self._tasks += 1
        if self._clean:
            self._opened.clear()  # the defect is that this line is missing

    async def load_invoices(self, region: str, supplier: str) -> str:
        """Read a supplier's export and show what its amounts look like."""
        with (self._folder / region / f"{supplier}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        self._opened[region, supplier, self._tasks] = rows
        shown = ", ".join(repr(row["amount"]) for row in rows[:3])
        return f"{supplier} of {region} sent {len(rows)} invoices with amounts like {shown}."


async def run_checks(supplier_name: str, code: str) -> str:
    """Run a parser on amounts whose value is known."""
    names: dict[str, Callable[[str], float]] = {}
    exec(compile(code, "parse_amount.py", "exec"), names)
    checks = supplier(supplier_name).checks
    for text, expected in checks:
        got = names["parse_amount"](text)
        if got != expected:
            raise AssertionError(f"parse_amount({text!r}) gave {got!r}, expected {expected!r}.")
    return f"all {len(checks)} checks pass."


def next_speaker(messages: Sequence[BaseAgentEvent | BaseChatMessage]) -> str:
    """Analyst, coder, critic; back to the coder until the critic accepts."""
    last = messages[-1]
    if last.source == "analyst":
        return "coder"
    if last.source == "coder":
        return "critic"
    if last.source == "critic" and not last.to_text().startswith(demo_script.ACCEPTED):
        return "coder"
    return "analyst"


def build_team(exports: Exports, *, clean: bool) -> SelectorGroupChat:
    """The team of three."""
    analyst = AssistantAgent(
        "analyst",
        ScriptedClient(demo_script.analyst),
        tools=[exports.load_invoices],
        description="Reads the suppliers' exports.",
        reflect_on_tool_use=True,
    )
    coder = AssistantAgent(
        "coder",
        ScriptedClient(partial(demo_script.coder, clean=clean)),
        tools=[run_checks],
        description="Writes a parser for each supplier's amounts.",
        reflect_on_tool_use=True,
    )
    critic = AssistantAgent(
        "critic",
        ScriptedClient(demo_script.critic),
        description="Accepts parsers or sends them back.",
    )
    ends: TerminationCondition = TextMentionTermination(demo_script.CLOSED)
    return SelectorGroupChat(
        [analyst, coder, critic],
        ScriptedClient(demo_script.critic),  # the order is fixed: it is never asked
        selector_func=next_speaker,
        termination_condition=ends | MaxMessageTermination(MOST_MESSAGES),
    )


async def close_the_books(folder: Path, *, clean: bool) -> None:
    """One region after the other, each by a new team."""
    write_exports(folder)
    exports = Exports(folder, clean=clean)
    for region in REGIONS:
        exports.begin()
        team = build_team(exports, clean=clean)
        result = await team.run(task=f"Make the amounts of all suppliers readable in {region}.")
        print(f"{region}: {len(result.messages)} messages, {result.stop_reason}")  # noqa: T201 the program's own output


def main() -> None:
    """`python -m agentloupe.cli.demo_team [--clean]`."""
    clean = "--clean" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(close_the_books(Path(folder), clean=clean))


if __name__ == "__main__":
    main()
