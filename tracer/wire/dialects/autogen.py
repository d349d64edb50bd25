"""AutoGen's own telemetry (autogen-core 0.4 to 0.7): dozens of traces a run, joined by links.

A message is a `create` span where it is posted, a `send` or `publish` span where the runtime takes
it up, a `process` span for each handler and an `ack` span for a reply; all but the first are in
traces of their own and link to the `create` span. Here they become one run: the `create` span is
the post, the `process` span the delivery, the others say what became of it. Shapes measured with
autogen-core 0.7.5.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from ... import conventions as c
from .. import own, own_in, standard
from ..dialect import Dialect, Joiner
from ..draft import Draft
from ..merge import Merge
from ..messages import decoded
from ..spans import Attributes, WireEvent, WireSpan, as_count, as_dict
from . import _autogen_team as team

PREFIX: Final = "autogen "
OPERATION: Final = "messaging.operation"
PLACE: Final = "messaging.destination"
TYPE: Final = "messaging.message.type"
DROP: Final = "agentloupe.drop"
CONSEQUENCE: Final = "agentloupe.consequence"  # an error that only says that another happened
#: A parent that no span has: the run's root becomes it.
NOBODY: Final = (1 << 64) - 1

_DESTINATION: Final = re.compile(r"^(?P<type>.*)\.\((?P<key>.*)\)-(?P<kind>[AT])$", re.DOTALL)
_MANAGER: Final = re.compile(r"^(?P<team>\w+(?:Manager|Orchestrator))_[0-9a-f-]{36}/")
_OUTPUT: Final = re.compile(r"^output_topic_[0-9a-f-]{36}/")  # a team's, which its manager hears
UNKNOWN: Final = frozenset({"Message could not be serialized", "No Message"})
_UNHANDLED: Final = "Unhandled message in agent container"
_RAW: Final = (
    OPERATION,
    PLACE,
    TYPE,
    "message",
    "message_context",
    "sender_agent_type",
    "sender_agent_class",
    "recipient_agent_type",
    "recipient_agent_class",
)

Key = tuple[int, int]


class AutoGen(Dialect):
    """autogen-core's runtime spans, and its agent and tool spans."""

    name = "autogen"
    rank = 10
    signs = (OPERATION, "gen_ai.system")

    def speaks(self, span: WireSpan) -> bool:
        attributes = span.attributes
        if span.name.startswith(PREFIX) and OPERATION in attributes:
            return True
        return attributes.get("gen_ai.system") == "autogen"

    def joiner(self, merge: Merge) -> Joiner:
        return _Joined(merge)

    def arrange(self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]) -> None:
        for span in spans:
            if span.parent == 0 and _is_creation(span):
                span.parent = NOBODY
        post = _Post(spans, everything)
        post.mark()
        team.tell_tools(post.by_key, post.posts, post.bodies)

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        if DROP in span.attributes:
            return None
        if own.OP in span.attributes:
            return own_in.draft(span, order)
        _once(span)
        return standard.draft(span, order)


DIALECT: Final = AutoGen()


def _key(span: WireSpan) -> Key:
    return span.trace_id, span.id


def _word(span: WireSpan) -> str:
    """What the runtime does: create, send, publish, process, ack, intercept."""
    return span.name.split(" ", 2)[1] if span.name.startswith(PREFIX) else ""


def identity(destination: object) -> tuple[str, bool]:
    """`type/key` (or a topic's `type/source`) and whether it is a topic."""
    match = _DESTINATION.match(destination) if isinstance(destination, str) else None
    if match is None:
        return str(destination or ""), False
    return f"{match['type']}/{match['key']}", match["kind"] == "T"


def _once(span: WireSpan) -> None:
    """Agent and tool spans hold each exception twice."""
    seen: list[WireEvent] = []
    for event in span.events:
        same = [
            each
            for each in seen
            if each.name == event.name
            and each.attributes.get(c.EXCEPTION_MESSAGE)
            == event.attributes.get(c.EXCEPTION_MESSAGE)
        ]
        if not same or event.name != "exception":
            seen.append(event)
    span.events = seen


