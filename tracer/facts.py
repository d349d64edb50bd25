"""What a recording says about its process, in its `meta` table."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from msgspec import msgpack

from . import conventions as c
from .policy import Policy
from .secrets import mask_text
from .store import Row
from .versions import version_of

FRAMEWORKS: Final = (
    "agentloupe",
    "autogen-core",
    "autogen-agentchat",
    "autogen-ext",
    "pyautogen",
    "ag2",
    "openai",
)

_encode = msgpack.Encoder(enc_hook=repr).encode


def facts(program: str, argv: tuple[str, ...], policy: Policy) -> list[Row]:
    """Rows of `meta` for this process, secrets masked."""
    return [
        ("created_ns", time.time_ns()),
        ("program", mask_text(program)),
        ("argv", _encode([mask_text(word) for word in _kept(argv, policy)])),
        ("python", sys.version.split()[0]),
        ("pid", os.getpid()),
        ("conventions", c.VERSION),
        ("bodies", str(policy)),
        ("versions", _encode(_versions())),
    ]


def _kept(argv: tuple[str, ...], policy: Policy) -> list[str]:
    """Words that a program is given may be texts like any other."""
    if not policy.withholds:
        return list(argv)
    return [*argv[:1], *(f"({len(word):,} characters, not kept)" for word in argv[1:])]


def _versions() -> dict[str, str]:
    found = {name: version_of(name) for name in FRAMEWORKS}
    return {name: version for name, version in found.items() if version is not None}
