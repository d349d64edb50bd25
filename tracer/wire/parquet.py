"""Runs as one Parquet table, a row a span, for DuckDB, pandas and whoever counts in millions.

Columns that every span has are columns; everything else is JSON text in `attributes`, `bodies`,
`events` and `links`. Needs pyarrow: `pip install 'agentloupe[parquet]'`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

from .. import conventions as c
from ..errors import LoupeError
from ..model import Span, Value, plain_name
from ..reader import Run
from .export import replacing
from .outgoing import Options

ROWS: Final = 8_192  # of a row group: what is in memory at a time

Row = dict[str, Any]


class NoArrow(LoupeError):  # noqa: N818 reads as a sentence
    """pyarrow is not installed."""

    code = "LP114"


def write_parquet(path: Path, runs: Sequence[Run], options: Options) -> int:
    """One table of all runs; returns the number of rows. Without bodies unless they are wanted.

    Raises:
        NoArrow: pyarrow is not installed.
        StoreError: the file cannot be written.
    """
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise NoArrow(
            f"Parquet is written with pyarrow, which cannot be imported: {error}",
            "pip install 'agentloupe[parquet]'",
        ) from error
    schema = _schema(arrow)
    rows = (row for run in runs for row in _rows(run, bodies=options.bodies))
    count = 0
    with replacing(path) as file, parquet.ParquetWriter(file, schema, compression="zstd") as out:
        while group := list(islice(rows, ROWS)):
            out.write_table(arrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _schema(arrow: Any) -> Any:
    text, number = arrow.string(), arrow.int64()
    return arrow.schema(
        [
            ("run", text),  # the trace id
            ("run_name", text),
            ("span", text),
            ("parent", text),
            ("op", text),
            ("name", text),
            ("agent", text),
            ("agent_name", text),
            ("step", number),
            ("start", arrow.timestamp("ns", tz="UTC")),
            ("end", arrow.timestamp("ns", tz="UTC")),
            ("duration_ns", number),
            ("error", text),
            ("input_tokens", number),
            ("output_tokens", number),
            ("attributes", text),
            ("bodies", text),
            ("events", text),
            ("links", text),
        ]
    )


def _rows(run: Run, *, bodies: bool) -> Iterator[Row]:
    yield _row(run, run.root, bodies=bodies)
    for span in run.loose_spans():
        yield _row(run, span, bodies=bodies)
    for _, spans in run.iter_turns():
        for span in spans:
            yield _row(run, span, bodies=bodies)


def _row(run: Run, span: Span, *, bodies: bool) -> Row:
    said = {key: run.text(ref) for key, ref in span.bodies.items()} if bodies else {}
    events = [
        {"name": e.name, "time_ns": e.time_ns, "attributes": dict(e.attributes)}
        for e in span.events
    ]
    return {
        "run": run.info.trace_id,
        "run_name": run.info.name,
        "span": span.hex_id,
        "parent": f"{span.parent:016x}" if span.parent else None,
        "op": span.op,
        "name": span.name,
        "agent": span.agent or None,
        "agent_name": plain_name(span.agent) or None,
        "step": span.step,
        "start": span.start_ns,
        "end": span.end_ns,
        "duration_ns": span.duration_ns,
        "error": span.error,
        "input_tokens": _count(span.attributes.get(c.INPUT_TOKENS)),
        "output_tokens": _count(span.attributes.get(c.OUTPUT_TOKENS)),
        "attributes": _json(dict(span.attributes)),
        "bodies": _json(said),
        "events": _json(events),
        "links": _json([{"span": f"{x.span_id:016x}", "kind": x.kind} for x in span.links]),
    }


def _count(value: Value | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _json(value: dict[str, Any] | list[dict[str, Any]]) -> str | None:
    """JSON text, None when there is nothing to say."""
    if not value:
        return None
    return json.dumps(value, ensure_ascii=False, default=dict).encode("utf-8", "replace").decode()
