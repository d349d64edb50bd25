"""The sides from which the inspector looks at a step, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..tracer.model import Step
from .inspector import context, difference, message, raw, tools
from .knowledge import knows
from .pieces import Line
from .session import Session
from .told import finding

#: Name on the tab bar, and what it shows.
TABS: Mapping[str, Callable[[Session, Step], list[Line]]] = {
    "Message": message,
    "Diff": difference,
    "Model": context,
    "Tools": tools,
    "Found": finding,
    "Knows": knows,
    "Raw": raw,
}
