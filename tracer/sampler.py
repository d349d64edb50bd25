"""Memory and resources of the process, read at step boundaries and kept rare enough to be free.

What a reading costs in CPU time decides how often it is taken: it waits five hundred times that
of the program's CPU time (so reading stays under a fifth of a percent, also in a program that
mostly waits), at least a few milliseconds, and the wait doubles with every thousand samples.
`sys.getallocatedblocks` walks the heap: 0.8 µs at 14 MB, a millisecond at 640 MB, several times
that where it is not in the processor's caches, and what it fetches throws the program's own out of
them: it costs the program about as much again afterwards. A reading right
after a garbage collection is worth many others, so each full collection of the program's own marks
the next sample; with `collect` they are forced at 24 to 48 evenly spaced moments, and what grows
between them is looked for in the heap. What is under way weighs a hundred blocks and more, so the
moment is put off to the next at which no run is: readings at rest differ by what stays.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Sized
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from .allocations import native
from .audit import Resources, TempFiles, listen, tasks_by
from .census import Census
from .footprint import c_heap, resident, unique
from .interrupts import interrupts
from .looks import Looks
from .suspicion import Suspicion, Window
from .tallies import Tallies

if TYPE_CHECKING:
    import psutil

SHARE: Final = 500  # a reading may cost one part in this of the CPU time since the last one
WAITS: Final = 64.0  # a program that waits longer than this for each second of CPU is sampled still
PAUSE_NS: Final = 5_000_000
PER_DOUBLING: Final = 1_024
SLOW_NS: Final = 1_000_000_000  # descriptors, tasks, children: at most once a second
UNIQUE_NS: Final = 10_000_000_000  # unique memory, which costs more than all the others
COLLECTIONS: Final = 48
SMALL: Final = 200 << 20  # bytes of a process whose unique memory is read
OF_A_TASK: Final = 64  # slices that are measured of a task that an agent started
SPANS_OF_OTHERS: Final = 64  # steps after which the clock is asked: some tell any time as theirs
FIRST_STRIDE: Final = 8  # deliveries between two forced collections, to begin with
TRACED: Final = 8  # looks that named nobody, after which allocations are traced

#: Further counters, by whoever knows them: called with the data of each slow reading.
gauges: list[Callable[[dict[str, Any]], None]] = []
#: Called before a forced collection: to let go of what is over, and would be let go of in a while.
settlers: list[Callable[[], None]] = []

#: Tables of the standard library's that fill up to a bound of their own.
_CACHES: Final = (("re", "_cache"), ("re", "_cache2"), ("linecache", "cache"))

_page: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_clock = time.perf_counter_ns
_spent = time.thread_time_ns
_epoch: int = time.time_ns() - time.perf_counter_ns()


class Reading(Struct, frozen=True):
    """A sample on its way to the writer."""

    run: int
    step: int
    messages: int
    time_ns: int
    rss: int
    data: dict[str, Any]


class Sampler:
    """Reads when `tick` finds it is time; called at the end of every step.

    Args:
        sink: takes each reading.
        collect: force evenly spaced collections.
        settle: called before each of these: what waits to be written is memory too, and no
            program's. False: it waits still, and the reading is not like the others.
        agent: the plain name of the agent at work, "" when none is.
        notice: tells the user, once, what went wrong here.
        turns: of the writer's thread, as `Tallies` has it.
    """

    def __init__(
        self,
        sink: Callable[[Reading], None],
        *,
        collect: bool = False,
        settle: Callable[[], bool] | None = None,
        agent: Callable[[], str] = str,
        notice: Callable[[str], None] | None = None,
        turns: Callable[[], int] = int,
    ) -> None:
        self.due = False  # a forced collection waits for the program to be at rest
        self._notice = notice
        self._broken = False
        self._sampling = threading.Lock()
        self.messages = 0
        self._sink = sink
        self._collect = collect
        self.slices_of_a_task = sys.maxsize if collect else OF_A_TASK
        self._settle = settle
        self._stride = FIRST_STRIDE
        self._collections = 0
        self._count = 0
        self._pause = PAUSE_NS
        self._next_ns = 0  # by the clock of the spans
        self._next_blocks = 0
        self._next_slow = 0
        self._next_unique = 0
        self._share = float(SHARE)  # the same in wall time: more for a program that waits
        self._wall, self._cpu = _clock(), time.process_time_ns()
        self._fresh = False  # a full collection ended since the last sample: the next is due
        self._statm = _open_statm()
        self._agent = agent
        self._files = TempFiles(agent)
        self._resources = Resources(agent)
        self._deaf: Callable[[], None] | None = None
        self._hearing = threading.RLock()  # a signal's handler may record
        self._looks = Looks(forced=collect)
        self.tallies = Tallies(self._looks, every=collect, turns=turns)
        self.tallies.share = self._share
        #: Of `tallies`, without a call in between.
        self.measures, self.begin, self.end = (
            self.tallies.measures,
            self.tallies.begin,
            self.tallies.end,
        )
        self._suspicion = Suspicion(floor=0.04, least=64)  # of blocks
        self._suspicion_of_c = Suspicion(floor=32, least=16_384)  # of bytes
        self._window = Window()
        gc.callbacks.append(self._collected)

    def listen(self) -> None:
        """Note from now on which agent opens and starts what. Not before a run begins: Python tells
        of each import, too, and a framework's are thousands."""
        if self._deaf is None:
            with self._hearing:
                self._deaf = self._deaf or listen(self._files, self._resources)

    # -- at step boundaries ----------------------------------------------------------------------
    def tick(self, run: int, step: int | None, time_ns: int) -> None:
        """A step ended, at that time. Every message pays for this call."""
        self.messages += 1
        if time_ns >= self._next_ns or not self.messages % SPANS_OF_OTHERS:
            self._perhaps(run, step, time_ns)

    def _perhaps(self, run: int, step: int | None, time_ns: int) -> None:
        if self._collect:
            if self.messages % self._stride:
                return
            if not self.due:
                self.due = True
                return
        elif _epoch + _clock() < self._next_ns:
            return
        # while forced: no rest came, the program has one long run, or several that overlap
        self._guarded(run, step, time_ns, rest=False)
        self.due = self._collect

    def rest(self, run: int, step: int | None, time_ns: int) -> None:
        """No run is under way, and `due`."""
        self._guarded(run, step, time_ns, rest=True)

    def _guarded(self, run: int, step: int | None, time_ns: int, *, rest: bool) -> None:
        """What fails here must not be the program's failure; it is the last sample then.

        One thread at a time: several may have an event loop, and a signal's handler may record.
        """
        if self._broken or not self._sampling.acquire(blocking=False):
            return
        try:
            if self._collect:
                self._forced(run, step or 0, time_ns, rest)
            else:
                data = {"collected": self._fresh}
                self._sample(run, step or 0, time_ns, data, slow=False)
        except Exception as error:
            if interrupts(error):
                raise
            self._broken, self.due = True, False
            if self._notice is not None:
                self._notice(f"memory is not sampled any more: {error!r}")
        finally:
            self._sampling.release()

    def _forced(self, run: int, step: int, time_ns: int, rest: bool) -> None:
        self.due = False
        for settle in (*settlers, self.tallies.settle):
            settle()
        settled = self._settle is None or self._settle()
        # asyncio asks a future for its result by a new string each time, and the cache of methods
        # keeps those by address: 4,096 of them, up to one a message (CPython 3.11)
        sys._clear_type_cache()
        gc.collect()
        self._collections += 1
        if self._collections >= COLLECTIONS:
            self._collections //= 2
            self._stride *= 2
        data = {"collected": settled, "rest": rest}
        self._sample(run, step, time_ns, data, slow=True)

    def _suspect(self, data: dict[str, Any]) -> None:
        """Escalate when the last readings rise: look at the heap; where that does not tell who
        holds what grows, trace allocations for a while."""
        window = self._window
        if window.open:
            data.pop("c_heap", None)  # the tracing's own tables lie there
            if lines := window.reading():
                data["lines"] = lines
        elif self._suspicion.note(self.messages, data["blocks"]):
            looks = self._looks
            if looks.census is None:
                looks.census = Census()
            elif (
                self._collect  # elsewhere four readings can be far apart, and all is slow meanwhile
                and looks.census.looks >= TRACED
                and not looks.held
            ):
                window.begin()
        elif (
            self._collect
            and native()
            and "c_heap" in data
            and self._suspicion_of_c.note(self.messages, data["c_heap"])
        ):
            window.begin(by_size=True)

    def _sample(
        self, run: int, step: int, time_ns: int, data: dict[str, Any], *, slow: bool
    ) -> None:
        now, began, self._fresh = _clock(), _spent(), False
        rss = self._rss()
        data.update(rss=rss, gc=gc.isenabled())
        heap = c_heap()
        if heap is not None:
            data["c_heap"] = heap
        if slow or data["collected"] or now >= self._next_blocks:
            data["blocks"] = self._blocks()
        data["threads"] = threading.active_count()
        data["learned"] = _learned()
        if slow or now >= self._next_slow:
            before = _spent()
            self._slow(data, now)
            began += _spent() - before  # its time is its own
        if self.tallies.by_agent:
            data["agents"] = self.tallies.shares()
        if data["collected"]:
            if "blocks" in data:
                self._suspect(data)
            holders = self._looks.collected(self.messages)
            if holders is not None:
                data["holders"] = holders
        self._sink(Reading(run, step, self.messages, time_ns, rss, data))
        self._count += 1
        if self._count % PER_DOUBLING == 0:
            self._pause *= 2
        end = _clock()
        self._pace(end)
        if not self._collect:
            wait = max(self._pause, int(self._share * (_spent() - began)))
            self._next_ns = _epoch + end + wait

    def _pace(self, now: int) -> None:
        """How much wall time goes by while the program uses CPU time."""
        cpu = time.process_time_ns()
        waits = (now - self._wall) / max(cpu - self._cpu, 1)
        self._share = self.tallies.share = SHARE * min(max(waits, 1.0), WAITS)
        self._wall, self._cpu = now, cpu

    def _slow(self, data: dict[str, Any], now: int) -> None:
        began = _spent()
        with contextlib.suppress(OSError):
            data["fds"] = len(os.listdir("/proc/self/fd")) - 1  # noqa: PTH208 the plain list is the cheap one
        all_tasks = getattr(sys.modules.get("asyncio"), "all_tasks", None)
        if all_tasks is not None:  # not while another thread is at importing it
            with contextlib.suppress(RuntimeError):
                tasks = all_tasks()
                data["tasks"] = len(tasks)
                data["agent_tasks"] = tasks_by(tasks, self._agent)
        children = _children()
        if children is not None:
            data["children"] = len(children)
            data["children_rss"] = sum(_rss_of(child) for child in children)
            commands = {child.pid: partial(_command_of, child) for child in children}
            data.update(self._resources.there(commands))
        data["temp_files"] = self._files.there()
        for gauge in gauges:
            with contextlib.suppress(Exception):
                gauge(data)
        self._next_slow = now + max(SLOW_NS, int(self._share * (_spent() - began)))
        # walking the mappings takes a millisecond, those of a big process tens
        if now >= self._next_unique and data["rss"] < SMALL:
            alone = unique()
            if alone is not None:
                data["uss"] = alone
            self._next_unique = now + UNIQUE_NS

    def _rss(self) -> int:
        if self._statm is not None:
            with contextlib.suppress(OSError, ValueError):
                return int(os.pread(self._statm, 64, 0).split()[1]) * _page
        return resident()

    def _blocks(self) -> int:
        began = _spent()
        blocks = sys.getallocatedblocks()
        self._next_blocks = _clock() + int(self._share * (_spent() - began))
        return blocks

    # -- the collector -----------------------------------------------------------------------------
    def _collected(self, phase: str, info: dict[str, int]) -> None:
        self.tallies.collected(phase, info["generation"])
        if phase == "stop" and info["generation"] == 2:
            self._fresh = True
            self._next_ns = 0

    def after_fork(self) -> None:
        """In a forked child: the handles and tallies so far are the parent's."""
        self._sampling = threading.Lock()  # whoever sampled is not here
        self._hearing = threading.RLock()
        self._let_go()
        self._statm = _open_statm()
        self._wall, self._cpu = _clock(), time.process_time_ns()
        self._window.forget()
        self._files.forget()
        self._resources.forget()
        self.tallies.forget()
        self.messages = 0

    def close(self) -> None:
        """Stop watching the collector, and files."""
        if self._deaf is not None:
            self._deaf()
        self._window.close()
        with contextlib.suppress(ValueError):
            gc.callbacks.remove(self._collected)
        self._let_go()

    def _let_go(self) -> None:
        if self._statm is not None:
            with contextlib.suppress(OSError):  # the program closed what it did not open
                os.close(self._statm)
            self._statm = None


