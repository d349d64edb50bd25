"""The list of runs as lines: when, how it ended, how big it was, and what the checks say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..tracer.model import RunInfo
from .bars import STATUS_GLYPHS
from .findings import GLYPHS, Findings
from .opening import Entry
from .pieces import Line, fit, pad, right
from .units import many, number, size, span


@dataclass(slots=True)
class Runs:
    """What is listed, in which order, and which line the cursor is on."""

    entries: list[Entry] = field(default_factory=list[Entry])
    verdicts: dict[tuple[str, int], Findings] = field(
        default_factory=dict[tuple[str, int], Findings]
    )
    chosen: int = 0
    picked: list[int] = field(default_factory=list[int])  # lines, the last two that were picked
    complete: bool = False

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
        told = self.verdicts.get((str(entry.path), entry.run.number))
        return told is not None and any(m.finding.severity != "info" for m in told.marks)

    def pick(self) -> None:
        """Pick the chosen run, or no longer; of more than two the first is let go."""
        if self.chosen in self.picked:
            self.picked.remove(self.chosen)
        elif self.entry is not None and self.entry.run is not None:
            self.picked = [*self.picked[-1:], self.chosen]

    def pair(self) -> list[int]:
        """Two runs to compare, the earlier first: both picked, or one and the chosen one."""
        lines = self.picked if len(self.picked) == 2 else [*self.picked, self.chosen]
        runs = {at: run for at in lines if (run := self.entries[at].run) is not None}
        return sorted(runs, key=lambda at: runs[at].start_ns) if len(runs) == 2 else []

    @property
    def entry(self) -> Entry | None:
        return self.entries[self.chosen] if self.entries else None


@dataclass(frozen=True, slots=True)
class Columns:
    """What fits: the least important columns go first."""

    when: int
    name: int
    findings: int
    sizes: bool

    @classmethod
    def of(cls, width: int) -> Columns:
        when = 18 if width >= 90 else 0
        name = max(14, min(32, width // 5))
        findings = max(14, min(28, width // 4))
        used = 12 + when + name + findings + 12 + 18
        return cls(when, name, findings, width >= used + 20)


def heading(width: int) -> Line:
    """The names of the columns."""
    columns = Columns.of(width)
    text = pad("  run", 12) + pad("when", columns.when) + pad("name", columns.name)
    text += pad("findings", columns.findings) + pad("ended", 12)
    text += right("steps", 9) + right("took", 9)
    if columns.sizes:
        text += right("tokens", 12) + right("peak", 8)
    return fit([(text, "head")], width, "head")


def row(runs: Runs, at: int, width: int, when: Callable[[int], str]) -> Line:
    """One line of the list."""
    entry = runs.entries[at]
    here = at == runs.chosen
    picked = "◉" if at in runs.picked else " "
    line: Line = [(("▸" if here else " ") + picked, "cursor")]
    if entry.run is None:
        what = entry.trouble.what if entry.trouble else ""
        name = (f"{entry.path.name}  ", "bold")
        return fit([*line, ("! ", "warning bold"), name, (what, "dim")], width)
    run, columns = entry.run, Columns.of(width)
    line.append((pad(run.trace_id[:8], 10), "bold" if here else "dim"))
    line.append((pad(when(run.start_ns), columns.when), "dim"))
    line.append((pad(run.name, columns.name - 1) + " ", "bold" if here else ""))
    line += fit(_verdict(runs, entry), columns.findings)
    text, role = STATUS_GLYPHS.get(run.status, (run.status, "dim"))
    line.append((pad(text, 12), role))
    took = "–" if run.end_ns is None else span(run.end_ns - run.start_ns)
    line.append((right(number(run.steps), 9) + right(took, 9), ""))
    if columns.sizes:
        peak = size(run.peak_rss) if run.peak_rss else "–"
        line.append((right(_tokens(run), 12) + right(peak, 8), "dim"))
    return fit(line, width)


def _tokens(run: RunInfo) -> str:
    if not run.chats:
        return "–"
    spent = run.input_tokens + run.output_tokens
    if run.unknown_tokens >= run.chats or not spent:
        return "unknown"
    return f"{number(spent)}+?" if run.unknown_tokens else number(spent)


def _verdict(runs: Runs, entry: Entry) -> Line:
    assert entry.run is not None
    findings = runs.verdicts.get((str(entry.path), entry.run.number))
    if findings is None:
        return [("", "")]
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
    return [(f"{GLYPHS.get(severity, '•')} {code} ", severity) for code, severity in codes.items()]


def summary(runs: Runs, width: int) -> Line:
    """The title of the list."""
    files = len({entry.path for entry in runs.entries})
    count = sum(1 for entry in runs.entries if entry.run is not None)
    text = f"{many(count, 'run')} in {many(files, 'recording')}"
    if not runs.complete:
        text += ", reading…"
    return fit([(" loupe", "brand"), (" › ", "dim"), ("runs", "bold"), (f"  {text}", "dim")], width)


def local_time(ns: int) -> str:
    """When, in local time."""
    return datetime.fromtimestamp(ns / 1e9).astimezone().strftime("%Y-%m-%d %H:%M")
