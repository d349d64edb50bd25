"""Files that are no trace, broken, hostile or huge: one clear error, or what is sound of them."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from agentloupe.tracer import conventions as c
from agentloupe.tracer.errors import LoupeError
from agentloupe.tracer.wire import loading, otlp_json, own
from agentloupe.tracer.wire.errors import NotATrace, TraceTooLarge
from agentloupe.tracer.wire.files import normalised, open_any
from agentloupe.tracer.wire.spans import MAX_ATTRIBUTES

from ...examples import examples
from .shown import FIXTURES, otlp_span, pair, request, shown

REPORT = (FIXTURES / "otlp" / "report.json").read_bytes()
AGENT = {c.OPERATION: c.AGENT}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


def one(**changes: Any) -> bytes:
    """A request of one span with some fields changed."""
    return json.dumps(request(otlp_span(1, "turn", attributes=AGENT) | changes)).encode()


BAD = {
    "nothing": (b"", "is empty"),
    "blank": (b"\n  \n", "is empty"),
    "prose": (b"hello", "no JSON and no recording"),
    "binary": (b"\x00\x01\x02", "no JSON and no recording"),
    "truncated": (REPORT[: len(REPORT) // 2], "no JSON: "),
    "a number": (b"17", "no JSON and no recording"),
    "other JSON": (b'{"rows": []}', r"it has 'rows' where 'resourceSpans' should be"),
    "an empty object": (b"{}", "it has nothing where"),
    "no request in a list": (b"[1]", r"\[0\] is a number, not an object"),
    "logs": (b'{"resourceLogs": []}', "it holds 'resourceLogs', not spans"),
    "no span": (b'{"resourceSpans": []}', "holds no span"),
    "resourceSpans of another type": (b'{"resourceSpans": 5}', "is a number, not an array"),
    "a line that is cut off": (one() + b'\n{"resourceSpans": [', "line 2: no JSON"),
    "a line of something else": (one() + b'\n{"x": 1}', "line 2: JSON, but no OTLP trace"),
    "invalid UTF-8": (one(name="N").replace(b'"N"', b'"\xff\xfe"'), "no UTF-8 at byte"),
    "nested JSON": (b'{"resourceSpans": ' + b"[" * 100_000, "nested too deeply"),
    "a nested value": (
        one(attributes=[pair("k", nested(40))]),
        r"spans\[0\].attributes\[0\]: values are nested deeper than 32",
    ),
    "no trace id": (one(traceId=None), "traceId is null, not text"),
    "no hex": (one(traceId="z" * 32), "traceId: 'zzz.*' is no id of 32 hex digits"),
    "a zero id": (one(spanId="0" * 16), "spanId: '0*' is no id of 16 hex digits"),
    "a short id": (one(spanId="12"), "spanId: '12' is no id"),
    "an id in base64 that is too long": (one(traceId="A" * 23 + "B"), "is no id of 32 hex digits"),
    "a time that is none": (one(startTimeUnixNano="soon"), "'soon' is no 64-bit integer"),
    "a time before time": (one(startTimeUnixNano=-5), "-5 is no time"),
    "a time beyond time": (one(endTimeUnixNano=str(1 << 63)), "is no time"),
    "attributes that are none": (one(attributes={"a": 1}), "is an object, not an array"),
    "an attribute that is none": (one(attributes=["a"]), r"attributes\[0\] is text"),
    "a name that is none": (one(name=7), r"spans\[0\].name is a number, not text"),
    "no base64": (one(attributes=[pair("k", {"bytesValue": "!"})]), "is no base64"),
    "a huge number": (one(attributes=[pair("k", {"intValue": "9" * 30})]), "no 64-bit integer"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD.keys())
def test_one_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(NotATrace, match=message) as raised:
        open_any(path)
    assert "bad.json" in str(raised.value)
    assert len(str(raised.value)) < 500


def test_a_link_to_what_is_no_span_is_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    told = [("0" * 32, "0" * 16), (None, "12"), ("75" * 16, "6c" * 8)]
    path.write_bytes(one(links=[{"traceId": trace, "spanId": span} for trace, span in told]))
    (read,) = loading.Loading(path)
    assert [link.span_id for link in read.links] == [int.from_bytes(b"l" * 8, "big")]
    assert read.dropped == 2

    path = tmp_path / "links.pb"
    message = TracesData()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = b"t" * 16, b"s" * 8, "turn"
    for trace_id, span_id in ((b"t" * 17, b"s" * 8), (b"t" * 16, b"s"), (b"u" * 16, b"l" * 8)):
        span.links.add(trace_id=trace_id, span_id=span_id)
    path.write_bytes(message.SerializeToString())
    (read,) = loading.Loading(path)
    assert [link.span_id for link in read.links] == [int.from_bytes(b"l" * 8, "big")]
    assert read.dropped == 2
    open_any(path).close()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LoupeError, match="there is no recording"):
        open_any(tmp_path / "nowhere.json")


def test_what_is_larger_than_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MAX_DOCUMENT", 10_000)
    path = tmp_path / "large.json"
    for content in (b"{" + b" " * 10_001, b"{\n" + b" " * 10_001, one() + b"\n{" + b" " * 10_001):
        path.write_bytes(content)
        with pytest.raises(TraceTooLarge, match="larger than 10,000 bytes"):
            open_any(path)


def test_too_many_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MAX_SPANS", 2)
    path = tmp_path / "many.json"
    path.write_text(json.dumps(request(*(otlp_span(i, "x") for i in (1, 2, 3)))), "utf-8")
    with pytest.raises(TraceTooLarge, match="more than 2 spans"):
        open_any(path)


def test_more_bytes_than_are_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MAX_BYTES", 3 * len(one()))
    path = tmp_path / "long.jsonl.gz"
    path.write_bytes(gzip.compress((one() + b"\n") * 5))
    with pytest.raises(TraceTooLarge, match=r"long.jsonl.gz': it is larger than"):
        open_any(path)


def test_what_is_no_text_is_not_read_to_its_end(tmp_path: Path) -> None:
    """Of a device that never ends no more than its beginning, of line feeds no more than some."""
    zipped, feeds = tmp_path / "zeros.gz", tmp_path / "feeds.json"
    zipped.write_bytes(gzip.compress(bytes(64 << 20), 1))
    feeds.write_bytes(b"\n" * 2_000_000)
    for path, message in (
        (Path("/dev/zero"), "no JSON and no recording"),
        (zipped, "no JSON and no recording"),
        (feeds, "empty"),
    ):
        tracemalloc.start()
        try:
            with pytest.raises(NotATrace, match=message):
                list(loading.Loading(path))
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


def test_lines_that_hold_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MAX_EMPTY", 10)
    path = tmp_path / "empty.jsonl"
    path.write_bytes(one() + b"\n" + b'{"resourceSpans":[]}\n' * 10 + one())
    with open_any(path) as recording:
        assert recording.runs[0].spans == 1
    path.write_bytes(one() + b"\n" + b"\n" * 11)
    with pytest.raises(NotATrace, match="line 12: 10 lines on end hold no span"):
        open_any(path)


def test_a_document_with_one_span_a_line_is_never_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `loupe export` writes it; the lines of others may look alike and not be."""
    head, tail = b'{"resourceSpans":[{"scopeSpans":[{"spans":[\n', b"\n]}]}]}\n"
    spans = [json.dumps(otlp_span(n, f"s{n}", attributes=AGENT)).encode() for n in range(1, 8)]
    path = tmp_path / "lines.json"
    monkeypatch.setattr(loading, "TOGETHER", 3)
    monkeypatch.setattr(loading, "MAX_DOCUMENT", 3 * len(spans[0]))
    path.write_bytes(head + b",\n".join(spans) + tail)
    with open_any(path) as recording:
        assert recording.runs[0].steps == 7
    monkeypatch.setattr(loading, "MAX_DOCUMENT", 1 << 20)
    other = b'\n]}]},{"scopeSpans":[{"spans":[' + spans[6] + tail
    path.write_bytes(head + b",\n".join(spans[:6]) + other)
    with open_any(path) as recording:
        assert recording.runs[0].steps == 7
    for bad in (spans[:4], [*spans[:4], b"{"], [*spans[:3], b"{}"]):
        path.write_bytes(head + b",\n".join(bad) + (b"" if bad is spans[:4] else tail[:-3]))
        with pytest.raises(NotATrace):
            open_any(path)


