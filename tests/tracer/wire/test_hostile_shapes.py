"""Files whose spans are shaped to make reading them dear: twice the spans cost twice the work."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer.clocks import ordered
from agentloupe.tracer.wire import own
from agentloupe.tracer.wire.dialects import ag2
from agentloupe.tracer.wire.files import normalised
from agentloupe.tracer.wire.folding import FOLDED
from agentloupe.tracer.wire.merge import Merge
from agentloupe.tracer.wire.spans import Source, WireLink, WireSpan
from agentloupe.tracer.wire.spool import Spool

TURN, TALK, CHOICE = (
    {ag2.TYPE: "agent"},
    {ag2.TYPE: "conversation"},
    {ag2.TYPE: "llm", c.AGENT_NAME: "speaker_selection_agent"},
)
CHAT = {c.OPERATION: c.CHAT}
COUNT = 150
LONG = 10**9
MANAGER = f"RoundRobinGroupChatManager_{'0' * 8}-0000-0000-0000-{'0' * 12}.(k)-A"


def made(
    number: int,
    parent: int = 0,
    *,
    trace: int = 1,
    name: str = "x",
    start: int | None = None,
    lasts: int = 5,
    scope: str = "s",
    service: str = "",
    link: int = 0,
    says: Mapping[str, object] | None = None,
) -> WireSpan:
    start = 1_000 + number if start is None else start
    return WireSpan(
        trace_id=trace,
        id=number,
        parent=parent,
        name=name,
        kind=1,
        start_ns=start,
        end_ns=start + lasts,
        attributes=dict(says or {}),
        events=[],
        links=[WireLink(1, link, {c.LINK_KIND: "message"})] if link else [],
        failed=False,
        status="",
        source=Source({"service.name": service} if service else {}, scope),
    )


def posted(to: str, kind: str = "GroupChatStart") -> dict[str, str]:
    """Of AutoGen's own telemetry."""
    return {
        "messaging.operation": "create",
        "messaging.destination": to,
        "messaging.message.type": kind,
    }


def selections_and_turns(n: int) -> Iterator[WireSpan]:
    for i in range(1, n, 2):
        yield made(i, start=10, lasts=LONG, says=TURN)
        yield made(i + 1, says=CHOICE)


def selections_and_conversations(n: int) -> Iterator[WireSpan]:
    for i in range(1, n, 2):
        yield made(i, trace=i, start=10, lasts=LONG, says=TALK)
        yield made(i + 1, trace=i + 1, says=CHOICE)


def agents_that_never_have_a_turn(n: int) -> Iterator[WireSpan]:
    for i in range(1, n, 2):
        yield made(i, trace=i, name="autogen create x", says=posted("a.(b)-A"))
        says = {"gen_ai.system": "autogen", c.AGENT_NAME: f"a{i}", c.OPERATION: "create_agent"}
        yield made(i + 1, trace=i + 1, says=says)


def posts_in_posts(n: int) -> Iterator[WireSpan]:
    for i in range(1, n):
        yield made(i, i - 1, name="autogen create x", says=posted("a.(b)-A"))


def errors_and_starts(n: int) -> Iterator[WireSpan]:
    told = {"message": '{"error":{"error_type":"E","error_message":"m"}}'}
    for i in range(1, n, 3):
        yield made(i, name="autogen create x", says=posted(MANAGER))
        error = posted("t.(k)-T", "GroupChatError")
        yield made(i + 1, name="autogen create x", start=LONG, says=error)
        handled = posted(MANAGER) | {"messaging.operation": "process"} | told
        yield made(i + 2, name="autogen process x", link=i + 1, says=handled)


def calls_in_a_call(n: int) -> Iterator[WireSpan]:
    for i in range(1, n):
        yield made(i, min(i - 1, 1), scope="in" if i > 1 else "", says=CHAT)


def accounts_in_accounts(n: int) -> Iterator[WireSpan]:
    for i in range(1, n):
        yield made(i, i - 1, scope=f"s{i % 2}", says=CHAT)


def accounts_from_within(n: int) -> Iterator[WireSpan]:
    return reversed(list(accounts_in_accounts(n)))


def services_that_call_each_other(n: int) -> Iterator[WireSpan]:
    for i in range(n, 0, -1):
        yield made(i, i - 1, service=f"s{i}", start=10 * n - i)


def a_ring(n: int) -> Iterator[WireSpan]:
    for i in range(1, n):
        yield made(i, i - 1 or n - 1)


HOSTILE = [
    selections_and_turns,
    selections_and_conversations,
    agents_that_never_have_a_turn,
    posts_in_posts,
    errors_and_starts,
    calls_in_a_call,
    accounts_in_accounts,
    accounts_from_within,
    services_that_call_each_other,
    a_ring,
]


