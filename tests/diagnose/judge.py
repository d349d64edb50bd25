"""Scores of the loop rules over a bank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from agentloupe.diagnose import check
from agentloupe.diagnose.finding import Finding

from .bank import Case
from .scripts import ScriptedRecording


@dataclass
class Score:
    """Counts over cases. A loop found before its onset counts as a false alarm."""

    hits: int = 0
    misses: int = 0
    alarms: int = 0
    clean: int = 0
    agents: int = 0
    onsets: int = 0
    cycles: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.alarms)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def false_alarm_rate(self) -> float:
        fine = self.alarms + self.clean
        return self.alarms / max(1, fine)

    def line(self) -> str:
        found = max(1, self.hits)
        return (
            f"P {self.precision:.2f} R {self.recall:.2f} F1 {self.f1:.2f} "
            f"FPR {self.false_alarm_rate:.3f} agents {self.agents / found:.2f} "
            f"onset {self.onsets / found:.2f} cycles {median(self.cycles or [0]):.1f} "
            f"({self.hits + self.misses} loops, {self.alarms + self.clean} fine)"
        )


def loops_of(case: Case) -> list[Finding]:
    recording = ScriptedRecording(case.script)
    return list(check(recording, select=["loop"]).findings)  # pyright: ignore[reportArgumentType]


def score(cases: Iterable[Case]) -> Score:
    total = Score()
    for case in cases:
        judge(total, case, loops_of(case))
    return total


def judge(total: Score, case: Case, found: list[Finding]) -> None:
    name = f"{case.family}/{case.seed}"
    truth = case.truth
    if truth is None:
        total.alarms += bool(found)
        total.clean += not found
        total.wrong.extend(f"alarm {name}: {f.code} {f.title}" for f in found[:1])
        return
    early = [f for f in found if (f.detected_at_step or 0) < truth["onset"]]
    hit = next((f for f in found if f not in early), None)
    total.alarms += bool(early)
    if hit is None:
        total.misses += 1
        total.wrong.append(f"miss {name}")
        return
    total.hits += 1
    wanted = [set(truth["agents"]), *(set(other) for other in truth.get("alternatives", []))]
    if set(hit.agents) in wanted:
        total.agents += 1
    else:
        total.wrong.append(f"agents {name}: {hit.agents} not {truth['agents']}")
    if abs((hit.first_step or 0) - truth["onset"]) <= truth["period"]:
        total.onsets += 1
    else:
        total.wrong.append(f"onset {name}: {hit.first_step} not {truth['onset']}")
    total.cycles.append(((hit.detected_at_step or 0) - truth["onset"] + 1) / truth["period"])
