"""Exceptions that a signal's handler of the program raised while our code happened to run.

Programs end what takes too long by an alarm whose handler raises. It may go off while a span is
recorded, and whoever takes what fails there for a failure of the recording would swallow it.
"""

from __future__ import annotations

from functools import partial
from types import CodeType
from typing import Any, cast


def interrupts(error: BaseException) -> bool:
    """Whether a signal's handler raised it: it is the program's, and goes on to it."""
    import signal  # here: most recordings never ask

    handlers = {_code(signal.getsignal(number)) for number in signal.valid_signals()}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def _code(handler: Any) -> CodeType | None:
    while isinstance(handler, partial):
        handler = cast("partial[Any]", handler).func
    kind = type(cast("object", handler))
    for function in (handler, getattr(kind, "__call__", None)):  # noqa: B004 the function itself
        code = getattr(function, "__code__", None)
        if isinstance(code, CodeType):
            return code
    return None