class _Post:
    """The messages of a file: who posted them, who handled them, what came back."""

    def __init__(self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]) -> None:
        self.by_key = {_key(span): span for span in everything}
        self.posts: dict[Key, WireSpan] = {}
        self.bodies: dict[Key, str] = {}  # by post
        self._handled: dict[Key, list[WireSpan]] = {}
        self._routed: dict[Key, WireSpan] = {}
        self._replies: dict[Key, WireSpan] = {}  # by the span that routed the request
        self._rest: list[WireSpan] = []
        self._around: dict[Key, WireSpan | None] = {}
        for span in spans:
            self._sort(span)
        self._hears = {  # topics that an agent is known to be subscribed to
            (identity(span.attributes.get(PLACE))[0], _topic(span))
            for handlers in self._handled.values()
            for span in handlers
        }

    def _sort(self, span: WireSpan) -> None:
        word = _word(span)
        link = (span.links[0].trace_id, span.links[0].span_id) if span.links else None
        if word == "create":
            self.posts[_key(span)] = span
        elif word == "process" and link is not None:
            self._handled.setdefault(link, []).append(span)
            body = span.attributes.get("message")
            if isinstance(body, str) and body not in UNKNOWN:
                self.bodies.setdefault(link, body)
        elif word in ("send", "publish") and link is not None:
            self._routed[link] = span
        elif word == "ack" and link is not None:
            self._replies[link] = span
        elif word:
            self._rest.append(span)

    # -- what each becomes ---------------------------------------------------------------------
    def mark(self) -> None:
        """Give every span the attributes of our own form, or mark it as said by others."""
        for key, handlers in self._handled.items():
            for handler in handlers:
                self._delivery(handler, key)
        for key, post in self.posts.items():
            self._posted(post, key)
        team.tell_ends(self.posts, self.bodies, self._handled)
        for span in (*self._routed.values(), *self._replies.values()):
            span.attributes = {DROP: True}
        for span in self._rest:
            if not span.failed:
                span.attributes = {DROP: True}
        for key, body in self.bodies.items():
            if team.CHUNK in body:
                self._collapse(key)

    def _posted(self, post: WireSpan, key: Key) -> None:
        raw = dict(post.attributes)
        place, topic = identity(raw.get(PLACE))
        handlers = self._handled.get(key, [])
        sender = self._sender(post, handlers)
        about = handlers[0].attributes if handlers else {}
        marks: Attributes = {
            own.OP: c.PUBLISH if topic else c.SEND,
            own.MESSAGE_KIND: c.PUBLISH if topic else c.SEND,
            c.SENDER: sender,
            c.RECIPIENT: "" if topic else place,
            c.MESSAGE_TYPE: str(raw.get(TYPE) or ""),
            own.TOPIC: place if topic else "",
            c.MESSAGE_ID: about.get(c.MESSAGE_ID, ""),
            own.POSTED: post.start_ns,
        }
        if sender:
            marks[own.AGENT] = sender
        manager = _MANAGER.match(place)
        if manager is not None and not topic and not sender:
            marks[c.WORKFLOW] = team.name_of(manager["team"])
        if topic and key in self._routed:
            marks[c.FAN_OUT] = len(handlers)
        dead = self._dead(post, key, place, sender)
        if dead:
            marks[c.DEAD_LETTER] = dead
        _rewrite(post, marks, {c.MESSAGE_BODY: self.bodies.get(key)})

    def _sender(self, post: WireSpan, handlers: list[WireSpan]) -> str:
        """By what a handler was told, else by whose handler it was posted in."""
        for handler in handlers:
            told = handler.attributes.get(c.SENDER)
            if isinstance(told, str):
                return told
        around = self.around(post)
        return "" if around is None else str(around.attributes.get(own.AGENT, ""))

    def around(self, span: WireSpan) -> WireSpan | None:
        """The delivery that a span is in. Asked once all deliveries are marked."""
        path: list[Key] = []
        key = span.trace_id, span.parent
        while key not in self._around:
            self._around[key] = None  # until it is known; for good where parents form a ring
            path.append(key)
            at = self.by_key.get(key)
            if at is None or at.attributes.get(own.OP) == c.PROCESS:
                self._around[key] = at
                break
            key = at.trace_id, at.parent
        found = self._around[key]
        self._around |= dict.fromkeys(path, found)
        return found

    def _dead(self, post: WireSpan, key: Key, place: str, sender: str) -> str:
        if self._handled.get(key):
            return ""
        routed = self._routed.get(key)
        if own.TOPIC in post.attributes or identity(post.attributes.get(PLACE))[1]:
            told = routed is not None and not routed.failed
            if told and (sender, place) not in self._hears and not _OUTPUT.match(place):
                return f"no subscriber of {place!r} received it"
        elif post.failed and "not found" in post.status.lower():
            return f"no such recipient: {place!r}"
        return ""

    def _delivery(self, span: WireSpan, post_key: Key) -> None:
        raw = dict(span.attributes)
        about = _about(span)
        post = self.posts.get(post_key)
        kind = c.SEND if about.get("is_rpc") is True else c.PUBLISH
        recipient, _ = identity(raw.get(PLACE))
        sender = about.get("sender")
        marks: Attributes = {
            own.OP: c.PROCESS,
            own.AGENT: recipient,
            own.MESSAGE_KIND: kind,
            c.SENDER: "" if sender in (None, "None", "Unknown") else sender,
            c.RECIPIENT: recipient,
            c.MESSAGE_TYPE: str((raw if post is None else post.attributes).get(TYPE) or ""),
            own.TOPIC: _topic(span),
            c.MESSAGE_ID: about.get("message_id", ""),
            own.POSTED: span.start_ns if post is None else post.start_ns,
        }
        routed = self._routed.get(post_key)
        answer = None if routed is None else self._replies.get(_key(routed))
        reply = None if answer is None else answer.attributes.get("message")
        if kind != c.SEND:
            reply = None
        if span.failed and _UNHANDLED in span.status:
            marks[CONSEQUENCE] = span.status[:500]
            span.failed, span.events = False, []
        _rewrite(span, marks, {c.MESSAGE_BODY: raw.get("message"), c.REPLY_BODY: reply})
        span.parent = NOBODY
        span.links[0].attributes[c.LINK_KIND] = "message"

    def _collapse(self, key: Key) -> None:
        """Chunks of a stream are published one by one: they count, and are gone."""
        post = self.posts.get(key)
        if post is None:
            return
        holder = self.by_key.get((post.trace_id, post.parent))
        if holder is not None:
            holder.attributes[c.CHUNKS] = as_count(holder.attributes.get(c.CHUNKS)) + 1
        for span in (post, *self._handled.get(key, ())):
            span.attributes = {DROP: True}


