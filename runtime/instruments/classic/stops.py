"""The words that end a chat of v0.2: the texts that an agent's `is_termination_msg` looks for.

That is a function of the program's own, as a rule a line like `"DONE" in message["content"]`. The
texts in its code are read, the function is never called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, Final, cast

STOP_WORDS: Final = "agentloupe.chat.stop_words"
#: What such a function names besides: keys of a message and roles.
KEYS: Final = frozenset(
    "content role name tool_calls function_call tool_responses arguments text type "
    "user assistant system tool function".split()
)
LONGEST: Final = 40


def stop_words(*agents: Any) -> tuple[str, ...]:
    """The texts that end a chat of these, each once."""
    tests = [getattr(agent, "_is_termination_msg", None) for agent in agents]
    found: dict[str, None] = {}
    for test in tests:
        code = getattr(test, "__code__", None)
        if isinstance(code, CodeType):
            about = getattr(test, "__doc__", None)
            texts = _texts(code.co_consts)
            found.update(dict.fromkeys(word for word in texts if word != about))
    return tuple(found)[:16]


def _texts(constants: Iterable[object]) -> Iterator[str]:
    for value in constants:
        if isinstance(value, CodeType):
            yield from _texts(value.co_consts)
        elif isinstance(value, tuple | frozenset):
            yield from _texts(cast("Iterable[object]", value))
        elif isinstance(value, str) and 2 < len(value.strip()) <= LONGEST and value not in KEYS:
            yield value.strip()
