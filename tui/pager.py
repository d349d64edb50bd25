"""Text in the user's own pager or editor, while the terminal is theirs."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

FALLBACKS = {"PAGER": "less -R", "EDITOR": "vi"}


def opened_in(variable: str, text: str) -> str:
    """Show `text` in what $PAGER or $EDITOR names and wait; what is to be said afterwards."""
    command = os.environ.get(variable) or FALLBACKS[variable]
    with tempfile.TemporaryDirectory(prefix="loupe-") as folder:
        path = Path(folder) / "step.txt"
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
        try:
            code = subprocess.run([*shlex.split(command), str(path)], check=False).returncode
        except (OSError, ValueError) as error:
            return f"${variable} is {command!r}: {error}"
    return f"{command!r} ended with {code}" if code else ""
