"""Runs that several processes have a part in, joined into one.

A message that goes to another process, or a request whose trace it takes up, begins a run there
that carries the trace's id and, in `agentloupe.remote.parent`, the span that set it off. The reader
shows such parts as one run: steps of all of them in the order in which they started, under the root
of the part that none set off, their clocks corrected where an effect would precede its cause
(`clocks.py`); bodies and model requests have numbers that tell the part. A joined run is put
together in memory when it is first looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import msgpack
from msgspec.structs import replace

from . import conventions as c
from .clocks import CLOCKS, ordered, shifts, told
from .model import AgentTotals, BodyRef, RunInfo, Span
from .segment import Segment
from .stored import PageHead, Row

PAGE: Final = 512  # records
_MARK: Final = c.REMOTE_PARENT.encode()
_COUNTED: Final = (
    *("steps", "spans", "dead_letters", "errors", "chats", "tools"),
    *("input_tokens", "output_tokens", "unknown_tokens"),
)

T = TypeVar("T")
#: A run of a recording: where it lies, what is known of it, its number there.
Listed = tuple["Segment | Joined", RunInfo, int]
Part = tuple[Path, int]  # its file and its number there


def parent_of(row: Row) -> int | None:
    """The span of another process that set off the run of a row; None: none did."""
    if _MARK not in row[20]:
        return None
    return _hex(msgpack.decode(row[20])["attributes"].get(c.REMOTE_PARENT)) or None


def _hex(told: object) -> int:
    """A span's id as an attribute says it, 0 when it says none."""
    try:
        return int(told, 16) if isinstance(told, str) else 0
    except ValueError:
        return 0


def joined(runs: Sequence[Listed], parents: Mapping[Part, int]) -> list[Listed]:
    """The runs by start, the parts of one taken together.

    A part belongs to the run of its trace, else to the one that its parent is a span of: a program
    may know its traces by other ids than the recording's.
    """
    if not parents:
        return list(runs)
    first: dict[str, Listed] = {}
    for run in runs:
        known = first.get(run[1].trace_id)
        if known is None or (_part(known) in parents and _part(run) not in parents):
            first[run[1].trace_id] = run
    wanted = {part: parents[part] for part in map(_part, first.values()) if part in parents}
    owners = _owners(runs, wanted)
    members: dict[Part, list[Listed]] = {}
    for run in runs:
        owner = first[run[1].trace_id] if _part(run) in parents else run
        owner = owners.get(_part(owner), owner)
        own = members.setdefault(_part(owner), [])
        own.insert(0 if owner is run else len(own), run)
    return [_one(members[_part(run)]) for run in runs if _part(run) in members]


def _part(run: Listed) -> Part:
    return run[0].path, run[2]


def _owners(runs: Sequence[Listed], wanted: Mapping[Part, int]) -> dict[Part, Listed]:
    """The runs whose spans the parents of these parts are, looked for where they can be."""
    starts = {_part(run): run[1].start_ns for run in runs}
    owners: dict[Part, Listed] = {}
    for timely in (True, False):  # clocks differ: where it can be by time, then anywhere else
        for run in runs:
            segment, info, local = run
            sought = {
                parent: part
                for part, parent in wanted.items()
                if part != _part(run)
                and part not in owners
                and _within(starts[part], info) is timely
            }
            if not sought or _part(run) in wanted:
                continue
            for page in segment.pages_of(local):
                for record in segment.page(page.id):
                    if record[2] == local and record[0] in sought:
                        owners[sought[record[0]]] = run
    return owners


def _within(time_ns: int, info: RunInfo) -> bool:
    return info.start_ns <= time_ns and (info.end_ns is None or time_ns <= info.end_ns)


def _one(members: list[Listed]) -> Listed:
    if len(members) == 1:
        return members[0]
    return (Joined(members), _info([info for _, info, _ in members]), 0)


