"""What AgentChat's messages say about tools and tokens, for spans that do not say it themselves.

`execute_tool` spans of autogen-core have a name and a call id; arguments and result are in the
events that the team publishes around them. Tokens are in the messages' `models_usage`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ... import conventions as c
from ..draft import RUN_ERROR
from ..messages import as_json, decoded
from ..spans import Attributes, Plain, WireSpan, as_count, as_dict, as_list

CHUNK: Final = '"type":"ModelClientStreamingChunkEvent"'
REQUEST: Final = "ToolCallRequestEvent"
EXECUTION: Final = "ToolCallExecutionEvent"
USAGE: Final = "models_usage"
_ENVELOPE: Final = "GroupChatMessage"
_ERROR: Final = "GroupChatError"
#: Managers that are not called after their team and "Manager".
_TEAMS: Final = {
    "SwarmGroupChatManager": "Swarm",
    "GraphManager": "GraphFlow",
    "MagenticOneOrchestrator": "MagenticOneGroupChat",
}

Key = tuple[int, int]
Times = dict[str, list[tuple[int, str]]]  # by call id: when, what


def tell_tools(
    by_key: Mapping[Key, WireSpan], posts: Mapping[Key, WireSpan], bodies: Mapping[Key, str]
) -> None:
    """Give tool spans their arguments and results, and turns their tokens."""
    asked: Times = {}
    given: Times = {}
    for key, body in bodies.items():
        post = posts.get(key)
        if post is None or post.attributes.get(c.MESSAGE_TYPE) != _ENVELOPE:
            continue
        for message in _messages(body):
            _note(message, post.start_ns, asked, given)
            _count(message, by_key.get((post.trace_id, post.parent)))
    for times in (*asked.values(), *given.values()):
        times.sort()
    for span in by_key.values():
        call = span.attributes.get(c.TOOL_CALL_ID)
        if isinstance(call, str) and span.attributes.get(c.OPERATION) == c.TOOL:
            _tell(span, asked.get(call, []), given.get(call, []))


def name_of(manager: str) -> str:
    """The team's class, by that of its manager."""
    return _TEAMS.get(manager) or manager.removesuffix("Manager")


def tell_ends(
    posts: Mapping[Key, WireSpan],
    bodies: Mapping[Key, str],
    handled: Mapping[Key, Sequence[WireSpan]],
) -> None:
    """Say at the message that starts a team what ended it, where its manager was told of an error.

    Upstream's spans do not say how `team.run` ended; a team can run several times.
    """
    starts: dict[object, list[WireSpan]] = {}
    for post in posts.values():
        if c.WORKFLOW in post.attributes:
            starts.setdefault(post.attributes[c.RECIPIENT], []).append(post)
    for each in starts.values():
        each.sort(key=_start)
    for key, body in bodies.items():
        post = posts.get(key)
        if post is None or post.attributes.get(c.MESSAGE_TYPE) != _ERROR:
            continue
        error = as_dict((as_dict(decoded(body)) or {}).get("error")) or {}
        told = f"{error.get('error_type')}: {error.get('error_message')}"
        for handler in handled.get(key, ()):
            own = starts.get(handler.attributes.get(c.RECIPIENT), ())
            before = bisect_right(own, post.start_ns, key=_start)
            if before:
                own[before - 1].attributes.setdefault(RUN_ERROR, told)


def _start(span: WireSpan) -> int:
    return span.start_ns


def _messages(body: str) -> Iterator[Attributes]:
    """The chat message of an envelope."""
    if USAGE not in body:
        return
    envelope = as_dict(decoded(body))
    message = None if envelope is None else as_dict(envelope.get("message"))
    if message is not None:
        yield message


def _note(message: Attributes, at: int, asked: Times, given: Times) -> None:
    kind = message.get("type")
    for call in as_list(message.get("content")) or ():
        fields = as_dict(call)
        if fields is None:
            continue
        if kind == REQUEST:
            asked.setdefault(str(fields.get("id")), []).append((at, _text(fields.get("arguments"))))
        elif kind == EXECUTION:
            result = _text(fields.get("content"))
            given.setdefault(str(fields.get("call_id")), []).append((at, result))


def _text(value: Plain) -> str:
    return as_json("" if value is None else value)


def _count(message: Attributes, turn: WireSpan | None) -> None:
    usage = as_dict(message.get(USAGE))
    if usage is None or turn is None or turn.attributes.get(c.OPERATION) != c.AGENT:
        return
    if usage.get("prompt_tokens") == 0 == usage.get("completion_tokens"):
        return  # what AutoGen writes when the model did not say, as for streams
    for told, key in (("prompt_tokens", c.INPUT_TOKENS), ("completion_tokens", c.OUTPUT_TOKENS)):
        count = usage.get(told)
        if isinstance(count, int):
            turn.attributes[key] = as_count(turn.attributes.get(key)) + as_count(count)


def _tell(span: WireSpan, asked: list[tuple[int, str]], given: list[tuple[int, str]]) -> None:
    """The last request before the call began, the first result after it ended."""
    before = bisect_right(asked, (span.start_ns, "\uffff"))
    if before:
        span.attributes.setdefault(c.TOOL_ARGUMENTS, asked[before - 1][1])
    after = bisect_left(given, (span.end_ns or span.start_ns, ""))
    if after < len(given):
        span.attributes.setdefault(c.TOOL_RESULT, given[after][1])
