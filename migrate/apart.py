"""Classes of the program's own whose chats are none of v0.2's, though their methods say so.

Such a class defines `initiate_chat` or the like and has no agent among its bases. Its method keeps
its name, and to call it is no chat between agents.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from .classic_names import CLASSES
from .known import AGENT_CLASSES, CHAT_METHODS

_CLASS = re.compile(r"^[ \t]*class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?", re.MULTILINE)
_DEFINES = re.compile(rf"\bdef[ \t]+(?:{'|'.join(sorted(CHAT_METHODS))})\b")


def own_chats(texts: Iterable[str]) -> frozenset[str]:
    """Names of these classes in the texts of a program."""
    texts = list(texts)
    defining = {name for text in texts if _DEFINES.search(text) for name in _defining(text)}
    if not defining:
        return frozenset()
    bases: defaultdict[str, set[str]] = defaultdict(set)
    for text in texts:
        for name, given in _CLASS.findall(text):
            bases[name] |= {*re.findall(r"(\w+)[ \t]*(?:,|$|\[)", given)}
    agents = {*CLASSES, *AGENT_CLASSES}
    while more := {name for name, of in bases.items() if of & agents} - agents:
        agents |= more
    return frozenset(defining - agents)


def _defining(text: str) -> Iterable[str]:
    with suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                and item.name in CHAT_METHODS
                for item in node.body
            ):
                yield node.name
