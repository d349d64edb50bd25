"""`record()` in one's own code, and instrumentors that are found by entry point."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import types
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import instrumentor, open_recording, record
from agentloupe.tracer.locate import recordings
from agentloupe.tracer.recorder import Recorder, active


def _names(path: Path) -> list[str]:
    with open_recording(path) as recording:
        return [span.name for span in recording.run(0).spans()]


def test_a_block(tmp_path: Path) -> None:
    with record("sales", path=tmp_path / "r.loupe") as recorder:
        assert active() is recorder
        with recorder.record(c.TOOL, "inside"):
            pass
    assert active() is None
    assert _names(tmp_path / "r.loupe") == ["inside"]


def test_by_default_the_projects_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTLOUPE_DIR", str(tmp_path))
    for _ in range(2):
        with record("my sales/2") as recorder, recorder.record(c.TOOL, "inside"):
            pass
    first, second = recordings(tmp_path)
    assert first != second
    assert first.name.startswith("my-sales-2-")


def test_an_inner_block_joins_the_outer_one(tmp_path: Path) -> None:
    with record(path=tmp_path / "outer.loupe") as outer:
        with record(path=tmp_path / "inner.loupe") as inner:
            assert inner is outer
        assert active() is outer
        with outer.record(c.TOOL, "after"):
            pass
    assert _names(tmp_path / "outer.loupe") == ["after"]
    assert not (tmp_path / "inner.loupe").exists()


def test_a_function(tmp_path: Path) -> None:
    @record("f", path=tmp_path / "r.loupe")
    def work(x: int) -> int:
        recorder = active()
        assert recorder is not None
        with recorder.record(c.TOOL, "work"):
            return x + 1

    assert work(1) == 2
    assert active() is None
    assert _names(tmp_path / "r.loupe") == ["work"]


async def test_a_coroutine_function(tmp_path: Path) -> None:
    @record("f", path=tmp_path / "r.loupe")
    async def work(x: int) -> int:
        recorder = active()
        assert recorder is not None
        with recorder.record(c.TOOL, "work"):
            return x + 1

    assert await work(1) == 2
    assert active() is None
    assert _names(tmp_path / "r.loupe") == ["work"]


@pytest.mark.parametrize("wrong", [Path("r.loupe"), test_a_block])
def test_what_is_no_name_is_told_at_once(wrong: Any) -> None:
    with pytest.raises(TypeError, match="path=FILE"):
        record(wrong)


def test_who_leaves_by_os_exit_was_not_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from agentloupe.tracer import record\n"
        "with record(path=sys.argv[1]) as recorder:\n"
        "    recorder.span('chat', 'chat with nobody around').end()\n"
        "    recorder.start_run('a team that is over').end()\n"
        "    recorder.start_run('a team')\n"
        "    recorder.flush()\n"
        "    os._exit(7)\n"
    )
    path = tmp_path / "left.loupe"
    done = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert done.returncode == 7
    with open_recording(path) as recording:
        ends = {info.name: (info.status, info.error) for info in recording.runs}
    assert ends.pop("a team that is over") == ("ok", None)
    assert ends.pop("a team") == ("cancelled", "the program ended first")
    assert [*ends.values()] == [("ok", None)]


def test_a_failing_block_is_complete(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), record(path=tmp_path / "r.loupe") as recorder:
        with recorder.record(c.TOOL, "inside"):
            pass
        raise ValueError("no")
    assert _names(tmp_path / "r.loupe") == ["inside"]


class Watcher:
    """Counts what it is asked."""

    def __init__(self, target: str, *, fits: bool = True) -> None:
        self.name = f"watches {target}"
        self.targets = (target,)
        self.seen: list[str] = []
        self._fits = fits

    def install(self, recorder: Recorder, module: object) -> Callable[[], None]:
        if not self._fits:
            raise AttributeError("the framework has changed")
        self.seen.append("on")
        return lambda: self.seen.append("off")


def _module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, name, raising=False)


def test_instrumentors_wait_for_the_program_to_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _module(monkeypatch, tmp_path, "framework_one")
    watcher, misfit = Watcher("framework_one"), Watcher("framework_one", fits=False)
    monkeypatch.setattr(instrumentor, "discover", lambda notice: [misfit, watcher])
    with record(path=tmp_path / "r.loupe"):
        assert watcher.seen == []
        __import__("framework_one")
        assert watcher.seen == ["on"]
    assert watcher.seen == ["on", "off"]
    assert "does not fit" in capsys.readouterr().err


def test_what_is_imported_already_is_watched_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "framework_two", types.ModuleType("framework_two"))
    watcher = Watcher("framework_two")
    monkeypatch.setattr(instrumentor, "discover", lambda notice: [watcher])
    with record(path=tmp_path / "r.loupe"):
        assert watcher.seen == ["on"]
    with record(path=tmp_path / "r2.loupe"):
        assert watcher.seen == ["on", "off", "on"]


def test_the_code_of_an_instrumentor_is_loaded_with_the_first_of_its_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code_three.py").write_text(
        "class Instrumentor:\n"
        "    def install(self, recorder, module):\n"
        "        module.watched = True\n"
        "        return lambda: setattr(module, 'watched', False)\n"
        "instrumentor = Instrumentor()\n"
    )
    (tmp_path / "framework_three.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    later = instrumentor.Later("three", "code_three:instrumentor", "framework_three")
    monkeypatch.setattr(instrumentor, "discover", lambda notice: [later])
    with record(path=tmp_path / "r.loupe"):
        assert "code_three" not in sys.modules
        framework = importlib.import_module("framework_three")
        assert framework.watched
    assert not framework.watched


@pytest.mark.parametrize("later", instrumentor.discover(), ids=lambda each: each.name)
def test_there_is_code_behind_every_instrumentor_of_ours(later: instrumentor.Instrumentor) -> None:
    if isinstance(later, instrumentor.Later):
        place, _, attribute = later.code.partition(":")
        assert callable(getattr(importlib.import_module(place), attribute).install)
    told: list[str] = []
    names = [each.name for each in instrumentor.discover(told.append)]
    assert (told, later.name in names) == ([], True)  # also once its code is loaded


def test_what_is_no_instrumentor_is_told_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = EntryPoint("wrong", "json:dumps", instrumentor.GROUP)
    monkeypatch.setattr(instrumentor, "entry_points", lambda group: [wrong])
    told: list[str] = []
    assert instrumentor.discover(told.append) == []
    assert "'wrong'" in told[0]


def test_an_instrumentor_that_cannot_be_imported_is_told_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = EntryPoint("broken", "no_such_module_at_all:thing", instrumentor.GROUP)
    monkeypatch.setattr(instrumentor, "entry_points", lambda group: [broken])
    with record(path=tmp_path / "r.loupe") as recorder, recorder.record(c.TOOL, "inside"):
        pass
    assert "instrumentor 'broken' cannot be loaded" in capsys.readouterr().err
    assert _names(tmp_path / "r.loupe") == ["inside"]


def test_threads_that_go_on_at_the_end_begin_no_recording(tmp_path: Path) -> None:
    """Daemons do; and of several that are the first to record, one begins a recording."""
    code = (
        "import atexit, sys, threading\n"
        "from agentloupe.tracer import recording\n"
        "found = []\n"
        "atexit.register(lambda: found.append(recording.start(instrument=False)) or\n"
        "    print(len({*map(id, found[:4])}), found[4]))\n"
        "begin = threading.Barrier(4)\n"
        "def first():\n"
        "    begin.wait()\n"
        "    found.append(recording.start(instrument=False))\n"
        "threads = [threading.Thread(target=first) for _ in range(4)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    environment = {**os.environ, "AGENTLOUPE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1 None\n", "")
    assert len(recordings(tmp_path)) == 1
