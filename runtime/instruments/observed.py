"""Runtimes that are AutoGen's own: a class a program derived from it is not ours to replace.

Their messages are recorded from outside: what is sent and published, who handles it, linked by the
message's id. What only the runtime knows (how long a message lay in the queue, who waits) is not
there.
"""

from __future__ import annotations

import sys
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from ...tracer import conventions as c
from ...tracer.bodies import Body, snapshot
from ...tracer.recorder import LiveSpan, Recorder, current_span
from ..chunks import ENVELOPE, count, is_chunk
from ..driver import measured
from .watching import Args, Call, Kwargs, Watch, call_of

REMEMBERED: Final = 1_000  # messages whose deliveries may still come


class Posting(Call):
    """A message on its way: a send until its reply is there, a publish until it was handed out."""

    __slots__ = ("_postings", "_shared", "body", "deliveries", "message_id")

    def __init__(
        self,
        runtime: object,
        span: LiveSpan,
        message_id: str,
        body: Body,
        postings: OrderedDict[str, Posting],
        *,
        shared: bool,
    ) -> None:
        super().__init__(runtime, span)
        self._postings = postings
        postings[message_id] = self
        if len(postings) > REMEMBERED:
            postings.popitem(last=False)
        self.message_id = message_id
        self.body = body
        self.deliveries = 0
        self._shared = shared  # a publish goes on after the call that posted it
        span.run.hold()

    @property
    def extra(self) -> Mapping[str, Any]:
        return {"message_id": self.message_id}

    def failed(self, error: BaseException) -> None:
        super().failed(error)
        self._shared = False

    def result(self, value: Any) -> None:
        if not self._shared and value is not None and self.span.message is not None:
            self.span.message = (*self.span.message[:7], type(value).__name__)

    def end(self) -> None:
        if not self._shared:
            self.over()

    def over(self) -> None:
        """All of its handlers returned."""
        if self._shared:
            self.span.set(c.FAN_OUT, self.deliveries)
            if not self.deliveries:
                self.span.set(c.DEAD_LETTER, "no subscriber took it")
        if self._shared or (self.deliveries and self.span.op == c.SEND):
            self._postings.pop(self.message_id, None)  # nobody takes it any more
        super().end()
        self.span.run.release()


class HandingOut(Call):
    """A publish reaches its subscribers."""

    def __init__(self, posting: Posting) -> None:
        self.owner = None
        self.span = posting.span
        self._posting = posting

    def failed(self, error: BaseException) -> None:
        pass  # the handler's own span has it

    def left(self) -> None:
        pass

    def end(self) -> None:
        self._posting.over()


class Handling(Call):
    """An agent handles a message."""

    def result(self, value: Any) -> None:
        span = self.span
        if value is not None and span.message is not None:
            span.message = (*span.message[:7], type(value).__name__)
            span.body(c.REPLY_BODY, snapshot(value))

    def end(self) -> None:
        measured.set(None)
        super().end()
        self.span.run.release()


class ObservedRuntimes:
    """Records the messages of runtimes that are not ours."""

    def __init__(self, recorder: Recorder, watch: Watch, runtimes: type) -> None:
        self._recorder = recorder
        self._watch = watch
        self._runtimes = runtimes
        self._watching_agents = False
        self._postings: OrderedDict[str, Posting] = OrderedDict()

    def send(self, runtime: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """A runtime's `send_message` is called."""
        recipient = kwargs.get("recipient", args[1] if len(args) > 1 else None)
        return self._posted(c.SEND, runtime, args, kwargs, str(recipient), "")

    def publish(self, runtime: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """A runtime's `publish_message` is called."""
        topic = kwargs.get("topic_id", args[1] if len(args) > 1 else None)
        return self._posted(c.PUBLISH, runtime, args, kwargs, "", str(topic))

    def hand_out(self, runtime: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """The runtime takes a publish from its queue."""
        envelope = kwargs.get("message_envelope", args[0] if args else None)
        posting = self._postings.get(getattr(envelope, "message_id", ""))
        return None if posting is None else HandingOut(posting)

    def _posted(
        self, op: str, runtime: Any, args: Args, kwargs: Kwargs, recipient: str, topic: str
    ) -> Call | None:
        around = current_span()
        outer = call_of(around)
        if isinstance(outer, Posting) and outer.owner is runtime and outer.span.op == op:
            return None  # the class derived from it passes the call on
        if not self._watching_agents:
            self._watching_agents = True
            agents = sys.modules["autogen_core._base_agent"].BaseAgent
            self._watch.family(agents, {"on_message": self.handle})
        message = kwargs.get("message", args[0] if args else None)
        name = type(message).__name__
        sender = "" if kwargs.get("sender") is None else str(kwargs["sender"])
        if around is not None and name == ENVELOPE and is_chunk(message):
            count(around)
            return None
        parent = around or self._recorder.auto_run(f"{op} {name}")
        span = LiveSpan(self._recorder, op, "", sender, parent.id, parent.step)
        span.run = parent.run
        message_id = kwargs.get("message_id") or str(uuid.uuid4())
        span.message = (op, sender, recipient, name, topic, message_id, span.start_ns)
        body = snapshot(message)
        span.bodies = {c.MESSAGE_BODY: body}
        self._recorder.put(span)
        shared = op == c.PUBLISH and hasattr(runtime, "_process_publish")
        return Posting(runtime, span, message_id, body, self._postings, shared=shared)

    def handle(self, agent: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """An agent's `on_message` is called: by a runtime of ours, which records it, or another."""
        if not isinstance(agent.runtime, self._runtimes):
            return None
        context: Any = kwargs.get("ctx", args[1] if len(args) > 1 else None)
        posting = self._postings.get(context.message_id)
        if posting is None:
            return None
        posting.deliveries += 1
        sent, run, who = posting.span, posting.span.run, str(agent.id)
        span = LiveSpan(self._recorder, c.PROCESS, "", who, run.root.id, run.next_step)
        run.next_step += 1
        run.hold()
        span.run = run
        span.boundary = True
        assert sent.message is not None
        kind, sender, _, name, topic, message_id, posted = sent.message[:7]
        span.message = (kind, sender, who, name, topic, message_id, posted)
        span.bodies = {c.MESSAGE_BODY: posting.body}
        span.links = ((sent.id, "message"),)
        self._recorder.put(span)
        sampler = self._recorder.sampler
        tally = sampler.measures(who, span.start_ns)
        measured.set(None if tally is None else (sampler, tally))  # the handler is driven with it
        return Handling(agent, span)


class ObservedRuntimeInstrumentor:
    """Watches AutoGen's own runtime, as far as programs use it in spite of the swap."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch the class; agents are watched once it is used."""
        watch = Watch(recorder)
        runtime = module.SingleThreadedAgentRuntime
        observed = ObservedRuntimes(recorder, watch, runtime)
        watch.family(
            runtime,
            {
                "send_message": observed.send,
                "publish_message": observed.publish,
                "_process_publish": observed.hand_out,
            },
        )
        return watch.undo


instrumentor = ObservedRuntimeInstrumentor()