def _info(infos: list[RunInfo]) -> RunInfo:
    """What is known of all of them, as one run's."""
    ends = [info.end_ns for info in infos]
    wrong = next((info for info in infos if info.status not in ("ok", "running")), None)
    counts = {name: sum(getattr(info, name) for info in infos) for name in _COUNTED}
    tallies: dict[str, AgentTotals] = {}
    for agent in (agent for info in infos for agent in info.agents):
        known = tallies.get(agent.identity)
        if known is not None:
            sums = {
                name: getattr(known, name) + getattr(agent, name)
                for name in AgentTotals.__struct_fields__
                if name != "identity"
            }
            agent = replace(known, **sums)
        tallies[agent.identity] = agent
    status = infos[0].status
    if wrong is not None:
        status = wrong.status
    elif any(info.status == "running" for info in infos):
        status = "running"
    return replace(
        infos[0],
        status=status,
        error=infos[0].error if wrong is None else wrong.error,
        start_ns=min(info.start_ns for info in infos),
        end_ns=None if None in ends else max(end for end in ends if end is not None),
        agents=tuple(tallies.values()),
        peak_rss=max(info.peak_rss for info in infos),
        **counts,
    )


class Joined:
    """The parts of one run, as if they lay in one segment whose only run it is."""

    def __init__(self, members: list[Listed]) -> None:
        self._members = members
        self._first = members[0][0]
        self.path = self._first.path

    # -- records -----------------------------------------------------------------------------
    @cached_property
    def _found(self) -> list[dict[int, Row]]:
        """By part, the last record of each span."""
        return [self._of(part) for part in range(len(self._members))]

    @cached_property
    def _where(self) -> dict[int, tuple[int, int, int | None]]:
        """By span: its part, its start and its step there."""
        where = {
            id_: (part, record[6], record[9])
            for part, records in enumerate(self._found)
            for id_, record in records.items()
        }
        for part, (_, info, _) in enumerate(self._members):
            where[info.root_span] = (part, info.start_ns, None)
        return where

    @cached_property
    def _shifts(self) -> list[int]:
        """Nanoseconds by which the clock of each part is put forward."""
        edges: list[tuple[int, int, int]] = []
        for part, records in enumerate(self._found):
            for record in records.values():
                cause = self._where.get(_cause(record))
                if cause is not None:
                    edges.append((cause[0], part, record[6] - cause[1]))
        for part, (segment, info, local) in enumerate(self._members[1:], 1):
            cause = self._where.get(_set_off_by(segment.root(local)))
            if cause is not None:
                edges.append((cause[0], part, info.start_ns - cause[1]))
        return shifts(len(self._members), edges)

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        """Steps of the run by part and step there, in the order in which they started."""
        steps = sorted(
            (record[6] + self._shifts[part], part, record[9], _cause(record))
            for part, records in enumerate(self._found)
            for record in records.values()
            if _is_step(record)
        )
        causes: dict[tuple[int, int], tuple[int, int]] = {}
        for _, part, step, post in steps:
            cause = self._where.get(post)
            if cause is not None and cause[2] is not None:
                causes[part, step] = (cause[0], cause[2])
        times = {(part, step): time_ns for time_ns, part, step, _ in steps}
        return {place: at for at, place in enumerate(ordered(times, causes))}

    @cached_property
    def _records(self) -> list[Row]:
        roots = self._roots({id_ for records in self._found for id_ in records})
        out = [
            self._record(record, part, roots)
            for part, records in enumerate(self._found)
            for record in records.values()
        ]
        out += [record for record, _ in roots.values() if record is not None]
        return sorted(out, key=lambda record: (-1 if record[9] is None else record[9], record[6]))

    def _of(self, part: int) -> dict[int, Row]:
        segment, _, local = self._members[part]
        found: dict[int, Row] = {}
        for page in segment.pages_of(local):
            for record in segment.page(page.id):
                if record[2] == local:
                    found[record[0]] = record
        return found

    def _roots(self, known: set[int]) -> dict[int, tuple[Row | None, int]]:
        """What becomes of each further part's root: its record, None where it says nothing of its
        own, and under which span that and its children lie."""
        top = self._members[0][1].root_span
        out: dict[int, tuple[Row | None, int]] = {}
        for part, (segment, info, local) in enumerate(self._members[1:], 1):
            root = segment.root(local)
            parent = _set_off_by(root)
            if len(root.attributes) <= 1 and not (root.bodies or root.events or root.error):
                out[info.root_span] = (None, top)
                continue
            under = parent if parent in known else top
            out[info.root_span] = (self._span(root, part, under), info.root_span)
        return out

    def _span(self, root: Span, part: int, parent: int) -> Row:
        """A further part's root as a span inside the run."""
        bodies = {key: self._ref(ref, part) for key, ref in root.bodies.items()}
        links = [(link.span_id, link.kind) for link in root.links]
        by = self._shifts[part]
        events = [(event.name, event.time_ns + by, dict(event.attributes)) for event in root.events]
        times = (root.start_ns + by, None if root.end_ns is None else root.end_ns + by)
        return (
            *(root.id, parent, 0, root.op, root.name, "", *times, root.error, None, None),
            *(dict(root.attributes), bodies, links, events),
        )

    def _record(self, record: Row, part: int, roots: dict[int, tuple[Row | None, int]]) -> Row:
        parent = roots[record[1]][1] if record[1] in roots else record[1]
        step = None if record[9] is None else self._places.get((part, record[9]))
        bodies = record[12] and {key: self._ref(ref, part) for key, ref in record[12].items()}
        by = self._shifts[part]
        message, events = record[10], record[14]
        if by and events:
            events = [[name, time_ns + by, *rest] for name, time_ns, *rest in events]
        if by and message:  # who handles a message says when it was posted, by his own clock
            message = [*message[:6], message[6] + by, *message[7:]]
        return (
            *(record[0], parent, 0),
            *record[3:6],
            *(record[6] + by, None if record[7] is None else record[7] + by, record[8]),
            *(step, message, record[11], bodies, record[13], events),
            *record[15:],
        )

    def pages_of(self, run: int) -> list[PageHead]:
        """Pages of some hundred records each."""
        return [PageHead(at, None, None, None) for at in range(-(-len(self._records) // PAGE))]

    def page(self, number: int) -> Sequence[Row]:
        """The records of a page."""
        return self._records[number * PAGE : (number + 1) * PAGE]

    def page_data(self, number: int) -> bytes:
        """A page as a store has it."""
        return msgpack.encode(self.page(number))

    def stored_pages(self, run: int) -> Iterator[tuple[int, bytes]]:
        """As a segment's."""
        for page in self.pages_of(run):
            yield page.id, self.page_data(page.id)

    def root(self, run: int) -> Span:
        """The root of the part that none set off."""
        root = self._first.root(self._members[0][2])
        corrected = told((member[0].path.name for member in self._members), self._shifts)
        if not corrected:
            return root
        return msgspec.structs.replace(root, attributes={**root.attributes, CLOCKS: corrected})

    # -- bodies ------------------------------------------------------------------------------
    def _ref(self, ref: Any, part: int) -> Any:
        if isinstance(ref, str):
            return ref
        count = len(self._members)
        if isinstance(ref, int):
            return ref * count + part
        return [ref[0], ref[1] * count + part]

    def _part(self, number: int) -> tuple[Segment | Joined, int, int]:
        number, part = divmod(number, len(self._members))
        return self._members[part][0], number, part

    def body(self, number: int) -> str:
        """The text of a body."""
        segment, own, _ = self._part(number)
        return segment.body(own)

    def body_size(self, number: int) -> int:
        """Its size before it was capped."""
        segment, own, _ = self._part(number)
        return segment.body_size(own)

    def context(self, number: int) -> list[BodyRef]:
        """The bodies of a model request."""
        segment, own, part = self._part(number)
        return [self._ref(ref, part) for ref in segment.context(own)]

    def bodies_with(self, words: list[str], low: int, high: int) -> set[int]:
        """As a segment's."""
        count = len(self._members)
        return {
            self._ref(number, part)
            for part, (segment, _, _) in enumerate(self._members)
            for number in segment.bodies_with(words, low // count, high // count)
        }

    # -- the rest ----------------------------------------------------------------------------
    def samples(self, run: int | None) -> list[Row]:
        """Those of the first part's process: memory of several is no one curve."""
        segment, _, local = self._members[0]
        rows = segment.samples(local)
        return [(row[0], self._places.get((0, row[1]), row[1]), *row[2:]) for row in rows]

    def make(self, build: Callable[[Any], T], value: Any, what: str) -> T:
        """As a segment's."""
        return self._first.make(build, value, what)


def _set_off_by(root: Span) -> int:
    """The span of another process that set off a part, 0: none."""
    return _hex(root.attributes.get(c.REMOTE_PARENT))


def _cause(record: Row) -> int:
    """The span that posted the message that a record handles, 0: it handles none."""
    links = record[13] if record[3] == c.PROCESS else None
    return next((id_ for id_, kind in links or () if kind == "message"), 0)


def _is_step(record: Row) -> bool:
    message = record[10]
    return (
        bool(message) and record[9] is not None and (record[3] == c.PROCESS or message[0] == "call")
    )
