"""One pass over all spans of a run: what no rollup and no window of it can tell.

It runs in a thread of its own on its own reader, a window at a time; the screens show what has
been surveyed so far, and `loupe show` prints the whole.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from ..tracer import conventions as c
from ..tracer.model import Span, Step, plain_name
from ..tracer.text import visible
from .series import Series
from .source import Source

WINDOW = 1024  # steps read at a time
COUNTED = 100_000  # different argument texts counted per tool
SHOWN = 200  # characters of an argument text
LONG = 16  # steps that begin while a span is open, from which on it is remembered as long
MOST_LONG = 20_000


class Sums:
    """Amounts at rising steps, summed over any range of them."""

    def __init__(self) -> None:
        self._steps = array("q")
        self._sums = array("q", [0])

    def add(self, step: int, amount: int) -> None:
        """Take an amount; steps must not fall."""
        self._steps.append(step)
        self._sums.append(self._sums[-1] + amount)

    def between(self, start: int, stop: int) -> int:
        """The sum at steps from `start` up to `stop`."""
        low, high = bisect_left(self._steps, start), bisect_left(self._steps, stop)
        return self._sums[high] - self._sums[low]


class Tool:
    """All calls of one tool so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.agents: dict[str, None] = {}
        self.calls = 0
        self.errors = 0
        self.unfinished = 0
        self.written = 0  # bytes of results
        self.first: int | None = None  # step of the first call, and of the first that failed
        self.first_error: int | None = None
        self.steps = array("q")  # in which it was called
        self.durations = array("q")
        self.arguments: dict[str, int] = {}

    def add(self, call: Span, arguments: str, written: int) -> None:
        """Count a call."""
        self.calls += 1
        self.written += written
        if self.first is None:
            self.first = call.step
        if call.step is not None and call.step not in self.steps[-1:]:
            self.steps.append(call.step)
        if call.error is not None:
            self.errors += 1
            self.first_error = call.step if self.first_error is None else self.first_error
        if call.agent:
            self.agents[plain_name(call.agent)] = None
        if call.duration_ns is None:
            self.unfinished += 1
        else:
            self.durations.append(call.duration_ns)
        if arguments in self.arguments:
            self.arguments[arguments] += 1
        elif len(self.arguments) < COUNTED:
            self.arguments[arguments] = 1

    @property
    def repeats(self) -> int:
        """Calls whose arguments were those of an earlier one."""
        return sum(self.arguments.values()) - len(self.arguments)

    def most_repeated(self, count: int = 1) -> list[tuple[str, int]]:
        """The commonest argument texts, safe to show, with how often they came."""
        top = sorted(self.arguments.items(), key=lambda item: -item[1])[:count]
        return [(visible(text[:SHOWN], newlines=False), times) for text, times in top]

    def grown(self, memory: Series) -> int | None:
        """By how much resident memory grew over the steps with its calls, None where it was not
        sampled. Of tools that are called in the same step nobody can tell which it was.
        """
        found = [(memory.at(step - 1), memory.at(step)) for step in self.steps]
        grown = [now - before for before, now in found if before is not None and now is not None]
        return sum(grown) if grown else None

    def percentile(self, percent: int) -> int | None:
        """The nearest-rank percentile of the durations."""
        return percentile(sorted(self.durations), percent)


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile of sorted values; None without any."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


class Survey:
    """What is known of the first `steps` steps."""

    def __init__(self) -> None:
        self.steps = 0
        self.total = 0
        self.loose = False  # whether what belongs to no step has been looked at
        self.starts = array("q")  # of each step
        self.tokens = Sums()
        self.tools: dict[str, Tool] = {}
        self.long: list[Span] = []  # open while at least LONG further steps began
        self.samples: list[Span] = []  # memory of containers and executors, as spans
        self.people: list[Span] = []  # waits for a person

    @property
    def complete(self) -> bool:
        return self.loose and self.steps >= self.total

    def work(
        self,
        run: Source,
        tell: Callable[[], None] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Survey:
        """Survey what is not surveyed yet; `tell` after every window, `stopped` before each."""
        self.total = run.info.steps
        if not self.loose:
            self._take(run, [], run.loose_spans())
            self.loose = True
        while self.steps < self.total and not stopped():
            stop = min(self.steps + WINDOW, self.total)
            self._take(run, run.steps(self.steps, stop), run.spans(self.steps, stop))
            self.steps = stop
            tell()
        return self

    def over(self, run: Source, start: int, stop: int) -> Survey:
        """Survey only some steps."""
        self._take(run, run.steps(start, stop), run.spans(start, stop))
        return self

    def ordered(self) -> list[Tool]:
        """The tools, the most called first."""
        return sorted(self.tools.values(), key=lambda tool: (-tool.calls, tool.name))

    def _take(self, run: Source, steps: Sequence[Step], spans: Iterable[Span]) -> None:
        self.starts.extend(step.start_ns for step in steps)
        tokens: dict[int, int] = {}
        for span in spans:
            if span.op == c.CHAT and span.step is not None:
                tokens[span.step] = tokens.get(span.step, 0) + spent(span)
            elif span.op in (c.TOOL, c.CODE):
                self._call(run, span)
            elif span.op == c.SAMPLE:
                self.samples.append(span)
            elif span.op == c.HUMAN:
                self.people.append(span)
            self._remember(span)
        for step in sorted(tokens):
            self.tokens.add(step, tokens[step])

    def _call(self, run: Source, call: Span) -> None:
        name = visible(str(call.attributes.get(c.TOOL_NAME) or call.name), newlines=False)
        result = call.bodies.get(c.TOOL_RESULT)
        written = run.size(result) if result is not None else 0
        tool = self.tools.setdefault(name, Tool(name))
        tool.add(call, _arguments(run, call), written)

    def _remember(self, span: Span) -> None:
        if span.op == c.RUN or len(self.long) >= MOST_LONG:
            return
        if span.end_ns is None:
            self.long.append(span)
            return
        begun = bisect_right(self.starts, span.end_ns)
        known = bisect_right(self.starts, span.start_ns)
        if begun - known >= LONG or span.step is None or begun == len(self.starts) > known:
            self.long.append(span)


def spent(chat: Span) -> int:
    """Tokens of a model call, as far as they were told."""
    counts = (chat.attributes.get(key) for key in (c.INPUT_TOKENS, c.OUTPUT_TOKENS))
    return sum(count for count in counts if isinstance(count, int))


def _arguments(run: Source, call: Span) -> str:
    """The arguments in a form in which equal ones are equal texts."""
    ref = call.bodies.get(c.TOOL_ARGUMENTS)
    if ref is None:
        return ""
    text = run.text(ref)
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
