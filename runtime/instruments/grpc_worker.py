"""AutoGen's distributed runtime: messages between processes, one trace over all of them.

A worker's messages go to a host, which hands them to whichever worker has the recipient. What is
posted is recorded by the process that posts it, what is handled by the one that handles it; the
message takes the ids of its trace and of its posting span along, in a field of its own that nobody
else reads. Each process records a part of the run under the same trace id, in which the handling
links to the posting, and the reader joins the parts.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from ...tracer import conventions as c
from ...tracer.bodies import snapshot
from ...tracer.recorder import LiveRun, LiveSpan, Recorder, current_span
from .observed import Handling, ObservedRuntimes
from .watching import Args, Call, Kwargs, Watch

FIELD: Final = "agentloupe"
SENT: Final = 4_096  # postings of this process that are linked in its own run

#: The trace and posting span of the message that is being handled.
_carried: ContextVar[tuple[int, int] | None] = ContextVar("agentloupe_carried", default=None)


class Workers(ObservedRuntimes):
    """Records the messages of worker runtimes."""

    def __init__(self, recorder: Recorder, watch: Watch, runtimes: type) -> None:
        super().__init__(recorder, watch, runtimes)
        self._sent: OrderedDict[int, LiveSpan] = OrderedDict()

    def on_its_way(self, runtime: Any, args: Args, kwargs: Kwargs) -> None:
        """`_send_message`: the message is about to leave. Sent by a task of the posting call."""
        span = current_span()
        message: Any = kwargs.get("runtime_message", args[0] if args else None)
        if span is None or span.op not in (c.SEND, c.PUBLISH) or message is None:
            return
        told = f"{span.run.trace_id:032x}-{span.id:016x}"
        kind = message.WhichOneof("message")
        if kind == "request":
            message.request.metadata[FIELD] = told
        elif kind == "cloudEvent":
            message.cloudEvent.attributes[FIELD].ce_string = told
        self._sent[span.id] = span
        if len(self._sent) > SENT:
            self._sent.popitem(last=False)

    def arrived(self, runtime: Any, args: Args, kwargs: Kwargs) -> None:
        """`_process_request` and `_process_event`, in a task for each message."""
        self._see_agents()
        message: Any = args[0] if args else next(iter(kwargs.values()), None)
        fields: Any = getattr(message, "metadata", None)
        told = fields.get(FIELD, "") if fields is not None else _attribute(message)
        trace, _, span = told.partition("-")
        _carried.set((int(trace, 16), int(span, 16)) if span else None)

    def _see_agents(self) -> None:
        if not self._watching_agents:
            self._watching_agents = True
            agents = sys.modules["autogen_core._base_agent"].BaseAgent
            self._watch.family(agents, {"on_message": self.handle})

    def handle(self, agent: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """An agent's `on_message` is called."""
        carried = _carried.get()
        if carried is None or not isinstance(agent.runtime, self._runtimes):
            return None
        message = kwargs.get("message", args[0] if args else None)
        context: Any = kwargs.get("ctx", args[1] if len(args) > 1 else None)
        recorder, who = self._recorder, str(agent.id)
        name = type(message).__name__
        run = self._run(carried, f"handle {name}")
        span = LiveSpan(recorder, c.PROCESS, "", who, run.root.id, run.next_step)
        run.next_step += 1
        run.hold()
        span.run = run
        span.boundary = True
        topic = "" if context.topic_id is None else str(context.topic_id)
        sender = "" if context.sender is None else str(context.sender)
        kind = c.SEND if context.is_rpc else c.PUBLISH
        message_id = f"{carried[1]:016x}"
        span.message = (kind, sender, who, name, topic, message_id, span.start_ns)
        span.bodies = {c.MESSAGE_BODY: snapshot(message)}
        span.links = ((carried[1], "message"),)
        recorder.put(span)
        return Handling(agent, span)

    def _run(self, carried: tuple[int, int], name: str) -> LiveRun:
        """The run that posted it, if that was here and goes on, else one of the same trace."""
        trace, posted = carried
        sent = self._sent.get(posted)
        if sent is not None and sent.run.end_ns is None:
            return sent.run
        recorder = self._recorder
        number = next(recorder._numbers)
        run = LiveRun(recorder, c.RUN, name, "", 0, None, number=number, auto=True, trace_id=trace)
        run.attributes = {c.REMOTE_PARENT: f"{posted:016x}"}
        recorder.put(run)
        return run


def _attribute(event: Any) -> str:
    attributes: Any = getattr(event, "attributes", None)
    if attributes is None or FIELD not in attributes:
        return ""
    return str(attributes[FIELD].ce_string)


class GrpcWorkerInstrumentor:
    """Watches AutoGen's gRPC worker runtime."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch `GrpcWorkerAgentRuntime`."""
        watch = Watch(recorder)
        runtime = module.GrpcWorkerAgentRuntime
        workers = Workers(recorder, watch, runtime)
        watch.family(
            runtime,
            {
                "send_message": workers.send,
                "publish_message": workers.publish,
                "_send_message": workers.on_its_way,
                "_process_request": workers.arrived,
                "_process_event": workers.arrived,
            },
            inside=True,
        )
        return watch.undo


instrumentor = GrpcWorkerInstrumentor()
