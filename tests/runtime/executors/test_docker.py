"""The container executor on an engine that misbehaves; tests/services/docker has a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor

from agentloupe.runtime import DockerExecutor
from agentloupe.runtime.executors import docker_engine, owner
from agentloupe.runtime.executors.docker_engine import DockerExecutorConfig, DockerOptions
from agentloupe.runtime.executors.engine import Engine, _no_engine
from agentloupe.runtime.executors.errors import NoEngine, NoImage
from agentloupe.runtime.executors.local import LocalExecutorConfig, LocalOptions

from .fake import UNREADABLE, V1, V2, FakeEngine

Use = Callable[..., FakeEngine]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Have executors find an engine; returns it."""

    def made(code: Any = lambda _: (b"fine\n", 0), **options: Any) -> FakeEngine:
        engine = FakeEngine(code, **options)
        monkeypatch.setattr(docker_engine.Engine, "connect", lambda address: engine)
        return engine

    return made


async def run(executor: CodeExecutor, code: str = "x") -> Any:
    return await executor.execute_code_blocks([CodeBlock(code, "python")], CancellationToken())


@pytest.mark.parametrize("cgroup", [V1, V2])
async def test_a_kill_for_memory_is_told_by_the_kernels_count(use: Use, cgroup: str) -> None:
    def eats(_: str) -> tuple[bytes, int]:
        engine.kills += 1
        engine.peak = 64 << 20
        return b"", 137

    engine = use(eats, cgroup=cgroup)
    async with DockerExecutor(memory="64m") as executor:
        result = await run(executor)
    assert (result.oom_killed, result.exit_code, result.memory_peak) == (True, 137, 64 << 20)
    assert "Out of memory: a process was killed at the limit of 64 MiB" in result.output


async def test_a_child_can_be_killed_while_the_code_goes_on(use: Use) -> None:
    def loses_a_child(_: str) -> tuple[bytes, int]:
        engine.kills += 1
        return b"a child died\n", 0

    engine = use(loses_a_child)
    async with DockerExecutor() as executor:
        result = await run(executor)
    assert (result.exit_code, result.oom_killed) == (0, True)
    assert result.output.startswith("a child died\nOut of memory")


async def test_the_same_exit_code_by_another_hand_is_no_such_kill(use: Use) -> None:
    engine = use(lambda _: (b"", 137))
    async with DockerExecutor() as executor:
        assert not (await run(executor)).oom_killed
        engine.cgroup = UNREADABLE
        assert not (await run(executor)).oom_killed


async def test_where_the_count_cannot_be_read_the_engines_events_tell(use: Use) -> None:
    def eats(_: str) -> tuple[bytes, int]:
        engine.events += 1
        return b"", 137

    engine = use(eats, cgroup=UNREADABLE)
    async with DockerExecutor() as executor:
        result = await run(executor)
    assert result.oom_killed


async def test_an_old_high_water_mark_is_not_this_executions(use: Use) -> None:
    engine = use(peak=300 << 20, usages=[20 << 20])
    async with DockerExecutor() as executor:
        first = await run(executor)
        assert first.memory_peak in (None, 20 << 20)  # it was there before
        engine.peak = 400 << 20
        assert (await run(executor)).memory_peak == 400 << 20


async def test_a_container_that_is_taken_away_meanwhile(use: Use) -> None:
    def goes(_: str) -> tuple[bytes, int]:
        engine.alive.clear()
        return b"begun\n", 0

    engine = use(goes)
    async with DockerExecutor() as executor:
        result = await run(executor)
        assert result.exit_code == 137
        assert "removed from outside while the code ran" in result.output
        engine.code = lambda _: (b"well again\n", 0)
        assert (await run(executor)).output == "well again\n"
    assert len(engine.made) == 2


async def test_a_container_that_was_taken_away_before(use: Use) -> None:
    engine = use()
    async with DockerExecutor() as executor:
        engine.alive.clear()
        assert (await run(executor)).output == "fine\n"
    assert len(engine.made) == 2
    assert engine.alive == {}


async def test_stopping_while_code_runs_starts_nothing_again(use: Use) -> None:
    loop, begun = asyncio.get_running_loop(), asyncio.Event()

    def hangs(_: str) -> tuple[bytes, None]:
        loop.call_soon_threadsafe(begun.set)
        return b"begun\n", None

    engine = use(hangs)
    executor = DockerExecutor()
    await executor.start()
    blocks = [CodeBlock("x", "python"), CodeBlock("y", "python")]
    running = asyncio.ensure_future(executor.execute_code_blocks(blocks, CancellationToken()))
    await begun.wait()
    await executor.stop()
    result = await running
    assert result.exit_code == 137
    assert result.output == "begun\nThe executor was stopped while the code ran.\n"
    assert (len(engine.made), engine.alive) == (1, {})


async def test_executions_of_one_executor_take_turns(use: Use) -> None:
    order: list[str] = []

    def notes(name: str) -> tuple[bytes, int]:
        order.append(name)
        return b"", 0

    engine = use(notes)
    async with DockerExecutor() as executor:
        await asyncio.gather(*(run(executor, f"x = {n}") for n in range(5)))
    assert len(order) == 5
    assert engine.settled == ["look", *["kill"] * 5]


async def test_when_time_is_over_all_processes_are_killed(use: Use) -> None:
    engine = use(lambda _: (b"runs\n", None))
    async with DockerExecutor(timeout=0.2) as executor:
        result = await run(executor)
    assert (result.exit_code, result.timed_out) == (124, True)
    assert engine.settled[-1] == "kill"
    assert len(engine.made) == 1


