"""Two message classes have the same name, and the serialiser of the last one takes both.

A note of the runtime, when the second of them is registered: AutoGen's registry goes by the bare
name of a class. Messages within a process are passed on as they are, so it shows where they are
made of bytes again: with workers in other processes, in saved states, in log records.
"""

from __future__ import annotations

from ..noted import NotedDetector
from ..rule import Rule

RULE = Rule(
    code="PLUG014",
    slug="plug.same-name",
    title="two message classes of one name",
    severity="info",
    about=__doc__,
    needs="notes of the runtime (recorded by loupe run)",
    doubt="in one process messages are not serialised on their way",
    advice=(
        "give the classes names of their own:\n"
        "    class ShopOrder(BaseModel): ...\n"
        "    class KitchenOrder(BaseModel): ...\n"
        "or use a runtime that tells them apart by class: TracedRuntime()"
    ),
    start=lambda context: NotedDetector(context, lambda: RULE),
)
