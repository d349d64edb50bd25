"""What the sixth bank's families have in common: scenes in the shapes that public reports tell of.

Coding assistants, browser agents, crews that delegate, supervisors with workers. Who speaks is a
role; what the role is called, how its messages are dressed, how tools answer (plain text, a status
record, a protocol's content parts, tags) and whether a conversation is named is drawn a case. Each
sentence is drawn anew from alternatives within alternatives, so that two are seldom the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from .bank import Script, Turn, call, turn
from .spin import spin

_PREFIXES = ("", "senior_", "Agent", "the-", "ai_")
_OPENINGS = (
    "Okay.", "Sure!", "Understood.", "Right.", "I see.", "Thanks for the update.", "Let me think.",
    "Good.", "Alright,", "Noted.", "Hmm.", "Got it.",
)  # fmt: skip
_CONFIDENT = ("high", "medium", "fair")

Dress = Callable[[str], str]


class Scene:
    """One case's cast, its manners and the form of its tools' answers."""

    def __init__(self, rng: random.Random, *roles: str) -> None:
        self.rng = rng
        self.roles = roles
        prefix = rng.choice(_PREFIXES)
        self.names = {role: self._named(prefix, role) for role in roles}
        self._dress = {role: self._dressed(role) for role in roles}
        self._form = rng.choice(["plain", "plain", "status", "parts", "tags", "timed"])
        self._thread = f"thread-{rng.getrandbits(32):08x}" if rng.random() < 0.5 else ""
        self._chatty = rng.choice([0.0, 0.3, 0.6])
        self._calls = 0

    def who(self, *roles: str) -> list[str]:
        return [self.names[role] for role in roles or self.roles]

    def says(self, role: str, text: str, *calls: Script, **values: Any) -> Turn:
        """A turn of a role; the text's alternatives are drawn and its $names filled in."""
        return self.shows(role, self.words(text, **values), *calls)

    def shows(self, role: str, told: str, *calls: Script) -> Turn:
        """A turn of a role with a text as it stands, code for example."""
        if told and self.rng.random() < self._chatty:
            told = f"{self.rng.choice(_OPENINGS)} {told}"
        more = {"conversation": self._thread} if self._thread else {}
        return turn(self.names[role], self._dress[role](told) if told else "", *calls, **more)

    def words(self, text: str, **values: Any) -> str:
        return spin(self.rng, text if "\n\n" in text else " ".join(text.split()), **values)

    def tool(self, name: str, args: Any, result: Any) -> Script:
        """A call that is answered in the case's form."""
        return call(name, args, self._formed(result))

    def fails(self, name: str, args: Any, error: str) -> Script:
        """A call that fails: by its span, or by what it answers."""
        if self._form in ("plain", "timed"):
            return call(name, args, error=error)
        if self._form == "status":
            return call(name, args, {"status": "error", "error": error})
        if self._form == "parts":
            return call(name, args, {"isError": True, "content": [{"type": "text", "text": error}]})
        return call(name, args, f"<error>{error}</error>")

    def _formed(self, result: Any) -> Any:
        text = result if isinstance(result, str) else json.dumps(result)
        self._calls += 1
        if self._form == "status":
            return {"status": "ok", "output": result}
        if self._form == "parts":
            return {"content": [{"type": "text", "text": text}]}
        if self._form == "tags":
            return f"<result>\n{text}\n</result>"
        if self._form == "timed":
            return {
                "result": result,
                "duration_ms": self.rng.randrange(8, 900),
                "request_id": f"{self.rng.getrandbits(48):012x}",
            }
        return text

    def _named(self, prefix: str, role: str) -> str:
        if prefix == "Agent":
            return "".join(part.title() for part in role.split("_")) + "Agent"
        return f"{prefix}{role}"

    def _dressed(self, role: str) -> Dress:
        rng, name = self.rng, role.replace("_", " ").title()
        return rng.choice(
            [
                str,
                str,
                str,
                lambda text: f"**{name}:** {text}",
                lambda text: f"{text}\n\nCONTINUE",
                lambda text: json.dumps(
                    {"reply": text, "confidence": rng.choice(_CONFIDENT), "done": False}
                ),
                lambda text: f"<think>{rng.choice(_OPENINGS)}</think>\n{text}",
            ]
        )


def rounds_of(count: int, make: Callable[[int], list[Turn]]) -> list[list[Turn]]:
    return [make(at) for at in range(count)]
