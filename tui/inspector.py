"""The inspector: one step looked at from several sides, each side a tab.

A tab is a function from a session and a step to lines of any length; the widget wraps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..tracer import conventions as c
from ..tracer.model import Span, Step
from ..tracer.text import visible
from . import bodies
from .cast import short_type
from .compare import changes
from .gist import parsed, speech
from .pieces import Line
from .session import Session, calls
from .told import BLANK, rule
from .units import many, number, size, span


def title(session: Session, step: Step) -> Line:
    """Which message this is."""
    cast_ = session.cast
    if step.kind == "call":
        return [
            (f"#{step.index} ", "bold"),
            (cast_.name(step.recipient), f"{cast_.role(step.recipient)} bold"),
            (f" {step.message_type}", "type"),
        ]
    return [
        (f"#{step.index} ", "bold"),
        (cast_.name(step.sender), f"{cast_.role(step.sender)} bold"),
        (" → ", "dim"),
        (cast_.name(step.recipient), f"{cast_.role(step.recipient)} bold"),
    ]


def message(session: Session, step: Step) -> list[Line]:
    """The message, what it led to, and what it answered."""
    out: list[Line] = [[(step.message_type.rpartition(".")[2], "type")]]
    out[0] += [(f"  {word}", "dim") for word in _manner(session, step)]
    out.append([(_times(session, step), "dim")])
    out += _outcome(session, step)
    if step.body is None:
        out += [BLANK, *_without_body(session, step)]
    else:
        out += [BLANK, *_said(session, step.body)]
    if step.reply is not None:
        out += [BLANK, rule(f"reply  {short_type(step.reply_type or '')}")]
        out += _said(session, step.reply)
    return out


def _without_body(session: Session, step: Step) -> list[Line]:
    """What can be said of a step whose message was not recorded, or that is none."""
    said = session.said(step)
    if said:
        return [[(said, "strong")]]
    if step.kind == "call":
        needs = "process spans with agentloupe.message.body"
        return [[("This trace holds no messages, ", "dim"), (f"which would need {needs}.", "dim")]]
    return [[("No body was recorded.", "dim")]]


def _manner(session: Session, step: Step) -> list[str]:
    if step.kind == "call":
        return ["outside of any delivery"]
    row = session.folding.row(session.folding.at(step.index))
    if session.talks.stretch(row):
        return ["inner talk"]
    if row.kind == "steps" and row.stop - row.start > 1:
        place = step.index - row.start + 1
        return [f"broadcast, delivery {place} of {row.stop - row.start}"]
    return ["published"] if step.kind == "publish" else ["sent"]


def _times(session: Session, step: Step) -> str:
    at = f"at {session.elapsed_ns(step) / 1e9:.3f}s"
    waited = step.start_ns - step.posted_ns
    queued = f" · queued {span(waited)}" if step.kind != "call" and waited >= 1_000_000 else ""
    took = f" · took {span(step.end_ns - step.start_ns)}" if step.end_ns is not None else ""
    return at + queued + took


def _outcome(session: Session, step: Step) -> list[Line]:
    out: list[Line] = []
    if step.error:
        out += [[("✗ ", "error"), (line, "error")] for line in step.error.splitlines()[:20]]
    if step.end_ns is None:
        out.append(
            [
                ("○ ", "warning"),
                ("handler not finished: ", "warning"),
                (_open(session, step), "warning"),
            ]
        )
    chats, tools = calls(session.spans(step.index))
    out += [_call(session, chat) for chat in chats[:5]]
    if len(chats) > 5:
        out.append([(f"… {many(len(chats) - 5, 'more model call')}", "dim")])
    if tools:
        failed = sum(1 for tool in tools if tool.error)
        text = f"⚒ {many(len(tools), 'tool call')}" + (f", {failed} failed" if failed else "")
        out.append([(text, "error" if failed else "tool")])
    return out


def _open(session: Session, step: Step) -> str:
    end = session.info.end_ns
    if end is not None:
        return f"open for {span(end - step.start_ns)} when the run ended"
    return "still going on" if session.info.status == "running" else "the program ended first"


def _call(session: Session, chat: Span) -> Line:
    model = chat.attributes.get(c.RESPONSE_MODEL) or chat.attributes.get(c.REQUEST_MODEL)
    name = visible(str(model or chat.name.removeprefix("chat ")), newlines=False)
    line: Line = [("◇ ", "tool"), (name, "tool"), (f"  {usage(chat)}", "")]
    line.append((f"  {span(chat.duration_ns)}", "warning" if chat.end_ns is None else "dim"))
    cost = chat.attributes.get(c.COST)
    if isinstance(cost, int | float):
        line.append((f"  ${cost:.4f}", "dim"))
    trouble = chat.attributes.get(c.MODEL_TROUBLE)
    if isinstance(trouble, str):
        line.append((f"  {visible(trouble, newlines=False)}", "warning"))
    if chat.error:
        line.append((f"  ✗ {_one_line(chat.error)}", "error"))
    return line


def usage(chat: Span) -> str:
    """Tokens of a model call; what was not told is unknown, what a cache answers uses none."""
    if chat.attributes.get(c.CACHED) is True:
        return "cached"
    spent = [chat.attributes.get(name) for name in (c.INPUT_TOKENS, c.OUTPUT_TOKENS)]
    if all(count is None for count in spent):
        return "tokens unknown"
    words = [number(count) if isinstance(count, int) else "unknown" for count in spent]
    return f"{words[0]} in, {words[1]} out"


def _said(session: Session, ref: object) -> list[Line]:
    text = session.text(ref)  # pyright: ignore[reportArgumentType] a step's own reference
    value = parsed(text)
    if isinstance(value, str):
        return bodies.prose(value, "strong")
    said = speech(value)
    out = bodies.prose(said, "strong") if said.strip() else []
    if isinstance(value, Mapping) and set(cast("Mapping[str, object]", value)) != {"content"}:
        if out:
            out += [BLANK, rule("all fields")]
        out += bodies.lines(text)
    original = session.source.size(ref)  # pyright: ignore[reportArgumentType] as above
    if original > len(text.encode("utf-8", "replace")):
        out.append([(f"cut when recorded: {size(original)} originally", "warning")])
    return out


def difference(session: Session, step: Step) -> list[Line]:
    """How the message differs from the one before it on the same edge."""
    before = session.index.previous(step, session.kind(step))
    if before is None:
        if step.index >= session.index.steps:
            return [[("The run is still being read; come back in a moment.", "dim")]]
        edge = f"{session.cast.name(step.sender)} → {session.cast.name(step.recipient)}"
        kind = step.message_type.rpartition(".")[2]
        return [[(f"This is the first {kind} {edge}.", "dim")]]
    old = session.step(before)
    if step.body is None or old.body is None:
        return [[("No bodies were recorded to compare.", "dim")]]
    head: Line = [("against ", "dim"), (f"#{before}", "bold")]
    head.append(
        (f", {many(step.index - before, 'step')} earlier, same sender, recipient and type", "dim")
    )
    was, now = bodies.flat(session.text(old.body)), bodies.flat(session.text(step.body))
    if was == now:
        same: Line = [("= identical", "bold"), (" but for ids, times and token counts", "dim")]
        return [head, BLANK, same, BLANK, *([[("  " + line, "dim")] for line in now[:40]])]
    return [head, BLANK, *changes(was, now)]


def context(session: Session, step: Step) -> list[Line]:
    """What each model call of the step was given and what it answered."""
    chats, _ = calls(session.spans(step.index))
    if not chats:
        who = session.cast.name(step.recipient)
        return [[(f"{who} called no model in this step.", "dim")]]
    out: list[Line] = []
    for place, chat in enumerate(chats, 1):
        if place > 1:
            out.append(BLANK)
        out.append(_call(session, chat))
        out += exchange(session, chat)
    return out


def exchange(session: Session, chat: Span, *, answer: bool = True) -> list[Line]:
    """What a model call was given, and what it answered."""
    out: list[Line] = []
    for key, label in (
        (c.SYSTEM_INSTRUCTIONS, "instructions"),
        (c.INPUT_MESSAGES, "context"),
        (c.OUTPUT_MESSAGES, "answer"),
    ):
        ref = chat.bodies.get(key)
        if key == c.OUTPUT_MESSAGES and not answer:
            continue
        if ref is None:
            if key == c.INPUT_MESSAGES:
                out.append([("The context was not recorded.", "dim")])
            continue
        value = parsed(session.text(ref))
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        words = f", {many(len(items), 'message')}" if key == c.INPUT_MESSAGES else ""
        out.append(rule(f"{label}{words}"))
        for item in items:
            out += _turn(item)
    if chat.end_ns is None and answer:
        out.append([("○ not answered yet", "warning")])
    return out


def _turn(item: object) -> list[Line]:
    if not isinstance(item, Mapping):
        return bodies.prose(speech(item))
    fields = cast("Mapping[str, object]", item)
    role = str(fields.get("role") or fields.get("type") or "")
    name = fields.get("name")
    who = f"{role} {name}" if isinstance(name, str) else role
    parts = fields.get("parts", fields.get("content"))
    said: list[Line] = []
    for part in cast("list[object]", parts) if isinstance(parts, list) else [parts or fields]:
        said += bodies.prose(_part(part))
    return [[(visible(who, newlines=False), "role")], *([("  ", ""), *line] for line in said)]


def _part(part: object) -> str:
    if isinstance(part, Mapping):
        fields = cast("Mapping[str, object]", part)
        if fields.get("type") == "tool_call_response":
            return f"⇠ {speech(fields.get('result', fields.get('response')))}"
        if fields.get("type") == "tool_call":
            return f"⚒ {speech(fields)}"
    return speech(cast(object, part))


def tools(session: Session, step: Step) -> list[Line]:
    """The step's tool calls and code executions, with arguments and results."""
    _, found = calls(session.spans(step.index))
    if not found:
        return [[(f"{session.cast.name(step.recipient)} called no tool in this step.", "dim")]]
    out: list[Line] = []
    for tool in found:
        if out:
            out.append(BLANK)
        name = str(tool.attributes.get(c.TOOL_NAME) or tool.name)
        took = span(tool.duration_ns)
        out.append(
            [
                ("⚒ ", "tool"),
                (name, "tool bold"),
                (f"  {took}", "warning" if tool.end_ns is None else "dim"),
            ]
        )
        if tool.error:
            out.append([("✗ ", "error"), (_one_line(tool.error), "error")])
        for key, label in ((c.TOOL_ARGUMENTS, "arguments"), (c.TOOL_RESULT, "result")):
            ref = tool.bodies.get(key)
            if ref is not None:
                out.append([("  ", ""), (label, "key")])
                out += [[("    ", ""), *line] for line in bodies.lines(session.text(ref))]
    return out