def _open_statm() -> int | None:
    try:
        return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _learned() -> int:
    """How much Python keeps of its own accord: modules, compiled patterns, lines of source."""
    caches: list[Sized] = [sys.modules]
    for module, name in _CACHES:
        cache: object = getattr(sys.modules.get(module), name, None)
        if isinstance(cache, Sized):
            caches.append(cache)
    return sum(map(len, caches))


def _has_children() -> bool:
    """Whether there may be any: looking through all processes for them takes a millisecond."""
    try:
        for task in os.listdir("/proc/self/task"):  # noqa: PTH208 the plain list is the cheap one
            with open(f"/proc/self/task/{task}/children", "rb") as file:  # noqa: PTH123 as above
                if file.read(1):
                    return True
    except OSError:
        return True
    return False


def _children() -> list[psutil.Process] | None:
    """The processes below this one; None where nobody can say."""
    if not _has_children():
        return []
    import psutil  # see `footprint`

    try:
        return psutil.Process().children(recursive=True)
    except (psutil.Error, OSError):
        return None


def _command_of(process: psutil.Process) -> list[str]:
    import psutil

    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _rss_of(process: psutil.Process) -> int:
    import psutil

    try:
        return int(process.memory_info().rss)
    except (psutil.Error, OSError):
        return 0
