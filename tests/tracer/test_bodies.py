"""The short way to a body gives the JSON that the general one gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

import pydantic.dataclasses
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_json

from agentloupe.tracer import bodies
from agentloupe.tracer.bodies import snapshot


@dataclass
class Plain:
    a: Any
    b: Any = None
    kind: ClassVar[str] = "plain"


class Colour(StrEnum):
    RED = "red"


@pydantic.dataclasses.dataclass
class Checked:
    a: int


class Model(BaseModel):
    a: int


@dataclass(slots=True)
class Slotted:
    a: int


@dataclass
class Derived:
    a: int
    b: int = field(init=False, default=3)


scalars = st.text() | st.integers() | st.booleans() | st.none()
values = st.builds(Plain, scalars, scalars | st.floats() | st.lists(scalars))


@given(values)
def test_a_plain_dataclass_is_told_as_the_general_serialiser_tells_it(value: Plain) -> None:
    general = to_json(value, fallback=repr, inf_nan_mode="constants")
    assert snapshot(value).data == general


@pytest.mark.parametrize(
    "value",
    [
        Plain(Colour.RED),
        Plain(float("nan"), float("inf")),
        Plain(Plain(1), [Model(a=1)]),
        Plain(b"bytes"),
        Checked(1),
        Model(a=1),
        Slotted(1),
        Derived(1),
        {"a": 1},
        "text",
    ],
)
def test_everything_else_goes_the_general_way(value: object) -> None:
    assert snapshot(value).data == to_json(value, fallback=repr, inf_nan_mode="constants")


def test_attributes_that_are_no_fields_are_left_out() -> None:
    value = Plain(1, 2)
    value.more = 3  # type: ignore[attr-defined]
    assert json.loads(snapshot(value).data) == {"a": 1, "b": 2}


def test_what_no_text_can_hold_is_shown_by_repr() -> None:
    assert "ud800" in json.loads(snapshot(Plain("\ud800")).data)


def test_a_bounded_number_of_classes_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "KINDS", 3)
    for _ in range(10):
        snapshot(type("Other", (), {})())
    assert len(bodies._known) <= 3
