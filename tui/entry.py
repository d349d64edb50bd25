"""The line after `:` or `/`, typed in the status bar."""

from __future__ import annotations

from dataclasses import dataclass, field

from .pieces import Line

HINTS = {
    ":": "a step, t=83s, #1, LOOP001, memory, waits, find …, break …, export md, q",
    "/": 'from:coder to:executor type:Tool* err tok>2000 text:"KeyError" rss>+50 !agent:x',
}


@dataclass(slots=True)
class Entry:
    """What is being typed; `open` says whether keys belong here, `begun` what it began with."""

    open: bool = False
    begun: str = ":"
    text: str = ""
    hint: str = ""
    history: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _back: int = 0

    def begin(self, begun: str, text: str = "", hint: str = "") -> None:
        """Open the line; `hint` says what may be typed, where that is not what HINTS say."""
        self.open, self.begun, self.text, self._back = True, begun, text, 0
        self.hint = hint or HINTS.get(begun, "")

    def key(self, key: str, character: str | None) -> str | None:
        """Take a key; what was entered once it is complete, "" when given up, else None."""
        if key == "enter":
            self.open = False
            self._keep()
            return self.text.strip()
        if key in ("escape", "ctrl+c") or (key == "backspace" and not self.text):
            self.open = False
            return ""
        if key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""
        elif key in ("up", "down"):
            self._recall(1 if key == "up" else -1)
        elif character is not None and character.isprintable():
            self.text += character
        return None

    def _keep(self) -> None:
        typed, kept = self.text.strip(), self.history.setdefault(self.begun, [])
        if typed and kept[-1:] != [typed]:
            kept.append(typed)

    def _recall(self, by: int) -> None:
        kept = self.history.get(self.begun, [])
        self._back = max(0, min(self._back + by, len(kept)))
        self.text = kept[-self._back] if self._back else ""

    def line(self) -> Line:
        """The line as it stands."""
        line: Line = [(f" {self.begun}", "brand"), (self.text, "strong"), (" ", "reverse")]
        return line if self.text else [*line, (f" {self.hint}", "dim")]
