"""Every key of the terminal UI in one table: bindings, footer, help and docs are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Where = Literal["everywhere", "runs", "replay"]


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that do it. `footer`: the words shown at the bottom, if any."""

    action: str
    keys: tuple[str, ...]
    text: str
    where: Where
    footer: str = ""

    @property
    def shown(self) -> str:
        """The keys as a person reads them."""
        return " ".join(_SHOWN.get(key, key) for key in self.keys)


_SHOWN = {
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "shift+right": "⇧→",
    "shift+left": "⇧←",
    "shift+up": "⇧↑",
    "shift+down": "⇧↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "⏎",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
    "question_mark": "?",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "ctrl+d": "^d",
    "ctrl+u": "^u",
    "ctrl+c": "^c",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "full_stop": ".",
    "comma": ",",
}

KEYS: tuple[Key, ...] = (
    Key("step(1)", ("right", "l"), "next step", "replay", "step"),
    Key("step(-1)", ("left", "h"), "previous step", "replay"),
    Key("row(1)", ("down", "j"), "next row (a closed fold is one row)", "replay", "row"),
    Key("row(-1)", ("up", "k"), "previous row", "replay"),
    Key("page(1)", ("pagedown", "ctrl+d"), "a page down", "replay"),
    Key("page(-1)", ("pageup", "ctrl+u"), "a page up", "replay"),
    Key("agent(1)", ("J",), "next step of the same agent", "replay"),
    Key("agent(-1)", ("K",), "previous step of the same agent", "replay"),
    Key("first", ("g", "home"), "first step", "replay"),
    Key("last", ("G", "end"), "last step", "replay"),
    Key("finding(1)", ("n",), "next finding", "replay", "finding"),
    Key("finding(-1)", ("N",), "previous finding", "replay"),
    Key("deviation(1)", ("right_square_bracket",), "next step that broke a cycle", "replay"),
    Key("deviation(-1)", ("left_square_bracket",), "previous step that broke a cycle", "replay"),
    Key(
        "fold", ("z", "shift+right", "shift+left"), "open or close the fold here", "replay", "fold"
    ),
    Key("folds", ("Z",), "open or close all folds", "replay"),
    Key("enter", ("enter",), "open a fold, or the inspector on the whole screen", "replay", "open"),
    Key("tab(1)", ("tab",), "next side of the inspector", "replay", "inspector"),
    Key("tab(-1)", ("shift+tab",), "previous side of the inspector", "replay"),
    Key("scroll(1)", ("shift+down", "full_stop"), "scroll the inspector down", "replay"),
    Key("scroll(-1)", ("shift+up", "comma"), "scroll the inspector up", "replay"),
    Key("inspector", ("i",), "hide the inspector, or show it", "replay"),
    Key("compact", ("c",), "names instead of lanes", "replay"),
    Key("follow", ("F",), "follow a run that goes on", "replay", "follow"),
    Key("play", ("space",), "play the run by its recorded times, or pause", "replay", "play"),
    Key("faster(1)", ("greater_than_sign",), "play faster: 1×, 8×, 64×", "replay"),
    Key("faster(-1)", ("less_than_sign",), "play slower", "replay"),
    Key("copy", ("y",), "copy the row as text", "replay"),
    Key("copy_command", ("Y",), "copy a command that opens this step", "replay"),
    Key("choose(1)", ("down", "j"), "next run", "runs", "run"),
    Key("choose(-1)", ("up", "k"), "previous run", "runs"),
    Key("choose_page(1)", ("pagedown", "ctrl+d"), "a page down", "runs"),
    Key("choose_page(-1)", ("pageup", "ctrl+u"), "a page up", "runs"),
    Key("choose_first", ("g", "home"), "first run", "runs"),
    Key("choose_last", ("G", "end"), "last run", "runs"),
    Key("open", ("enter", "right", "l"), "open the run", "runs", "open"),
    Key("prompt", ("colon",), "go to a step, a time, a finding", "replay", "go to"),
    Key("back", ("escape",), "back", "everywhere", "back"),
    Key("help", ("question_mark",), "this help", "everywhere", "help"),
    Key("quit", ("q", "ctrl+c"), "quit", "everywhere", "quit"),
)


def keys_of(where: Where) -> list[Key]:
    """The keys of a screen, its own first."""
    own = [key for key in KEYS if key.where == where]
    return own + [key for key in KEYS if key.where == "everywhere" and where != "everywhere"]


_PLACES: tuple[tuple[Where, str], ...] = (
    ("everywhere", "On every screen"),
    ("runs", "List of runs"),
    ("replay", "Replay"),
)


def document() -> str:
    """The keymap as the text of docs/keymap.md."""
    out = [
        "# Keys of `loupe view`",
        "",
        "Made from `tui/keymap.py` by `python -m agentloupe.tui.keymap`. In the program, `?` lists",
        "the keys that do something at that moment.",
    ]
    for where, name in _PLACES:
        out += ["", f"## {name}", "", "| Keys | What they do |", "| --- | --- |"]
        out += [
            f"| {' '.join(f'`{_SHOWN.get(k, k)}`' for k in key.keys)} | {key.text} |"
            for key in KEYS
            if key.where == where
        ]
    out += [
        "",
        "After `:` — a step (`412`, `@412`), a time since the start (`t=83s`, `t=2:10`), a finding",
        "(`#1`, `LOOP001`), `runs`, `help` or `q`.",
    ]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 the module as a command
