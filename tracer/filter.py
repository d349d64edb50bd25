"""The filter language: which steps are meant, in words that are safe to take from anyone.

    from:coder to:executor type:Tool* err tok>2000 text:"KeyError" rss>+50 !tool:search

Terms stand side by side and all must hold; `!` in front of a term turns it round, a lone `!` at
the beginning all of it. Values after `:` may be several, `from:coder,critic`, with `*` and `?` as
in file names; `text:/…/` is a regular expression. A bare word is looked for in the names of the
agents, the type and the text. The replay's `/`, its breakpoints and those of a run in progress
speak it; nothing of it is ever evaluated as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import translate
from typing import Final, Protocol

from msgspec import Struct

from .errors import LoupeError

SEARCHED: Final = 65_536  # characters of a text that are looked at
LONGEST: Final = 2_000  # characters of a filter


class BadFilter(LoupeError):  # noqa: N818 reads as a sentence
    """A filter cannot be understood."""

    code = "LP120"


class Facts(Protocol):
    """What a filter may ask about a step. What is a method may be dear and is asked last."""

    @property
    def step(self) -> int: ...
    @property
    def sender(self) -> str: ...  # plain name, "" for the program itself
    @property
    def recipient(self) -> str: ...
    @property
    def message_type(self) -> str: ...
    @property
    def kind(self) -> str: ...  # "send", "publish", "call"
    @property
    def topic(self) -> str: ...
    @property
    def error(self) -> str | None: ...  # of the handler, else of a call inside
    @property
    def took_ns(self) -> int | None: ...  # None: not ended
    @property
    def since_ns(self) -> int: ...  # since the start of the run
    def text(self) -> str: ...
    def tokens(self) -> int | None: ...  # of its model calls; None: nobody told
    def tools(self) -> Sequence[str]: ...
    def memory(self) -> int | None: ...  # bytes resident after the step
    def growth(self) -> int | None: ...  # bytes by which that grew during the step


Test = Callable[[Facts], bool]


class Filter(Struct, frozen=True):
    """A filter that was understood. `source` is what was written."""

    source: str
    _tests: tuple[tuple[int, Test], ...]
    _inverted: bool = False

    def matches(self, facts: Facts) -> bool:
        """Whether a step is meant."""
        for _, test in self._tests:
            if not test(facts):
                return self._inverted
        return not self._inverted

    @property
    def dear(self) -> bool:
        """Whether it asks for more than the step itself: its text, its calls, its memory."""
        return any(cost for cost, _ in self._tests)


def parse(source: str) -> Filter:
    """Understand a filter.

    Raises:
        BadFilter: it cannot be understood; says what is wrong and what is possible.
    """
    if len(source) > LONGEST:
        raise BadFilter(f"a filter of {len(source)} characters is too long", f"at most {LONGEST}")
    words = list(_words(source))
    inverted = words[:1] == ["!"]
    if inverted:
        del words[0]
    if not words:
        raise BadFilter("the filter is empty", EXAMPLE)
    tests = sorted((_term(word) for word in words), key=lambda test: test[0])
    return Filter(source.strip(), tuple(tests), inverted)


EXAMPLE: Final = 'such as: from:coder to:executor type:Tool* err tok>2000 text:"KeyError" rss>+50'


def _words(source: str) -> Iterator[str]:
    """The terms: what stands between blanks that are in no quotes."""
    word, quote = "", ""
    for char in source:
        if quote:
            quote = "" if char == quote else quote
            word += char
        elif char == '"' or (char == "/" and word.endswith(":")):
            quote = char
            word += char
        elif char.isspace():
            if word:
                yield word
            word = ""
        else:
            word += char
    if quote:
        raise BadFilter(f"{quote} is not closed in {source!r}", EXAMPLE)
    if word:
        yield word


_TERM: Final = re.compile(r"(?P<name>[A-Za-z_]+)(?P<how>:|>=|<=|!=|>|<|=)(?P<value>.*)", re.DOTALL)


def _term(word: str) -> tuple[int, Test]:
    if word.startswith("!") and len(word) > 1:
        cost, test = _term(word[1:])
        return cost, lambda facts: not test(facts)
    found = _TERM.fullmatch(word)
    if found is None:
        flag = _FLAGS.get(word.casefold())
        return (0, flag) if flag is not None else (_TEXT, _anywhere(_unquoted(word)))
    name, how, value = found["name"].casefold(), found["how"], found["value"]
    if not value:
        raise BadFilter(f"{word!r} says no value", EXAMPLE)
    if how == ":" and name in _NAMED:
        cost, ask = _NAMED[name]
        return cost, _like(name, ask, value)
    if name in _COUNTED and how != ":":
        return _compared(name, how, value)
    raise BadFilter(*_unknown(name, how))


def _unknown(name: str, how: str) -> tuple[str, str]:
    known = sorted(_NAMED) if how == ":" else sorted(_COUNTED)
    if name in _COUNTED:
        return f"{name!r} is a number", f"write {name}>100"
    if name in _NAMED:
        return f"{name!r} is no number", f"write {name}:value"
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no {name!r} to filter by", f"{hint}there is: {', '.join(known)}"


# -- terms that compare texts --------------------------------------------------------------------
_TEXT: Final = 3  # how dear: names 0, memory 1, calls 2, texts 3

_NAMED: Final[dict[str, tuple[int, Callable[[Facts], Sequence[str]]]]] = {
    "from": (0, lambda facts: _called(facts.sender or "program")),
    "to": (0, lambda facts: _called(facts.recipient)),
    "agent": (0, lambda facts: (*_called(facts.sender or "program"), *_called(facts.recipient))),
    "type": (0, lambda facts: (facts.message_type, facts.message_type.rpartition(".")[2])),
    "kind": (0, lambda facts: (facts.kind,)),
    "topic": (0, lambda facts: (facts.topic,)),
    "error": (0, lambda facts: (facts.error,) if facts.error else ()),
    "tool": (2, lambda facts: facts.tools()),
    "text": (_TEXT, lambda facts: (facts.text()[:SEARCHED],)),
}
_CHOICE: Final = re.compile(r'"[^"]*"|[^,]+')
_WITHIN: Final = ("error", "text")  # where a value is looked for inside; elsewhere it is the whole


def _called(name: str) -> tuple[str, ...]:
    """An agent's name, and without its key: `to:writer` means writer/s1 and writer/s2."""
    kind, slash, _ = name.rpartition("/")
    return (name, kind) if slash else (name,)


