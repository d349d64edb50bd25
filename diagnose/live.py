"""The loop breaker: rules fed while a run goes on, and what is done when one fires.

The loop rules are always at work, others when the policy names them: `talk=warn;stall=stop`.
A loop is answered in steps, the next one only when it goes on for two more rounds: say it, tell the
agents, hold the run, end it; what another rule finds once is answered again after so many steps of
the run. Which answers are taken may differ by rule. The same rules judge a recording afterwards and
give the same step.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ..tracer.errors import LoupeError
from ..tracer.model import BodyRef
from ..tracer.observer import Action, Inject, LiveStep, Pause, Stop, Told, Warn
from .catalogue import rules
from .config import Config
from .finding import Finding
from .old import here
from .render_ci import plain
from .rule import Rule
from .watch import Watch

Answer = Literal["warn", "inject", "pause", "stop"]

ANSWERS: Final[tuple[Answer, ...]] = ("warn", "inject", "pause", "stop")
#: What is done about a loop, one after another as it goes on.
USUAL: Final[tuple[Answer, ...]] = ("warn", "inject", "stop")
ROUNDS: Final = 2  # of a loop, between one answer and the next
STEPS: Final = 10  # of a run, between answers to what is no loop
RUNS: Final = 64  # watched at a time
#: Rules that take note of every step and have nothing to say before the end of the run.
LATE: Final = frozenset(
    """code.container-left cost.context-growth cost.selection cost.same-prefix extn.memory-silent
    extn.memory-grows end.at-turn-0 end.never-true end.true-but-continues end.unmatched-branch
    end.fell-idle end.raised model.unusable-reply starve.never-speaks starve.mailbox
    hang.waiting-for-human leak.token leak.agents leak.types loop.replanned drop.handler-failed
    drop.agent-replaced plug.no-function-calling plug.unknown-handoff plug.unsayable-stop
    plug.no-structured-output plug.impossible-join plug.no-vision plug.no-json-output plug.dead-node
    plug.unhandled-type plug.no-serialiser plug.bad-name plug.no-round-trip
    plug.same-name""".split()
)
MESSAGE: Final = (
    "This conversation is going in circles: {title}. Do not repeat what was said or tried before. "
    "Say what is missing, do something else, or end the task."
)
TOLD: Final = (
    "A check of this conversation says: {title}. Mend that before you go on, or end the task."
)


class BadPolicy(LoupeError):  # noqa: N818 reads as a sentence
    """What shall be done about loops cannot be understood."""

    code = "LP305"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is done about the findings of each rule, by slug, code or family; `usual` about other
    loops."""

    usual: tuple[Answer, ...] = USUAL
    by_rule: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict[str, tuple[Answer, ...]])

    @classmethod
    def parse(cls, text: str) -> Policy:
        """A policy as the command line has it: "warn,stop" or "loop.handoff=stop;warn,inject".

        Raises:
            BadPolicy: an answer is none of warn, inject, pause and stop, or a rule is unknown or
                judges only runs that are over.
        """
        usual = USUAL
        by_rule: dict[str, tuple[Answer, ...]] = {}
        known = {name for rule in rules() for name in _names(rule)}
        for part in filter(None, (part.strip() for part in text.split(";"))):
            name, equals, answers = part.rpartition("=")
            if not equals:
                usual = _answers(answers)
            elif name.strip().lower() in known:
                by_rule[name.strip().lower()] = _answers(answers)
            else:
                raise BadPolicy(f"no rule is called {name.strip()!r}", "`loupe rules` lists them")
        policy = cls(usual, by_rule)
        watched = {name for rule in policy.watched for name in _names(rule)}
        late = sorted(by_rule.keys() - watched)
        if late:
            hangs = any(rule.family == "hang" and late[0] in _names(rule) for rule in rules())
            raise BadPolicy(
                f"{late[0]!r} judges runs only when they are over",
                "`loupe run --deadline 5m` ends what hangs, and names it"
                if hangs
                else "`loupe check --fail-on` heeds such rules afterwards",
            )
        return policy

    @property
    def watched(self) -> list[Rule]:
        """The rules that are to judge a run while it goes on."""
        wanted = [
            rule
            for rule in rules()
            if rule.slug not in LATE
            and (rule.family == "loop" or any(name in self.by_rule for name in _names(rule)))
        ]
        live = Watch(str, wanted).live
        return [rule for rule in wanted if rule.code in live]

    def answers(self, finding: Finding) -> tuple[Answer, ...]:
        """What is done about a finding, one after another."""
        names = (finding.slug, finding.code.lower(), finding.slug.partition(".")[0])
        return next((self.by_rule[name] for name in names if name in self.by_rule), self.usual)


