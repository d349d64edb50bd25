"""What agents said, as two versions of a program can be compared by it.

A transcript is every message with its author, every tool call with its arguments and its result,
in order. What v0.2 and 0.7 write differently without anything being different is put alike, each
by a name, so that a comparison says what it did not mind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from ..diagnose.content import canonical, said
from ..diagnose.turn import Act, TurnReader
from ..tracer import conventions as c
from ..tracer.model import Span, Step, plain_name
from ..tracer.reader import Run, open_recording

_EXIT_CODE: Final = re.compile(
    r"^exitcode: -?\d+ \(execution (?:succeeded|failed)\)\s*Code output:\s*", re.DOTALL
)
_EXITED: Final = re.compile(
    r"^The script ran, then exited with an error \(POSIX exit code: -?\d+\)\s*Its output was:\s*",
    re.DOTALL,
)
_CLASSIC: Final = frozenset(
    {"text", "tool_calls", "tool_responses", "function_call", "function_response"}
)
_CALLING: Final = frozenset({"tool_calls", "function_call"})
_SOURCE: Final = re.compile(r'"source": ?"([^"]+)"')
_ERROR: Final = re.compile(r"^\w*Error: ")  # recorded with its class where it was raised
_NO_TOOL: Final = re.compile(
    r"^(?:Error: )?(?:Function|tool) '?([^']+?)'? not found(?: in any workbench|\.)?$"
)
_SUMMARY: Final = "ToolCallSummaryMessage"
_NOTHING: Final = re.compile(r"^<\w+>$")  # stands for a message without a text
_IMAGE: Final = re.compile(r"\s*(?:<img [^>]+>|(?<![\w+/])[\w+/]{60,}={0,2}(?![\w+/=]))\s*")


Place = tuple[str, str, int]  # run, conversation, answer of the one around it


@dataclass(frozen=True, slots=True)
class Line:
    """One message, call or result."""

    author: str
    kind: str  # "says", "calls" or "gets"
    text: str
    passed_on: bool = field(default=False, compare=False)  # by a manager, to one of its members
    asked: bool = field(default=False, compare=False)  # in a message: a call that may never be made

    def __str__(self) -> str:
        return (
            f"{self.author} {self.kind} {self.text}" if self.author else f"{self.kind} {self.text}"
        )


@dataclass(frozen=True, slots=True)
class Matched:
    """How much two transcripts share, where they part, and what was not minded."""

    shared: int
    first: tuple[str, str] | None
    alike: tuple[str, ...]
    final: bool  # whether the last texts are the same


def transcript(path: Path) -> list[Line]:
    """The lines of a recording, conversation by conversation in the order they began.

    One that is held inside of an answer comes after the one around it, each time anew. A message
    that is passed on, to a group or to the next who is asked, is there once.
    """
    found: dict[Place, list[Line]] = {}
    begun: dict[Place, int] = {}
    said_again: list[Place] = []  # v0.2's answers in a chat, which are sent then
    with open_recording(path) as recording:
        for info in sorted(recording.runs, key=lambda info: info.start_ns):
            run = recording.run(info.trace_id)
            reader = TurnReader(run.text)
            answers = 0  # of the conversation around the others
            answered_in: list[Place] = []
            talk = False
            for step, spans in run.iter_turns():
                held = [s for s in spans if s.op == c.AGENT and c.OUTPUT_MESSAGES in s.bodies]
                if step.kind == "call" and held:
                    for span in held:
                        alone = all(each is span or each.op == c.CODE for each in spans)
                        answered_in.append((info.trace_id, f"{span.id}", 0))
                        begun[answered_in[-1]] = info.start_ns
                        lines = found.setdefault(answered_in[-1], [])
                        lines += _told(run, span, alone=alone)
                    continue
                talk |= step.message_type in _CLASSIC
                answers += not step.conversation
                turn = answers if step.conversation else 0
                place = (info.trace_id, _held_in(step, spans), turn)
                # what asks models outside of any run is one trace from first to last
                begun.setdefault(place, step.start_ns if _is_alone(step) else info.start_ns)
                lines = found.setdefault(place, [])
                lines += _lines(run, step, reader.turn(step, spans).acts)
            said_again += answered_in if talk else ()
    kept = [place for place in found if place not in said_again]
    kept.sort(key=lambda place: begun[place])
    return [line for place in kept for line in _once(_made(found[place]))]


def _held_in(step: Step, spans: Sequence[Span]) -> str:
    """What tells one conversation of a run from another; a team of 0.7 has an id."""
    if _is_alone(step):
        return f"{step.span_id}"
    if step.conversation and step.message_type in _CLASSIC:  # two agents may talk more than once
        chat = next((span.parent for span in spans if span.id == step.span_id), 0)
        return f"{step.conversation} {chat}"
    return step.conversation or step.recipient.partition("/")[2]


def _is_alone(step: Step) -> bool:
    """Whether a model is asked outside of any chat."""
    return step.message_type == "chat"


def _told(run: Run, span: Span, *, alone: bool) -> Iterator[Line]:
    """What an agent answered with; `alone`: with no part of a model, a tool or a human in it.

    In v0.2 that is a function of the program's own, or code that an agent has run; the agent it
    becomes is no part of 0.7, and not recorded.
    """
    text = run.text(span.bodies[c.OUTPUT_MESSAGES])
    alone = alone and not any("parts" in message for message in json.loads(text))
    for line in answered(text):
        yield replace(line, author="") if alone and line.kind == "says" else line


def _made(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines without calls that a message asks for and that are told again where they are made."""
    for place, line in enumerate(lines):
        name = line.text.partition("(")[0]
        later = (each for each in lines[place + 1 :] if each.text.partition("(")[0] == name)
        following = next((each for each in later if each.kind == "calls"), None)
        if not line.asked or following is None or following.asked:
            yield line


