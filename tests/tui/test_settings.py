"""A user's own keys, theme and colours."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.tui import settings
from agentloupe.tui.keymap import KEYS
from agentloupe.tui.settings import BadSettings, background, folder, read
from agentloupe.tui.widgets.paint import Palette


def write(folder: Path, text: str) -> Path:
    path = folder / "view.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_all_is_as_it_comes(tmp_path: Path) -> None:
    assert read(tmp_path / "view.toml") == settings.Settings()


def test_a_key_moves_and_leaves_what_it_did(tmp_path: Path) -> None:
    path = write(tmp_path, 'theme = "light"\n[keys.replay]\n"finding(1)" = ["n", "j"]\n')
    told = read(path)
    assert told.theme == "light"
    by_action = {key.action: key.keys for key in told.keys if key.where == "replay"}
    assert by_action["finding(1)"] == ("n", "j")
    assert by_action["row(1)"] == ("down",)
    assert [key.keys for key in told.keys if key.where == "board"] == [
        key.keys for key in KEYS if key.where == "board"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("theme = ", "cannot be read"),
        ('theme = "drak"', "did you mean 'dark'"),
        ("[keyz]", "did you mean 'keys'"),
        ("keys = 3", "is no table"),
        ('[keys.repaly]\nx = "y"', "did you mean 'replay'"),
        ('[keys.replay]\n"finding(2)" = "y"', "did you mean 'finding"),
        ('[keys.replay]\n"finding(1)" = 3', "no list of names"),
        ("[colours]\nerror = 3", "is no text"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadSettings) as told:
        read(write(tmp_path, text))
    assert says in str(told.value)
    assert "view.toml" in str(told.value)


def test_colours_of_ones_own() -> None:
    palette = Palette(dark=True)
    palette.repaint({"error": "bold #00ff00"})
    assert palette.style("error").color is not None
    assert palette.style("error").color.triplet == (0, 255, 0)
    palette.repaint({"error": "bold red"})
    assert palette.style("error").color is not None
    assert palette.style("error").color.triplet is not None  # no terminal's own idea of red
    assert palette.style("error").bold
    with pytest.raises(ValueError, match="no role 'eror'"):
        palette.repaint({"eror": "red"})
    with pytest.raises(ValueError, match="no colour"):
        palette.repaint({"error": "no such colour"})


def test_where_it_lies_and_what_the_terminal_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert folder() == tmp_path / "agentloupe"
    monkeypatch.setenv("AGENTLOUPE_CONFIG", str(tmp_path / "own"))
    assert folder() == tmp_path / "own"
    for value, theme in (("0;15", "light"), ("15;0", "dark"), ("", "dark"), ("15;default", "dark")):
        monkeypatch.setenv("COLORFGBG", value)
        assert background() == theme
