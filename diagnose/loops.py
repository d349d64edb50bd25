"""Findings of the loop rules: the same analysis told by what repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..tracer.model import plain_name
from .certain import each_waits
from .cycles import least_rotation
from .finding import Cost, Evidence, Finding, Quote
from .likeness import Likeness
from .loop import Loop, Mark
from .rule import Context, Ending, Outcome, Rule
from .turn import Turn

RESTED = 10  # messages of a loop that cost nothing and came to rest by itself: information at most
QUOTED = 4  # steps of one agent laid side by side
TEXT = 240  # characters of a quote


class LoopDetector:
    """Tells of the loops of one run that a rule takes as its own."""

    when_fired = True  # a turn that brings no loop to light is not shown

    def __init__(self, context: Context, rule: Callable[[], Rule], kind: LoopKind) -> None:
        self._analysis = context.recurrence()
        self._rule = rule
        self._kind = kind

    def turn(self, turn: Turn) -> Sequence[Finding]:
        fired = self._analysis.fired
        return [self._finding(loop, None) for loop in fired if self._kind.takes(loop)]

    def end(self, ending: Ending) -> Outcome:
        if not self._analysis.acts:
            return Outcome(needs="messages, agents' turns or tool calls with their content")
        return Outcome(
            [
                self._finding(loop, ending.last_step, quiet=self._rested(loop, ending))
                for loop in self._analysis.loops
                if self._kind.takes(loop)
            ]
        )

    def _rested(self, loop: Loop, ending: Ending) -> bool:
        """Messages alone went round a few times, until an agent ended it: it meant to."""
        few = loop.acts <= RESTED
        return (
            few
            and not self._analysis.paid
            and ending.info.status == "ok"
            and ending.recording.pid > 0
        )

    def _finding(self, loop: Loop, last_step: int | None, *, quiet: bool = False) -> Finding:
        names = [plain_name(agent) for agent in loop.agents if agent]
        return self._rule().finding(
            self._kind.title(loop, names),
            agents=names,
            confidence=confidence(loop),
            severity="info" if quiet else None,
            conversation=loop.conversation or None,
            first_step=loop.first.step,
            last_step=loop.last.step,
            detected_at_step=loop.detected.step,
            spans=spans(loop),
            fingerprint=fingerprint(self._rule().slug, loop),
            cost=cost(loop),
            evidence=evidence(loop, last_step),
        )


@dataclass(frozen=True, slots=True)
class LoopKind:
    """Which loops a rule takes, and its headline."""

    takes: Callable[[Loop], bool]
    title: Callable[[Loop, list[str]], str]


# -- telling kinds apart ---------------------------------------------------------------------------
def one_call(loop: Loop) -> bool:
    """It is one tool called by one agent, with or without words around it."""
    calls = [mark for mark in loop.own if mark.kind == "call"]
    if not calls or loop.sign not in ("cycle", "fruitless"):
        return False
    tools = {(mark.agent, mark.target) for mark in calls}
    if loop.sign == "cycle" and not drifting(loop) and len({mark.token for mark in calls}) > 1:
        return False
    per_round = len(calls) / max(1.0, len(loop.own) / loop.period)
    return len(tools) == 1 and (loop.sign == "fruitless" or per_round >= 0.75)


def drifting(loop: Loop) -> bool:
    """The calls differ in their arguments and yet nothing else comes of it."""
    calls = [mark for mark in loop.own if mark.kind == "call"]
    return any(mark.likeness == Likeness.ALIKE for mark in calls)


def polling(loop: Loop) -> bool:
    """It asks for something that is not there yet, and asks well."""
    calls = [mark for mark in loop.own if mark.kind == "call"]
    awaits = one_call(loop) and all(mark.pending and not mark.failed for mark in calls)
    return awaits and not each_waits(calls)


def handoffs(loop: Loop) -> bool:
    """Agents pass control to each other, and nobody calls anything else."""
    calls = [mark for mark in loop.own if mark.kind == "call"]
    passed = {mark.agent for mark in calls if mark.handoff}
    return len(passed) >= 2 and all(mark.handoff for mark in calls)


def empty(loop: Loop) -> bool:
    """Nothing is said in it, and nothing called."""
    said = [mark for mark in loop.own if mark.kind == "say"]
    return loop.sign == "cycle" and len(said) == len(loop.own) and all(map(_nothing, said))


def _nothing(mark: Mark) -> bool:
    return mark.text.startswith("<") and mark.text.endswith(">") and " " not in mark.text


# -- parts of a finding ------------------------------------------------------------------------
def confidence(loop: Loop) -> float:
    """By what gave it away: exact repetitions are facts, likeness is statistics."""
    same = sum(mark.likeness == Likeness.SAME for mark in loop.own)
    share = same / max(1, sum(mark.recurs for mark in loop.own))
    base = 0.97 if loop.exact else 0.85 + 0.1 * share
    return base if loop.sign == "cycle" else min(base, 0.93)


def fingerprint(slug: str, loop: Loop) -> str:
    """The same for the same loop in another run, wherever it was entered."""
    words = [
        f"{plain_name(mark.agent)} {mark.kind} {mark.target if mark.kind == 'call' else ''} "
        f"{mark.token if loop.exact else ''}"
        for mark in loop.cycle
    ]
    names = sorted(plain_name(agent) for agent in loop.agents)
    text = "\n".join([slug, *names, *least_rotation(words)])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def cost(loop: Loop) -> Cost:
    """From the onset to the last repetition."""
    start = loop.before or loop.first
    return Cost(
        steps=loop.last.step - loop.first.step + 1,
        tokens=max(0, loop.last.tokens - start.tokens),
        seconds=round(max(0, loop.last.end_ns - loop.first.start_ns) / 1e9, 3),
        bytes=max(0, loop.last.bytes - start.bytes),
    )


def spans(loop: Loop) -> list[str]:
    """Span ids of the acts quoted, the first bad one first, each once."""
    return list(dict.fromkeys(mark.span for mark in (*loop.own, *loop.latest)))


def quotes(loop: Loop) -> tuple[Quote, ...]:
    """Each agent's acts laid side by side: the first, then what repeats it, differences marked."""
    rows: dict[tuple[str, str], list[Mark]] = {}
    for mark in (*loop.own, *loop.latest):
        row = rows.setdefault((mark.agent, f"{mark.kind}{mark.target}"), [])
        if mark not in row:
            row.append(mark)
    picked: list[Quote] = []
    for row in rows.values():
        chosen = row if len(row) <= QUOTED else [*row[: QUOTED - 1], row[-1]]
        first = words_of(chosen[0])
        for mark in chosen:
            text = words_of(mark)
            label = "first" if mark is chosen[0] else "again"
            picked.append(
                Quote(
                    step=mark.step,
                    span=mark.span,
                    agent=plain_name(mark.agent),
                    label=label,
                    text=_cut(text if label == "first" else differing(first, text)),
                )
            )
    return tuple(sorted(picked, key=lambda quote: (quote.step or 0, quote.label != "first")))


