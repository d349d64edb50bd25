"""How a terminal's cells are shared among the parts of the replay screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TOO_NARROW = 40
BESIDE = 100  # columns from which there may be two parts side by side
Inspecting = Literal["auto", "beside", "whole", "hidden"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shown and how large; 0 means hidden."""

    narrow: bool = False  # nothing fits: say so
    lanes: bool = True
    head: int = 2
    findings: int = 1
    places: int = 1
    inspector: int = 0  # columns
    strip: int = 0  # rows of memory, without the scrubber
    scrubber: int = 1
    footer: int = 1


def shape(width: int, height: int, inspecting: Inspecting = "auto", lanes: int = 0) -> Shape:
    """Share `width` by `height` cells; `lanes` is what the swimlane needs to be drawn as such.

    The inspector stands beside the lanes where both fit, unless it is asked for.
    """
    if width < TOO_NARROW:
        return Shape(narrow=True)
    small = width < 60 or height < 16
    strip = 0 if height < 20 else 2 if height < 30 else 4 if height < 50 else 6
    scrubber = 0 if small else 1
    findings = 0 if height < 12 else 1
    head = 0 if height < 10 else 2
    footer = 0 if height < 14 else 1
    places = 0 if height < 20 else 1
    if inspecting == "whole":
        return Shape(
            lanes=False,
            head=0,
            findings=findings,
            places=places,
            inspector=width,
            scrubber=scrubber,
            footer=footer,
        )
    columns = min(72, max(40, width // 3 - 1)) if width >= BESIDE else 0
    if inspecting == "hidden" or (inspecting == "auto" and width - columns - 2 < lanes):
        columns = 0
    return Shape(
        head=head,
        findings=findings,
        places=places,
        inspector=columns,
        strip=0 if small else strip,
        scrubber=scrubber,
        footer=footer,
    )
