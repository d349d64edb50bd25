"""What grows in the heap, who holds it, and what lies about on the disk."""

from __future__ import annotations

import asyncio
import gc
import importlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
from array import array
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import pytest
from autogen_core import AgentId, AgentInstantiationContext, SingleThreadedAgentRuntime
from autogen_core.model_context import UnboundedChatCompletionContext

from agentloupe.tracer import holders
from agentloupe.tracer.audit import Resources, TempFiles, listen, tasks_by
from agentloupe.tracer.census import RISES, TEXT, Census, Grown
from agentloupe.tracer.holders import Held, held, shortly
from agentloupe.tracer.looks import Looks


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search ends in time in any heap; how far it comes is not asked here."""
    monkeypatch.setattr(holders, "SECONDS", 60.0)


@pytest.fixture(autouse=True, scope="module")
def frozen() -> Iterator[None]:
    """What other tests left behind is not looked at."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def shelves() -> Iterator[Any]:
    """`shelves.py`, imported anew."""
    gc.collect()
    name = f"{__package__}.shelves"
    yield importlib.import_module(name)
    del sys.modules[name]


@pytest.fixture
def keeper(shelves: Any) -> Any:
    runtime = SingleThreadedAgentRuntime()
    with AgentInstantiationContext.populate_context((runtime, AgentId("keeper", "k1"))):
        return shelves.Keeper()


@pytest.fixture
def census() -> Census:
    return Census()


def test_a_list_that_grows_is_found_and_its_agent(census: Census, keeper: Any) -> None:
    kept = keeper.rows
    steady, wavering = ["x"] * 100, ["x"] * 100
    for turn in range(RISES + 2):
        kept += [str(turn)] * 20
        wavering[:] = ["x"] * (100 + turn % 2 * 50)
        census.look()
    found = [each for each in census.grown() if isinstance(each.what, list)]
    assert [(each.what is kept, each.size) for each in found] == [(True, (RISES + 2) * 20)]
    assert found[0].grew == (RISES + 1) * 20
    assert found[0].course[-1] == (RISES + 1, (RISES + 2) * 20)
    way = held(kept)
    assert way is not None
    assert (way.agent, way.path) == ("keeper", ("agent 'keeper'", "rows: list"))
    assert len(steady) == 100


def test_too_few_looks_say_nothing(census: Census, keeper: Any) -> None:
    for turn in range(RISES):
        keeper.rows += [str(turn)] * 20
        census.look()
    assert not [each for each in census.grown() if each.what is keeper.rows]


def test_a_cache_on_a_method_has_its_name(census: Census, shelves: Any, keeper: Any) -> None:
    for turn in range(RISES + 2):
        for number in range(20):
            keeper.score(turn * 20 + number)
        census.look()
    caches = [each.what for each in census.grown() if each.what is shelves.Keeper.score]
    assert caches
    way = held(caches[0])
    assert way is not None
    assert way.path[0].endswith("shelves.Keeper.score")


def test_a_module_global_and_a_class_attribute_have_their_names(shelves: Any) -> None:
    way = held(shelves.SHELF)
    assert way is not None
    assert way.path[-1] == "SHELF: list"
    way = held(shelves.Keeper.on_class)
    assert way is not None
    assert way.path[0].endswith("shelves.Keeper")
    assert way.path[-1] == "on_class: dict"


def test_the_way_leads_through_what_is_between(keeper: Any) -> None:
    inner = deque([object()])
    keeper.box = {"mail": [inner]}
    way = held(inner)
    assert way is not None
    assert way.agent == "keeper"
    assert way.path == ("agent 'keeper'", "box: dict", "mail: list", "[...]: deque")


def test_what_nobody_holds_has_no_holder() -> None:
    def alone() -> object:
        return held([object()])

    assert alone() is None


def test_more_and_more_instances_of_a_type(census: Census, keeper: Any) -> None:
    class Link:
        def __init__(self, after: Link | None) -> None:
            self.after = after

    for _ in range(RISES + 2):
        for _ in range(20):
            keeper.box = Link(keeper.box)
        census.look()
    assert any(isinstance(each.what, Link) for each in census.grown())
    while keeper.box is not None:  # not all of them at once: that is a deep recursion
        keeper.box = keeper.box.after


