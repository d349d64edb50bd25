"""Recordings made to harm: refused with one clear error or read within bounds, never obeyed."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, part
from agentloupe.tracer.errors import LoupeError, RecordingError
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.search import find
from agentloupe.tracer.store import SCHEMA_VERSION

from .recordings import conversation, deliver

OLD = Path(__file__).parents[2] / "fixtures" / "tracer"

READ = """
import resource, sys
from agentloupe.tracer import open_recording
from agentloupe.tracer.errors import LoupeError
from agentloupe.tracer.search import find

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open_recording(sys.argv[1]) as recording:
        for number in range(min(3, len(recording.runs))):
            run = recording.run(number)
            run.spans(), run.steps(), run.samples(), run.open_spans(), run.dead_letters()
            for step in run.iter_steps():
                run.text(step.body or ""), run.size(step.body or "")
            find(run, "words")
except LoupeError as error:
    print(error.code)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _sql(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()


def _read(path: Path) -> None:
    """Everything that a reader can be asked."""
    with open_recording(path) as recording:
        _ = recording.info, recording.segments, recording.samples()
        for number in range(len(recording.runs)):
            run = recording.run(number)
            _ = run.root, run.spans(), run.samples(), run.loose_spans()
            _ = run.open_spans(), run.dead_letters(), run.steps_of("a0/default")
            for step, spans in run.iter_turns():
                for ref in [step.body, *(b for span in spans for b in span.bodies.values())]:
                    if ref is not None:
                        _ = run.text(ref), run.size(ref), run.parts(ref)
            find(run, "note 7")


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    conversation(tmp_path / "r.loupe", 300)
    return tmp_path / "r.loupe"


# -- what is not ours in the schema ------------------------------------------------------------
REFUSED = {
    "a trigger": ("CREATE TRIGGER evil AFTER INSERT ON meta BEGIN DELETE FROM runs; END",),
    "a view of ours": (
        "ALTER TABLE samples RENAME TO other",
        "CREATE VIEW samples AS SELECT 1 AS id, 0 AS run, 0 AS step, 0 AS messages,"
        " 0 AS time_ns, zeroblob(10) AS data",
    ),
    "an endless view": (
        "DROP TABLE runs",
        "CREATE VIEW runs AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
        " SELECT n AS number FROM r",
    ),
    "a virtual table": ("CREATE VIRTUAL TABLE evil USING fts5(x)",),
    "a virtual table of ours": ("DROP TABLE bodies", "CREATE VIRTUAL TABLE bodies USING fts5(x)"),
    "a computed column": (
        "DROP TABLE contexts",
        "CREATE TABLE contexts (id INTEGER PRIMARY KEY, parent INTEGER, kept INTEGER,"
        " added BLOB AS (zeroblob(1000000000)))",
    ),
    "a table more": ("CREATE TABLE more (x)",),
    "a missing table": ("DROP TABLE pages",),
    "more rows of runs than anybody has": (
        "INSERT INTO runs SELECT number + n, trace_id, root_span, name, status, error, start_ns,"
        " end_ns, steps, spans, dead_letters, errors, chats, tools, input_tokens, output_tokens,"
        " unknown_tokens, peak_rss, first_page, last_page, detail FROM runs,"
        " (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 10001)"
        " SELECT n FROM r)",
    ),
    "a run that is all error": ("UPDATE runs SET error = printf('%.*c', 30000000, 'x')",),
    "more steps than its pages hold": ("UPDATE runs SET steps = 1 << 62",),
    "text for a number": ("UPDATE runs SET steps = 'many'",),
    "a status of junk": ("UPDATE runs SET status = 'great'",),
}


@pytest.mark.parametrize("statements", REFUSED.values(), ids=REFUSED)
def test_refused_with_one_clear_error(
    recorded: Path, statements: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "ROWS", 10_000)  # a hundredth of what they are
    monkeypatch.setattr(part, "LISTED", 20_000_000)
    _sql(recorded, *statements)
    with pytest.raises(LoupeError) as caught:
        _read(recorded)
    assert caught.value.code.startswith("LP10")
    assert str(recorded) in str(caught.value)


def test_an_index_on_an_expression_is_not_ours(recorded: Path) -> None:
    _sql(recorded, "CREATE INDEX evil ON pages (abs(id))")
    with pytest.raises(RecordingError, match=r"holds the index 'evil'"):
        open_recording(recorded)


# -- what is too much --------------------------------------------------------------------------
def _with_page(data: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("UPDATE pages SET data = ?", (data,))
        db.close()

    return change


def _sparse(path: Path) -> None:
    """10 GB by SQLite's own count of its pages."""
    with path.open("r+b") as file:
        head = file.read(28)
        pages = (10 << 30) // int.from_bytes(head[16:18], "big")
        file.write(pages.to_bytes(4, "big"))
        file.seek(92)
        file.write(head[24:28])  # the count is of the last change
        file.truncate(10 << 30)


def _many_attributes(path: Path) -> None:
    path.unlink()
    with Recorder(path) as recorder:
        root = recorder.start_run("many")
        send, process = deliver(recorder, root, "a/default", "b/default", {"text": "words"})
        span = recorder.span(c.TOOL, "t", parent=process)
        for number in range(100_000):
            span.set(f"attribute {number}", f"value {number}")
        span.set("long", "x" * 5_000_000)
        span.end()
        assert send.end_ns
        root.end()


def _long_text(path: Path) -> None:
    _sql(path, "INSERT INTO bodies VALUES (99, 1, 1, x'', NULL, zeroblob(45000000))")


HUGE: dict[str, Callable[[Path], None]] = {
    "a sparse file of 10 GB": _sparse,
    "100,000 attributes": _many_attributes,
    "a text of 45 MB": _long_text,
    "a page of 70 MB": _with_page(bytes(70_000_000)),
    "a page of nothing but empty maps": _with_page(b"\xdd\x00\x70\x00\x00" + b"\x80" * 7_340_032),
    "a record of nothing but lists": _with_page(
        b"\x91\x9f" + b"\x01" * 11 + b"\xdd\x00\x10\x00\x00" + b"\x90" * 1_048_576 + b"\xc0" * 3
    ),
    "a list that claims four billion": _with_page(b"\xdd\xff\xff\xff\xff" + b"\x01" * 100),
    "a text that claims four gigabytes": _with_page(b"\x91\x9f\xdb\xff\xff\xff\xff" + b"x" * 100),
    "lists in lists in lists": _with_page(b"\x91" * 1_000_000),
}


@pytest.mark.parametrize("change", HUGE.values(), ids=HUGE)
def test_memory_stays_bounded(recorded: Path, change: Callable[[Path], None]) -> None:
    """Measured: nothing to speak of, but for records of tiny values: 0.9 GB at the most."""
    change(recorded)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(recorded)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    *code, grown = done.stdout.split()
    assert code in ([], ["LP100"])
    assert int(grown) < 2_000


# -- anything ----------------------------------------------------------------------------------
_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


_CELL = (
    st.none()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=40)
    | _ANY.map(msgpack.encode)
)


@given(place=st.integers(0, 14), value=_ANY)
def test_any_value_in_a_record(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: object
) -> None:
    path = _copy(tmp_path_factory)
    db = sqlite3.connect(path, isolation_level=None)
    for number, data in db.execute("SELECT id, data FROM pages").fetchall():
        page = msgpack.decode(data)
        for record in page[::2]:
            record[place] = value
        db.execute("UPDATE pages SET data = ? WHERE id = ?", (msgpack.encode(page), number))
    db.close()
    with suppress(LoupeError):
        _read(path)


@given(table=st.sampled_from(("runs", "contexts", "bodies", "meta", "pages")), data=st.data())
def test_any_value_in_a_cell(
    tmp_path_factory: pytest.TempPathFactory, table: str, data: st.DataObject
) -> None:
    path = _copy(tmp_path_factory)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        column = data.draw(st.sampled_from(columns))
        value = data.draw(_CELL)
        with suppress(sqlite3.Error):
            db.execute(f"UPDATE {table} SET {column} = ?", (value,))
    with suppress(LoupeError):
        _read(path)


@pytest.mark.parametrize("place", [0, 1, 6, 7])
def test_ids_and_times_are_not_negative(recorded: Path, place: int) -> None:
    with closing(sqlite3.connect(recorded, isolation_level=None)) as db:
        number, data = db.execute("SELECT id, data FROM pages").fetchone()
        page = msgpack.decode(data)
        page[0][place] = -1
        db.execute("UPDATE pages SET data = ? WHERE id = ?", (msgpack.encode(page), number))
    with pytest.raises(RecordingError, match="is damaged"):
        _read(recorded)


@given(key=st.sampled_from(("rss", "c_heap", "blocks", "tasks", "queued", "learned")), value=_ANY)
def test_any_value_in_a_sample(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    path = _copy(tmp_path_factory)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO samples (run, step, messages, time_ns, data) VALUES (0, 0, 1, 1, ?)",
            (msgpack.encode({key: value}),),
        )
    with open_recording(path) as recording:
        sample = recording.samples()[-1]
    told = getattr(sample, key)
    assert told is None or (type(told) is int and abs(told) <= 1 << 63)


_made: list[Path] = []


def _copy(factory: pytest.TempPathFactory) -> Path:
    if not _made:
        path = factory.mktemp("made") / "r.loupe"
        with Recorder(path) as recorder:
            root = recorder.start_run("made")
            for i in range(6):
                deliver(recorder, root, "a0/default", "b/default", {"n": i, "t": f"note {i} " * 60})
            root.end()
        _made.append(path)
    copy = factory.mktemp("copy") / "r.loupe"
    shutil.copy(_made[0], copy)
    return copy


# -- earlier schemas ---------------------------------------------------------------------------
@pytest.mark.parametrize("schema", [1, 2])
def test_a_recording_of_an_earlier_schema_is_read_like_a_new_one(
    tmp_path: Path, schema: int
) -> None:
    path = tmp_path / "old.loupe"
    shutil.copy(OLD / f"schema-{schema}.loupe", path)
    before = path.read_bytes()
    with open_recording(path) as recording:
        assert recording.info.schema == schema < SCHEMA_VERSION
        info = recording.runs[0]
        assert (info.name, info.status, info.steps, info.chats) == ("old team", "ok", 6, 6)
        run = recording.run(0)
        assert [run.text(step.body or "")[:20] for step in run.steps()][5] == '{"n":5,"text":"note '
        chat = next(span for span in run.spans() if span.op == c.CHAT)
        said = run.parts(chat.bodies[c.INPUT_MESSAGES])
        assert run.text(said[1]).startswith("user: hello")
        assert find(run, "hello brief") == []
        assert find(run, "hello")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if not file.name.startswith("old")] == []
    _read(path)
