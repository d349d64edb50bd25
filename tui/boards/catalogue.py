"""Which board a place shows."""

from __future__ import annotations

from ..session import Session
from ..survey import Survey
from .base import Board


def board(place: str, session: Session, survey: Survey) -> Board:
    """The board of a place; each is imported when it is opened."""
    if place == "overview":
        from .overview import Overview as Kind
    elif place == "spans":
        from .waterfall import Waterfall as Kind
    elif place == "memory":
        from .memory import Memory as Kind
    elif place == "loops":
        from .loops import Loops as Kind
    elif place == "waits":
        from .waits import Waits as Kind
    elif place == "tools":
        from .tools import Tools as Kind
    else:
        raise KeyError(place)
    return Kind(session, survey)
