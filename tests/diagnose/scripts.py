"""Scripts of steps, as declared in fixtures/diagnose, turned into runs that rules can be fed with.

A script is a mapping:

    steps     list of turns: {"agent", "say", "heard", "to", "calls": [{"tool", "args", "result",
              "error"}], "at", "took", "conversation", "tokens": [in, out], "from", "human",
              "open", "cancelled", "lost", "waited", "handles"}; "open" is True, an operation or
              {"op", "recipient"}: the turn's own span or one inside has no end; "cancelled": it
              ended by cancellation; "handles": the id of the send that it is of;
              {"repeat": n, "steps": [...], "every": seconds} stands for n times these;
              "spans": further spans inside: [{"op", "name", "attributes", "bodies", "error",
              "took", "open"}], attributes and bodies by the conventions' names
    shape     "turns" (invoke_agent spans, the default) or "messages" (deliveries that publish)
    loose     spans of the program's own: [{"op", "lost", "to", "type"}], or as "spans" are
    status    of the run, "ok" by default; "killed" leaves it without an end
    signal    that killed the program
    versions  of what is installed: {"autogen-core": "0.7.5", …}
    silent    seconds between the last step and the end of the program
    samples   {"every": messages, "count": n, "collected": bool, "gc": bool, "runs": n,
               COUNTER: {"start", "rate", "noise", "until", "saw", "seed"}, "agents": {name: rate}}
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Event, Link, RecordingInfo, RunInfo, Sample, Span, Step

FIXTURES = Path(__file__).parents[2] / "fixtures" / "diagnose"
START_NS = 1_700_000_000_000_000_000
Script = dict[str, Any]


def load(path: Path) -> Script:
    return json.loads(path.read_text("utf-8"))


def expanded(entries: list[Script]) -> Iterator[Script]:
    """The turns, repetitions written out. `every` spaces the rounds of a repetition."""
    at = 0.0
    for entry in entries:
        if "repeat" not in entry:
            yield entry
            continue
        for _ in range(entry["repeat"]):
            for inner in expanded(entry["steps"]):
                yield {**inner, "at": at} if "every" in entry else inner
            at += entry.get("every", 0)


class ScriptedRecording:
    """A recording of one scripted run, with the reader's interface as far as `check` uses it."""

    def __init__(self, script: Script) -> None:
        self._run = ScriptedRun(self, script)
        info = self._run.info
        repeats = script.get("samples", {}).get("runs", 1)
        self.runs = (info,) * repeats
        killed = info.status == "killed"
        self.info = RecordingInfo(
            path="scripted.loupe",
            schema=1,
            created_ns=START_NS,
            program="scripted",
            argv=(),
            python="3.11",
            pid=1,
            versions=script.get("versions", {}),
            ended_ns=None
            if info.status == "running"
            else self._run.end_ns + int(script.get("silent", 0) * 1e9),
            exit_code=None if killed else 0,
            signal=script.get("signal"),
            lost=0,
        )

    def run(self, number: int) -> ScriptedRun:
        return self._run

    def samples(self) -> list[Sample]:
        return samples(self._run.script)


