"""The kernel's counters, of both versions, as engines and files tell them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentloupe.runtime.executors.counters import Counters, HostFiles, from_files, from_stats

FIXTURES = Path(__file__).parents[3] / "fixtures" / "runtime" / "engine"
CONTAINER = "c0ffee" * 10 + "abcd"


def payload(name: str) -> dict[str, object]:
    return json.loads((FIXTURES / name).read_text("utf-8"))


def test_statistics_of_both_versions() -> None:
    first = from_stats(payload("stats-v1.json"))
    assert first == Counters(usage=45797376, peak=45805568, kills=None, limit=64 << 20)
    second = from_stats(payload("stats-v2.json"))
    assert second == Counters(usage=155774976, peak=None, kills=None, limit=512 << 20)


@pytest.mark.parametrize("told", [{}, {"memory_stats": {}}, {"memory_stats": None}])
def test_a_stopped_container_tells_nothing(told: dict[str, object]) -> None:
    assert from_stats(told) == Counters()


def test_no_limit_is_told_as_zero() -> None:
    told = from_stats({"memory_stats": {"usage": 1, "limit": 9223372036854771712}})
    assert told.limit == 0


def test_files_of_both_versions() -> None:
    second = {
        "memory.current": "1000\n",
        "memory.peak": "4000\n",
        "memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 0\n",
    }
    assert from_files(second) == Counters(usage=1000, peak=4000, kills=3)
    first = {
        "memory/memory.usage_in_bytes": "1000\n",
        "memory/memory.max_usage_in_bytes": "4000\n",
        "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    }
    assert from_files(first) == Counters(usage=1000, peak=4000, kills=2)
    old = {"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n"}  # before Linux 4.13
    assert from_files(old) == Counters()


def place(tmp_path: Path, cgroup: str, mount: str) -> Path:
    """A /proc with one process in a cgroup and one mount of cgroups at tmp_path/mounted."""
    proc = tmp_path / "proc"
    (proc / "7").mkdir(parents=True)
    (proc / "7" / "cgroup").write_text(cgroup)
    (proc / "self").mkdir()
    (proc / "self" / "mountinfo").write_text(mount.format(tmp_path / "mounted"))
    return proc


def test_the_files_of_a_container_are_found_by_its_process(tmp_path: Path) -> None:
    path = f"/system.slice/docker-{CONTAINER}.scope"
    mount = "30 23 0:27 / {} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    proc = place(tmp_path, f"0::{path}\n", mount)
    folder = tmp_path / "mounted" / path.lstrip("/")
    folder.mkdir(parents=True)
    for name, text in (("current", "5"), ("peak", "9"), ("events", "oom_kill 1\n")):
        (folder / f"memory.{name}").write_text(text)
    (folder / "cgroup.procs").write_text("7\n8\n")
    files = HostFiles.of(7, CONTAINER, proc)
    assert files is not None
    assert files.read() == Counters(usage=5, peak=9, kills=1)
    assert (files.usage(), files.processes()) == (5, [7, 8])


def test_version_one_has_a_mount_for_each_controller(tmp_path: Path) -> None:
    mount = "35 31 0:32 / {} rw,relatime - cgroup cgroup rw,memory\n"
    proc = place(tmp_path, f"4:memory:/docker/{CONTAINER}\n0::/docker/{CONTAINER}\n", mount)
    folder = tmp_path / "mounted" / "docker" / CONTAINER
    folder.mkdir(parents=True)
    (folder / "memory.max_usage_in_bytes").write_text("77\n")
    files = HostFiles.of(7, CONTAINER, proc)
    assert files is not None
    assert files.read() == Counters(peak=77)
    files.reset_peak()
    assert files.read() == Counters(peak=0)


def test_another_process_of_that_number_is_not_taken_for_it(tmp_path: Path) -> None:
    mount = "30 23 0:27 / {} rw - cgroup2 cgroup2 rw\n"
    proc = place(tmp_path, "0::/user.slice/session-1.scope\n", mount)
    assert HostFiles.of(7, CONTAINER, proc) is None
    assert HostFiles.of(8, CONTAINER, proc) is None
