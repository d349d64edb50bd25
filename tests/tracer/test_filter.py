"""The filter language: what it means, and that it refuses what it does not understand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer.filter import TERMS, BadFilter, exactly, parse


@dataclass
class Fact:
    step: int = 7
    sender: str = "coder"
    recipient: str = "executor"
    message_type: str = "agents.ToolCallRequestEvent"
    kind: str = "send"
    topic: str = "group/1"
    error: str | None = None
    took_ns: int | None = 250_000_000
    since_ns: int = 83_000_000_000
    said: str = "read_csv failed: KeyError 'region'"
    spent: int | None = 2500
    used: Sequence[str] = ("read_csv",)
    rss: int | None = 200 << 20
    grown: int | None = 60 << 20

    def text(self) -> str:
        return self.said

    def tokens(self) -> int | None:
        return self.spent

    def tools(self) -> Sequence[str]:
        return self.used

    def memory(self) -> int | None:
        return self.rss

    def growth(self) -> int | None:
        return self.grown


@pytest.mark.parametrize(
    "source",
    [
        "from:coder to:executor",
        "from:planner,coder",
        "FROM:Cod*",
        "agent:exec*",
        "type:Tool*",
        "type:ToolCallRequestEvent",
        "type:agents.*",
        "text:\"KeyError 'region'\"",
        "text:keyerror",
        "text:/key\\w+ 'reg/",
        "tool:read_*",
        "tok>2000 tok>=2.5k tok<2501 tok=2500 tok!=3",
        "t>=83 t<=1.4m took=250ms took<1s",
        "rss>+50 rss<+61m rss>199 rss=200m rss<1g",
        "step>=7",
        "!err !open !from:planner",
        "! err",
        "! from:coder to:planner",
        "region",
        "EXECUTOR",
        '"failed: Key"',
        "kind:send topic:group/*",
    ],
)
def test_it_is_meant(source: str) -> None:
    assert parse(source).matches(Fact())


@pytest.mark.parametrize(
    "source",
    [
        "from:cod",
        "from:coder to:planner",
        "!from:coder",
        "err",
        "open",
        "error:Key",
        "text:/^KeyError/",
        "tool:write_*",
        "tok>2500",
        "rss>+60",
        "rss<-1",
        "! from:coder to:executor",
        "nowhere",
    ],
)
def test_it_is_not_meant(source: str) -> None:
    assert not parse(source).matches(Fact())


def test_what_is_unknown_fits_no_number() -> None:
    unknown = Fact(spent=None, rss=None, grown=None, took_ns=None)
    for source in ("tok>0", "tok<=0", "rss>0", "rss>+0", "rss<-0", "took>0", "took<1h"):
        assert not parse(source).matches(unknown), source
    assert parse("open").matches(unknown)


def test_a_name_means_all_sessions_of_the_agent() -> None:
    session = Fact(sender="coder/s1", recipient="executor/s2")
    for source in ("from:coder", "from:coder/s1", "to:executor", "agent:exec*", "to:*/s2"):
        assert parse(source).matches(session), source
    for source in ("from:coder/s2", "to:s2", "!from:coder"):
        assert not parse(source).matches(session), source


def test_the_program_is_a_sender() -> None:
    assert parse("from:program").matches(Fact(sender=""))
    assert parse("error:key err").matches(Fact(error="KeyError: 'region'"))


def test_texts_are_asked_last() -> None:
    class Silent(Fact):
        def text(self) -> str:
            raise AssertionError("the sender already does not fit")

    assert not parse("text:x something from:planner").matches(Silent())
    assert parse("text:x").dear
    assert not parse("from:x").dear


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "empty"),
        ("!", "empty"),
        ("from:", "no value"),
        ("form:x", "did you mean 'from'"),
        ("tok>many", "no number"),
        ("tok:5", "write tok>100"),
        ("from>5", "write from:value"),
        ("rss>5parsec", "units"),
        ('text:"open', "not closed"),
        ("text:/(/", "no regular expression"),
        ("x" * 3000, "too long"),
    ],
)
def test_what_is_wrong_is_said(source: str, says: str) -> None:
    with pytest.raises(BadFilter) as told:
        parse(source)
    assert says in str(told.value)
    assert told.value.code in str(told.value)


def test_every_term_of_the_list_is_understood() -> None:
    for term, _ in TERMS:
        parse(term + ("1" if term[-1] in ":>" else "")).matches(Fact())


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(source: str) -> None:
    with suppress(BadFilter):
        parse(source).matches(Fact())


@given(st.lists(st.sampled_from(["from:coder", "err", "tok>9", "region", "!open"]), min_size=1))
def test_a_lone_mark_turns_all_of_it_round(terms: list[str]) -> None:
    source = " ".join(terms)
    assert parse(source).matches(Fact()) != parse(f"! {source}").matches(Fact())


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_a_name_can_be_meant_exactly(name: str) -> None:
    meant = parse(f"from:{exactly(name)}")
    assert meant.matches(Fact(sender=name))
    assert not meant.matches(Fact(sender=f"{name}x"))
