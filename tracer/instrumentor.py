"""Instrumentors: what watches a framework, found by entry point, installed after its import.

Nothing is imported for the program: wrapt calls an instrumentor once the program itself has
imported one of its target modules. What an instrumentor needs can be loaded then as well (`Later`),
so that a program pays for the frameworks that it has.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, cast

import wrapt

from .recorder import Recorder

GROUP = "agentloupe.instrumentors"

#: What `install` found last.
installed: list[Instrumentor] = []


class Installs(Protocol):
    """What does the watching: `install` is called once per target after the program imported it,
    with that module, and returns what takes the watching off again."""

    def install(self, recorder: Recorder, module: object) -> Callable[[], None]: ...


class Instrumentor(Installs, Protocol):
    """Watches one framework; `targets` are modules."""

    name: str
    targets: tuple[str, ...]


class Later:
    """An instrumentor whose code is loaded with the first of its targets.

    Args:
        name: for what is told of it.
        code: `module:attribute` of an object with the `install` of an instrumentor.
        targets: the modules that it watches.
        wakes: whether a child process that imports a target is worth recording.
    """

    def __init__(self, name: str, code: str, *targets: str, wakes: bool = True) -> None:
        self.name = name
        self.targets = targets
        self.wakes = wakes
        self.code = code

    def install(self, recorder: Recorder, module: object) -> Callable[[], None]:
        """Watch one of the targets."""
        place, _, attribute = self.code.partition(":")
        found: Installs = getattr(import_module(place), attribute)
        return found.install(recorder, module)


def discover(notice: Callable[[str], None] | None = None) -> list[Instrumentor]:
    """All instrumentors that are installed, ours and others', by name.

    One that cannot be imported, or is none, is told to `notice` and left out: it must not take the
    others, let alone the program, down with it.
    """
    found: list[tuple[str, Instrumentor]] = []
    for point in entry_points(group=GROUP):
        try:
            instrumentor = cast(Instrumentor, point.load())
            found.append((instrumentor.name, instrumentor))
        except Exception as error:
            if notice is not None:
                notice(f"instrumentor {point.name!r} cannot be loaded: {error!r}")
    return [instrumentor for _, instrumentor in sorted(found, key=lambda each: each[0])]


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
