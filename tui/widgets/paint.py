"""What roles look like: the one place where colours are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.color import Color
from rich.errors import StyleSyntaxError
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ...tracer.text import visible
from ..pieces import Piece, cells

_DARK: Mapping[str, str] = {
    "": "#d4d7dd",
    "dim": "#7d8592",
    "number": "#7d8592",
    "time": "#7d8592",
    "head": "#7d8592",
    "lane": "#3d4552",
    "said": "#b4bac4",
    "strong": "#eceef2",
    "heading": "bold #a9b1bd",
    "type": "#9fb8d0",
    "key": "#8fb4d8",
    "value": "#d7ba7d",
    "blob": "italic #b59ad6",
    "role": "bold #8fb4d8",
    "tool": "#d7ba7d",
    "brand": "bold #ffb454",
    "place": "bold reverse #ffb454",
    "cursor": "bold #ffb454",
    "playhead": "bold #ffb454",
    "notice": "bold #ffb454",
    "memory": "#5b8db8",
    "fold": "#c9a3e6",
    "inner": "#8ec7b8",
    "error": "bold #ff7b72",
    "warning": "#ffb454",
    "info": "#7fb2e5",
    "good": "#7ec97e",
    "running": "bold #7ec97e",
    "removed": "#ff9a94",
    "added": "#8fd694",
    "program": "#a9b1bd",
    "agent0": "#6cc7e0",
    "agent1": "#e2b86b",
    "agent2": "#d78fd7",
    "agent3": "#8fd694",
    "agent4": "#8ea6ff",
    "agent5": "#ff9f6b",
    "agent6": "#f08fb4",
    "agent7": "#b8cc66",
}
_LIGHT: Mapping[str, str] = {
    **dict.fromkeys(("", "strong"), "#1f2328"),
    **dict.fromkeys(("dim", "number", "time", "head"), "#68707c"),
    "lane": "#c5cbd3",
    "said": "#3a414b",
    "heading": "bold #4a525e",
    "type": "#3f5f80",
    "key": "#1f5fa0",
    "value": "#8a5a00",
    "blob": "italic #7040a0",
    "role": "bold #1f5fa0",
    "tool": "#8a5a00",
    "place": "bold reverse #b35900",
    **dict.fromkeys(("brand", "cursor", "playhead", "notice"), "bold #b35900"),
    "memory": "#3f7cab",
    "fold": "#7b3fa8",
    "inner": "#1f6f5c",
    "error": "bold #c62828",
    "warning": "#a85800",
    "info": "#1f5fa0",
    **dict.fromkeys(("good",), "#2a7a2a"),
    "running": "bold #2a7a2a",
    "removed": "#b02a22",
    "added": "#22702a",
    "program": "#4a525e",
    "agent0": "#0a7390",
    "agent1": "#8a5a00",
    "agent2": "#9330a0",
    "agent3": "#22702a",
    "agent4": "#3849c0",
    "agent5": "#b04a10",
    "agent6": "#b0285f",
    "agent7": "#5f6f00",
}
#: The ground of each theme, and of the cursor's row on it.
GROUND = {True: "#12161d", False: "#fbfbfa"}
_HERE = {True: "#263248", False: "#dbe6f5"}


class Palette:
    """Styles of roles, for a dark or a light theme. Every role gets a style, known or not."""

    def __init__(self, *, dark: bool) -> None:
        self._colours = dict(_DARK if dark else _LIGHT)
        self._grounds = {False: GROUND[dark], True: _HERE[dark]}
        self._styles: dict[tuple[str, bool], Style] = {}
        self._parsed: dict[str, Style] = {}  # roles that look alike share their style

    def repaint(self, colours: Mapping[str, str]) -> None:
        """Use a user's own colours for some roles.

        Raises:
            ValueError: a role is not there, or a colour cannot be understood.
        """
        for role, colour in colours.items():
            if role not in self._colours:
                raise ValueError(f"there is no role {role!r} to colour")
            try:
                self._colours[role] = str(_true(Style.parse(colour)))
            except StyleSyntaxError as error:
                raise ValueError(f"{colour!r} is no colour for {role!r}: {error}") from error
        self._styles.clear()

    def style(self, role: str, *, here: bool = False) -> Style:
        """The style of a role: its name, then any of bold, reverse, underline."""
        found = self._styles.get((role, here))
        if found is None:
            name, _, more = role.partition(" ")
            if name in ("bold", "reverse", "underline"):
                name, more = "", role
            colour = self._colours.get(name, self._colours[""])
            definition = f"{more} {colour} on {self._grounds[here]}"
            found = self._parsed.setdefault(definition, Style.parse(definition))
            self._styles[role, here] = found
        return found

    def strip(self, line: Iterable[Piece], *, here: bool = False) -> Strip:
        """A line painted; `here` marks the row of the cursor.

        Neighbours that look alike become one segment: Textual's cost is by the segment.
        """
        segments: list[Segment] = []
        last, texts, count = self.style("", here=here), list[str](), 0
        for text, role in line:
            if not text:
                continue
            style = self.style(role, here=here)
            marked = style.reverse or last.reverse or style.underline or last.underline
            blank = text.isspace() and not marked
            if style is not last and not blank:
                if texts:
                    segments.append(Segment("".join(texts), last))
                last, texts = style, []
            shown = text if text.isprintable() else visible(text, newlines=False)
            texts.append(shown)
            count += cells(shown)
        if texts:
            segments.append(Segment("".join(texts), last))
        return Strip(segments, count)


def _true(style: Style) -> Style:
    """A style with values instead of names of colours, which each terminal takes as it likes."""
    if style.color is None or style.color.triplet is not None:
        return style
    return style + Style(color=Color.from_triplet(style.color.get_truecolor()))


def palette(*, dark: bool) -> Palette:
    """The palette of a theme."""
    return _PALETTES[dark]


def repaint(colours: Mapping[str, str]) -> None:
    """Use a user's own colours in both palettes. Raises ValueError as `Palette.repaint`."""
    for each in _PALETTES.values():
        each.repaint(colours)


_PALETTES = {True: Palette(dark=True), False: Palette(dark=False)}