def test_a_hundred_thousand_attributes(tmp_path: Path) -> None:
    span = otlp_span(1, "turn", attributes={f"k{i}": i for i in range(100_000)})
    path = tmp_path / "wide.json"
    path.write_text(json.dumps(request(span)), "utf-8")
    with open_any(path) as recording:
        kept = recording.run(0).root.attributes
        dropped = kept["agentloupe.dropped"]
        assert isinstance(dropped, int)
        assert dropped >= 100_000 - MAX_ATTRIBUTES
        assert dropped + len(kept) - 1 == 100_000


def test_what_is_no_json_but_is_written(tmp_path: Path) -> None:
    """NaN, and half a surrogate pair, as Python's json module lets them pass."""
    path = tmp_path / "odd.json"
    text = json.dumps(request(otlp_span(1, "half \ud800", attributes={"k": float("nan")})))
    path.write_text("\ufeff" + text, "utf-8")
    with open_any(path) as recording:
        assert recording.run(0).root.name == "half \\ud800"


def test_times_that_are_missing_or_in_the_wrong_order(tmp_path: Path) -> None:
    path = tmp_path / "times.json"
    path.write_bytes(one(startTimeUnixNano="2000", endTimeUnixNano="1000"))
    with open_any(path) as recording:
        assert recording.run(0).step(0).end_ns == 2000
    path.write_bytes(one(startTimeUnixNano="", endTimeUnixNano=None))
    with open_any(path) as recording:
        assert recording.run(0).step(0).start_ns == 0


