"""The list of runs as lines: when, how it ended, how big it was, and what the checks say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..tracer.model import RunInfo
from .bars import STATUS_GLYPHS
from .findings import GLYPHS, Findings
from .names import FEWEST, digits_of
from .opening import Entry
from .pieces import Line, cells, fit, length, pad, right
from .trend import spark
from .units import many, number, size, span

LISTED = 20_000  # steps: longer runs are not checked just for the list
MOST_DIGITS = 14
SPARK = 8  # cells of a run's memory
Named = tuple[str, int]  # a recording's path and the number of a run in it


@dataclass(slots=True)
class Runs:
    """What is listed, in which order, and which line the cursor is on."""

    every: list[Entry] = field(default_factory=list[Entry])
    entries: list[Entry] = field(default_factory=list[Entry])  # those that are looked for
    verdicts: dict[Named, Findings] = field(default_factory=dict[Named, Findings])
    sparks: dict[Named, str] = field(default_factory=dict[Named, str])
    chosen: int = 0
    picked: list[Named] = field(default_factory=list[Named])  # the last two that were picked
    wanted: str = ""  # what is looked for
    complete: bool = False
    digits: int = FEWEST  # of ids that are shown

    def take(self, found: Iterable[Entry]) -> None:
        """More runs have been read, or more is known of them."""
        found = list(found)
        if found:
            self.replace([*self.every, *found])
        elif self.wanted:
            self.renew()

    def replace(self, found: Iterable[Entry]) -> None:
        """All runs have been read again."""
        self.every = list(found)
        self.digits = self._digits()
        self.renew()

    def look_for(self, wanted: str) -> None:
        """List only runs that have all of these words, or not those with a `!` before them."""
        self.wanted = wanted
        self.renew()

    def renew(self) -> None:
        """List what is looked for; the cursor stays on its run."""
        before = self.entry
        words = self.wanted.casefold().split()
        self.entries = [each for each in self.every if not words or self._wanted(each, words)]
        if before in self.entries:
            self.chosen = self.entries.index(before)
        self.move(0)

    def _digits(self) -> int:
        ids: dict[Path, list[str]] = {}
        for entry in self.every:
            if entry.run is not None:
                ids.setdefault(entry.path, []).append(entry.run.trace_id)
        return min(MOST_DIGITS, max(map(digits_of, ids.values()), default=FEWEST))

    def _wanted(self, entry: Entry, words: Iterable[str]) -> bool:
        text = f"{entry.path.name} {entry.trouble.what if entry.trouble else ''}"
        run = entry.run
        if run is not None:
            told = self.verdicts.get(named(entry.path, run))
            text += f" {run.name} {run.trace_id} {run.status} {STATUS_GLYPHS[run.status][0]}"
            text += " ".join(f" {agent.name}" for agent in run.agents)
            if told is not None:
                text += " ".join(f" {m.finding.code} {m.finding.slug}" for m in told.marks)
        text = text.casefold()
        return all(word[1:] not in text if word.startswith("!") else word in text for word in words)

    def move(self, by: int) -> int:
        """Choose another line; the line that was chosen before."""
        before = self.chosen
        self.chosen = max(0, min(self.chosen + by, len(self.entries) - 1))
        return before

    def found(self, by: int) -> int | None:
        """The next line with findings in a direction, going round at the end."""
        count = len(self.entries)
        for offset in range(1, count + 1):
            at = (self.chosen + by * offset) % count
            if self._found(self.entries[at]):
                return at
        return None

    def _found(self, entry: Entry) -> bool:
        if entry.run is None:
            return False
        told = self.verdicts.get(named(entry.path, entry.run))
        return told is not None and any(m.finding.severity != "info" for m in told.marks)

    def pick(self) -> None:
        """Pick the chosen run, or no longer; of more than two the first is let go."""
        name = self._named(self.entry)
        if name in self.picked:
            self.picked.remove(name)
        elif name is not None:
            self.picked = [*self.picked[-1:], name]

    def pair(self) -> list[Entry]:
        """Two runs to compare, the earlier first: both picked, or one and the chosen one."""
        both = {*self.picked}
        if len(both) < 2:
            both |= {name for name in [self._named(self.entry)] if name is not None}
        found = [
            (e.run.start_ns, at)
            for at, e in enumerate(self.every)
            if e.run is not None and named(e.path, e.run) in both
        ]
        return [self.every[at] for _, at in sorted(found)] if len(found) == 2 else []

    @staticmethod
    def _named(entry: Entry | None) -> Named | None:
        return None if entry is None or entry.run is None else named(entry.path, entry.run)

    @property
    def entry(self) -> Entry | None:
        return self.entries[self.chosen] if self.entries else None


def named(path: Path, run: RunInfo) -> Named:
    """What a run is known by in the list."""
    return str(path), run.number


def memory_of(points: list[tuple[int, int]], steps: int) -> str:
    """A run's resident memory in a few cells."""
    return spark(points, SPARK, 0, max(1, steps))


