"""What of the texts is kept, which patterns are masked, how long recordings stay: told by the user.

An argument counts before an environment variable, and that before the project's `pyproject.toml`:

    [tool.agentloupe]
    bodies = "capped:64K"
    mask = ["ACME-[0-9]{6}"]
    keep = "10G, 1000, 90d"
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from .errors import StoreError

Keep = Literal["full", "capped", "hash", "none"]

CAP: Final = 1 << 20  # bytes of a text that "capped" keeps, unless more or less is asked for
FULL: Final = 32 << 20  # bytes of a text that "full" keeps: what a reader can be asked to hold
LEAST: Final = 256  # bytes that "capped" keeps at least
UNITS: Final = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}

BODIES: Final = "AGENTLOUPE_BODIES"
MASK: Final = "AGENTLOUPE_MASK"


class PolicyError(StoreError):
    """A policy that cannot be followed: nothing is recorded rather than too much."""

    code = "LP201"


class Policy(NamedTuple):
    """What is kept of texts: all, the beginning, a hash and the size, or the size alone."""

    keep: Keep = "capped"
    cap: int = CAP  # bytes

    @property
    def withholds(self) -> bool:
        """Whether no text is kept."""
        return self.keep in ("hash", "none")

    def __str__(self) -> str:
        return f"capped:{self.cap}" if self.keep == "capped" else self.keep


def bytes_of(text: str) -> int | None:
    """`10G`, `64 KB`, `4096` in bytes; None when it is none of these.

    >>> bytes_of("64 kb"), bytes_of("1.5G"), bytes_of("much")
    (65536, 1610612736, None)
    """
    told = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if told is None:
        return None
    return int(float(told[1]) * (1 << UNITS[told[2].upper()]))


def parse(text: str) -> Policy:
    """`full`, `capped`, `capped:64K`, `hash` or `none`.

    Raises:
        PolicyError: it is none of these.
    """
    word, _, size = text.strip().lower().partition(":")
    if word == "full" and not size:
        return Policy("full", FULL)
    if word == "hash" and not size:
        return Policy("hash", CAP)
    if word == "none" and not size:
        return Policy("none", CAP)
    cap = bytes_of(size) if size else CAP
    if word != "capped" or cap is None:
        raise PolicyError(
            f"{text!r} is no policy for bodies",
            "say full, capped, capped:64K, hash or none",
        )
    return Policy("capped", min(max(cap, LEAST), FULL))


def policy(told: str | None = None) -> Policy:
    """The policy that holds here.

    Raises:
        PolicyError: it cannot be understood.
    """
    text = told or os.environ.get(BODIES) or _project().get("bodies")
    return Policy() if text is None else parse(str(text))


def patterns() -> list[str]:
    """Regular expressions to mask: a line each of `AGENTLOUPE_MASK`, and the project's.

    Raises:
        PolicyError: one of them is none.
    """
    told = _project().get("mask", [])
    if not isinstance(told, list):
        raise PolicyError("mask of [tool.agentloupe] is no list of patterns")
    lines = os.environ.get(MASK, "").splitlines()
    found = [line for line in (*lines, *map(str, told)) if line]  # pyright: ignore[reportUnknownArgumentType]  TOML
    for each in found:
        try:
            re.compile(each.encode())
        except re.error as error:
            raise PolicyError(
                f"{each!r} is no regular expression: {error}", f"see {MASK} in docs/store.md"
            ) from None
    return found


def project_setting(name: str) -> Any:
    """A setting of `[tool.agentloupe]`, None when it is not there."""
    return _project().get(name)


def _project() -> dict[str, Any]:
    """`[tool.agentloupe]` of the nearest `pyproject.toml` upwards."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        return _settings(file, text)
    return {}


def _settings(file: Path, text: str) -> dict[str, Any]:
    if "agentloupe" not in text:
        return {}
    import tomllib

    try:
        return dict(tomllib.loads(text).get("tool", {}).get("agentloupe", {}))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{str(file)!r} cannot be read: {error}") from None