def _once(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines without those by which a manager passes on what was just said."""
    last: Line | None = None
    for line in lines:
        if line.kind == "says":
            again = last is not None and line.text == last.text
            if last is not None and again and (line.passed_on or line.author != last.author):
                continue
            last = line
        yield line


def answered(text: str) -> Iterator[Line]:
    """What was said in a chat that one agent held, from the messages it answered with."""
    for message in cast("list[dict[str, Any]]", json.loads(text)):
        author = str(message.get("name") or message.get("source") or "")
        if "parts" not in message:  # v0.2's own dictionary
            yield from _classic_answer(author, message)
        for part in cast("list[dict[str, Any]]", message.get("parts") or []):
            match part.get("type"):
                case "tool_call":
                    arguments = canonical(json.dumps(part.get("arguments")))
                    yield Line(author, "calls", f"{part.get('name')}({arguments})")
                case "tool_call_response":
                    yield Line("", "gets", canonical(str(part.get("result", ""))))
                case _:
                    yield Line(author, "says", str(part.get("content", "")))


def _classic_answer(author: str, message: dict[str, Any]) -> Iterator[Line]:
    calls = cast("list[dict[str, Any]]", message.get("tool_calls") or [])
    for call in [*calls, *filter(None, [message.get("function_call")])]:
        arguments = canonical(str(call.get("arguments") or "{}"))
        yield Line(author, "calls", f"{call.get('name')}({arguments})")
    if message.get("content") is not None:
        yield Line(author, "says", said(json.dumps(message["content"])))


def _lines(run: Run, step: Step, acts: Sequence[Act]) -> Iterator[Line]:
    # v0.2 has every message as a step of its own, the first one too
    if step.message_type == "text" and step.body is not None:
        body = cast("dict[str, Any]", json.loads(run.text(step.body)))
        text = said(json.dumps(body.get("content")))
        yield Line(plain_name(step.sender), "says", text, passed_on=step.kind == "publish")
    elif step.message_type in _CALLING and step.kind == "send" and step.body is not None:
        for line in _classic_answer(plain_name(step.sender), json.loads(run.text(step.body))):
            if line.kind == "calls":
                yield replace(line, asked=True)
    for act in acts:
        if act.span.op == c.CODE:
            continue  # stands in one message and its output in the next, in both versions
        if act.kind == "call":
            asker = plain_name(act.asked_by) if act.asked_by else act.name
            yield Line(asker, "calls", f"{act.target}({act.text})")
            yield Line("", "gets", act.outcome)
        elif step.message_type not in _CLASSIC and not _starts_a_team(act):
            author = "" if _is_alone(step) else _signed(run, act)
            yield Line(author, "says", _NOTHING.sub("", _summary(run, act) or act.text))


def _summary(run: Run, act: Act) -> str:
    """The text of a message that sums up calls, without the calls, which it has once more."""
    ref = act.span.bodies.get(c.MESSAGE_BODY)
    body = run.text(ref) if ref is not None else ""
    if _SUMMARY not in body:
        return ""
    value: Any = json.loads(body)
    for key in ("response", "chat_message", "message"):
        value = value.get(key) or value
    return str(value.get("content") or "") if value.get("type") == _SUMMARY else ""


def _starts_a_team(act: Act) -> bool:
    """The task of a team inside of an answer: the team says it again, as the first of its own."""
    return act.span.op == c.SEND and "GroupChatManager" in act.target


def _signed(run: Run, act: Act) -> str:
    """Who signed a message; the manager of a team passes on tasks that somebody else signed."""
    ref = act.span.bodies.get(c.MESSAGE_BODY)
    if ref is None or not act.name.endswith("GroupChatManager"):
        return act.name
    found = _SOURCE.search(run.text(ref))
    return found[1] if found else act.name


def match(before: Sequence[Line], after: Sequence[Line]) -> Matched:
    """Compare v0.2's transcript with 0.7's."""
    alike: set[str] = set()
    old, new = ([*_alike(lines, alike.add)] for lines in (before, after))
    if old and new and old[0].text == new[0].text and old[0].author != new[0].author:
        alike.add("task-author")
        new[0] = old[0]
    found = _in_step(old, new, {*alike})
    if found.first is None:
        return found
    # what is said while a tool runs stands before its result or after it
    again = _in_step(_results_last(old), _results_last(new), alike | {"result-order"})
    return again if again.first is None else found


def _results_last(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.kind == "gets")


def _in_step(old: Sequence[Line], new: Sequence[Line], alike: set[str]) -> Matched:
    texts = [[line.text for line in lines if line.kind == "says"] for lines in (old, new)]
    final = texts[0][-1:] == texts[1][-1:]
    shared = at = behind = 0
    while at < len(old) or behind < len(new):
        left = old[at] if at < len(old) else None
        right = new[behind] if behind < len(new) else None
        if _agree(left, right, alike.add):
            at, behind, shared = at + 1, behind + 1, shared + 1
        elif left is not None and _nobody_heard(left):
            alike.add("asked-outside")
            at += 1
        elif right is not None and _nobody_heard(right):
            alike.add("asked-outside")
            behind += 1
        else:
            first = (str(left or "nothing"), str(right or "nothing"))
            return Matched(shared, first, tuple(sorted(alike)), final)
    return Matched(shared, None, tuple(sorted(alike)), final)


def _agree(left: Line | None, right: Line | None, used: Callable[[str], None]) -> bool:
    """Whether two lines are the same, or differ in who a call or a summary is said to be of."""
    if left is None or right is None or (left.kind, left.text) != (right.kind, right.text):
        return False
    if left.author == right.author:
        return True
    if left.kind == "calls":  # a manager passes on the calls of its group
        used("caller")
        return True
    return left.kind == "says" and not (left.author and right.author)


def _nobody_heard(line: Line) -> bool:
    """What a model answered outside of any chat; v0.2 tells of it as a message or not at all."""
    return line.kind == "says" and not line.author


def _sums_up(text: str, results: Sequence[str]) -> bool:
    """Whether a text is the results of calls once more; results are kept with sorted keys."""
    once_more = "\n".join(results)
    return once_more in (text, "\n".join(map(canonical, text.split("\n"))))


def _alike(lines: Sequence[Line], used: Callable[[str], None]) -> Iterator[Line]:
    """The lines without what only looks different, each kind of it named."""
    results: list[str] = []
    kept = [*lines]
    while kept and kept[-1].kind == "says" and not kept[-1].text.strip():
        used("empty-dropped")
        kept.pop()
    if kept and (kept[-1].kind, kept[-1].text) == ("says", "exit"):
        used("human-exit")  # v0.2 takes a typed "exit" as a command
        kept.pop()
    for line in kept:
        text = _ERROR.sub("", _EXITED.sub("", _EXIT_CODE.sub("", line.text))).strip()
        if text != line.text.strip():
            used("exec-wrapper" if line.kind == "says" else "error-wrapper")
        if _IMAGE.search(text):  # a tag there, the picture itself here
            used("images")
            text = _IMAGE.sub("<image>", text)
        author = re.sub(r"\W", "_", line.author)
        if author != line.author:
            used("names")
        if line.kind == "gets":
            text = _NO_TOOL.sub(r"no tool \1", text)
            results.append(text)
        elif line.kind == "says" and not text:
            used("empty-dropped")
            continue
        elif line.kind == "says" and results and _sums_up(text, results):
            used("tool-summary-dropped")
            continue
        if line.kind != "gets":
            results = []
        yield replace(line, author=author, text=text)
