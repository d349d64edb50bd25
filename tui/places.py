"""The screens of a run, each a key away from any other, and the bar that says so."""

from __future__ import annotations

from dataclasses import dataclass

from .pieces import Line, fit, length


@dataclass(frozen=True, slots=True)
class Place:
    """A screen: the digit that opens it, its name, and what else people call it."""

    digit: str
    name: str
    text: str
    aliases: tuple[str, ...] = ()


PLACES: tuple[Place, ...] = (
    Place("1", "runs", "all runs", ("list", "ls")),
    Place("2", "overview", "findings, agents, dead letters", ("summary", "findings", "agents")),
    Place("3", "replay", "the run, step by step", ("lanes", "steps", "messages")),
    Place("4", "spans", "the spans around the cursor in time", ("waterfall", "critical", "trace")),
    Place("5", "memory", "memory of process, children, agents", ("mem", "rss", "heap", "leaks")),
    Place("6", "loops", "what repeats, and what broke it", ("cycles", "folds", "repeats")),
    Place("7", "waits", "who waits for whom at the cursor", ("hang", "deadlock", "inbox")),
    Place("8", "tools", "tools and code by name", ("calls", "functions")),
    Place("9", "live", "the program in progress: hold it, step, answer it", ("steer", "control")),
)


def bar(here: str, width: int, *, live: bool = False) -> Line:
    """The places with their digits; only the name of this one when it is narrow."""
    shown = [place for place in PLACES if live or place.name != "live"]
    full = width >= sum(len(place.name) + 4 for place in shown) - 4
    line: Line = []
    for place in shown:
        if place.name == here:
            line.append((f" {place.digit} {place.name} ", "place"))
        else:
            line.append((f" {place.digit}", "key"))
            line.append((f" {place.name} " if full else " ", "dim"))
    return fit(line, width)


def at(column: int, here: str, width: int, *, live: bool = False) -> str:
    """The name of the place that stands at a column of the bar, "" beside them."""
    line = bar(here, width, live=live)
    place, used = -1, 0
    for text, role in line:
        used += length([(text, role)])
        place += role in ("place", "key")
        if column < used:
            return PLACES[place].name if role in ("place", "key", "dim") else ""
    return ""


def named(text: str) -> str:
    """The place that is meant by a name, an alias or the beginning of one; "" if none is."""
    wanted = text.casefold()
    for place in PLACES:
        if wanted == place.name or wanted in place.aliases:
            return place.name
    if len(wanted) < 2:
        return ""
    for place in PLACES:
        if any(name.startswith(wanted) for name in (place.name, *place.aliases)):
            return place.name
    return ""
