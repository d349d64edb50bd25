"""Model calls worked only after several attempts, which the program does not see.

A fact of the trace: the client's own attempts are events of the call. Three attempts or more in one
call, or attempts beyond the first in a fifth of at least ten calls, cost time that no log shows
(the openai client retries twice by default, without a word). The next client of a list, as v0.2's
config_list has them, is no retry of the one that failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...tracer import conventions as c
from ...tracer.model import Event, Span
from ..rule import Rule
from ..signs import Group, Judge, Sign, SignDetector, times


class RetriesJudge(Judge):
    """Counts attempts."""

    ops = frozenset({c.CHAT})

    def see(self, span: Span) -> Sign | None:
        attempts = max(_by_client(span.events), key=lambda each: sum(map(_failed, each)))
        failed = list(filter(_failed, attempts))
        if len(failed) < 2:
            return None
        why = failed[-1].attributes
        told = why.get(c.HTTP_STATUS) or why.get(c.ERROR_TYPE) or "failed"
        text = f"{len(failed)} of {len(attempts)} attempts failed: {told}"
        return Sign(text, len(failed), 0.97, facts={"attempts": len(attempts)})


def _by_client(events: Sequence[Event]) -> list[list[Event]]:
    """The attempts of each client: one that was asked tells so when it is done."""
    rows: list[list[Event]] = [[]]
    for event in events:
        if event.name == c.ATTEMPT:
            rows[-1].append(event)
        if event.name == c.CLIENT or c.CLIENT_CLASS in event.attributes:
            rows.append([])
    return rows


def _failed(attempt: Event) -> bool:
    return c.ERROR_TYPE in attempt.attributes or _bad(attempt.attributes)


def _bad(attributes: Mapping[str, object]) -> bool:
    status = attributes.get(c.HTTP_STATUS)
    return isinstance(status, int) and status >= 400


def _title(group: Group) -> str:
    who = group.agent or "the program"
    return f"model calls of {who!r} were repeated by the client without a word{times(group.count)}"


RULE = Rule(
    code="MODL006",
    slug="model.hidden-retries",
    title="retries hide that the model server fails",
    severity="warning",
    about=__doc__,
    needs="model calls with the client's attempts (recorded by loupe run)",
    doubt="a server may be slow to start, and then be fine",
    advice=(
        "look at the status codes above, and set what you want:\n"
        "    OpenAIChatCompletionClient(..., max_retries=1, timeout=60)"
    ),
    start=lambda context: SignDetector(lambda: RULE, RetriesJudge(context), _title),
)