class ScriptedRun:
    """One run made of model objects; bodies are inline texts."""

    def __init__(self, recording: ScriptedRecording, script: Script) -> None:
        self.recording = recording
        self.script = script
        self._ids = itertools.count(2)
        self._turns: list[tuple[Step, list[Span]]] = []
        self.end_ns = START_NS
        entries = list(expanded(script["steps"]))
        for index, entry in enumerate(entries):
            self._turns.append(self._turn(index, entry))
        status = script.get("status", "ok")
        dead = sum("lost" in entry for entry in entries)
        end_ns = self.end_ns + int(script.get("silent", 0) * 1e9)
        self.info = run_info(len(self._turns), status, end_ns, dead)

    def iter_turns(self) -> Iterator[tuple[Step, list[Span]]]:
        return iter(self._turns)

    def loose_spans(self) -> list[Span]:
        return [
            self._made("", None, START_NS, entry, 1)
            if "name" in entry
            else self._span(entry.get("op", c.PUBLISH), "", None, START_NS, START_NS, entry)
            for entry in self.script.get("loose", [])
        ]

    def text(self, ref: object) -> str:
        assert isinstance(ref, str)
        return ref

    @property
    def root(self) -> Span:
        entry = {"op": c.RUN, "name": "run", **self.script.get("root", {})}
        return self._made("", None, START_NS, entry, 0)

    def parts(self, ref: object) -> list[object]:
        return [ref]

    def _turn(self, index: int, entry: Script) -> tuple[Step, list[Span]]:
        start = START_NS + int(entry["at"] * 1e9) if "at" in entry else self.end_ns + 1_000_000
        end = start + int(entry.get("took", 0.002) * 1e9)
        self.end_ns = max(self.end_ns, end)
        messages = self.script.get("shape") == "messages"
        spans: list[Span] = []
        open_at = entry.get("open")
        own_end = None if open_at else end
        own = self._span(
            c.PROCESS if messages else c.AGENT, entry["agent"], index, start, own_end, {}
        )
        attributes = dict(own.attributes)
        if "conversation" in entry:
            attributes[c.CONVERSATION] = entry["conversation"]
        if "tokens" in entry:
            attributes[c.INPUT_TOKENS], attributes[c.OUTPUT_TOKENS] = entry["tokens"]
        bodies = {}
        if "handles" in entry:
            own = replace(own, links=(Link(entry["handles"], "message"),))
        if entry.get("cancelled"):
            own = replace(own, error="CancelledError: ")
        if "error" in entry:
            own = replace(own, error=entry["error"])
        if not messages and entry.get("say"):
            bodies[c.OUTPUT_MESSAGES] = json.dumps(
                [{"role": "assistant", "parts": [{"type": "text", "content": entry["say"]}]}]
            )
        if "heard" in entry:
            bodies[c.INPUT_MESSAGES] = json.dumps(
                [{"role": "user", "parts": [{"type": "text", "content": entry["heard"]}]}]
            )
        spans.append(replace(own, attributes=attributes, bodies=bodies))
        spans.extend(self._inner(index, entry, own.id, start, end))
        step = Step(
            index=index,
            span_id=own.id,
            sender=entry.get("from", "someone" if messages else ""),
            recipient=entry["agent"],
            message_type=entry.get("message_type", "Text") if messages else "",
            kind=entry.get("kind", "publish") if messages else "call",
            topic=entry.get("to", "group/1") if messages else "",
            message_id=f"m{index}",
            posted_ns=start - int(entry.get("waited", 0) * 1e9),
            start_ns=start,
            end_ns=own_end,
            error=entry.get("error"),
            body=None,
            reply_type=None,
            reply=None,
        )
        return step, spans

    def _inner(
        self, index: int, entry: Script, parent: int, start: int, end: int
    ) -> Iterator[Span]:
        agent = entry["agent"]
        for call in entry.get("calls", []):
            took = int(call.get("took", 0.001) * 1e9)
            yield self._span(c.TOOL, agent, index, start, start + took, call, parent)
            start += took
        inside: list[int] = []  # "parent": the number of an earlier span of the step
        for made in entry.get("spans", []):
            above = inside[made["parent"]] if "parent" in made else parent
            span = self._made(agent, index, start, made, above)
            inside.append(span.id)
            yield span
            start += int(made.get("took", 0.001) * 1e9)
        if entry.get("human"):
            yield self._span(c.HUMAN, agent, index, start, end, {}, parent)
        if entry.get("open") not in (None, True):
            inner = entry["open"] if isinstance(entry["open"], dict) else {"op": entry["open"]}
            yield self._span(inner["op"], agent, index, start, None, inner, parent)
        if self.script.get("shape") == "messages" and ("say" in entry or "lost" in entry):
            yield self._span(c.PUBLISH, agent, index, end, end, entry, parent)

    def _made(self, agent: str, step: int | None, start: int, entry: Script, parent: int) -> Span:
        """A span as the script has it."""
        end = None if entry.get("open") else start + int(entry.get("took", 0.001) * 1e9)
        if end is not None:
            self.end_ns = max(self.end_ns, end)
        bodies = entry.get("bodies", {})
        return Span(
            id=next(self._ids),
            parent=parent,
            run=0,
            op=entry["op"],
            name=entry["name"],
            agent=agent,
            start_ns=start,
            end_ns=end,
            error=entry.get("error"),
            step=step,
            attributes=entry.get("attributes", {}),
            bodies={k: v if isinstance(v, str) else json.dumps(v) for k, v in bodies.items()},
            events=tuple(
                Event(event["name"], start, event["attributes"])
                for event in entry.get("events", [])
            ),
        )

    def _span(
        self,
        op: str,
        agent: str,
        step: int | None,
        start: int,
        end: int | None,
        entry: Script,
        parent: int = 1,
    ) -> Span:
        attributes: dict[str, Any] = {}
        bodies: dict[str, Any] = {}
        if op == c.TOOL and "tool" in entry:
            attributes[c.TOOL_NAME] = entry["tool"]
            args = entry.get("args", {})
            bodies[c.TOOL_ARGUMENTS] = args if isinstance(args, str) else json.dumps(args)
            result = entry.get("result", "")
            bodies[c.TOOL_RESULT] = result if isinstance(result, str) else json.dumps(result)
        if op in (c.SEND, c.PUBLISH):
            attributes[c.DESTINATION] = entry.get("to", "group/1")
            attributes[c.MESSAGE_TYPE] = entry.get("type", "Text")
            bodies[c.MESSAGE_BODY] = json.dumps({"content": entry.get("say", "")})
        for key, name in (("lost", c.DEAD_LETTER), ("recipient", c.RECIPIENT)):
            if key in entry:
                attributes[name] = entry[key]
        return Span(
            id=next(self._ids),
            parent=parent,
            run=0,
            op=op,
            name=f"{op} {entry.get('tool', '')}".strip(),
            agent=agent,
            start_ns=start,
            end_ns=end,
            error=entry.get("error"),
            step=step,
            attributes=attributes,
            bodies=bodies,
        )