def test_token_counts_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    odd: list[Any] = ["many", -1, 1 << 62, True, 2.5]
    spans = [
        otlp_span(i, "chat m", attributes={c.INPUT_TOKENS: v, c.OUTPUT_TOKENS: "5"})
        for i, v in enumerate(odd, 1)
    ]
    path.write_text(json.dumps(request(*spans)), "utf-8")
    with open_any(path) as recording:
        assert recording.runs[0].unknown_tokens == len(odd)
        assert recording.runs[0].input_tokens == 0


# -- fuzzing ---------------------------------------------------------------------------------------
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "0" * 16, "ab" * 16, "9" * 25, "[{", '[{"role": 1}]', '[{"parts": [1]}]']),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in a document."""
    found = [at]
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*at, key))
    elif isinstance(value, list):
        for key, item in enumerate(value):
            found += places(item, (*at, key))
    return found


SOUND = json.loads(REPORT)
PLACES = places(SOUND)[1:]


def changed(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """The sound document with some places overwritten."""
    document = json.loads(REPORT)
    for path, value in changes:
        holder = document
        for key in path[:-1]:
            try:
                holder = holder[key]
            except (KeyError, IndexError, TypeError):
                break
        if isinstance(holder, dict) or (isinstance(holder, list) and isinstance(path[-1], int)):
            try:
                holder[path[-1]] = value
            except IndexError:
                continue
    return document


CHANGES = st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4)


@given(CHANGES)
def test_a_changed_document_is_read_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    try:
        runs = normalised(list(otlp_json.spans_of(changed(changes))))
    except NotATrace:
        return
    for run in runs:
        assert sorted(s.step for s in run.spans if s.boundary) == list(range(run.steps))


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_what_is_read_can_be_written_and_shown(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    path = tmp_path / "fuzzed.json"
    path.write_text(json.dumps(changed(changes)), "utf-8")
    try:
        recording = open_any(path)
    except NotATrace:
        return
    with recording:
        shown(recording)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(REPORT)), st.binary(max_size=6), st.integers(0, 6))
def test_damaged_bytes_are_read_or_refused(
    tmp_path: Path, place: int, inserted: bytes, removed: int
) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(REPORT[:place] + inserted + REPORT[place + removed :])
    try:
        normalised(loading.Loading(path))
    except (NotATrace, TraceTooLarge):
        return


def test_what_is_no_file_of_spans_is_told_apart(tmp_path: Path) -> None:
    """A pipe would be waited for, a recording is none of ours to read here."""
    pipe, sqlite = tmp_path / "pipe", tmp_path / "a.loupe"
    os.mkfifo(pipe)
    sqlite.write_bytes(loading.SQLITE + b"\0" * 100)
    for path, what in ((pipe, "is a pipe"), (sqlite, "is a recording")):
        with pytest.raises(NotATrace, match=what):
            list(loading.Loading(path))


OWN = {own.OP: c.PROCESS, own.BOUNDARY: True, own.MESSAGE_KIND: c.SEND, c.STEP: 0}
HUGE = {
    "attributes": {f"note {i}": "y" * 60_000 for i in range(300)},
    "a list": {"note": {"arrayValue": {"values": [{"intValue": "7"}] * 2_000_000}}},
    "an agent": {own.AGENT: "x" * (20 << 20)},
    "a map": {
        "note": {
            "kvlistValue": {
                "values": [pair(f"k{i}", "z" * 60_000) for i in range(300)],
            }
        }
    },
}


@pytest.mark.parametrize("more", HUGE.values(), ids=HUGE.keys())
def test_a_span_of_our_own_form_that_is_too_large_can_be_read(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    """What we never write: the rest of its page must not be lost with it."""
    path = tmp_path / "huge.json"
    spans = otlp_span(1, "a", attributes=OWN | more), otlp_span(2, "b", attributes=OWN)
    path.write_text(json.dumps(request(*spans)), "utf-8")
    with open_any(path) as recording:
        shown(recording)
        steps = recording.run(0).spans()
    assert [span.id for span in steps] == [1, 2]
    assert len(steps[0].agent) <= 512