def raw(session: Session, step: Step) -> list[Line]:
    """The spans as recorded."""
    out: list[Line] = []
    for item in session.spans(step.index):
        if out:
            out.append(BLANK)
        out += span_lines(session, item)
    return out or [[("No spans were recorded for this step.", "dim")]]


def span_lines(session: Session, item: Span) -> list[Line]:
    out: list[Line] = [
        [
            ("■ ", "dim"),
            (item.op, "type"),
            ("  " + item.name if item.name != item.op else "", "bold"),
        ],
        _field("span", f"{item.hex_id}  parent {item.parent:016x}"),
        _field("agent", item.agent or "–"),
        _field("start", f"+{(item.start_ns - session.info.start_ns) / 1e9:.6f}s"),
        _field("took", span(item.duration_ns)),
    ]
    if item.error:
        out.append([("  error: ", "key"), (_one_line(item.error), "error")])
    out += [_field(key, str(value)) for key, value in sorted(item.attributes.items())]
    out += [
        _field(key, f"body of {size(session.source.size(ref))}")
        for key, ref in sorted(item.bodies.items())
    ]
    out += [_field(f"link {link.kind}", f"{link.span_id:016x}") for link in item.links]
    for event in item.events:
        out.append(_field("event", event.name))
        for key, value in sorted(event.attributes.items()):
            first, *more = str(value).splitlines() or [""]
            out.append([("  ", ""), *_field(key, first)])
            out += [[("      " + line, "")] for line in more[:60]]
    return out


def _field(name: str, value: str) -> Line:
    return [(f"  {name}: ", "key"), (_one_line(value), "")]


def _one_line(text: str) -> str:
    return " ⏎ ".join(text.splitlines())
