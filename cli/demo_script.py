"""What the three models of the demonstration say. Each answer depends on the conversation alone.

The coder's programs are real, and so are the failures: the checks run them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from autogen_core.models import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    LLMMessage,
    UserMessage,
)

from .demo_data import suppliers
from .demo_model import Call

CLOSED: Final = "BOOKS CLOSED"
ACCEPTED: Final = "Accepted"

_DOT_IS_DECIMAL: Final = "float(text)"
_DOT_IS_THOUSANDS: Final = 'float(text.replace(".", ""))'
_THREE_DIGITS: Final = (
    'float(text.replace(".", "")) if len(text.rpartition(".")[2]) == 3 else float(text)'
)

#: What the coder writes for each supplier, attempt by attempt.
_ATTEMPTS: Final = {
    "Alder": ("float(text)",),
    "Birch": ('float(text.replace(",", ""))',),
    "Cedar": ('float(text.replace(".", "").replace(",", "."))',),
    "Dogwood": ('float(text.replace(",", "."))', 'float(text.replace(" ", "").replace(",", "."))'),
    "Elm": ('float(text.replace("\'", ""))',),
    "Fir": ('float(text.removeprefix("USD ").replace(",", ""))',),
    "Ginkgo": (
        'float(text.strip("()").replace(",", ""))',
        '-float(text.strip("()").replace(",", ""))',
    ),
    "Hazel": ('-float(text.rstrip("-"))',),
    "Ironwood": ("float(text)", "int(text) / 100"),
    "Juniper": ('round(float(text.rstrip("k")) * 1000, 2)',),
    "Katsura": ("float(text)",),
    "Larch": ('float(text.removesuffix(" CR"))',),
}


def _said(message: LLMMessage) -> str:
    return message.content if isinstance(message.content, str) else ""


def _from(messages: Sequence[LLMMessage], source: str) -> list[str]:
    return [_said(m) for m in messages if isinstance(m, UserMessage) and m.source == source]


def _result(messages: Sequence[LLMMessage]) -> str | None:
    """The result of the tool that was just called."""
    last = messages[-1]
    if not isinstance(last, FunctionExecutionResultMessage):
        return None
    return last.content[0].content


def analyst(messages: Sequence[LLMMessage]) -> str | Call:
    """Goes through the suppliers of the region that the task names."""
    result = _result(messages)
    if result is not None:
        return f"{result} Coder, please write parse_amount(text) for it."
    task = _from(messages, "user")[-1]
    region = task.rpartition(" ")[2].rstrip(".")
    done = sum(isinstance(m, AssistantMessage) and isinstance(m.content, str) for m in messages)
    every = suppliers(region)
    if done == len(every):
        return f"All {done} suppliers of {region} can be read. {CLOSED}"
    return "load_invoices", {"region": region, "supplier": every[done].name}


def coder(messages: Sequence[LLMMessage], *, clean: bool) -> str | Call:
    """Writes a parser, has it checked, and tries again when the critic is not content."""
    result = _result(messages)
    name = _supplier(messages)
    if result is not None:
        return f"parse_amount for {name}, as checked: {result}"
    attempt = _attempt(messages)
    code = f"def parse_amount(text):\n    return {_expression(name, attempt, clean=clean)}\n"
    return "run_checks", {"supplier_name": name, "code": code}


def _expression(name: str, attempt: int, *, clean: bool) -> str:
    if name in _ATTEMPTS:
        return _ATTEMPTS[name][attempt]
    if clean and attempt == 2:
        return _THREE_DIGITS
    return _DOT_IS_THOUSANDS if attempt % 2 else _DOT_IS_DECIMAL


def _supplier(messages: Sequence[LLMMessage]) -> str:
    match = re.match(r"(\w+) of ", _from(messages, "analyst")[-1])
    return match.group(1) if match else ""


def _attempt(messages: Sequence[LLMMessage]) -> int:
    """How often the critic sent the present parser back."""
    count = 0
    for message in reversed(messages):
        if isinstance(message, UserMessage) and message.source == "analyst":
            break
        count += isinstance(message, UserMessage) and message.source == "critic"
    return count


def critic(messages: Sequence[LLMMessage]) -> str:
    """Accepts what passes its checks, and says what is wrong with the rest."""
    report = _from(messages, "coder")[-1]
    name = report.removeprefix("parse_amount for ").partition(",")[0]
    failure = re.search(r"parse_amount\((.+?)\) gave (.+?), expected ([-\d.]+)", report)
    if "checks pass" in report:
        return f"{ACCEPTED}: the parser for {name} is right on every check."
    if failure is None:
        problem = report.partition("as checked: ")[2]
        return f"The parser for {name} does not work on its export: {problem} Please mend that."
    text, got, wanted = failure.groups()
    return (
        f"Not yet: {text} is {wanted}, your parser makes {got} of it. "
        f"Please read the amounts of {name} so that {text} comes out right."
    )
