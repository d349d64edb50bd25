"""Spans that are still in JSON are read as decoded ones are, whether written usually or not."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer.wire import otlp_json
from agentloupe.tracer.wire.errors import NotATrace
from agentloupe.tracer.wire.heap import AHEAD, BLOCK, Heap
from agentloupe.tracer.wire.otlp_usual import usual

USUAL: dict[str, Any] = {
    "traceId": "5b8efff798038103d269b633813fc60c",
    "spanId": "eee19b7ec3c1b174",
    "parentSpanId": "eee19b7ec3c1b173",
    "name": "invoke_agent coder",
    "kind": 1,
    "startTimeUnixNano": "1750000000000000000",
    "endTimeUnixNano": "1750000001000000000",
    "attributes": [
        {"key": "said", "value": {"stringValue": "grüß dich"}},
        {"key": "count", "value": {"intValue": "-12"}},
        {"key": "more", "value": {"intValue": "12"}},
        {"key": "list", "value": {"arrayValue": {"values": [{"doubleValue": 1.5}]}}},
        {"key": "nothing"},
        {"key": "either", "value": {"boolValue": True, "stringValue": "x"}},
    ],
    "status": {"code": "STATUS_CODE_ERROR", "message": "no"},
    "flags": 256,
}
CHANGES: list[dict[str, Any]] = [
    {"startTimeUnixNano": 1750000000000000000},
    {"startTimeUnixNano": "²"},
    {"endTimeUnixNano": "0"},
    {"endTimeUnixNano": "99999999999999999999"},
    {"traceId": "5b8e"},
    {"traceId": "0" * 32},
    {"trace_id": "5b8efff798038103d269b633813fc60d"},
    {"start_time_unix_nano": 4},
    {"parentSpanId": None},
    {"name": None},
    {"name": "x" * 600},
    {"name": "half \ud800"},
    {"kind": "SPAN_KIND_CLIENT"},
    {"kind": True},
    {"events": [{"name": "e", "timeUnixNano": "5"}], "links": [{}]},
    {"attributes": None},
    {"attributes": [{"key": "k" * 600, "value": {"stringValue": "half \udc00"}}]},
    {"attributes": [{"key": "k", "value": {"intValue": "٣"}}]},
    {"attributes": [{"key": "k", "value": {"stringValue": 3}}]},
    {"attributes": [{"key": "k", "value": []}]},
    {"attributes": [{"key": str(n)} for n in range(17_000)]},
    {"status": []},
    {"status": "x"},
]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 1 << 70) | st.text(max_size=5) | st.just("12"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)


def read(document: object) -> list[object] | str:
    try:
        return list(otlp_json.spans_of(document))
    except NotATrace as error:
        return error.what


def same(span: dict[str, Any]) -> None:
    scope = {"scope": {"name": "someone"}, "spans": [span]}
    data = json.dumps({"resourceSpans": [{"scopeSpans": [scope]}]}).encode()
    whole = otlp_json.decode(data)
    try:
        document = otlp_json.shallow(data)
    except msgspec.MsgspecError:  # such as half of a surrogate pair: taken apart as a whole
        document = whole
    assert read(document) == read(whole)


def test_the_usual_way_is_known() -> None:
    assert usual(msgspec.Raw(json.dumps(USUAL).encode())) is not None
    same(USUAL)


@pytest.mark.parametrize("change", CHANGES)
def test_another_way_is_read_too(change: dict[str, Any]) -> None:
    same({**USUAL, **change})


@given(st.sampled_from(sorted(USUAL)), ANY)
def test_whatever_stands_there(key: str, value: object) -> None:
    same({**deepcopy(USUAL), key: value})


@given(ANY, ANY)
def test_whatever_an_attribute_is(key: object, value: object) -> None:
    same({**USUAL, "attributes": [{"key": key, "value": value}, {"key": "k", "value": value}]})
    same({**USUAL, "attributes": [{"key": "k", "value": {"intValue": key, "stringValue": value}}]})


def test_what_is_put_on_a_heap_comes_back_in_any_order() -> None:
    heap = Heap()
    pieces = [bytes([n % 251]) * (n * 7919 % (2 * AHEAD)) for n in range(60)]
    places = [heap.add(piece) - len(piece) for piece in pieces]
    assert places[-1] > 3 * BLOCK
    for n in [*range(60), *range(59, -1, -1), *(n * 37 % 60 for n in range(60))]:
        assert heap.read(places[n], len(pieces[n])) == pieces[n]
    heap.close()