def words_of(mark: Mark) -> str:
    """An act on one line."""
    if mark.kind == "say":
        return " ".join(mark.text.split())
    return " ".join(f"{mark.target}({mark.text}) -> {mark.outcome}".split())


def differing(first: str, text: str) -> str:
    """`text` with the words that `first` lacks in «guillemets».

    >>> differing("try the red door", "try the blue door")
    'try the «blue» door'
    """
    if first == text:
        return text
    old, new = first.split(), text.split()
    parts: list[str] = []
    for tag, _, _, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        words = " ".join(new[low:high])
        if words:
            parts.append(words if tag == "equal" else f"«{words}»")
    return " ".join(parts)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"


def evidence(loop: Loop, last_step: int | None) -> Evidence:
    """Quotes, the counterfactual and the facts of a loop."""
    return Evidence(
        quotes=quotes(loop),
        last_healthy_step=loop.before.step if loop.before else None,
        counterfactual=_counterfactual(loop, last_step),
        facts={
            "sign": loop.sign,
            "period": loop.period,
            "cycles": round(loop.cycles, 1),
            "exact": loop.exact,
            "deviation_step": loop.deviation.step if loop.deviation else None,
            "came_back": loop.again,
            "ended": "open" if loop.open else "broken",
        },
    )


def _counterfactual(loop: Loop, last_step: int | None) -> str:
    where = f"step {loop.detected.step}"
    if last_step is not None:
        where += f" of {last_step + 1}"
    after = loop.last.step - loop.detected.step
    if after <= 0:
        return f"would have fired at {where}"
    tokens = loop.last.tokens - loop.detected.tokens
    seconds = (loop.last.end_ns - loop.detected.end_ns) / 1e9
    saved = [f"{after} steps"]
    if tokens:
        saved.append(f"{tokens:,} tokens")
    if seconds >= 1:
        saved.append(f"{seconds:,.0f} s")
    return f"would have fired at {where}; what followed brought nothing new: {', '.join(saved)}"
