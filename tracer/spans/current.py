"""OpenTelemetry's current context, asked for at the start of each span."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, cast

from opentelemetry import context as contexts
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext


def _getter() -> Callable[[], contexts.Context]:
    """The variable's own, without two calls around it, where the API keeps it in one."""
    kept = getattr(contexts, "_RUNTIME_CONTEXT", None)
    variable = getattr(kept, "_current_context", None)
    if type(kept) is ContextVarsRuntimeContext and isinstance(variable, ContextVar):
        return cast("ContextVar[contexts.Context]", variable).get
    return contexts.get_current


current_context: Final = _getter()