async def test_what_no_kill_reaches_goes_with_its_container(use: Use) -> None:
    engine = use(lambda _: (b"", None), immortal=1)
    async with DockerExecutor(timeout=0.2) as executor:
        assert (await run(executor)).timed_out
        assert engine.removed == [engine.made[0]]
        engine.code, engine.immortal = (lambda _: (b"new\n", 0)), 0
        executor._timeout = 60.0
        assert (await run(executor)).output == "new\n"


async def test_cancelling_kills_before_it_returns(use: Use) -> None:
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hangs(_: str) -> tuple[bytes, None]:
        loop.call_soon_threadsafe(began.set)
        return b"", None

    engine = use(hangs)
    async with DockerExecutor() as executor:
        token = CancellationToken()
        running = asyncio.ensure_future(
            executor.execute_code_blocks([CodeBlock("x", "python")], token)
        )
        await began.wait()
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert engine.settled[-1] == "kill"


async def test_background_is_killed_unless_it_shall_stay(use: Use) -> None:
    engine = use()
    async with DockerExecutor() as executor:
        await run(executor)
        assert engine.settled == ["look", "kill"]
    engine = use()
    async with DockerExecutor(keep_background=True) as executor:
        await run(executor)
        assert engine.settled == ["look", "look"]


async def test_stopping_closes_the_lease_and_the_connection(use: Use) -> None:
    engine = use()
    executor = DockerExecutor()
    await executor.start()
    await executor.stop()
    assert engine.leases[0].closed
    assert engine.removed == engine.made
    assert engine.closed
    await executor.stop()  # as often as one likes


async def test_a_start_removes_what_the_gone_have_left(use: Use) -> None:
    engine = use()
    place, pid = owner.mark().rsplit(".", 2)[:2]
    engine.owners = {
        "theirs": owner.mark(),
        "gone": f"{place}.{pid}.1",
        "elsewhere": "other.0.1.1",
    }
    async with DockerExecutor():
        pass
    assert engine.removed == ["gone", engine.made[0]]


async def test_an_image_is_not_pulled_unasked(use: Use) -> None:
    use(images=set())
    with pytest.raises(NoImage, match="'python:3-slim' is not on this engine"):
        await DockerExecutor().start()
    async with DockerExecutor(pull="missing"):
        pass


async def test_the_defaults_are_strict(use: Use) -> None:
    engine = use()
    async with DockerExecutor():
        asked = next(iter(engine.alive.values()))
    assert asked.network == "none"
    assert asked.host["mem_limit"] == asked.host["memswap_limit"] == 512 << 20
    assert asked.host["nano_cpus"] == 1_000_000_000
    assert asked.host["pids_limit"] == 128
    assert asked.host["cap_drop"] == ["ALL"]
    assert asked.host["security_opt"] == ["no-new-privileges:true"]
    assert asked.host["read_only"] is True
    assert "uid=65534,gid=65534" in asked.host["tmpfs"]["/workspace"]
    assert asked.keeper_user != "65534:65534"
    assert asked.labels[owner.LABEL] == owner.mark()


async def test_every_one_is_an_option(use: Use) -> None:
    engine = use()
    options: dict[str, Any] = {
        "memory": 0,
        "cpus": 0,
        "pids": 0,
        "network": "bridge",
        "user": "1000",
        "read_only": False,
        "no_new_privileges": False,
        "cap_add": ["NET_RAW"],
        "labels": {"team": "red"},
    }
    async with DockerExecutor(**options):
        asked = next(iter(engine.alive.values()))
    assert (asked.network, asked.labels["team"]) == ("bridge", "red")
    assert [asked.host[k] for k in ("mem_limit", "nano_cpus", "pids_limit")] == [None] * 3
    assert (asked.host["read_only"], asked.host["security_opt"]) == (False, [])
    assert asked.host["cap_add"] == ["NET_RAW"]


def test_a_configuration_makes_the_same_executor() -> None:
    made = DockerExecutor("python:3.12", memory="1g", commands={"r": ["Rscript"]})
    again = CodeExecutor.load_component(made.dump_component())
    assert isinstance(again, DockerExecutor)
    assert again.dump_component() == made.dump_component()
    assert made.dump_component().provider == "agentloupe.runtime.DockerExecutor"


@pytest.mark.parametrize(
    ("option", "value"),
    [("memory", "a lot"), ("timeout", 0), ("user", "nobody"), ("pull", "always"), ("memry", 1)],
)
def test_options_that_do_not_fit(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=option):
        DockerExecutor(**{option: value})  # pyright: ignore[reportArgumentType]


def test_options_are_those_of_the_configuration() -> None:
    asked = DockerOptions.__annotations__.keys()
    assert asked == DockerExecutorConfig.model_fields.keys() - {"image"}
    assert LocalOptions.__annotations__.keys() == LocalExecutorConfig.model_fields.keys()


def test_an_engine_that_lets_nobody_in_is_named() -> None:
    told = str(_no_engine(PermissionError(13, "Permission denied"), "unix:///x.sock"))
    assert "LP801 the Docker engine at unix:///x.sock does not let this user in" in told
    assert "usermod -aG docker" in told


def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(NoEngine, match=r"LP801 no Docker engine answers at unix:///no/where"):
        Engine.connect("unix:///no/where.sock")