@dataclass(frozen=True, slots=True)
class Columns:
    """What fits: the least important columns go first."""

    when: int
    name: int
    findings: int
    steps: int = 0
    took: int = 0
    tokens: int = 0
    peak: int = 0
    agents: int = 0
    spark: int = 0

    @classmethod
    def of(cls, width: int, digits: int) -> Columns:
        when = 17 if width >= 90 else 0
        name, findings = max(14, min(18, width // 5)), max(18, min(20, width // 5))
        room = width - (4 + digits + when + name + findings + 12)
        shown: dict[str, int] = {}
        for column, size_ in _OPTIONAL.items():
            if room < size_:
                break
            shown[column] = size_
            room -= size_
        more = max(0, min(room, 44))
        return cls(when, name + more // 2, findings + more - more // 2, **shown)


#: Columns that are shown as far as there is room for them, and how wide they are.
_OPTIONAL = {"steps": 7, "took": 8, "tokens": 11, "peak": 7, "agents": 7, "spark": SPARK + 2}


def heading(runs: Runs, width: int) -> Line:
    """The names of the columns."""
    columns = Columns.of(width, runs.digits)
    text = pad("  run", 4 + runs.digits) + pad("when", columns.when) + pad("name", columns.name)
    text += pad("findings", columns.findings) + pad("ended", 12)
    for name in ("steps", "took", "tokens", "peak", "agents"):
        text += right(name, getattr(columns, name))
    text += pad("  memory", columns.spark)
    return fit([(text, "head")], width, "head")


def row(runs: Runs, at: int, width: int, when: Callable[[int], str]) -> Line:
    """One line of the list."""
    entry = runs.entries[at]
    here = at == runs.chosen
    picked = entry.run is not None and named(entry.path, entry.run) in runs.picked
    line: Line = [(("▸" if here else " ") + ("◉" if picked else " "), "cursor")]
    if entry.run is None:
        what = entry.trouble.what if entry.trouble else ""
        name = (f"{entry.path.name}  ", "bold")
        return fit([*line, ("! ", "warning bold"), name, (what, "dim")], width)
    run, columns = entry.run, Columns.of(width, runs.digits)
    line.append((pad(run.trace_id[: runs.digits], runs.digits + 2), "bold" if here else "dim"))
    line.append((pad(when(run.start_ns), columns.when), "dim"))
    line.append((pad(run.name, columns.name - 1) + " ", "bold" if here else ""))
    cut: Line = [("✂ ", "warning bold")] if entry.damage else []  # which findings may come from
    told = _verdict(runs, entry, columns.findings - 1 - length(cut))
    line += fit([*cut, *told], columns.findings)
    text, role = STATUS_GLYPHS.get(run.status, (run.status, "dim"))
    line.append((pad(text, 12), role))
    took = "–" if run.end_ns is None else span(run.end_ns - run.start_ns)
    line.append((right(number(run.steps), columns.steps) + right(took, columns.took), ""))
    peak = size(run.peak_rss) if run.peak_rss else "–"
    agents = number(len(run.agents)) if run.agents else "–"
    sizes = right(_tokens(run), columns.tokens) + right(peak, columns.peak)
    line.append((sizes + right(agents, columns.agents), "dim"))
    if columns.spark:
        line.append((f"  {runs.sparks.get(named(entry.path, run), '')}", "memory"))
    return fit(line, width)


def _tokens(run: RunInfo) -> str:
    if not run.chats:
        return "–"
    spent = run.input_tokens + run.output_tokens
    if run.unknown_tokens >= run.chats or not spent:
        return "unknown"
    return f"{number(spent)}+?" if run.unknown_tokens else number(spent)


def _verdict(runs: Runs, entry: Entry, room: int) -> Line:
    assert entry.run is not None
    findings = runs.verdicts.get(named(entry.path, entry.run))
    if findings is None:
        return [("…", "dim") if entry.run.steps <= LISTED else ("– not checked", "dim")]
    if findings.state == "unavailable":
        return [("? not checked", "dim")]
    if findings.state != "done":
        return [("…", "dim")]
    if not findings.marks:
        return [
            ("? inconclusive", "warning")
            if findings.verdict == "inconclusive"
            else ("✓ none", "good")
        ]
    codes: dict[str, str] = {}
    for mark in findings.by_severity():
        codes.setdefault(mark.finding.code, mark.finding.severity)
    line: Line = []
    for place, (code, severity) in enumerate(codes.items()):
        rest = len(codes) - place - 1
        text, more = f"{GLYPHS.get(severity, '•')} {code}", f" +{rest}" if rest else ""
        if line and length(line) + cells(text + more) > room:
            return [*line, (f"+{rest + 1}", "dim")]
        line.append((f"{text} ", severity))
    return line


def summary(runs: Runs, width: int) -> Line:
    """The title of the list."""
    files = len({entry.path for entry in runs.every})
    count = sum(1 for entry in runs.every if entry.run is not None)
    text = f"{many(count, 'run')} in {many(files, 'recording')}"
    if not runs.complete:
        text += ", reading…"
    line: Line = [(" loupe", "brand"), (" › ", "dim"), ("runs", "bold"), (f"  {text}", "dim")]
    if runs.wanted:
        line.append((f"  /{runs.wanted}", "notice"))
        line.append((f" {number(len(runs.entries))} of {number(len(runs.every))}", "dim"))
    return fit(line, width)


def local_time(ns: int) -> str:
    """When, in local time."""
    return datetime.fromtimestamp(ns / 1e9).astimezone().strftime("%Y-%m-%d %H:%M")