def run_info(steps: int, status: str, end_ns: int, dead_letters: int) -> RunInfo:
    ended = status not in ("killed", "running")
    return RunInfo(
        number=0,
        trace_id=f"{7:032x}",
        root_span=1,
        name="team",
        status=status,  # pyright: ignore[reportArgumentType] the script says it
        error=None,
        start_ns=START_NS,
        end_ns=end_ns if ended else None,
        steps=steps,
        spans=steps,
        dead_letters=dead_letters,
        errors=0,
        chats=0,
        tools=0,
        input_tokens=0,
        output_tokens=0,
        unknown_tokens=0,
        peak_rss=0,
        agents=(),
    )


def samples(script: Script) -> list[Sample]:
    plan = script.get("samples")
    if not plan:
        return []
    every, count = plan.get("every", 32), plan.get("count", 48)
    series = {
        name: list(_series(plan[name], every, count))
        for name in ("rss", "blocks", "c_heap", "tasks", "threads", "fds", "children")
        if name in plan
    }
    made: list[Sample] = []
    for at in range(count):
        messages = every * (at + 1)
        made.append(
            Sample(
                time_ns=START_NS + messages * 1_000_000,
                step=min(messages, 10**9),
                messages=messages,
                collected=plan.get("collected", True),
                rss=series.get("rss", [50 << 20] * count)[at],
                blocks=_at(series, "blocks", at),
                c_heap=_at(series, "c_heap", at),
                uss=None,
                tasks=_at(series, "tasks", at),
                threads=_at(series, "threads", at),
                fds=_at(series, "fds", at),
                children=_at(series, "children", at),
                children_rss=None,
                gc_enabled=plan.get("gc", True),
                agent_blocks={n: rate * messages for n, rate in plan.get("agents", {}).items()},
            )
        )
    return made


def _at(series: dict[str, list[int]], name: str, at: int) -> int | None:
    return series[name][at] if name in series else None


def _series(plan: Script, every: int, count: int) -> Iterator[int]:
    """A level that grows by `rate` a message `until` some message, jittered, with a sawtooth."""
    noise = random.Random(plan.get("seed", 0))
    for at in range(1, count + 1):
        messages = min(at * every, plan.get("until", at * every))
        level = plan.get("start", 100_000) + plan.get("rate", 0.0) * messages
        level += noise.uniform(-1, 1) * plan.get("noise", 0)
        saw = plan.get("saw", 0)
        yield round(level + (at * every % saw if saw else 0))
