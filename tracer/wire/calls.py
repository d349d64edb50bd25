"""What model calls tell of tools: arguments and results that the tools' own spans do not have.

A model's answer names the calls that it asks for by id, the next request of the same agent says
what each gave. Ids are the model's and may come again, so the nearest in time counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .. import conventions as c
from ..bodies import Body, Context
from ..bodies import text as text_body
from ..names import plain_name
from .draft import Draft
from .messages import as_json, decoded
from .spans import Attributes, as_dict, as_list

_CALL: Final = "tool_call"
_RESPONSE: Final = "tool_call_response"

#: By agent and call id: when, and what.
Times = dict[tuple[str, str], list[tuple[int, str]]]


def tell_tools(spans: Iterable[Draft]) -> None:
    """Give tools' spans the arguments and results that are known of them."""
    spans = list(spans)
    silent = [span for span in spans if span.silent]
    if not silent:
        return
    asked: Times = {}
    given: Times = {}
    for chat in spans:
        if chat.op == c.CHAT:
            _note(chat, asked, given)
    for times in (*asked.values(), *given.values()):
        times.sort()
    for tool in silent:
        key = plain_name(tool.agent), str(tool.attributes[c.TOOL_CALL_ID])
        before = asked.get(key, [])
        at = bisect_right(before, (tool.start_ns, "\U0010ffff"))
        if at:
            tool.bodies.setdefault(c.TOOL_ARGUMENTS, text_body(before[at - 1][1]))
        after = given.get(key, [])
        at = bisect_left(after, (tool.end_ns or tool.start_ns, ""))
        if at < len(after):
            tool.bodies.setdefault(c.TOOL_RESULT, text_body(after[at][1]))


def _note(chat: Draft, asked: Times, given: Times) -> None:
    agent = plain_name(chat.agent)
    got = chat.bodies.get(c.OUTPUT_MESSAGES)
    if isinstance(got, Body):
        for part in _parts([got], _CALL):
            known = asked.setdefault((agent, str(part.get("id"))), [])
            known.append((chat.end_ns or chat.start_ns, as_json(part.get("arguments", ""))))
    sent = chat.bodies.get(c.INPUT_MESSAGES)
    if isinstance(sent, Context):
        for part in _parts(_last(sent.bodies), _RESPONSE):
            known = given.setdefault((agent, str(part.get("id"))), [])
            known.append((chat.start_ns, as_json(part.get("result", part.get("response", "")))))


def _last(messages: Sequence[Body]) -> Iterator[Body]:
    """The results at a request's end: those before them were told by an earlier request."""
    for each in reversed(messages):
        if _RESPONSE.encode() not in each.data:
            return
        yield each


def _parts(messages: Iterable[Body], kind: str) -> Iterator[Attributes]:
    for each in messages:
        if kind.encode() not in each.data:
            continue
        value = decoded(each.data.decode("utf-8", "replace"))
        for message in as_list(value) or [value]:
            for part in as_list((as_dict(message) or {}).get("parts")) or ():
                fields = as_dict(part)
                if fields is not None and fields.get("type") == kind:
                    yield fields