def test_temporary_files_are_counted_while_they_are_there() -> None:
    files = TempFiles(lambda: "clerk")
    deaf = listen(files)
    try:
        folder = tempfile.mkdtemp()
        Path(folder, "rows.csv").write_text("1,2")
        handle, name = tempfile.mkstemp()
        os.close(handle)
        with tempfile.TemporaryDirectory():
            pass
        assert files.there() == {"clerk": 3}
        Path(name).unlink()
        Path(folder, "rows.csv").unlink()
        assert files.there() == {"clerk": 1}
    finally:
        deaf()
    Path(folder).rmdir()
    tempfile.TemporaryDirectory().cleanup()
    assert files.there() == {}


def test_a_file_elsewhere_and_one_that_is_read_do_not_count() -> None:
    files = TempFiles(lambda: "")
    for path, mode in (("/elsewhere/x", "w"), (Path(tempfile.gettempdir()) / "x", "r"), (3, "w")):
        files.note("open", (str(path) if isinstance(path, Path) else path, mode, 0))
    assert files._made == {}


def test_a_failing_hook_is_nobody_elses_failure() -> None:
    def fails() -> str:
        raise RuntimeError("no agent")

    deaf = listen(TempFiles(fails))
    try:
        Path(tempfile.mkdtemp()).rmdir()
    finally:
        deaf()
    assert "tempfile" in sys.modules


A_TIMER = """
import asyncio
from agentloupe.tracer.holders import held

loop = asyncio.new_event_loop()

def look():
    late = ["for later"]
    loop.call_later(3_600, print, late)
    print(held(late).path[:2])

look()
"""


def test_a_timer_of_the_event_loop_holds_what_it_will_call() -> None:
    """In a process of its own: there are so many ways to a list of a test's that none is found."""
    done = subprocess.run([sys.executable, "-c", A_TIMER], capture_output=True, text=True)
    assert done.stdout == "('asyncio, the event loop', '_scheduled: list')\n", done.stderr


def test_a_model_context_is_its_agents(keeper: Any) -> None:
    keeper.box = UnboundedChatCompletionContext()
    messages: list[Any] = keeper.box._messages
    way = held(messages)
    assert way is not None
    assert way.agent == "keeper"
    assert way.path[1:] == ("box: UnboundedChatCompletionContext", "_messages: list")


def test_what_a_runtime_keeps_of_its_agents_is_named(shelves: Any) -> None:
    """Upstream's runtime, whose table of instances never gets smaller; held by a module."""
    shelves.SERVICES.append(SingleThreadedAgentRuntime())
    way = held(shelves.SERVICES[0]._instantiated_agents)
    assert way is not None
    assert way.path[-1] == "_instantiated_agents: dict"


def test_text_that_is_written_to_memory_grows(census: Census) -> None:
    log, closed = io.StringIO(), io.BytesIO()
    closed.close()
    for _ in range(RISES + 1):
        log.write("a line of some thirty letters\n" * 10)
        assert census.look()
    grown = next(each for each in census.grown() if each.what is log)
    assert grown.size == log.tell() // TEXT
    assert shortly(log) == "StringIO in pieces of 64"


def test_a_buffer_that_gets_longer_grows(census: Census, shelves: Any) -> None:
    """The collector does not know buffers."""
    log, numbers, same = bytearray(), array("d"), bytearray(10_000)
    shelves.SERVICES.append({"log": log, "numbers": numbers, "same": same})
    for _ in range(RISES + 2):
        log += b"a line of some thirty letters\n" * 10
        numbers.extend(range(40))
        assert census.look()
    found = {id(each.what): each for each in census.grown(most=50)}
    assert found[id(log)].size == len(log) // TEXT
    assert found[id(numbers)].size == 8 * len(numbers) // TEXT
    assert id(same) not in found
    assert shortly(log) == "bytearray in pieces of 64"
    way = held(log)
    assert way is not None
    assert "SERVICES: list" in way.path


def test_a_way_is_forgotten_with_what_it_leads_from(shelves: Any) -> None:
    """Its identity is another object's later."""
    shelf = shelves.SHELF
    rising: list[Grown] = []

    class Looked(Census):
        def grown(self, most: int = 3) -> list[Grown]:
            return rising

    looks = Looks(forced=True)
    looks._ways[id(shelf)] = Held(("agent 'gone'",), "gone")
    looks.account(Looked())
    rising.append(Grown(shelf, 9, 8, ((1, 1), (2, 9))))
    assert [told[4] for told in looks.account(Looked())] == [""]


