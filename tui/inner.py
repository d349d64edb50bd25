"""Conversations within the conversation: a team that works inside a member of another team.

AgentChat gives the participants of each team an id of the team as their key, and the name of the
team's topic ends with it. The team of the run is the one whose member is spoken to first; steps of
any other team are inner ones.
"""

from __future__ import annotations

from ..tracer.model import Step, plain_name


def team(identity: str) -> str:
    """The id of the team an agent is a participant of, "" for an agent of no team."""
    kind, _, key = identity.rpartition("/")
    return key if kind.endswith(f"_{key}") and key else ""


class Inner:
    """Tells inner steps from outer ones, in the order of the run."""

    def __init__(self) -> None:
        self._outer = ""
        self._known = False
        self._teams: dict[str, str] = {}  # of each agent; asked three times a step

    def of(self, step: Step) -> str:
        """The inner team a step belongs to, "" for a step of the run's own team or of none."""
        found = self._team(step.recipient) or self._team(step.sender)
        if not self._known and found:
            self._outer, self._known = found, True
        return "" if found == self._outer else found

    def _team(self, identity: str) -> str:
        found = self._teams.get(identity)
        if found is None:
            found = self._teams[identity] = team(identity)
        return found


def title(steps: list[Step]) -> str:
    """Who talks in an inner conversation."""
    names: dict[str, None] = {}
    for step in steps:
        for who in (step.sender, step.recipient):
            if who:
                names.setdefault(plain_name(who))
    shown = list(names)
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return ", ".join(shown[:4]) + more