def _like(name: str, ask: Callable[[Facts], Sequence[str]], value: str) -> Test:
    pattern = _pattern(name, value)
    return lambda facts: any(pattern(text) for text in ask(facts))


def _pattern(name: str, value: str) -> Callable[[str], object]:
    if name in _WITHIN and len(value) > 1 and value[0] == value[-1] == "/":
        try:
            return re.compile(value[1:-1], re.IGNORECASE).search
        except re.error as error:
            raise BadFilter(f"{value!r} is no regular expression: {error}", EXAMPLE) from error
    if name in _WITHIN:
        wanted = _unquoted(value).casefold()
        return lambda text: wanted in text.casefold()
    choices = [translate(_unquoted(part)) for part in _CHOICE.findall(value)]
    return re.compile("|".join(choices), re.IGNORECASE).match


def exactly(value: str) -> str:
    """`value` as it is written after `from:` and the like to mean it and nothing else."""
    plain = re.sub(r"([*?[])", r"[\1]", value)
    return plain if re.fullmatch(r"[^\s,\"]+", plain) else f'"{plain.replace(chr(34), "?")}"'


def _anywhere(word: str) -> Test:
    wanted = word.casefold()

    def test(facts: Facts) -> bool:
        names = (facts.sender or "program", facts.recipient, facts.message_type)
        if any(wanted in name.casefold() for name in names):
            return True
        return wanted in facts.text()[:SEARCHED].casefold()

    return test


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


# -- terms that compare numbers ------------------------------------------------------------------
_FLAGS: Final[dict[str, Test]] = {
    "err": lambda facts: facts.error is not None,
    "open": lambda facts: facts.took_ns is None,
}

_SIZES: Final = {"": 2**20, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_TIMES: Final = {"": 1e9, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9}
_COUNTS: Final = {"": 1, "k": 1000, "m": 1_000_000}

_COUNTED: Final[dict[str, tuple[int, Mapping[str, float], Callable[[Facts], int | None]]]] = {
    "step": (0, _COUNTS, lambda facts: facts.step),
    "t": (0, _TIMES, lambda facts: facts.since_ns),
    "took": (0, _TIMES, lambda facts: facts.took_ns),
    "rss": (1, _SIZES, lambda facts: facts.memory()),
    "tok": (2, _COUNTS, lambda facts: facts.tokens()),
    "tokens": (2, _COUNTS, lambda facts: facts.tokens()),
}
_NUMBER: Final = re.compile(r"([+-]?)(\d+(?:\.\d+)?)([a-z]*)", re.IGNORECASE)
_ORDER: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _compared(name: str, how: str, value: str) -> tuple[int, Test]:
    cost, units, ask = _COUNTED[name]
    found = _NUMBER.fullmatch(value)
    unit = units.get(found[3].casefold()) if found is not None else None
    if found is None or unit is None:
        known = ", ".join(unit for unit in units if unit)
        raise BadFilter(f"{value!r} is no number for {name!r}", f"units: {known}, or none")
    wanted = float(found[2]) * unit * (-1 if found[1] == "-" else 1)
    compare = _ORDER[how]
    if found[1] and name == "rss":  # with a sign: by how much the step changed it
        ask = _growth

    def test(facts: Facts) -> bool:
        known = ask(facts)
        return known is not None and compare(known, wanted)

    return cost, test


def _growth(facts: Facts) -> int | None:
    return facts.growth()


#: What can be written, for completion and help: name, what it compares.
TERMS: Final[tuple[tuple[str, str], ...]] = (
    ("from:", "the agent that sent it; program: nobody did"),
    ("to:", "the agent that handled it"),
    ("agent:", "either of them"),
    ("type:", "the type of the message, with * and ?"),
    ("kind:", "send, publish or call"),
    ("topic:", "the topic it was published on"),
    ("text:", 'what it says: text:word, text:"two words", text:/regular expression/'),
    ("tool:", "a tool that was called while it was handled"),
    ("error:", "what went wrong"),
    ("err", "something went wrong, in its handling or in a call inside"),
    ("open", "its handling has not ended"),
    ("step>", "the number of the step"),
    ("t>", "time since the start of the run: t>83s, t>2m"),
    ("took>", "how long it was handled: took>500ms"),
    ("tok>", "tokens of its model calls"),
    ("rss>", "resident memory after it, in MB: rss>500, rss>1g; with a sign its change: rss>+50"),
)