def lines(spans: list[WireSpan]) -> int:
    """Lines of code that are run to read these."""
    count = 0

    def each(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        normalised(spans)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", HOSTILE, ids=lambda shape: shape.__name__)
def test_work_grows_with_the_file(shape: Callable[[int], Iterator[WireSpan]]) -> None:
    normalised(shape(COUNT))  # what is imported and looked up once
    once, twice = (lines(list(shape(n))) for n in (COUNT, 2 * COUNT))
    assert twice < 2.4 * once


def test_a_chain_of_operations_that_nobody_knows_takes_no_room() -> None:
    peaks: list[int] = []
    for n in (500, 1_000):
        spans = [made(i, i - 1, says={c.OPERATION: f"op{i}"}) for i in range(1, n)]
        tracemalloc.start()
        try:
            normalised(spans)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 2.4 * peaks[0]


class Counted:
    """A key that counts how often it is compared."""

    asked = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        Counted.asked += 1
        return isinstance(other, Counted) and other.number == self.number


def test_a_chain_of_causes_is_followed_once() -> None:
    keys = [Counted(i) for i in range(300)]
    Counted.asked = 0
    found = ordered({key: 300 - key.number for key in keys}, dict(pairwise(keys)))
    assert [key.number for key in found] == list(range(299, -1, -1))
    assert Counted.asked < 20 * len(keys)


def test_what_a_resource_says_is_put_aside_once() -> None:
    """Its attributes are not repeated for each scope that names it."""
    resource = {"service.name": "shop", "process.command_args": ["x" * 1_000] * 1_000}
    with Spool() as spool:
        for i in range(1, 2_000):
            span = made(i)
            span.source = Source(resource, f"scope {i}")
            spool.add(span)
        assert spool._ends[-1] < 500_000  # pyright: ignore[reportPrivateUsage]  no other way to see it
        (run,) = spool.runs({})
        back = [span.source for _, span in run]
    assert {each.resource["service.name"] for each in back} == {"shop"}
    assert [each.scope for each in back][-1] == "scope 1999"


@pytest.mark.parametrize("within", [False, True])
def test_of_three_accounts_of_one_act_all_is_kept(within: bool) -> None:
    """Whichever comes first in the file; the outermost counts where they differ."""
    spans = [
        made(1, scope="client", says=CHAT),
        made(2, 1, scope="library", says=CHAT | {c.OUTPUT_TOKENS: 7, "gen_ai.seed": 1}),
        made(3, 2, scope="http", says=CHAT | {c.INPUT_TOKENS: 5, "gen_ai.seed": 2}),
        made(4, 3),
    ]
    (run,) = normalised(reversed(spans) if within else spans)
    call, below = sorted(run.spans, key=lambda span: span.id)
    said = call.attributes
    assert (said[c.INPUT_TOKENS], said[c.OUTPUT_TOKENS], said["gen_ai.seed"]) == (5, 7, 1)
    assert said[FOLDED] == ("library", "http")
    assert below.parent == call.id


def test_what_many_accounts_say_is_no_longer_than_one_may_be() -> None:
    tool = {c.OPERATION: c.TOOL, c.TOOL_NAME: "t"}
    spans = [made(1, scope="outer", says=tool)]
    spans += [
        made(i, 1, scope=f"scope {i}", link=1, says=tool | {f"key{i}": "v" * 500})
        for i in range(2, 600)
    ]
    (run,) = normalised(spans)
    call = next(span for span in run.spans if span.id == 1)
    assert len(call.attributes) <= 258
    assert len(call.attributes[FOLDED]) <= 256  # pyright: ignore[reportArgumentType]  a tuple
    assert sum(len(str(value)) for value in call.attributes.values()) < 100_000


TIMES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12)


@given(TIMES, TIMES)
def test_a_selection_is_in_the_innermost_turn_around_it(
    turns: list[tuple[int, int]], chosen: list[tuple[int, int]]
) -> None:
    spans = [
        made(i, start=start, lasts=lasts, says=TURN) for i, (start, lasts) in enumerate(turns, 1)
    ]
    calls = [
        made(100 + i, start=at, lasts=lasts, says=CHOICE) for i, (at, lasts) in enumerate(chosen)
    ]
    ag2.DIALECT.arrange(spans + calls, spans + calls)
    by_id = {span.id: span for span in spans}
    for call in calls:
        around = [
            turn.start_ns
            for turn in spans
            if turn.start_ns <= call.start_ns and (call.end_ns or 0) <= (turn.end_ns or 0)
        ]
        assert (by_id[call.parent].start_ns if call.parent else None) == max(around, default=None)


@given(TIMES, TIMES)
def test_a_selection_is_of_the_one_conversation_around_it(
    talks: list[tuple[int, int]], chosen: list[tuple[int, int]]
) -> None:
    spans = [
        made(i, trace=i, start=start, lasts=lasts, says=TALK)
        for i, (start, lasts) in enumerate(talks, 1)
    ]
    calls = [
        made(100 + i, trace=100 + i, start=at, lasts=lasts, says=CHOICE)
        for i, (at, lasts) in enumerate(chosen)
    ]
    merge = Merge()
    joiner = ag2.DIALECT.joiner(merge)
    for span in spans + calls:
        joiner.see(span)
    joiner.finish()
    groups = merge.groups()
    for call in calls:
        around = [
            talk.trace_id
            for talk in spans
            if talk.start_ns <= call.start_ns and (call.end_ns or 0) <= (talk.end_ns or 0)
        ]
        run = groups.get(call.trace_id, call.trace_id)
        assert run == (around[0] if len(around) == 1 else call.trace_id)


@given(st.lists(st.integers(-50, 50), max_size=10), st.integers(-60, 60))
def test_the_nearest_trace(starts: list[int], at: int) -> None:
    merge = Merge()
    for number, start in enumerate(starts):
        merge.add(number, start)
    found = merge.nearest(at)
    if found is None:
        assert not starts
    else:
        assert abs(starts[found] - at) == min(abs(start - at) for start in starts)


def test_a_post_in_a_ring_of_posts_is_in_no_delivery() -> None:
    post = posted("a.(b)-A")
    spans = [made(i, i % 3 + 1, name="autogen create x", says=post) for i in (1, 2, 3)]
    (run,) = normalised(spans)
    assert all(own.OP not in span.attributes for span in run.spans)
    assert [span.message[1] for span in run.spans if span.message is not None] == [""] * 3
