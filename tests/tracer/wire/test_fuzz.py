"""Fuzzing of everything that reads: what is sound is read, what is not is one clear error."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.wire import loading, otlp_json, otlp_proto
from agentloupe.tracer.wire.assembly import DraftRun
from agentloupe.tracer.wire.errors import NotATrace
from agentloupe.tracer.wire.files import normalised, open_any
from agentloupe.tracer.wire.spans import WireSpan
from agentloupe.tracer.wire.writing import Origin, write

from ...examples import examples
from ..recordings import conversation
from .shown import FIXTURES, shown
from .test_bad_files import JSON

DIALECTS = sorted((FIXTURES / "dialects").glob("*.json"))
#: Attribute values of one span swapped for those of another, or for anything.
VALUES = st.one_of(
    JSON,
    st.sampled_from(
        [
            "create_agent",
            "execute_tool",
            "[" * 50,
            '{"a":',
            '{"message":{"content":[1]}}',
            "x.(y)-T",
            *(math.nan, math.inf, [], {}, "9" * 50, 1 << 64, -1, True),
        ]
    ),
)
#: What we know by name, whoever says it: some of it is counted on from.
KNOWN = sorted({word for word in vars(c).values() if isinstance(word, str) and "." in word})


def spans_of(path: Path) -> list[WireSpan]:
    return list(otlp_json.spans_of(json.loads(path.read_bytes())))


SOUND = {path.stem: spans_of(path) for path in DIALECTS}


def well_formed(runs: list[DraftRun]) -> None:
    for run in runs:
        steps = sorted(s.step for s in run.spans if s.boundary and s.step is not None)
        assert steps == list(range(run.steps))
        known = {span.id for span in run.spans} | {run.root.id}
        assert all(span.parent in known for span in run.spans)
        assert len(known) == len(run.spans) + 1


CHANGE = st.tuples(
    st.integers(0, 10_000),
    st.sampled_from(["attribute", "known", "parent", "link", "name", "trace", "drop", "kind"]),
    VALUES,
)


def changed(name: str, changes: list[tuple[int, str, Any]]) -> list[WireSpan]:
    spans = copy.deepcopy(SOUND[name])
    for place, what, value in changes:
        if not spans:
            break
        span = spans[place % len(spans)]
        other = spans[(place * 7 + 1) % len(spans)]
        match what:
            case "attribute":
                keys = sorted(span.attributes) or ["k"]
                span.attributes[keys[place % len(keys)]] = value
            case "known":
                for each in spans:
                    each.attributes[KNOWN[place % len(KNOWN)]] = value
            case "parent":
                span.parent = other.id
            case "link":
                span.links = other.links
            case "name":
                span.name = other.name
            case "trace":
                span.trace_id = other.trace_id
            case "kind":
                span.source = other.source
            case _:
                spans.remove(span)
    return spans


@given(st.sampled_from(sorted(SOUND)), st.lists(CHANGE, min_size=1, max_size=8))
def test_dialects_take_anything(name: str, changes: list[tuple[int, str, Any]]) -> None:
    well_formed(normalised(changed(name, changes)))


@pytest.mark.parametrize("value", [math.nan, math.inf, [], "many", True, 1 << 64], ids=repr)
@pytest.mark.parametrize("name", sorted(SOUND))
def test_what_is_counted_on_from_may_be_anything(name: str, value: Any) -> None:
    spans = copy.deepcopy(SOUND[name])
    for span in spans:
        span.attributes |= dict.fromkeys((c.CHUNKS, c.INPUT_TOKENS, c.OUTPUT_TOKENS), value)
    well_formed(normalised(spans))


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(SOUND)),
    st.lists(CHANGE, min_size=3, max_size=12),
    st.integers(0, 1 << 40),
)
def test_what_dialects_made_of_it_can_be_written_and_read(
    tmp_path: Path, name: str, changes: list[tuple[int, str, Any]], number: int
) -> None:
    path = tmp_path / f"{number}-{len(list(tmp_path.iterdir()))}.loupe"
    write(path, normalised(changed(name, changes)), Origin("fuzzed", "fuzzed"))
    with open_recording(path) as recording:
        shown(recording)


PROTOBUF = otlp_proto.encode(SOUND["autogen-core"])


@given(st.integers(0, len(PROTOBUF)), st.binary(max_size=6), st.integers(0, 6))
def test_damaged_protobuf_is_read_or_refused(place: int, inserted: bytes, removed: int) -> None:
    data = PROTOBUF[:place] + inserted + PROTOBUF[place + removed :]
    try:
        spans = list(otlp_proto.spans_of(otlp_proto.decode(data)))
    except NotATrace:
        return
    well_formed(normalised(spans))


@pytest.mark.parametrize("path", DIALECTS, ids=lambda path: path.stem)
def test_json_and_protobuf_say_the_same(path: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pb").write_bytes(otlp_proto.encode(SOUND[path.stem]))
    with open_any(tmp_path / "x.pb") as one, open_any(path) as other:
        assert shown(one) == shown(other)


def test_size_prefixed_messages_cut_off(tmp_path: Path) -> None:
    """The Collector's file exporter, and our own spool, after a power cut."""
    data = len(PROTOBUF).to_bytes(4, "big") + PROTOBUF
    path = tmp_path / "x.pb"
    path.write_bytes(data * 2)
    count = len(SOUND["autogen-core"])
    assert len(list(loading.Loading(path))) == 2 * count
    for cut in (1, 3, 10, len(PROTOBUF), len(PROTOBUF) + 2):
        path.write_bytes(data + data[:-cut])
        loaded = loading.Loading(path)
        assert (len(list(loaded)), loaded.cut) == (count, True)
        with open_any(path) as recording:
            assert recording.info.lost == 1


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> list[WireSpan]:
    from agentloupe.tracer.wire.outgoing import Options, spans_out

    path = tmp_path_factory.mktemp("own") / "own.loupe"
    conversation(path, 6)
    with open_recording(path) as recording:
        return list(spans_out(recording.run(0), Options(bodies=True)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, min_size=1, max_size=8))
def test_our_own_form_is_not_trusted(
    own: list[WireSpan], changes: list[tuple[int, str, Any]]
) -> None:
    SOUND["own"] = own
    well_formed(normalised(changed("own", changes)))
