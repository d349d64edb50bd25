"""A component was dumped, and what is loaded from that is not the same component.

A fact of the objects: `dump_component` leaves out what it cannot write (functions that select
speakers, conditions of edges that are functions, formatters), masks keys, or fails. A team that is
loaded from such settings runs, and does something else.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG013",
    slug="plug.no-round-trip",
    title="settings that do not survive saving",
    severity="warning",
    about=__doc__,
    needs="a team or an agent that was looked at when it was made (recorded by loupe run)",
    doubt="the program may set again after loading what is lost",
    advice=(
        "set it again after loading, or put it into a component of your own:\n"
        "    team = SelectorGroupChat.load_component(config)\n"
        "    team._selector_func = choose  # there is no public way yet"
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
