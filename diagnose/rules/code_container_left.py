"""A container was started for code and nothing stopped it.

Each start of an executor should have a stop. One that is missing when the program is over leaves
the container, and the code in it, running for good; AutoGen's executors do so whenever the program
is killed. Containers that end with the program, as those of agentloupe's executor do, are none of
this rule's business. Known from huggingface/smolagents#2050 and microsoft/autogen#6395.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Ending, Rule
from ..signs import Group, Judge, Sign, SignDetector

KNOWN = 256  # containers at a time


class LeftBehind(Judge):
    """Pairs starts with stops."""

    ops = frozenset({c.EXECUTOR})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._started: dict[str, Span] = {}

    def see(self, span: Span) -> Sign | None:
        container = str(span.attributes.get(c.CONTAINER_ID, ""))
        if not container or span.attributes.get(c.LEASED):
            return None
        if span.name.endswith(" stop"):
            if span.error is None:
                self._started.pop(container, None)
        elif span.error is None and len(self._started) < KNOWN:
            self._started[container] = span
        return None

    def end(self, ending: Ending) -> Iterable[tuple[Span, Sign]]:
        if ending.recording.ended_ns is None and ending.recording.signal is None:
            return
        for container, span in self._started.items():
            signal = ending.recording.signal
            how = f"was killed by signal {signal}" if signal else "ended"
            yield (
                span,
                Sign(
                    f"container {container[:12]} was started, the program {how} and never "
                    "stopped it",
                    severity="error" if signal else "warning",
                    confidence=0.95 if signal else 0.8,
                    facts={"container": container[:12], "signal": signal},
                ),
            )


def _title(group: Group) -> str:
    more = f" and {group.count - 1} more" if group.count > 1 else ""
    return f"container {group.sign.facts['container']}{more} was left behind, with the code in it"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, LeftBehind(context), _title)


RULE = Rule(
    code="CODE002",
    slug="code.container-left",
    title="a container was left behind",
    severity="warning",
    about=__doc__,
    needs="starts and stops of executors with a container",
    doubt="it may be stopped by something outside of the program, or kept on purpose",
    advice=(
        "stop it however the block is left:\n"
        "    async with DockerCommandLineCodeExecutor(...) as executor: ...\n"
        "or use agentloupe.runtime.DockerExecutor, whose container ends with the program even when "
        "that is killed. Remove what is there: docker ps, docker rm -f CONTAINER"
    ),
    start=_start,
)
