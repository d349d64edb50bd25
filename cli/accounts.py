"""What each agent of a run did and cost: messages, bytes, time, CPU, tokens, its model context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import Span, Step, plain_name
from ..tracer.reader import Run
from ..tui.units import number, size, span
from .shapes import AccountRow
from .terminal import table

#: What a handler awaits while it is under way; the reply to what it sends among them.
AWAITED: Final = frozenset({c.CHAT, c.TOOL, c.CODE, c.HUMAN, c.SEND, c.WAIT})


@dataclass(slots=True)
class _Account:
    name: str
    handled: int = 0
    failed: int = 0
    sent: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    busy_ns: int = 0
    waited_ns: int = 0
    cpu_ns: int | None = None  # None: nobody counted
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    context: int | None = None  # bytes of its last model request
    context_tokens: int | None = None


def rows(run: Run, window: tuple[int, int] | None) -> list[AccountRow]:
    """The agents of the run, or of its steps from `window[0]` up to `window[1]`, busiest first."""
    found: dict[str, _Account] = {}
    for step, spans in run.iter_turns():
        if window is None or window[0] <= step.index < window[1]:
            _count(run, found, step, spans)
    rows = [_row(identity, each) for identity, each in found.items()]
    return sorted(rows, key=lambda row: -row.busy)


def _count(run: Run, found: dict[str, _Account], step: Step, spans: Sequence[Span]) -> None:
    account = found.setdefault(step.recipient, _Account(plain_name(step.recipient)))
    account.handled += 1
    account.failed += step.error is not None
    if step.body is not None:
        account.bytes_in += run.size(step.body)
    own = next((each for each in spans if each.id == step.span_id), None)
    if own is not None and own.end_ns is not None:
        _time(account, own, [each for each in spans if each is not own])
    for each in spans:
        if each.op in (c.SEND, c.PUBLISH) and each.agent == step.recipient:
            account.sent += 1
            body = each.bodies.get(c.MESSAGE_BODY)
            account.bytes_out += 0 if body is None else run.size(body)
        elif each.op == c.CHAT:
            _model(run, account, each)


def _time(account: _Account, own: Span, inner: Sequence[Span]) -> None:
    assert own.end_ns is not None
    busy = own.end_ns - own.start_ns
    account.busy_ns += busy
    ran = own.attributes.get(c.HANDLER_RAN)
    if isinstance(ran, int):
        account.waited_ns += max(0, busy - ran)
    else:
        account.waited_ns += _covered(own.start_ns, own.end_ns, inner)
    cpu = own.attributes.get(c.HANDLER_CPU)
    if isinstance(cpu, int):
        account.cpu_ns = (account.cpu_ns or 0) + cpu


def _covered(start: int, end: int, inner: Sequence[Span]) -> int:
    """How much of the time from `start` to `end` something was awaited."""
    waits = [(each.start_ns, each.end_ns or end) for each in inner if each.op in AWAITED]
    covered, at = 0, start
    for begun, over in sorted(waits):
        begun, over = max(begun, at), min(over, end)
        if over > begun:
            covered += over - begun
            at = over
    return covered


def _model(run: Run, account: _Account, chat: Span) -> None:
    account.calls += 1
    sent, got = (chat.attributes.get(key) for key in (c.INPUT_TOKENS, c.OUTPUT_TOKENS))
    account.input_tokens += sent if isinstance(sent, int) else 0
    account.output_tokens += got if isinstance(got, int) else 0
    request = chat.bodies.get(c.INPUT_MESSAGES)
    if request is not None:
        account.context = run.size(request)
        account.context_tokens = sent if isinstance(sent, int) else None


def _row(identity: str, account: _Account) -> AccountRow:
    return AccountRow(
        name=account.name,
        identity=identity,
        handled=account.handled,
        failed=account.failed,
        sent=account.sent,
        bytes_in=account.bytes_in,
        bytes_out=account.bytes_out,
        busy=round(account.busy_ns / 1e9, 6),
        waited=round(account.waited_ns / 1e9, 6),
        cpu=None if account.cpu_ns is None else round(account.cpu_ns / 1e9, 6),
        model_calls=account.calls,
        input_tokens=account.input_tokens,
        output_tokens=account.output_tokens,
        context=account.context,
        context_tokens=account.context_tokens,
    )


def lines(found: Iterable[AccountRow]) -> Iterator[str]:
    """A table."""
    found = list(found)
    if not found:
        yield "no agent handled anything"
        return
    head = ("AGENT", "HANDLED", "SENT", "IN", "OUT", "BUSY", "WAITED", "CPU", "TOKENS", "CONTEXT")
    yield from table(head, [_fields(row) for row in found], " ".join(head[1:]))
    if all(row.cpu is None for row in found):
        yield "CPU is counted with loupe run --accounting, or TracedRuntime(accounting=True)"


def _fields(row: AccountRow) -> tuple[str, ...]:
    context = "-" if row.context is None else size(row.context)
    if row.context_tokens is not None:
        context += f" / {number(row.context_tokens)}"
    return (
        row.name,
        number(row.handled),
        number(row.sent),
        size(row.bytes_in),
        size(row.bytes_out),
        _time_of(row.busy),
        _time_of(row.waited),
        "-" if row.cpu is None else _time_of(row.cpu),
        number(row.input_tokens + row.output_tokens),
        context,
    )


def _time_of(seconds: float) -> str:
    return span(round(seconds * 1e9))
