"""Stand-ins for packages that a program imports and this machine lacks.

A program of somebody else asks for packages that have nothing to do with its agents: user
interfaces, search engines, other models. What is missing is imported all the same, as an object
that has every attribute, can be called, entered, awaited and derived from, and is empty; the same
in both versions, so that what agents say can be compared. Only imports by the program's own files
are answered: a package that asks whether another one is there is told the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

NEVER = frozenset({"autogen", "pyautogen", "ag2", "autogen_agentchat", "autogen_core"})


class Base:
    """What a class has for a base that is missing."""

    def __init__(self, *args: Any, **options: Any) -> None: ...

    def __init_subclass__(cls, **options: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Anything:
    """An object of a package that is missing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *args: Any, **options: Any) -> Any:
        decorates = len(args) == 1 and callable(args[0]) and not isinstance(args[0], Anything)
        return args[0] if decorates and not options else Anything()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return () if any(base is not self for base in bases[: bases.index(self)]) else (Base,)

    def __getitem__(self, key: Any) -> Any:
        return Anything()

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None: ...

    def __await__(self) -> Generator[Any, None, Any]:
        return self
        yield

    def __or__(self, other: Any) -> Any:
        return Anything()

    __ror__ = __add__ = __radd__ = __or__


class StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        return [] if name == "__all__" else Anything()


class Finder(MetaPathFinder, Loader):
    """Comes last: of what nobody has found."""

    def __init__(self, root: str) -> None:
        self._root = str(Path(root).resolve())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top in NEVER or top in sys.stdlib_module_names or not self._asked_by_program():
            return None
        parent = sys.modules.get(top)
        if parent is not None and not isinstance(parent, StandIn) and self._is_own(parent):
            return None  # a file that the repository has not, of a package that it has
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None: ...

    def _asked_by_program(self) -> bool:
        frame = sys._getframe(2)  # nothing else tells who imports
        while frame is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if frame is None:
            return False
        name = frame.f_code.co_filename
        return name.startswith("<") or str(Path(name).resolve()).startswith(self._root)

    def _is_own(self, module: ModuleType) -> bool:
        return str(getattr(module, "__file__", None) or "").startswith(self._root)


def stand_in(root: str) -> None:
    """From here on whatever files below ``root`` import and is not there is stood in for."""
    sys.meta_path.append(Finder(root))
