"""Members of agents that a program sets or replaces by their names in quotes, as its tests do.

Agents of the project answer to v0.2's names where these are read, but what is put under such a
name nobody calls: `patch.object(bot, "generate_reply")` has to name what the agents have. What
mocks were told by keyword is found under the new words as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from .classic_names import KEYWORDS, METHODS
from .reader import Reader
from .syntax import literal

_SETTING = frozenset({"setattr", "delattr", "object", "multiple"})  # of monkeypatch, mock, mocker
_MOCKED = ("call_args.kwargs", "call_args[1]")


def replaced_members(reader: Reader) -> Iterator[tuple[cst.SimpleString, str, str]]:
    """Texts that name a member, the name in them and the one that it has now."""
    for text in reader.source.find(cst.SimpleString):
        word = literal(text)
        if not isinstance(word, str):
            continue
        new = METHODS.get(word)
        if new is not None and word not in reader.own.kept and _names_a_member(reader, text):
            yield text, word, new
        elif word in KEYWORDS and _told_to_a_mock(reader, text):
            yield text, word, KEYWORDS[word]
        else:
            owner, _, last = word.rpartition(".")
            agents = reader.own.classes | {"ConversableAgent", "AssistantAgent", "UserProxyAgent"}
            if last in METHODS and owner.rpartition(".")[2] in agents:
                yield text, last, METHODS[last]


def _names_a_member(reader: Reader, text: cst.SimpleString) -> bool:
    """The second argument of `setattr(agent, "x", …)` and the like."""
    arg = reader.source.parent(text)
    call = reader.source.parent(arg) if isinstance(arg, cst.Arg) else None
    if not isinstance(call, cst.Call) or len(call.args) < 2 or call.args[1] is not arg:
        return False
    last = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return isinstance(last, cst.Name) and last.value in _SETTING


def _told_to_a_mock(reader: Reader, text: cst.SimpleString) -> bool:
    """`mock.call_args.kwargs["x"]`."""
    element = reader.source.parent(reader.source.parent(text) or text)
    outer = reader.source.parent(element) if isinstance(element, cst.SubscriptElement) else None
    return isinstance(outer, cst.Subscript) and reader.source.code(outer.value).endswith(_MOCKED)
