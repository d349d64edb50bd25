"""How the chats of a file are waited for."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst


@dataclass(slots=True)
class AsyncPlan:
    """Functions that become coroutines, calls of them to await, or a loop of the file's own."""

    functions: set[cst.FunctionDef] = field(default_factory=set[cst.FunctionDef])
    calls: list[cst.Call] = field(default_factory=list[cst.Call])
    loop: bool = False
