"""Instrumentors: what watches a framework, found by entry point, installed after its import.

Nothing is imported for the program: wrapt calls an instrumentor once the program itself has
imported one of its target modules.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Protocol, cast

import wrapt

from .recorder import Recorder

GROUP = "agentloupe.instrumentors"

#: What `install` found last.
installed: list[Instrumentor] = []


class Instrumentor(Protocol):
    """Watches one framework.

    `targets` are modules; `install` is called once per target after the program imported it,
    with that module, and returns what takes the watching off again.
    """

    name: str
    targets: tuple[str, ...]

    def install(self, recorder: Recorder, module: object) -> Callable[[], None]: ...


def discover(notice: Callable[[str], None] | None = None) -> list[Instrumentor]:
    """All instrumentors that are installed, ours and others', by name.

    One that cannot be imported is told to `notice` and left out: it must not take the others,
    let alone the program, down with it.
    """
    found: list[Instrumentor] = []
    for point in entry_points(group=GROUP):
        try:
            found.append(cast(Instrumentor, point.load()))
        except Exception as error:
            if notice is not None:
                notice(f"instrumentor {point.name!r} cannot be loaded: {error!r}")
    return sorted(found, key=lambda instrumentor: instrumentor.name)


def install(recorder: Recorder) -> Callable[[], None]:
    """Have every instrumentor watch its targets, those imported already and those to come.

    Returns a function that takes all of it off again. A failing instrumentor is reported through
    `recorder.notice` and leaves the program as it was.
    """
    undo: list[Callable[[], None]] = []
    live = True

    def hook(instrumentor: Instrumentor) -> Callable[[object], None]:
        def imported(module: object) -> None:
            if not live:
                return
            try:
                undo.append(instrumentor.install(recorder, module))
            except Exception as error:
                recorder.notice(f"instrumentor {instrumentor.name!r} does not fit: {error!r}")

        return imported

    installed[:] = discover(recorder.notice)
    for instrumentor in installed:
        for target in instrumentor.targets:
            wrapt.register_post_import_hook(hook(instrumentor), target)

    def uninstall() -> None:
        nonlocal live
        live = False
        while undo:
            undo.pop()()

    return uninstall
