"""What executors that are not ours do to the machine, seen from outside.

A thread reads the memory of an execution while it goes on: of the process tree that it started, of
the kernel that it talks to, or of its container by the kernel's own files. Nothing is asked of the
Docker engine and nothing is changed. Where none of this can be seen (a remote engine, a kernel
elsewhere), nothing is said.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

from msgspec import Struct

from ...tracer import conventions as c
from ...tracer.recorder import LiveSpan
from ..executors.account import Account
from ..executors.counters import Counters, HostFiles
from ..executors.tree import Tree, paused

POLL: Final = 0.02
FINE: Final = 5  # seconds for which it is so fine


class Seen(Struct, frozen=True):
    """A container that an executor holds."""

    id: str
    image: str
    pid: int
    memory: int  # its limit, 0: none
    leased: bool  # it ends with this process, however that ends


def container_of(executor: object) -> Seen | None:
    """The container of AutoGen's or our executor, as its client library last knew it."""
    held: Any = getattr(executor, "_container", None)
    identity = getattr(held, "id", None)
    if not isinstance(identity, str):
        return None
    attributes: object = getattr(held, "attrs", None)
    if not isinstance(attributes, Mapping):
        return Seen(identity, "", 0, 0, leased=type(executor).__module__.startswith("agentloupe."))
    known = cast("Mapping[str, Any]", attributes)
    return Seen(
        id=identity,
        image=str(known.get("Config", {}).get("Image", "")),
        pid=int(known.get("State", {}).get("Pid") or 0),
        memory=int(known.get("HostConfig", {}).get("Memory") or 0),
        leased=False,
    )


class _Memory(Protocol):
    """Something whose memory can be read."""

    def memory(self) -> int | None: ...


class Observed:
    """One execution, while it goes on."""

    def __init__(self, span: LiveSpan, key: str, found: _Memory | None) -> None:
        self._account = Account(key, span)
        self._span = span
        self._found = found
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        if found is not None:
            self._follow()

    def process(self, pid: int) -> None:
        """It started a process. Executors run one after another; the last one counts."""
        if self._thread is None:
            self._found = Processes(pid)
            self._follow()
        elif isinstance(self._found, Processes):
            self._found.add(pid)

    def _follow(self) -> None:
        self._thread = threading.Thread(target=self._read, name="agentloupe-observer", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        began = time.monotonic()
        while not self._over.is_set():
            reading = time.thread_time()
            with contextlib.suppress(Exception):
                usage = self._found.memory() if self._found is not None else None
                if usage:
                    self._account.sample(usage)
            least = POLL if time.monotonic() - began < FINE else 5 * POLL
            self._over.wait(paused(reading, least))

    def close(self) -> None:
        """It is over: what is left?"""
        self._over.set()
        if self._thread is not None:
            self._thread.join(1)
        self._account.close()
        found = self._found
        peak, source = self._account.most, "samples"
        if isinstance(found, Files):
            end = found.end()
            peak, source = self._account.peak(end.peak, found.before.peak)
            self._span.set(c.OOM_KILLED, end.killed)
        self._account.note(c.MEMORY_PEAK, peak)
        self._account.note(c.PEAK_SOURCE, source if peak is not None else None)
        if isinstance(found, Processes | Files):
            self._account.note(c.CHILDREN_LEFT, found.left())


class Processes:
    """The trees below the processes that an execution started."""

    def __init__(self, *roots: int) -> None:
        self._roots = list(roots)
        self._trees = [Tree(pid) for pid in roots]

    def add(self, pid: int) -> None:
        self._roots.append(pid)
        self._trees.append(Tree(pid))

    def memory(self) -> int | None:
        return sum(tree.memory() for tree in self._trees)

    def left(self) -> int:
        """Those that live on, besides the first of each tree."""
        alive = {pid for tree in self._trees for pid in tree.pids()}
        return len(alive - set(self._roots))


class Kernel:
    """The process of a Jupyter kernel, which outlives each execution by design."""

    def __init__(self, pid: int) -> None:
        self._tree = Tree(pid)

    def memory(self) -> int | None:
        return self._tree.memory()


class End(Struct, frozen=True):
    """The counters when an execution was over."""

    peak: int | None
    killed: bool


class Files:
    """A container, by the kernel's files."""

    def __init__(self, files: HostFiles) -> None:
        self._files = files
        self.before: Counters = files.read()
        self._there = set(files.processes())

    def memory(self) -> int | None:
        return self._files.usage()

    def end(self) -> End:
        now = self._files.read()
        killed = now.kills is not None and now.kills > (self.before.kills or 0)
        return End(peak=now.peak, killed=killed)

    def left(self) -> int:
        """Processes that were not there before and are there now."""
        new = set(self._files.processes()) - self._there
        return sum(1 for pid in new if _alive(pid))


def _alive(pid: int) -> bool:
    import psutil  # loaded only when a process is left

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def observed(executor: Any, span: LiveSpan) -> Observed | None:
    """Observe an execution; None for our own executors, which tell by themselves."""
    if type(executor).__module__.startswith("agentloupe."):
        return None
    timeout = getattr(executor, "_timeout", None)
    if isinstance(timeout, int | float):
        span.set(c.TIMEOUT, timeout)
    container = container_of(executor)
    if container is not None:
        span.set(c.SANDBOX, "container")
        span.set(c.CONTAINER_ID, container.id)
        span.set(c.CONTAINER_IMAGE, container.image)
        span.set(c.MEMORY_LIMIT, container.memory)
        files = HostFiles.of(container.pid, container.id) if container.pid else None
        return Observed(span, c.CONTAINER_MEMORY, Files(files) if files is not None else None)
    kernel = _kernel_of(executor)
    if kernel is not None:
        span.set(c.SANDBOX, "kernel")
        span.set(c.MEMORY_LIMIT, 0)
        return Observed(span, c.MEMORY_USAGE, Kernel(kernel))
    kinds = {cls.__name__ for cls in type(executor).__mro__}
    if "LocalCommandLineCodeExecutor" in kinds:
        span.set(c.SANDBOX, "none")
        span.set(c.MEMORY_LIMIT, 0)
    elif "DockerJupyterCodeExecutor" in kinds:
        span.set(c.SANDBOX, "kernel")
    return Observed(span, c.MEMORY_USAGE, None)


def _kernel_of(executor: Any) -> int | None:
    """The process of a local Jupyter kernel, by nbclient's own objects."""
    client = getattr(executor, "_client", None)
    provisioner = getattr(getattr(client, "km", None), "provisioner", None)
    pid = getattr(provisioner, "pid", None)
    return pid if isinstance(pid, int) else None