#: In a process of its own: the search for a holder gives up in a heap as large as that of tests.
PUTS: Final = """
from agentloupe.tracer.census import RISES, Census
from agentloupe.tracer.looks import Looks

SHELF = []
census, looks = Census(), Looks(forced=True)

def told():
    assert census.look()
    return [each[4] for each in looks.account(census) if "SHELF: list" in each[3][-1]]

def slice_of(agent, entries):
    looks.begin()
    SHELF.extend("x" * entries)
    looks.end(agent)

for _ in range(RISES):
    SHELF.extend("ab")
    assert census.look()
SHELF.extend("ab")
print(told())
for agent, entries in (("clerk", 9), ("poet", 2), ("judge", 0)):
    slice_of(agent, entries)
print(told())
slice_of("poet", 9)
print(told())
"""


def test_who_puts_entries_into_what_no_agent_holds() -> None:
    done = subprocess.run([sys.executable, "-c", PUTS], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["['']", "['clerk']", "['']"]  # both put at the end


# -- what agents make ----------------------------------------------------------------------------
def test_sockets_threads_and_children_belong_to_who_made_them() -> None:
    agent = "clerk"
    made = Resources(lambda: agent)
    deaf = listen(made)
    stop = threading.Event()
    try:
        kept = socket.socket()
        gone = socket.socket()
        gone.close()
        thread = threading.Thread(target=stop.wait)
        made.note("_thread.start_new_thread", (thread._bootstrap, (), {}))  # 3.11 does not tell
        thread.start()
        agent = "poet"
        child = subprocess.Popen(["sleep", "60"])
        agent = ""
        nobodys = socket.socket()
        found = made.there({child.pid: lambda: ["sleep", "60"]})
    finally:
        deaf()
        stop.set()
    assert found == {
        "agent_files": {},
        "agent_sockets": {"clerk": 1},
        "agent_threads": {"clerk": 1},
        "agent_children": {"poet": 1},
    }
    child.kill()
    child.wait()
    thread.join()
    kept.close()
    nobodys.close()
    nothing: dict[str, Any] = {
        "agent_files": {},
        "agent_sockets": {},
        "agent_threads": {},
        "agent_children": {},
    }
    assert made.there({}) == nothing


def test_another_thread_opens_files_while_they_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Resources(lambda: "clerk")
    whole = os.path.realpath

    def opening(path: str) -> str:
        made.note("open", (str(tmp_path / "another"), "w", 0))
        return whole(path)

    monkeypatch.setattr(os.path, "realpath", opening)
    with (tmp_path / "a").open("w"):
        for name in ("elsewhere", "a"):
            made.note("open", (str(tmp_path / name), "w", 0))
        assert made.there({})["agent_files"] == {"clerk": 1}


def test_open_files_belong_to_who_opened_them(tmp_path: Path) -> None:
    agent = "clerk"
    made = Resources(lambda: agent)
    deaf = listen(made)
    try:
        kept = (tmp_path / "a").open("w")
        (tmp_path / "b").open("w").close()
        agent = "poet"
        nameless = tempfile.TemporaryFile(dir=tmp_path)  # noqa: SIM115
        agent = ""
        nobodys = (tmp_path / "c").open("w")
        assert made.there({})["agent_files"] == {"clerk": 1, "poet": 1}
        kept.close()
        agent = "judge"
        again = (tmp_path / "d").open("w")  # by the descriptor that was the clerk's
        assert made.there({})["agent_files"] == {"judge": 1, "poet": 1}
    finally:
        deaf()
    for each in (nameless, nobodys, again):
        each.close()
    assert made.there({})["agent_files"] == {}


async def test_tasks_belong_to_who_started_them() -> None:
    at_work: ContextVar[str] = ContextVar("at_work", default="")
    started = [asyncio.create_task(asyncio.Event().wait())]
    for name in ("clerk", "poet", "clerk"):
        at_work.set(name)
        started.append(asyncio.create_task(asyncio.Event().wait()))
    assert tasks_by(asyncio.all_tasks(), at_work.get) == {"clerk": 2, "poet": 1}
    for task in started:
        task.cancel()
    await asyncio.wait(started)


def test_a_child_is_matched_by_its_command_then_by_its_turn() -> None:
    agents = iter("abc")
    made = Resources(lambda: next(agents))
    for command in (["x", "1"], ["x", "2"], ["sh", "-c", "x 3"]):
        made.note("subprocess.Popen", (command[0], command, None, None))
    children: dict[int, Any] = {7: lambda: ["x", "2"], 8: lambda: ["x", "3"]}
    assert made.there(children)["agent_children"] == {"b": 1, "a": 1}
    del children[7]
    assert made.there(children)["agent_children"] == {"a": 1}
