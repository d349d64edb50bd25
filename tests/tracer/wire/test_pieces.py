"""A large document is read in pieces as it is read whole."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer.wire import loading, otlp_json
from agentloupe.tracer.wire.errors import NotATrace, TraceTooLarge
from agentloupe.tracer.wire.loading import Loading
from agentloupe.tracer.wire.pieces import Pieces
from agentloupe.tracer.wire.spans import WireSpan

TRACE = "5b8efff798038103d269b633813fc60c"
TRAP = '"}, {"traceId": "x"}, {"traceId": "\\"},{\\"traceId\\""'


def span(rng: random.Random, number: int) -> dict[str, Any]:
    told = rng.choice(["short", "long " * 60, TRAP, "\\" * 7, '"', "{[]}" * 9])
    links = [{"traceId": TRACE, "spanId": f"{n:016x}"} for n in range(1, rng.randint(1, 5))]
    return {
        "traceId": TRACE,
        "spanId": f"{number + 1:016x}",
        "name": "step",
        "startTimeUnixNano": "5",
        "endTimeUnixNano": "7",
        "attributes": [{"key": "said", "value": {"stringValue": told}}],
        "links": links,
    }


def document(count: int, groups: int = 1, *, resource: bool = True) -> dict[str, Any]:
    rng = random.Random(count)
    rows = [span(rng, number) for number in range(count)]

    def group(at: int) -> dict[str, Any]:
        service = {"key": "service.name", "value": {"stringValue": f"shop {at}"}}
        told = {"resource": {"attributes": [service]}}
        own = rows[at::groups]
        half = len(own) // 2
        scopes = [
            {"scope": {"name": name}, "spans": spans}
            for name, spans in ((f"s{at}", own[:half]), (f"t{at}", own[half:]))
        ]
        return {**(told if resource else {}), "scopeSpans": scopes, **({} if resource else told)}

    return {"resourceSpans": [group(at) for at in range(groups)]}


def in_pieces(data: bytes, size: int) -> tuple[list[WireSpan], int]:
    rest: Iterator[bytes] = (data[at : at + size] for at in range(0, len(data), size))
    pieces = Pieces(next(rest), lambda: next(rest, b""))
    spans = [each for cut, before in pieces for each in otlp_json.spans_of(cut, before)]
    cut = len(spans)
    left = otlp_json.decode(pieces.rest + b"".join(rest))
    return [*spans, *otlp_json.spans_of(left, pieces.before)], cut


@pytest.mark.parametrize("indent", [None, 0, 1])
@pytest.mark.parametrize("size", [900, 2_000, 7_000])
@pytest.mark.parametrize(("groups", "resource"), [(1, True), (3, True), (1, False)])
def test_pieces_hold_the_same_spans(
    indent: int | None, size: int, groups: int, *, resource: bool
) -> None:
    data = json.dumps(document(80, groups, resource=resource), indent=indent).encode()
    spans, cut = in_pieces(data, size)
    assert spans == list(otlp_json.spans_of(json.loads(data)))
    assert cut > 10 if resource and size >= 2_000 else cut >= 0
    assert resource or not cut  # what is told of all spans comes after them


@pytest.mark.parametrize("indent", [None, 1])
def test_a_file_beyond_what_is_in_memory_is_read(
    indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.json"
    data = json.dumps(document(400), indent=indent)
    path.write_text(f"{data}\n")
    whole = list(Loading(path))
    monkeypatch.setattr(loading, "PIECE", 8_000)
    monkeypatch.setattr(loading, "MAX_DOCUMENT", 40_000)
    assert list(Loading(path)) == whole
    assert len(whole) == 400


def test_lines_after_a_long_one_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(document(n)) + "\n" for n in (90, 3, 70)))
    monkeypatch.setattr(loading, "PIECE", 4_000)
    assert len(list(Loading(path))) == 163


def test_what_is_wrong_late_in_a_document_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(200)
    made["resourceSpans"][0]["scopeSpans"][1]["spans"][50]["spanId"] = "no id"
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(made))
    monkeypatch.setattr(loading, "PIECE", 8_000)
    with pytest.raises(NotATrace, match=r"resourceSpans\[0\]\.scopeSpans\[1\]\.spans\[50\]"):
        list(Loading(path))


def test_its_place_is_that_in_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = document(300, 3)
    made["resourceSpans"][2]["scopeSpans"][1]["spans"][40]["spanId"] = "no id"
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(made))
    monkeypatch.setattr(loading, "PIECE", 4_000)
    with pytest.raises(NotATrace, match=r"resourceSpans\[2\]\.scopeSpans\[1\]\.spans\[40\]"):
        list(Loading(path))


@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_document_that_is_cut_off_is_no_trace(
    kept: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps(document(200))
    path = tmp_path / "cut.json"
    path.write_text(data[: int(len(data) * kept)])
    monkeypatch.setattr(loading, "PIECE", 8_000)
    with pytest.raises(NotATrace, match="no JSON"):
        list(Loading(path))


def test_one_span_beyond_what_is_in_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(3)
    value = {"key": "said", "value": {"stringValue": "x" * 90_000}}
    made["resourceSpans"][0]["scopeSpans"][1]["spans"][1]["attributes"].append(value)
    path = tmp_path / "large.json"
    path.write_text(json.dumps(made))
    monkeypatch.setattr(loading, "PIECE", 4_000)
    monkeypatch.setattr(loading, "MAX_DOCUMENT", 40_000)
    with pytest.raises(TraceTooLarge):
        list(Loading(path))
