"""Files that are read in parts say the same as if they were read whole."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from agentloupe.tracer.wire import files, loading, otlp_json, otlp_proto, spool
from agentloupe.tracer.wire.aside import Aside
from agentloupe.tracer.wire.errors import NotATrace, TraceTooLarge
from agentloupe.tracer.wire.files import normalised, open_any
from agentloupe.tracer.wire.spans import Source, WireSpan

from .shown import FIXTURES, otlp_span, request, shown

ALL = sorted(path.stem for path in (FIXTURES / "dialects").glob("*.json"))
NAMES = ["autogen-core", "ag2-classic", "openllmetry-plain"]
DOCUMENTS = {name: (FIXTURES / "dialects" / f"{name}.json").read_bytes() for name in NAMES}


def spans(name: str) -> list[WireSpan]:
    return list(otlp_json.spans_of(json.loads(DOCUMENTS[name])))


CORE = otlp_proto.encode(spans("autogen-core"))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("whole", [0, 200, 1 << 20])
def test_protobuf_is_the_same_field_by_field(
    name: str, whole: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp_proto, "WHOLE", whole)
    data = otlp_proto.encode(spans(name))
    read = list(otlp_proto.read(io.BytesIO(data), 1 << 20))
    assert read == list(otlp_proto.spans_of(otlp_proto.decode(data))) != []


@given(place=st.integers(0, 3_000), inserted=st.binary(max_size=6), removed=st.integers(0, 6))
def test_damaged_protobuf_is_refused_in_parts_too(
    place: int, inserted: bytes, removed: int
) -> None:
    data = CORE[:place] + inserted + CORE[place + removed :]
    whole = otlp_proto.WHOLE
    otlp_proto.WHOLE = 0  # pyright: ignore[reportAttributeAccessIssue]  a bound, for this test
    try:
        list(otlp_proto.read(io.BytesIO(data), 1 << 20))
    except (NotATrace, TraceTooLarge):
        pass
    finally:
        otlp_proto.WHOLE = whole  # pyright: ignore[reportAttributeAccessIssue]


def test_a_resource_after_its_spans_is_refused_where_it_cannot_be_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = otlp_proto.decode(otlp_proto.encode(spans("autogen-core")[:1]))
    group = message.resource_spans[0]
    scopes, resource = ResourceSpans(), ResourceSpans(resource=group.resource)
    scopes.scope_spans.append(group.scope_spans[0])
    late = scopes.SerializeToString() + resource.SerializeToString()
    data = b"\x0a" + len(late).to_bytes(1, "big") if len(late) < 128 else b""
    data = data or b"\x0a" + bytes([len(late) & 127 | 128, len(late) >> 7])
    (known,) = otlp_proto.read(io.BytesIO(data + late), 1 << 20)
    assert known.source.resource == spans("autogen-core")[0].source.resource
    monkeypatch.setattr(otlp_proto, "WHOLE", 0)
    with pytest.raises(NotATrace, match="after its spans"):
        list(otlp_proto.read(io.BytesIO(data + late), 1 << 20))


def test_unknown_fields_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_proto, "WHOLE", 0)
    extra = b"\x78\x05" + b"\x7d1234" + b"\x7a\x03abc" + b"\x7912345678"  # one of each kind
    scope = extra + ScopeSpans(schema_url="u").SerializeToString()
    group = Resource().SerializeToString() + extra + b"\x12" + bytes([len(scope)]) + scope
    data = extra + b"\x0a" + bytes([len(group)]) + group + otlp_proto.encode(spans("ag2-classic"))
    assert list(otlp_proto.read(io.BytesIO(data), 1 << 20)) == spans("ag2-classic")


def test_a_large_document_is_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    for data in (DOCUMENTS[name], json.dumps(json.loads(DOCUMENTS[name]), indent=1).encode()):
        path.write_bytes(data)
        monkeypatch.setattr(loading, "PIECE", 1 << 22)
        whole = list(loading.Loading(path))
        monkeypatch.setattr(loading, "PIECE", 100)
        assert list(loading.Loading(path)) == whole == spans(name)


def test_of_a_large_document_it_is_said_where_it_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PIECE", 10)
    path = tmp_path / "x.json"
    bad: dict[str, Any] = otlp_span(2, "b") | {"traceId": "no"}
    path.write_text(json.dumps(request(otlp_span(1, "a"), bad)))
    with pytest.raises(NotATrace, match=r"resourceSpans\[0\].scopeSpans\[0\].spans\[1\]"):
        list(loading.Loading(path))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.integers(-(1 << 63), (1 << 64) - 1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(st.dictionaries(st.text(max_size=9), PLAIN, max_size=3), min_size=1, max_size=2))
def test_what_is_put_aside_comes_back(attributes: list[dict[str, Any]]) -> None:
    given_spans = spans("autogen-core")[: len(attributes)]
    for number, (span, pairs) in enumerate(zip(given_spans, attributes, strict=True)):
        span.attributes = pairs
        span.trace_id = 7
        span.start_ns = number
    with spool.Spool() as put:
        for span in given_spans:
            put.add(span)
        (back,) = put.runs({})
        assert list(back) == list(enumerate(given_spans))


@pytest.mark.parametrize("fixture", ALL)
def test_a_large_run_is_the_same(fixture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which a few drafts are whole at a time."""
    path = FIXTURES / "dialects" / f"{fixture}.json"
    with open_any(path) as recording:
        told = shown(recording)
    monkeypatch.setattr(files, "LARGE", 0)
    monkeypatch.setattr(files, "Aside", partial(Aside, 2, 0))
    with open_any(path) as recording:
        assert shown(recording) == told


def test_what_msgpack_cannot_hold_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    span = spans("autogen-core")[0]
    span.attributes = {"big": [1 << 64], "half \ud800": {"x": "\udc00"}}
    with spool.Spool() as put:
        put.add(span)
        ((_, back),) = next(put.runs({}))
    assert back.attributes == {"big": [str(1 << 64)], "half \\ud800": {"x": "\\udc00"}}


def test_more_sources_than_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SOURCES", 2)
    given_spans = spans("autogen-core")[:6]
    for number, span in enumerate(given_spans):
        span.trace_id = 1
        span.source = Source({"service.name": f"s{number // 2}"}, "scope")
    with spool.Spool() as put:
        for span in given_spans:
            put.add(span)
        (back,) = put.runs({})
        assert [span for _, span in back] == given_spans


def test_a_run_that_is_too_large_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentloupe.tracer.wire.files import import_file

    monkeypatch.setattr(spool, "MAX_RUN", 3)
    path = tmp_path / "x.json"
    path.write_bytes(DOCUMENTS["ag2-classic"])
    with pytest.raises(TraceTooLarge, match="more than 3"):
        import_file(path, tmp_path / "x.loupe")
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_a_run_that_has_to_be_read_all_together_is_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    for name, refused in (("openllmetry-plain", False), ("autogen-core", True)):
        path.write_bytes(DOCUMENTS[name])
        monkeypatch.setattr(files, "TOGETHER", 1)
        if refused:
            with pytest.raises(TraceTooLarge, match="all together, more than 1"):
                open_any(path)
        else:
            open_any(path).close()


def test_runs_come_by_start_whatever_the_order_of_the_file() -> None:
    made = [
        otlp_span(n, f"r{n}", at=at, trace=f"{n:032x}") for n, at in ((1, 30), (2, 10), (3, 20))
    ]
    runs = normalised(otlp_json.spans_of(request(*made)))
    assert [run.root.name for run in runs] == ["r2", "r3", "r1"]
