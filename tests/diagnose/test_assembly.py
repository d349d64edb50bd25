"""What is wrong with a real team is told when it is made, in the trace and on stderr, and once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import MultiModalMessage
from autogen_agentchat.teams import (
    DiGraphBuilder,
    GraphFlow,
    RoundRobinGroupChat,
    SelectorGroupChat,
    Swarm,
)
from autogen_core import Image
from autogen_ext.models.replay import ReplayChatCompletionClient
from PIL import Image as Pixels

from agentloupe.diagnose import check
from agentloupe.runtime.instruments import wiring
from agentloupe.tracer import open_recording, record

INFO = {
    "vision": False,
    "function_calling": True,
    "json_output": False,
    "structured_output": False,
    "family": "unknown",
}
PICTURE = MultiModalMessage(content=["What is it?", Image(Pixels.new("RGB", (2, 2)))], source="u")


def client(**more: bool) -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(["It is a pen."] * 9, model_info={**INFO, **more})  # pyright: ignore[reportArgumentType]  as programs write it


def agent(name: str, **more: object) -> AssistantAgent:
    return AssistantAgent(name, client(), **more)  # pyright: ignore[reportArgumentType]  as programs write it


def flow(*edges: tuple[str, str, str | None], start: str = "a", **more: str) -> GraphFlow:
    members = {name: agent(name) for name in sorted({n for e in edges for n in e[:2]})}
    builder = DiGraphBuilder()
    for member in members.values():
        builder.add_node(member)
    for source, target, condition in edges:
        builder.add_edge(source, target, condition, **more)  # pyright: ignore[reportArgumentType]  as programs write it
    builder.set_entry_point(start)
    return GraphFlow(list(members.values()), builder.build())


JOIN = (("a", "b", "yes"), ("a", "c", "no"), ("b", "d", None), ("c", "d", None))
END = MaxMessageTermination(3)


def refused() -> None:
    with pytest.raises(ValueError, match="identifier"):
        agent("the writer")


def chosen() -> object:
    members = [agent("a"), agent("b")]
    return SelectorGroupChat(members, client(), selector_func=lambda messages: "a").dump_component()  # pyright: ignore[reportArgumentType]  as programs write it


MADE: dict[str, tuple[Callable[[], object], list[str]]] = {
    "a hand-off to nobody": (
        lambda: Swarm([agent("a", handoffs=["bb"]), agent("b")], termination_condition=END),
        ["PLUG002"],
    ),
    "a hand-off outside of a swarm": (
        lambda: RoundRobinGroupChat([agent("a", handoffs=["user"])], termination_condition=END),
        [],
    ),
    "a name with a space": (refused, ["PLUG012"]),
    "branches that exclude each other": (lambda: flow(*JOIN), ["PLUG005"]),
    "one branch is enough": (lambda: flow(*JOIN, activation_condition="any"), []),
    "a node elsewhere": (lambda: flow(("a", "b", None), ("e", "b", None)), ["PLUG009"] * 2),
    "a chosen speaker saved": (chosen, ["PLUG013"]),
    "a team saved": (lambda: RoundRobinGroupChat([agent("a")]).dump_component(), []),
}


@pytest.mark.parametrize("what", MADE)
def test_told_when_it_is_made(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, codes = MADE[what]
    path = tmp_path / "a.loupe"
    with record(path=path):
        make()
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == ["agentloupe"] * len(codes)
    if codes:
        with open_recording(path) as recording:
            assert [finding.code for finding in check(recording).findings] == codes


async def _pictures(path: Path) -> None:
    with record(path=path):
        await RoundRobinGroupChat([agent("a")], max_turns=1).run(task=PICTURE)


async def _handoff(path: Path) -> None:
    with record(path=path):
        members = [agent("a", handoffs=["bb"]), agent("b")]
        await Swarm(members, termination_condition=END).run(task="Go.")


@pytest.mark.parametrize(("run", "code"), [(_pictures, "PLUG007"), (_handoff, "PLUG002")])
async def test_a_run_tells_it_once(
    run: Callable[[Path], Awaitable[None]], code: str, tmp_path: Path
) -> None:
    await run(tmp_path / "a.loupe")
    with open_recording(tmp_path / "a.loupe") as recording:
        found = [finding for finding in check(recording).findings if finding.slug[:4] == "plug"]
    assert [finding.code for finding in found] == [code]
    assert found[0].agents == ("a",)


def test_parts_of_other_versions_are_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"autogen-core": "0.7.5", "autogen-agentchat": "0.7.5", "autogen-ext": "0.6.4"}
    monkeypatch.setattr(wiring, "version", versions.__getitem__)
    with record(path=tmp_path / "a.loupe"):
        for _ in range(3):
            RoundRobinGroupChat([agent("a")])
    assert capsys.readouterr().err.count("plug.version-skew: parts of AutoGen") == 1