def _names(rule: Rule) -> tuple[str, str, str]:
    return rule.slug, rule.code.lower(), rule.family


def _answers(text: str) -> tuple[Answer, ...]:
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    bad = [word for word in words if word not in ANSWERS]
    if bad or not words:
        raise BadPolicy(
            f"{bad[0] if bad else text!r} is no answer to a loop",
            f"write {', '.join(ANSWERS)}, with commas between them",
        )
    return tuple(answer for word in words for answer in ANSWERS if answer == word)


@dataclass(slots=True)
class _Case:
    """A loop that has been answered."""

    finding: Finding
    taken: int  # answers so far
    next_step: int  # from which on it has gone on for long enough


class _Run:
    """The rules at work on one run."""

    def __init__(self, watched: Sequence[Rule], config: Config | None) -> None:
        self.text: Callable[[BodyRef], str] = str
        self.last: Callable[[BodyRef], str] = str
        self.watch = Watch(lambda ref: self.text(ref), watched, lambda ref: self.last(ref), config)
        self.cases: dict[str, _Case] = {}


class LoopBreaker:
    """A step observer that answers loops. One serves all runs of a process."""

    def __init__(self, policy: Policy | None = None, config: Config | None = None) -> None:
        self._policy = policy or Policy()
        self._watched = self._policy.watched
        self._config = config
        self._runs: OrderedDict[str, _Run] = OrderedDict()

    def on_step(self, step: LiveStep) -> Action | None:
        """What shall be done about the run after this step, None for nothing."""
        run = self._run(step.run)
        run.text, run.last = step.text, step.last
        found = [
            finding
            for finding in run.watch.step(step.step, step.spans)
            if not self._suppressed(finding)
        ]
        for finding in found:
            if finding.fingerprint not in run.cases:
                case = _Case(finding, 0, step.step.index)
                run.cases[finding.fingerprint] = case
                return self._answer(case, step, run)
        return self._gone_on(run, step)

    def _run(self, name: str) -> _Run:
        run = self._runs.get(name)
        if run is None:
            run = self._runs[name] = _Run(self._watched, self._config)
            if len(self._runs) > RUNS:
                self._runs.popitem(last=False)
        else:
            self._runs.move_to_end(name)
        return run

    def _suppressed(self, finding: Finding) -> bool:
        return self._config is not None and self._config.unwanted.finding(finding)

    def _gone_on(self, run: _Run, step: LiveStep) -> Action | None:
        """The next answer to a loop that the last one has not ended, or to what is no loop."""
        here = step.step.index
        for case in run.cases.values():
            if not case.finding.slug.startswith("loop.") and here >= case.next_step:
                answer = self._answer(case, step, run)
                if answer is not None:
                    return answer
        for loop in run.watch.recurrence().loops:
            if not loop.open or loop.last.step != here:
                continue
            for case in run.cases.values():
                same = case.finding.detected_at_step == loop.detected.step
                if same and here >= case.next_step:
                    return self._answer(case, step, run)
        return None

    def _answer(self, case: _Case, step: LiveStep, run: _Run) -> Action | None:
        answers = self._policy.answers(case.finding)
        loop = case.finding.slug.startswith("loop.")
        if case.taken >= len(answers):
            return None
        answer = answers[case.taken]
        case.taken += 1
        loops = [
            loop
            for loop in run.watch.recurrence().loops
            if loop.detected.step == case.finding.detected_at_step
        ]
        steps = max((_steps_of_a_round(loop.opening[-loop.period :]) for loop in loops), default=1)
        case.next_step = step.step.index + (ROUNDS * steps if loop else STEPS)
        identities = loops[0].agents if loops else case.finding.agents
        return _action(answer, case.finding, tuple(identities))


def _steps_of_a_round(marks: Sequence[object]) -> int:
    return max(1, len({getattr(mark, "step", 0) for mark in marks}))


def _action(answer: Answer, finding: Finding, agents: tuple[str, ...]) -> Action:
    told = Told(
        slug=finding.slug,
        title=finding.title,
        story=plain(here(finding)),
        code=finding.code,
        severity=finding.severity,
        agents=agents,
        spans=finding.spans,
        facts={"confidence": finding.confidence, "fingerprint": finding.fingerprint},
    )
    if answer == "warn":
        return Warn(told)
    if answer == "inject":
        text = MESSAGE if finding.slug.startswith("loop.") else TOLD
        return Inject(told, text.format(title=finding.title))
    return Pause(told) if answer == "pause" else Stop(told)
