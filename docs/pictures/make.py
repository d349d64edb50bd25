"""Make the pictures of the documentation: the real program on the real demo, photographed.

    python docs/pictures/make.py [--chromium PATH]

Records `loupe demo`, opens the recording as `loupe view` does, presses the keys given below, and
turns what is on the screen into PNG files beside this script. Needs Chromium and DejaVu Sans Mono
(Debian: chromium fonts-dejavu-core); both are used offline.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from agentloupe.tui.app import LoupeApp

HERE = Path(__file__).parent

#: File name, columns, rows, theme, keys.
PICTURES: tuple[tuple[str, int, int, str, tuple[str, ...]], ...] = (
    ("runs", 120, 14, "loupe-dark", ("n",)),
    ("replay", 130, 36, "loupe-dark", ("n", "enter", "n", "tab", "tab", "tab", "tab")),
    ("context", 150, 36, "loupe-dark", ("n", "enter", "n", "z", "tab", "tab")),
    ("diff", 130, 32, "loupe-light", ("n", "enter", "n", "z", *"jjjjjjjjjjj", "tab")),
    ("small", 80, 24, "loupe-dark", ("n", "enter", "n")),
    ("overview", 130, 34, "loupe-dark", ("n", "enter", "2", "down")),
    ("loops", 130, 30, "loupe-dark", ("n", "enter", "6", "down")),
    ("memory", 130, 34, "loupe-dark", ("n", "enter", "5")),
    ("spans", 130, 32, "loupe-dark", ("n", "enter", "n", "4")),
    ("tools", 130, 24, "loupe-light", ("n", "enter", "8")),
    ("compare", 130, 32, "loupe-dark", ("n", "space", "k", "c")),
)


def demo(folder: Path) -> Path:
    """Record the demo; the recording, by a name that does not change."""
    command = [sys.executable, "-m", "agentloupe.cli.main", "demo", "--no-tui"]
    environment = {**os.environ, "AGENTLOUPE_DIR": str(folder)}
    subprocess.run(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    found = next(folder.glob("*.loupe"))
    return Path(shutil.move(found, folder / "demo.loupe"))


async def photograph(app: LoupeApp, columns: int, rows: int, keys: tuple[str, ...]) -> str:
    """The screen after the keys, as SVG."""
    async with app.run_test(size=(columns, rows)) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        return app.export_screenshot(title="loupe view")


def offline(svg: str) -> str:
    """The SVG without fonts from elsewhere, its letters as high as its lines: blocks meet."""
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    svg = svg.replace("font-size: 20px", "font-size: 21px")
    return svg.replace("Fira Code", "DejaVu Sans Mono")


def develop(svg: str, picture: Path, chromium: str) -> None:
    """Turn an SVG into a PNG."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert size is not None
    width, height = (int(float(number)) + 1 for number in size.groups())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.svg"
        page.write_text(svg, encoding="utf-8")
        subprocess.run(
            [
                chromium,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--window-size={width},{height}",
                f"--screenshot={picture}",
                page.as_uri(),
            ],
            stderr=subprocess.DEVNULL,
            check=True,
        )


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recording = demo(Path(folder))
        for name, columns, rows, theme, keys in PICTURES:
            app = LoupeApp([recording], inline=True, theme=theme)
            svg = offline(asyncio.run(photograph(app, columns, rows, keys)))
            picture = HERE / f"{name}.png"
            develop(svg, picture, options.chromium)
            print(picture.name, f"{picture.stat().st_size // 1024} KB")  # noqa: T201 progress


if __name__ == "__main__":
    main()
