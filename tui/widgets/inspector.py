"""The inspector: a bar of tabs over the text of the one that is open."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from ..inspector import title
from ..pieces import Line, fit, guarded, plain
from ..session import Session
from ..tabs import TABS
from .lines import Bar, Text

_NAMES = tuple(TABS)
SHORT = {"Message": "Msg"}  # where there is no room for all names
HEAVY = 32_768  # bytes of a body


class Inspector(Vertical):
    """Shows the cursor's step from the side that is chosen."""

    def __init__(self, session: Session, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.session = session
        self.tab = _NAMES[0]
        self._stale = True

    def compose(self) -> ComposeResult:
        yield Bar(self._head, id="inspector-head")
        yield Text(id="inspector-text")

    def on_mount(self) -> None:
        self.session.cursor.watch(lambda before, now: self.update())
        self.update()

    def turn(self, by: int) -> None:
        """Open another tab."""
        self.tab = _NAMES[(_NAMES.index(self.tab) + by) % len(_NAMES)]
        self.update()

    def scroll_text(self, by: int) -> None:
        """Scroll by half a page."""
        text = self.query_one(Text)
        half = max(1, text.size.height // 2)
        text.scroll_to(y=text.scroll_offset.y + by * half, animate=False, immediate=True)

    def as_text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join(plain(line) for line in self._lines()) + "\n"

    def update(self) -> None:
        """The cursor or the run has moved. Large bodies are painted once for a burst of keys."""
        self._stale = True
        if self._heavy():
            self.call_after_refresh(self._paint)
        else:
            self._paint()

    def _heavy(self) -> bool:
        """Whether making the lines would be felt when keys come in fast."""
        session = self.session
        if not session.total:
            return False
        body = session.step(session.cursor.step).body
        return self.tab in ("Model", "Knows") or (
            body is not None and not isinstance(body, str) and session.source.size(body) > HEAVY
        )

    def _paint(self) -> None:
        if not self._stale or not self.display or not self.is_mounted:
            return
        self._stale = False
        self.query_one(Bar).renew()
        self.query_one(Text).show(self._lines())

    def on_show(self) -> None:
        self._stale = True
        self.call_after_refresh(self._paint)

    def _lines(self) -> list[Line]:
        session = self.session
        if not session.total:
            return [
                [
                    ("Nothing has been delivered in this run; ", "dim"),
                    ("4", "key"),
                    (" shows what else is in it.", "dim"),
                ]
            ]
        step = session.cursor.step
        return guarded(lambda: TABS[self.tab](session, session.step(step)), lambda line: [line])

    def _head(self, width: int) -> Sequence[Line]:
        session = self.session
        first: Line = []
        if session.total:
            first = title(session, session.step(session.cursor.step))
        tabs: Line = []
        names = _NAMES if _wide(_NAMES) <= width else tuple(SHORT.get(n, n) for n in _NAMES)
        room = width - _wide(names)
        for name, short in zip(_NAMES, names, strict=True):
            shown = short if room >= 0 else short[:4]
            here = name == self.tab
            tabs.append((" ", ""))
            around = " " if here and room >= 2 else ""
            tabs.append((f"{around}{shown}{around}", "brand reverse" if here else "dim"))
        return [fit([(" ", ""), *first], width), fit(tabs, width)]


def _wide(names: Sequence[str]) -> int:
    return sum(len(name) + 1 for name in names)
