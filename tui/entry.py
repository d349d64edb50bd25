"""The line after `:`, typed in the status bar."""

from __future__ import annotations

from dataclasses import dataclass

from .pieces import Line

HINT = "a step, t=83s, #1, LOOP001, runs, help, q"


@dataclass(slots=True)
class Entry:
    """What is being typed; `open` says whether keys belong here."""

    open: bool = False
    text: str = ""

    def begin(self) -> None:
        self.open, self.text = True, ""

    def key(self, key: str, character: str | None) -> str | None:
        """Take a key; what was entered once it is complete, "" when given up, else None."""
        if key == "enter":
            self.open = False
            return self.text.strip()
        if key in ("escape", "ctrl+c") or (key == "backspace" and not self.text):
            self.open = False
            return ""
        if key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""
        elif character is not None and character.isprintable():
            self.text += character
        return None

    def line(self) -> Line:
        """The prompt as it stands."""
        line: Line = [(" :", "brand"), (self.text, "strong"), (" ", "reverse")]
        return line if self.text else [*line, (f" {HINT}", "dim")]
