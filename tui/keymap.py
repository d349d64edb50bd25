"""Every key of the terminal UI in one table: bindings, footer, help and docs are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..tracer.filter import TERMS
from .places import PLACES

Where = Literal["everywhere", "run", "runs", "replay", "board", "compare"]


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
    "ctrl+z": "^z",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "full_stop": ".",
    "comma": ",",
    "delete": "Del",
    "slash": "/",
    "asterisk": "*",
    "apostrophe": "'",
    "ctrl+p": "^p",
    "ctrl+s": "^s",
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
    Key("talk", ("v",), "open or close the inner conversation here", "replay", "inner"),
    Key("talks", ("V",), "open or close the inner conversations near here", "replay"),
    Key(
        "enter",
        ("enter",),
        "open a fold or an inner conversation, or the inspector on the whole screen",
        "replay",
        "open",
    ),
    Key("tab(1)", ("tab",), "next side of the inspector", "replay", "inspector"),
    Key("tab(-1)", ("shift+tab",), "previous side of the inspector", "replay"),
    Key("scroll(1)", ("shift+down", "full_stop"), "scroll the inspector down", "replay"),
    Key("scroll(-1)", ("shift+up", "comma"), "scroll the inspector up", "replay"),
    Key("inspector", ("i",), "hide the inspector, or show it", "replay"),
    Key("filter", ("slash",), "show only the steps that a filter means", "replay", "filter"),
    Key("pattern", ("asterisk",), "show only what is like this row", "replay"),
    Key("jump", ("f",), "jump to a row by the letters shown beside it", "replay"),
    Key("compact", ("c",), "names instead of lanes", "replay"),
    Key("follow", ("F",), "follow a run that goes on", "replay", "follow"),
    Key("play", ("space",), "play the run by its recorded times, or pause", "replay", "play"),
    Key("faster(1)", ("greater_than_sign",), "play faster: 1×, 8×, 64×", "replay"),
    Key("faster(-1)", ("less_than_sign",), "play slower", "replay"),
    Key("break", ("b",), "stop at what is like this row, playing or in the program", "replay"),
    Key("mark", ("m",), "remember this step by a letter", "replay"),
    Key("bookmark", ("apostrophe",), "return to a step by its letter", "replay"),
    Key("outside('PAGER')", ("o",), "what the inspector shows, in $PAGER", "replay"),
    Key("outside('EDITOR')", ("e",), "what the inspector shows, in $EDITOR", "replay"),
    Key("range", ("r",), "mark the beginning of a range of steps, then its end", "replay"),
    Key("export", ("x",), "write a report of the range, filter, fold or finding here", "replay"),
    Key("choose(1)", ("down", "j"), "next row", "board", "row"),
    Key("choose(-1)", ("up", "k"), "previous row", "board"),
    Key("choose_page(1)", ("pagedown", "ctrl+d"), "a page down", "board"),
    Key("choose_page(-1)", ("pageup", "ctrl+u"), "a page up", "board"),
    Key("choose_first", ("g", "home"), "first row", "board"),
    Key("choose_last", ("G", "end"), "last row", "board"),
    Key("open", ("enter",), "to the row's step, in the replay", "board", "to its step"),
    Key("step(1)", ("right", "l"), "move the cursor to the next step", "board", "step"),
    Key("step(-1)", ("left", "h"), "move the cursor to the previous step", "board"),
    Key("finding(1)", ("n",), "move the cursor to the next finding", "board"),
    Key("finding(-1)", ("N",), "move the cursor to the previous finding", "board"),
    Key(
        "scope",
        ("w",),
        "less or more of it: the run or the program, the step or its surroundings",
        "board",
        "scope",
    ),
    Key("filter", ("slash",), "show only the spans that a filter means", "board", "filter"),
    Key("fold", ("z", "shift+right", "shift+left"), "open or close the repeat", "board", "fold"),
    Key("drop", ("delete",), "make the queued message a dead letter", "board", "drop"),
    Key("detail", ("i",), "hide what is said about the row, or show it", "board"),
    Key("scroll(1)", ("shift+down", "full_stop"), "scroll what is said about the row", "board"),
    Key("scroll(-1)", ("shift+up", "comma"), "scroll it up", "board"),
    Key("choose(1)", ("down", "j"), "next run", "runs", "run"),
    Key("found(1)", ("n",), "next run with findings", "runs", "findings"),
    Key("found(-1)", ("N",), "previous run with findings", "runs"),
    Key("compare", ("c",), "compare the two runs that are picked", "runs", "compare"),
    Key("filter", ("slash",), "list only the runs that have some words", "runs", "filter"),
    Key("choose(-1)", ("up", "k"), "previous run", "runs"),
    Key("choose_page(1)", ("pagedown", "ctrl+d"), "a page down", "runs"),
    Key("choose_page(-1)", ("pageup", "ctrl+u"), "a page up", "runs"),
    Key("choose_first", ("g", "home"), "first run", "runs"),
    Key("choose_last", ("G", "end"), "last run", "runs"),
    Key("open", ("enter", "right", "l"), "open the run", "runs", "open"),
    Key("pick", ("space",), "pick the run, to compare it with another", "runs", "pick"),
    Key("choose(1)", ("down", "j"), "next difference", "compare", "row"),
    Key("choose(-1)", ("up", "k"), "previous difference", "compare"),
    Key("choose_page(1)", ("pagedown", "ctrl+d"), "a page down", "compare"),
    Key("choose_page(-1)", ("pageup", "ctrl+u"), "a page up", "compare"),
    Key("choose_first", ("g", "home"), "first difference", "compare"),
    Key("choose_last", ("G", "end"), "last difference", "compare"),
    Key("open", ("enter",), "to the step, in its own run", "compare", "to the step"),
    Key("scroll(1)", ("shift+down", "full_stop"), "scroll the messages down", "compare"),
    Key("scroll(-1)", ("shift+up", "comma"), "scroll the messages up", "compare"),
    Key("copy_command", ("Y",), "copy a command that prints the same", "compare"),
    *(
        Key(f"place('{place.name}')", (place.digit,), f"{place.name}: {place.text}", "run")
        for place in PLACES
    ),
    Key("hold", ("p",), "hold the program in progress, or let it go on", "run", "hold"),
    Key("let", ("s",), "let one delivery of the held program begin", "run", "let one"),
    Key("answer", ("a",), "answer the person's question in their place", "run", "answer"),
    Key("copy", ("y",), "copy the row as text", "run"),
    Key("copy_command", ("Y",), "copy a command that shows this again", "run"),
    Key("save", ("S",), "save the screen as text and picture", "run"),
    Key("prompt", ("colon",), "go to a step, a time, a finding, a screen", "run", "go to"),
    Key("palette", ("ctrl+p",), "all that can be done here, found by typing", "run", "palette"),
    Key("back", ("escape",), "back", "everywhere", "back"),
    Key("help", ("question_mark",), "this help", "everywhere", "help"),
    Key("suspend", ("ctrl+z",), "to the shell, until fg", "everywhere"),
    Key("quit", ("q", "ctrl+c"), "quit", "everywhere", "quit"),
)


OF_A_RUN: tuple[Where, ...] = ("replay", "board")


_used: list[Key] = list(KEYS)


def use(keys: Sequence[Key]) -> None:
    """Use other keys from now on; before the screens are imported, whose bindings are of these."""
    _used[:] = keys


def rebound(keys: Sequence[Key], where: str, action: str, names: tuple[str, ...]) -> list[Key]:
    """The keys with others for one action; what else those did there, they do no longer."""
    out: list[Key] = []
    for key in keys:
        if key.where == where and key.action == action:
            out.append(replace(key, keys=names))
        elif key.where == where and set(key.keys) & set(names):
            out.append(replace(key, keys=tuple(k for k in key.keys if k not in names)))
        else:
            out.append(key)
    return [key for key in out if key.keys]


def keys_of(where: Where) -> list[Key]:
    """The keys of a screen, its own first."""
    wider: tuple[Where, ...] = ("run", "everywhere") if where in OF_A_RUN else ("everywhere",)
    places = [where, *(each for each in wider if each != where)]
    return [key for place in places for key in _used if key.where == place]


_PLACES: tuple[tuple[Where, str], ...] = (
    ("everywhere", "On every screen"),
    ("run", "On every screen of a run"),
    ("runs", "List of runs"),
    ("replay", "Replay"),
    ("board", "Overview, spans, memory, loops, waits, tools"),
    ("compare", "Two runs compared"),
)


def _row(key: Key) -> str:
    names = " ".join(f"`{_SHOWN.get(name, name)}`" for name in key.keys)
    return f"| {names} | {key.text} | `{key.action}` |"


def document() -> str:
    """The keymap as the text of docs/keymap.md."""
    out = [
        "# Keys of `loupe view`",
        "",
        "Made from `tui/keymap.py` by `python -m agentloupe.tui.keymap`. In the program, `?` lists",
        "the keys that do something at that moment.",
    ]
    for where, name in _PLACES:
        out += ["", f"## {name} (`{where}`)", "", "| Keys | What they do | Name |"]
        out += ["| --- | --- | --- |", *(_row(key) for key in KEYS if key.where == where)]
    out += [
        "",
        "After `:` — a step (`412`, `@412`), a time since the start (`t=83s`, `t=2:10`), a",
        "finding (`#1`, `LOOP001`), a screen by any of its names (`mem`, `waterfall`, `deadlock`),",
        "the words of an action (`next finding`), `find FILTER`, `break FILTER`, `export jsonl`,",
        "`mermaid` or `markdown`, `help` or `q`.",
        "",
        "## Filters",
        "",
        "After `/`, and after `:find` and `:break`: terms that must all hold. `!` before a term",
        "turns it round, a lone `!` all of it; a bare word is looked for in names, type and text.",
        "",
        "| Term | What it means |",
        "| --- | --- |",
        *(f"| `{term}` | {text} |" for term, text in TERMS),
    ]
    out += [
        "",
        "## Your own keys, theme and colours",
        "",
        "`view.toml` in `~/.config/agentloupe` (or `AGENTLOUPE_CONFIG`). Screens and names of",
        "actions are those of the tables above, keys as Textual names them, roles those of",
        "`tui/widgets/paint.py`. Without `theme`, `COLORFGBG` is asked, and it is dark.",
        "",
        "```toml",
        'theme = "light"',
        "",
        "[keys.replay]",
        '"finding(1)" = ["n", "ctrl+n"]',
        "",
        "[colours]",
        'error = "bold #ff0000"',
        "```",
    ]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 the module as a command
