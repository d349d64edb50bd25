"""What a program tells at its end, to be compared: transcripts, results, errors."""

from __future__ import annotations

import json
import sys


def tell(name: str, value: object) -> None:
    """A line of JSON on stdout."""
    print(name, json.dumps(value, default=str, sort_keys=True), flush=True)


def chat(name: str, result: object) -> None:
    """A chat's result."""
    tell(name, {key: getattr(result, key) for key in ("chat_history", "summary", "human_input")})
    tell(f"{name} cost", getattr(result, "cost", None))


def error(name: str, of: BaseException) -> None:
    """An exception, with the program's and the framework's frames it passed through."""
    trace, frames = of.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{code.co_name}")
        trace = trace.tb_next
    tell(name, {"type": type(of).__name__, "text": str(of), "frames": frames})


def limits() -> None:
    """What a program can see of the interpreter."""
    tell("recursion limit", sys.getrecursionlimit())
