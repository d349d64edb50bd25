"""Recordings of earlier schemas, read as if they were of the present one.

Nothing is rewritten: a step says, for the tables that its schema changed, how the new table is
selected from the old ones, and the reader looks at the result through a view. To change the
schema: raise `SCHEMA_VERSION`, add the step here, and keep a recording of the schema before under
`fixtures/tracer`.
"""

from __future__ import annotations

from typing import Final

from .store import SCHEMA_VERSION

#: what the tables of a recording of one process are keyed by, where a later part replaces a row
KEYS: Final = {"meta": "key", "runs": "number"}
TABLES: Final = ("meta", "runs", "pages", "briefs", "bodies", "contexts", "samples")

#: schema: the tables that the next schema changed or added, as SELECTs from this one's
STEPS: Final[dict[int, dict[str, str]]] = {
    1: {
        "briefs": "SELECT NULL AS page, NULL AS low_run, NULL AS high_run, NULL AS runs WHERE 0",
    },
    2: {
        "bodies": "SELECT id, 1 AS count, size, hash, NULL AS ends, data FROM {bodies}",
    },
}
#: samples are numbered in each part from 1
SAMPLES: Final = "SELECT id + {} AS id, run, step, messages, time_ns, data FROM {}"
OLDEST: Final = min(STEPS)

_FIRST: Final = tuple(table for table in TABLES if table != "briefs")


def sources(database: str, schema: int) -> dict[str, str]:
    """For each table of the present schema, what to select it from in an attached database."""
    found = {table: f"{database}.{table}" for table in (_FIRST if schema == 1 else TABLES)}
    for step in range(schema, SCHEMA_VERSION):
        changed = {table: f"({sql.format(**found)})" for table, sql in STEPS[step].items()}
        found |= changed
    return found


def views(parts: list[tuple[str, int]]) -> list[str]:
    """Statements that make the parts of a recording one: (database, schema) each, oldest first.

    None are needed for a single part of the present schema.
    """
    if len(parts) == 1 and parts[0][1] == SCHEMA_VERSION:
        return []
    each = [sources(*part) for part in parts]
    for place, part in enumerate(each[1:], 1):
        part["samples"] = f"({SAMPLES.format(place << 40, part['samples'])})"
    made: list[str] = []
    for table in TABLES:
        found = [part[table] for part in each]
        made += [
            f"DROP VIEW IF EXISTS temp.{table}",
            f"CREATE TEMP VIEW {table} AS {_all(table, found)}",
        ]
    return made


def _all(table: str, found: list[str]) -> str:
    key = KEYS.get(table)
    if key is None:
        return " UNION ALL ".join(f"SELECT * FROM {each}" for each in found)
    rows: list[str] = []
    for place, each in enumerate(found):
        later = "".join(
            f" AND {key} NOT IN (SELECT {key} FROM {other})" for other in found[place + 1 :]
        )
        rows.append(f"SELECT * FROM {each} WHERE 1{later}")
    return " UNION ALL ".join(rows)