class _Joined(Joiner):
    """Traces that links join are one run; an agent's creation belongs to its next run."""

    def __init__(self, merge: Merge) -> None:
        super().__init__(merge)
        self._creations: list[tuple[str, int, int]] = []  # agent, start, trace
        self._turns: dict[str, list[tuple[int, int]]] = {}  # by agent: start, trace

    def see(self, span: WireSpan) -> None:
        word = _word(span)
        if word == "create":
            self.merge.add(span.trace_id, span.start_ns)
        elif word in ("process", "send", "publish", "ack"):
            if span.links:
                self.merge.join(span.links[0].trace_id, span.trace_id)
        elif not word:
            self._agent(span)

    def _agent(self, span: WireSpan) -> None:
        agent = str(span.attributes.get(c.AGENT_NAME))
        if not _is_creation(span):
            self._turns.setdefault(agent, []).append((span.start_ns, span.trace_id))
        elif span.parent == 0:
            self._creations.append((agent, span.start_ns, span.trace_id))

    def finish(self) -> None:
        for turns in self._turns.values():
            turns.sort()
        for agent, start_ns, trace_id in self._creations:
            turns = self._turns.get(agent, [])
            at = bisect_left(turns, (start_ns, 0))
            later = turns[at][1] if at < len(turns) else self.merge.nearest(start_ns)
            if later is not None:
                self.merge.join(later, trace_id)


def _is_creation(span: WireSpan) -> bool:
    return span.attributes.get(c.OPERATION) == "create_agent"


def _about(span: WireSpan) -> Attributes:
    """The message's context, as the handler's span tells it."""
    return as_dict(decoded(span.attributes.get("message_context"))) or {}


def _topic(span: WireSpan) -> str:
    told = span.attributes.get(own.TOPIC)
    if isinstance(told, str):
        return told
    topic = _about(span).get("topic_id")
    return topic if isinstance(topic, str) and topic != "None" else ""


def _rewrite(span: WireSpan, marks: Attributes, bodies: Mapping[str, object]) -> None:
    """Replace the dialect's own attributes."""
    kept = {key: value for key, value in span.attributes.items() if key not in _RAW}
    texts = {k: body for k, body in bodies.items() if isinstance(body, str) and body not in UNKNOWN}
    span.attributes = kept | marks | texts
    if texts:
        span.attributes[own.BODIES] = list(texts)
    span.name = ""
