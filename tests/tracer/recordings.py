"""Recordings for tests, made through the recorder and the writer that ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agentloupe.tracer import conventions as c
from agentloupe.tracer.bodies import snapshot
from agentloupe.tracer.recorder import LiveSpan, Recorder


def deliver(
    recorder: Recorder,
    root: LiveSpan,
    sender: str,
    recipient: str,
    content: object,
    *,
    kind: str = "send",
    inside: Callable[[LiveSpan], None] | None = None,
) -> tuple[LiveSpan, LiveSpan]:
    """Record one message: its send span and the delivery's span, with what happens inside."""
    body = snapshot(content)
    send = recorder.span(kind, "", agent=sender, parent=root)
    posted = send.start_ns
    send.message = (kind, sender, recipient, "Note", "", f"m{send.id:x}", posted)
    send.body(c.MESSAGE_BODY, body)
    run = root.run
    process = LiveSpan(recorder, c.PROCESS, "", recipient, root.id, run.next_step)
    process.run = run
    run.next_step += 1
    process.boundary = True
    process.message = (kind, sender, recipient, "Note", "", f"m{send.id:x}", posted, "Reply")
    process.links = ((send.id, "message"),)
    process.body(c.MESSAGE_BODY, body)
    recorder.writer.put(process)
    if inside is not None:
        inside(process)
    process.end()
    send.end()
    return send, process


def conversation(path: Path, steps: int, *, agents: int = 2) -> None:
    """A recording of one run in which agents write to each other in turn."""
    with Recorder(path, program="talk", argv=("talk.py",)) as recorder:
        root = recorder.start_run("talk")
        for i in range(steps):
            sender, recipient = f"a{i % agents}/default", f"a{(i + 1) % agents}/default"
            deliver(recorder, root, sender, recipient, {"n": i, "text": f"note {i}"})
        root.end()
