"""Our own spans out and in again: in every format and shape they are what they were."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st
from msgspec import msgpack, structs

from agentloupe.tracer import conventions as c
from agentloupe.tracer.bodies import Context, snapshot
from agentloupe.tracer.model import RunInfo, Sample, Span, Step
from agentloupe.tracer.reader import Recording, Run, open_recording
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.sampler import Reading
from agentloupe.tracer.unpacking import sample_of
from agentloupe.tracer.wire.export import write_json, write_protobuf
from agentloupe.tracer.wire.files import open_any
from agentloupe.tracer.wire.outgoing import Options

from ...examples import examples
from ..recordings import conversation, deliver

SHAPES = [
    Options(bodies=True, shape=shape, split=n) for shape in ("tree", "links") for n in (None, 3)
]
WRITERS = {"json": write_json, "pb": write_protobuf}


#: A memory sample with everything in it that one can hold.
READ: dict[str, Any] = {
    **dict.fromkeys(("blocks", "c_heap", "uss", "tasks", "threads", "fds", "children"), 5),
    **dict.fromkeys(("children_rss", "topics", "queued", "in_flight", "learned"), 6),
    **{key: {"a": 7} for key in ("instances", "mailboxes", "mailbox_ages", "agent_in_flight")},
    **{key: {"a": 8} for key in ("temp_files", "agent_files", "agent_tasks", "agent_sockets")},
    **{key: {"a": 9} for key in ("agent_threads", "agent_children")},
    **dict.fromkeys(("collected", "rest"), True),
    "gc": False,
    "agents": {"a": (1.5, 2.0, 3.0)},
    "holders": [("list", 10, 2, ["here"], "a", [(1, 8), (2, 10)], 12)],
    "lines": [("a.py", 3, 4, 5)],
}


def whole(run: Run) -> dict[str, Any]:
    """Everything that the reader says of a run, bodies as text."""

    def span(each: Span) -> Any:
        bodies = {key: run.text(ref) for key, ref in each.bodies.items()}
        return structs.replace(each, bodies=bodies, run=0)

    def step(each: Step) -> Any:
        body = None if each.body is None else run.text(each.body)
        reply = None if each.reply is None else run.text(each.reply)
        return structs.replace(each, body=body, reply=reply)

    def info(each: RunInfo) -> Any:
        return structs.replace(each, number=0, agents=tuple(sorted(each.agents, key=str)))

    return {
        "info": info(run.info),
        "root": span(run.root),
        "spans": sorted((span(each) for each in run.spans()), key=lambda each: each.id),
        "steps": [step(each) for each in run.iter_steps()],
        "samples": run.samples(),
    }


def came_back(recording: Recording, options: Options, kind: str) -> Iterator[tuple[Any, Any]]:
    """Each run as it is and as it comes back from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"runs.{kind}"
        runs = [recording.run(info.number) for info in recording.runs]
        WRITERS[kind](path, runs, options)
        with open_any(path) as other:
            assert len(other.runs) == len(runs)
            for run in runs:
                yield whole(run), whole(other.run(run.info.trace_id))


def busy(path: Path) -> None:
    """A recording with everything in it that a recording can hold."""
    with Recorder(path, program="busy", argv=("busy.py", "-x")) as recorder:
        root = recorder.start_run("team")
        root.body(c.INPUT_MESSAGES, [{"role": "user", "parts": []}])
        root.event("noted", {"why": "because"})

        def inside(process: LiveSpan) -> None:
            with recorder.use(process):
                with recorder.record(c.AGENT, "invoke_agent a", agent="a_77/77") as turn:
                    turn.set("flags", (True, False))
                    with recorder.record(c.CHAT, "chat m", attributes={c.INPUT_TOKENS: 3}) as chat:
                        chat.set(c.OUTPUT_TOKENS, 4)
                        parts = [snapshot({"role": "user", "n": n, "t": "x" * 300}) for n in (1, 2)]
                        chat.body(c.INPUT_MESSAGES, Context("a", parts))
                    with recorder.record(c.CODE, "execute_code") as code:
                        code.set("nested", {"a": 1, "b": "two"})
                        code.body("its own", "free text")

        for number in range(8):
            send, process = deliver(
                recorder, root, "a_77/77", "b/default", {"n": number}, inside=inside
            )
            if number == 3:
                send.set(c.DEAD_LETTER, "nobody")
            moment = process.end_ns or 0
            data = {**READ, "rss": 9000 + number}
            recorder.writer.samples.append(Reading(0, number, number, moment, 9000 + number, data))
        hung = recorder.span(c.HUMAN, "await_human", parent=root)
        hung.set("big", (1 << 62) + 1)
        try:
            raise ValueError("no")
        except ValueError as error:
            hung.fail(error)
        root.end()
        with recorder.record(c.TOOL, "execute_tool lone", agent="c/s1"):
            pass


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("options", SHAPES, ids=lambda o: f"{o.shape}-{o.split}")
def test_a_busy_recording(tmp_path: Path, kind: str, options: Options) -> None:
    busy(tmp_path / "busy.loupe")
    with open_recording(tmp_path / "busy.loupe") as recording:
        pairs = list(came_back(recording, options, kind))
    assert len(pairs) == 2
    sample, empty = pairs[0][0]["samples"][-1], sample_of((0, 0, 0, 0, msgpack.encode({})))
    untold = [f for f in Sample.__struct_fields__ if getattr(sample, f) == getattr(empty, f)]
    assert untold == []
    for before, after in pairs:
        assert after == before


names = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=20)
scalars = st.one_of(
    names, st.booleans(), st.integers(-(1 << 63), (1 << 63) - 1), st.floats(allow_nan=False)
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=4).map(tuple),
    st.dictionaries(names, scalars, max_size=3),
)
spans = st.fixed_dictionaries(
    {
        "op": st.sampled_from([c.CHAT, c.TOOL, c.AGENT, c.CODE, c.RUN, "custom"]),
        "name": names.filter(bool),
        "agent": names,
        "attributes": st.dictionaries(names.map("k.".__add__), values, max_size=4),
        "bodies": st.dictionaries(
            st.sampled_from([c.INPUT_MESSAGES, c.TOOL_RESULT, "other"]), names | st.just("[1, 2]")
        ),
        "events": st.lists(
            st.tuples(names, st.dictionaries(names.map("e.".__add__), values, max_size=3)),
            max_size=3,
        ),
        "links": st.lists(st.tuples(st.integers(1, (1 << 64) - 1), names.filter(bool)), max_size=3),
        "raises": st.sampled_from([None, ValueError("no"), KeyError("k"), OSError(2, "gone")]),
        "ended": st.booleans(),
        "error": names,
        "inside": st.booleans(),
    }
)


@examples(30, phases=[Phase.generate])
@given(st.lists(spans, max_size=12), st.sampled_from(SHAPES), st.sampled_from(sorted(WRITERS)))
def test_any_span(recorded: list[dict[str, Any]], options: Options, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.loupe"
        with Recorder(path) as recorder:
            root = recorder.start_run("all")
            parent = root
            for want in recorded:
                span = recorder.span(
                    want["op"],
                    want["name"],
                    agent=want["agent"],
                    parent=parent,
                    attributes=dict(want["attributes"]),
                )
                for key, body in want["bodies"].items():
                    span.body(key, body)
                for name, attributes in want["events"]:
                    span.event(name, attributes)
                span.links = tuple(want["links"])
                if want["raises"] is not None:
                    span.fail(want["raises"])
                if want["error"]:
                    span.error = want["error"]
                if want["ended"]:
                    span.end()
                parent = span if want["inside"] else root
            root.end()
        with open_recording(path) as recording:
            for before, after in came_back(recording, options, kind):
                assert after == before


def test_bodies_stay_at_home_unless_asked_for(tmp_path: Path) -> None:
    conversation(tmp_path / "talk.loupe", 4)
    with open_recording(tmp_path / "talk.loupe") as recording:
        write_json(tmp_path / "without.json", [recording.run(0)], Options())
        write_json(tmp_path / "with.json", [recording.run(0)], Options(bodies=True))
    assert "note 3" not in (tmp_path / "without.json").read_text("utf-8")
    assert "note 3" in (tmp_path / "with.json").read_text("utf-8")


def test_facts_about_the_recording_come_along(tmp_path: Path) -> None:
    conversation(tmp_path / "talk.loupe", 2)
    with open_recording(tmp_path / "talk.loupe") as recording:
        write_json(tmp_path / "t.json", [recording.run(0)], Options())
        before = recording.info
    with open_any(tmp_path / "t.json") as other:
        after = other.info
    assert (after.program, after.python, after.versions, after.created_ns) == (
        before.program,
        before.python,
        before.versions,
        before.created_ns,
    )
