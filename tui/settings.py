"""The user's own keys, theme and colours: `view.toml` in the configuration folder.

theme = "light"                   # or "dark"; without it the terminal is asked (COLORFGBG)

[keys.replay]                     # a screen as docs/keymap.md names it
"finding(1)" = ["n", "ctrl+n"]    # an action, and the keys that do it from now on

[colours]                         # a role of tui/widgets/paint.py
error = "bold #ff0000"
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..tracer.errors import LoupeError
from .keymap import KEYS, Key, rebound

THEMES = ("dark", "light")


class BadSettings(LoupeError):  # noqa: N818 reads as a sentence
    """The user's settings cannot be used."""

    code = "LP603"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user has set; "" and empty where nothing was."""

    theme: str = ""
    keys: Sequence[Key] = KEYS
    colours: Mapping[str, str] = field(default_factory=dict[str, str])


def folder() -> Path:
    """Where settings lie: `AGENTLOUPE_CONFIG`, else `agentloupe` of the user's configuration."""
    named = os.environ.get("AGENTLOUPE_CONFIG")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "agentloupe"


def read(path: Path | None = None) -> Settings:
    """The user's settings; all as it comes when there is no file.

    Raises:
        BadSettings: it is no TOML, or names what is not there.
    """
    path = path or folder() / "view.toml"
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # only here: most have no settings of their own

        told: dict[str, Any] = tomllib.loads(text)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise BadSettings(
            f"{str(path)!r} cannot be read: {error}", "docs/keymap.md says how"
        ) from error
    for name in told:
        if name not in ("theme", "keys", "colours"):
            raise _unknown(path, name, ("theme", "keys", "colours"))
    theme = told.get("theme", "")
    if theme and theme not in THEMES:
        raise _unknown(path, theme, THEMES)
    return Settings(theme, _keys(path, _table(path, told, "keys")), _colours(path, told))


def _keys(path: Path, told: Mapping[str, Any]) -> Sequence[Key]:
    keys: Sequence[Key] = KEYS
    for where in told:
        known = [key.action for key in KEYS if key.where == where]
        if not known:
            raise _unknown(path, where, sorted({key.where for key in KEYS}))
        for action, named in _table(path, told, where).items():
            if action not in known:
                raise _unknown(path, action, known)
            chosen = [named] if isinstance(named, str) else named
            if not isinstance(chosen, list) or not all(isinstance(k, str) for k in chosen):  # pyright: ignore[reportUnknownVariableType] from a file
                raise BadSettings(f"{str(path)!r}: the keys of {action!r} are no list of names")
            keys = rebound(keys, where, action, tuple(chosen))  # pyright: ignore[reportUnknownArgumentType] checked above
    return keys


def _colours(path: Path, told: Mapping[str, Any]) -> Mapping[str, str]:
    colours = _table(path, told, "colours")
    for name, value in colours.items():
        if not isinstance(value, str):
            raise BadSettings(f"{str(path)!r}: the colour of {name!r} is no text")
    return colours


def _table(path: Path, told: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise BadSettings(f"{str(path)!r}: {name!r} is no table")
    return value  # pyright: ignore[reportUnknownVariableType] of TOML, whose keys are texts


def _unknown(path: Path, name: str, known: Sequence[str]) -> BadSettings:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(known)}"
    return BadSettings(f"{str(path)!r} names {name!r}, which is not there", hint)


def background() -> str:
    """The theme that suits the terminal, as far as it says (COLORFGBG); else dark."""
    last = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if last.isdecimal() and int(last) in (7, *range(9, 16)) else "dark"
