"""`check`: every rule over every run of a recording, each run read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from time import time_ns as now
from typing import TYPE_CHECKING, Final, cast

from ..tracer import conventions as c
from ..tracer.locate import beginnings
from .boxes import Boxes
from .catalogue import rules
from .choosy import by_choice
from .config import Config, Suppression, in_code
from .course import before
from .finding import Finding
from .old import moved
from .report import NotApplicable, Report, RunReport, Verdict
from .rule import Ending, Rule
from .select import Selection, parse
from .watch import Verdicts, Watch

if TYPE_CHECKING:
    from ..tracer.model import RecordingInfo
    from ..tracer.reader import Recording, Run


#: The spans that a trace must have to tell anything of what rules of a family look for.
SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "code": (c.CODE, c.EXECUTOR),
    "extn": (c.MCP, c.SEARCH_MEMORY, c.UPSERT_MEMORY, c.DELETE_MEMORY),
    "drop": (c.PROCESS,),
}
NOTED: Final = ("drop.unhandled", "drop.undelivered", "drop.unread-reply")  # by our runtimes alone
MISSING: Final = ("drop", "end", "hang", "starve")  # families of rules about what is not there
KNOWN = 4096  # agents that a lost message may have been meant for


def check(
    target: Recording | Run,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    config: Config | None = None,
) -> Report:
    """Diagnose a recording, or one run of it.

    Args:
        target: what to judge.
        select: selectors of the rules to apply and findings to give, all when empty.
        ignore: selectors of rules and findings to leave out.
        config: the project's settings; none when not given, whatever files there are.

    Raises:
        UnknownSelector: a selector names nothing; the message names the nearest.
        RecordingError: the recording cannot be read.
    """
    config = config or Config()
    wanted = tuple(select) or config.select
    choice = _Choice(parse(wanted), parse((*ignore, *config.ignore)), config)
    whole = hasattr(target, "runs")
    if whole:
        recording = cast("Recording", target)
        runs = [recording.run(info.number) for info in recording.runs]
    else:
        runs = [cast("Run", target)]
        recording = runs[0].recording
    around = _Around.of(recording, whole=whole)
    choice.suppress = (*choice.suppress, *_in_program(around.info))
    judged = [_check_run(around, run, choice) for run in runs]
    return Report(runs=tuple(by_choice(runs, _told_once(runs, judged, around.info.program))))


@dataclass(frozen=True, slots=True)
class _Around:
    """What the recording as a whole tells about each of its runs."""

    recording: Recording
    info: RecordingInfo
    last: int | None  # the last run that has steps: findings about the process go there
    runs: int  # that have steps
    agents: tuple[str, ...]
    boxes: Boxes | None  # of all runs, when all of them are judged
    names: Mapping[str, str]  # of runs, by their trace ids

    @classmethod
    def of(cls, recording: Recording, *, whole: bool) -> _Around:
        """Asked once a recording: it may have thousands of runs."""
        busy = [info for info in recording.runs if info.steps]
        agents = dict.fromkeys(agent.identity for info in busy for agent in info.agents)
        return cls(
            recording=recording,
            info=recording.info,
            last=max((info.number for info in busy), default=None),
            runs=len(busy),
            agents=tuple(islice(agents, KNOWN)),
            boxes=Boxes(of_all_runs=True) if whole else None,
            names=beginnings(info.trace_id for info in recording.runs),
        )


class _Choice:
    """What the caller wants judged and told."""

    def __init__(self, wanted: Selection, unwanted: Selection, config: Config) -> None:
        self.config = config
        self.suppress = config.suppress
        self.unwanted = unwanted
        self.wanted = wanted
        self.rules: tuple[Rule, ...] = tuple(rule for rule in rules() if self._takes(rule))

    def _takes(self, rule: Rule) -> bool:
        if self.unwanted.every_finding_of(rule):
            return False
        return not self.wanted.selectors or self.wanted.rule(rule)

    def asked_for(self, code: str) -> bool:
        """The rule was named, not just left in."""
        return any(code in selector.codes for selector in self.wanted.selectors)

    def keep(self, verdicts: Verdicts) -> Verdicts:
        """Only the findings that are selected."""
        kept = [
            finding
            for finding in verdicts.findings
            if (not self.wanted.selectors or self.wanted.finding(finding))
            and not self.unwanted.finding(finding)
            and not any(each.takes(finding, date.today()) for each in self.suppress)
        ]
        quiet = {k: why for k, why in verdicts.quiet.items() if not self.asked_for(k)}
        undecided = verdicts.undecided | {
            code: why for code, why in verdicts.quiet.items() if code not in quiet
        }
        return replace(verdicts, findings=kept, undecided=undecided, quiet=quiet)


def _in_program(info: RecordingInfo) -> tuple[Suppression, ...]:
    """Suppressions in the source of the program that was recorded, if it is still there."""
    found = (in_code(Path(word)) for word in info.argv[:1] if word.endswith(".py"))
    return tuple(each for suppressions in found for each in suppressions)


def _check_run(around: _Around, run: Run, choice: _Choice) -> RunReport:
    unread = _unread(around.info, choice)
    cut = _cut(around.recording, choice)
    watch = Watch(
        run.text,
        [rule for rule in choice.rules if rule.code not in unread | cut],
        lambda ref: run.text((run.parts(ref) or [ref])[-1]),  # a request may hold no messages
        choice.config,
        around.boxes,
    )
    step_count = 0
    shown: set[str] = set()  # kinds of spans, of a trace that was imported
    for step, spans in run.iter_turns():
        watch.step(step, spans)
        step_count = step.index + 1
        if not around.info.pid:
            shown.update([span.op for span in spans])
    info = run.info
    last = around.last
    ending = Ending(
        info=info,
        recording=around.info,
        over=info.status != "running" or around.info.ended_ns is not None,
        last_step=step_count - 1 if step_count else None,
        loose_spans=run.loose_spans(),
        agents=around.agents,
        samples=around.recording.samples() if info.number == last else None,
        judged_at=last if last is not None else info.number,
        runs=around.runs,
        root=run.root,
        now_ns=now() if info.status == "running" else None,
    )
    verdicts = choice.keep(watch.end(ending))
    verdicts.needs.update(unread)
    verdicts.undecided.update(cut)
    if not around.info.pid:
        verdicts.needs.update(_unseen(shown, verdicts, choice))
    verdicts.findings = [
        moved(_completed(each, step_count), around.info.versions) for each in verdicts.findings
    ]
    report = _report(info.trace_id, around.info.path, choice, verdicts)
    return report.called(around.names.get(info.trace_id, ""))


def _told_once(runs: Sequence[Run], reports: Sequence[RunReport], program: str) -> list[RunReport]:
    """What was noted when a team was made is not told again where the run of the team tells it."""
    by_team = {
        finding.fingerprint
        for run, report in zip(runs, reports, strict=True)
        for finding in report.findings
        if run.info.name != program or run.info.steps
    }
    return [
        report
        if run.info.steps or run.info.name != program
        else report.without([each for each in report.findings if each.fingerprint in by_team])
        for run, report in zip(runs, reports, strict=True)
    ]


def _completed(finding: Finding, steps: int) -> Finding:
    """With the step before it and when it could have been told, if its rule does not say so."""
    evidence = finding.evidence
    healthy = evidence.last_healthy_step
    if healthy is None:
        healthy = before(finding.first_step)
    said = evidence.counterfactual or _what_if(finding.detected_at_step, steps)
    if (healthy, said) == (evidence.last_healthy_step, evidence.counterfactual):
        return finding
    told = evidence.model_copy(update={"last_healthy_step": healthy, "counterfactual": said})
    return finding.model_copy(update={"evidence": told})


def _what_if(at: int | None, steps: int) -> str:
    if at is None or not 0 <= at < steps:
        return ""
    left = steps - 1 - at
    after = f": {left} step{'s' * (left != 1)} followed" if left else ""
    return f"would have fired at step {at} of {steps}{after}"


def _unread(info: RecordingInfo, choice: _Choice) -> dict[str, str]:
    """The rules that cannot judge this recording, and why.

    Where what was said was not recorded, equal marks tell nothing; where a trace was imported, it
    has only what had ended, and a hang leaves nothing.
    """
    lacking: dict[str, str] = {}
    if info.bodies not in ("full", "capped"):
        why = f"bodies: recorded with --bodies {info.bodies}"
        lacking = {rule.code: why for rule in choice.rules if rule.bodies}
    if not info.pid:
        lacking |= {rule.code: rule.needs for rule in choice.rules if rule.family == "hang"}
    return lacking


def _cut(recording: Recording, choice: _Choice) -> dict[str, str]:
    """The rules about what is missing, where part of the file itself is."""
    damage = getattr(recording, "damage", "")
    why = f"the whole recording: {damage}"
    return {r.code: why for r in choice.rules if r.family in MISSING} if damage else {}


def _unseen(shown: set[str], verdicts: Verdicts, choice: _Choice) -> dict[str, str]:
    """The rules that found nothing in an imported trace, since it tells nothing of the kind."""
    found = {finding.code for finding in verdicts.findings}
    return {
        rule.code: rule.needs
        for rule in choice.rules
        if rule.code not in found
        and (rule.slug in NOTED or (rule.family in SHOWN and shown.isdisjoint(SHOWN[rule.family])))
    }


def _report(run: str, source: str, choice: _Choice, verdicts: Verdicts) -> RunReport:
    open_ = verdicts.undecided | verdicts.failed
    silent = verdicts.needs | verdicts.quiet | open_
    found = {finding.code for finding in verdicts.findings}
    return RunReport(
        run=run,
        source=source,
        verdict=_verdict(verdicts),
        checked=tuple(r.code for r in choice.rules if r.code not in silent or r.code in found),
        not_applicable=tuple(
            NotApplicable(code=code, needs=silent[code], undecided=code in open_)
            for code in sorted(silent)
        ),
        findings=tuple(verdicts.findings),
    )


def _verdict(verdicts: Verdicts) -> Verdict:
    if verdicts.findings:
        return "findings"
    if verdicts.failed:
        return "error"
    return "inconclusive" if verdicts.undecided else "ok"
