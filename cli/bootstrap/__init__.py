"""The folder that `loupe run` puts first on PYTHONPATH: Python imports its `sitecustomize`."""

from __future__ import annotations

from typing import Final

#: The variable that tells the bootstrap what to record; `sitecustomize` has it in its own words.
BOOT: Final = "AGENTLOUPE_BOOT"
