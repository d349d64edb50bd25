"""What a program makes and leaves, by the agent that made it: files, sockets, threads, processes.

Python tells its audit hooks when one is made; whether it is still there is looked up when memory is
sampled. A hook cannot be taken away again, so it is added once a process and is silent while
nothing is recorded. Tasks tell it themselves, by the context in which they were started.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextvars import Context
from typing import Any, Final, Protocol

MOST: Final = 4_096  # things of a kind that are looked after
PENDING: Final = 256  # processes that were started and not seen yet

Counts = dict[str, int]


class Listener(Protocol):
    """Told of audit events."""

    events: frozenset[str]

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """One of `events`."""
        ...


class TempFiles:
    """Temporary files and folders made since the start that may still be there.

    Args:
        agent: the plain name of the agent at work, "" when none is.
    """

    events = frozenset({"open", "tempfile.mkdtemp", "tempfile.mkstemp"})

    def __init__(self, agent: Callable[[], str]) -> None:
        self._agent = agent
        self._made: dict[str, str] = {}
        self._folder = os.path.join(tempfile.gettempdir(), "")  # noqa: PTH118 a plain prefix is wanted

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit event."""
        path = args[0]
        if event == "open":
            mode = args[1]
            made = isinstance(path, str) and mode is not None and mode[:1] in "wxa"
            if not made or not path.startswith(self._folder):
                return
        if isinstance(path, str) and len(self._made) < MOST:
            self._made.setdefault(path, self._agent())

    def forget(self) -> None:
        """What was made so far is another process's."""
        self._made.clear()

    def there(self) -> Counts:
        """How many are still there, by agent."""
        counts: Counts = {}
        for path, agent in list(self._made.items()):
            if os.path.lexists(path):
                counts[agent] = counts.get(agent, 0) + 1
            else:
                del self._made[path]
        return counts


class _Alive:
    """Objects that were made, held weakly, by the agent that did."""

    def __init__(self, open_: Callable[[Any], bool]) -> None:
        self._open = open_
        self._made: dict[int, tuple[weakref.ref[Any], str]] = {}

    def add(self, what: Any, agent: str) -> None:
        if len(self._made) < MOST:
            self._made[id(what)] = (weakref.ref(what), agent)

    def there(self) -> Counts:
        counts: Counts = {}
        for key, (what, agent) in list(self._made.items()):
            found = what()
            if found is not None and self._open(found):
                counts[agent] = counts.get(agent, 0) + 1
            else:
                del self._made[key]
        return counts

    def clear(self) -> None:
        self._made.clear()


class _Opened:
    """Open files by the agent that opened them.

    Python tells the path before there is a descriptor: one that is seen for the first time belongs
    to the agent that opened its path, the oldest unclaimed time.
    """

    def __init__(self) -> None:
        self._paths: deque[tuple[str, str]] = deque(maxlen=PENDING)  # path, agent
        self._open: dict[str, tuple[str, str]] = {}  # by descriptor: what it leads to, agent

    def add(self, path: Any, agent: str) -> None:
        if isinstance(path, str | bytes):
            self._paths.append((os.fsdecode(path), agent))

    def there(self) -> Counts:
        counts: Counts = {}
        if not self._paths and not self._open:
            return counts
        seen: dict[str, tuple[str, str]] = {}
        found = _descriptors()
        opened = _taken(self._paths)  # what nobody claims is closed again
        for number, leads_to in found:
            known = self._open.get(number)
            agent = known[1] if known and known[0] == leads_to else _claim(opened, leads_to)
            seen[number] = leads_to, agent
            if agent:
                counts[agent] = counts.get(agent, 0) + 1
        self._open = seen
        return counts

    def clear(self) -> None:
        self._paths.clear()
        self._open.clear()


def _taken(waiting: deque[tuple[str, str]]) -> list[tuple[str, str]]:
    """All that waits: other threads add to it meanwhile."""
    return [waiting.popleft() for _ in range(len(waiting))]


def _claim(opened: list[tuple[str, str]], leads_to: str) -> str:
    leads_to = leads_to.removesuffix(" (deleted)")
    for place, (told, agent) in enumerate(opened):
        path = os.path.abspath(told)  # noqa: PTH100 as the kernel tells it
        # a file without a name (O_TMPFILE) is opened by its folder
        if leads_to in (path, os.path.realpath(path)) or leads_to.startswith(f"{path}/#"):
            del opened[place]
            return agent
    return ""


def _descriptors() -> list[tuple[str, str]]:
    """Those of files, and what they lead to."""
    found: list[tuple[str, str]] = []
    try:
        numbers = os.listdir("/proc/self/fd")  # noqa: PTH208 the plain list is the cheap one
    except OSError:
        return found
    for number in numbers:
        try:
            leads_to = os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115 as above
        except OSError:  # the one that the list was read by
            continue
        if leads_to.startswith("/"):
            found.append((number, leads_to))
    return found


def tasks_by(tasks: Iterable[Any], agent: Callable[[], str]) -> Counts:
    """How many tasks each agent started, by the context that a task took from whoever did."""
    counts: Counts = {}
    for task in tasks:
        context = _context_of(task)
        if context is None:
            continue
        try:
            name = context.run(agent)
        except RuntimeError:  # entered already: the task that asks
            continue
        if name:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _context_of(task: Any) -> Context | None:
    if hasattr(task, "get_context"):  # from Python 3.12 on
        return task.get_context()
    return next((each for each in gc.get_referents(task) if type(each) is Context), None)


def _is_open(socket: Any) -> bool:
    return socket.fileno() >= 0


def _is_alive(thread: Any) -> bool:
    return not thread.ident or thread.is_alive()  # one that is about to start has no ident


#: Python 3.12's event and 3.13's; 3.11 does not tell.
_STARTS: Final = frozenset({"_thread.start_new_thread", "_thread.start_joinable_thread"})


class Resources:
    """Files, sockets, threads and child processes that are there, by the agent that made them.

    An event does not tell the process id, which there is none yet: a child that is seen for the
    first time belongs to the agent whose start of the same command is the oldest unclaimed one.
    """

    events = _STARTS | {"open", "socket.__new__", "subprocess.Popen", "os.fork"}

    def __init__(self, agent: Callable[[], str]) -> None:
        self._agent = agent
        self._files = _Opened()
        self._sockets = _Alive(_is_open)
        self._threads = _Alive(_is_alive)
        self._started: deque[tuple[str, str]] = deque(maxlen=PENDING)  # command, agent
        self._children: dict[int, str] = {}

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit event."""
        agent = self._agent()
        if not agent:
            return
        if event == "open":
            self._files.add(args[0], agent)
        elif event == "socket.__new__":
            self._sockets.add(args[0], agent)
        elif event in _STARTS:
            thread = getattr(args[0], "__self__", None)
            if hasattr(thread, "is_alive"):
                self._threads.add(thread, agent)
        else:
            self._started.append((_command(args[1]) if len(args) > 1 else "", agent))

    def forget(self) -> None:
        """What was made so far is another process's."""
        self._files.clear()
        self._sockets.clear()
        self._threads.clear()
        self._started.clear()
        self._children.clear()

    def there(self, children: Mapping[int, Callable[[], Iterable[str]]]) -> dict[str, Counts]:
        """What is there by agent, in the fields of a sample; `children` by process id."""
        return {
            "agent_files": self._files.there(),
            "agent_sockets": self._sockets.there(),
            "agent_threads": self._threads.there(),
            "agent_children": self._claimed(children),
        }

    def _claimed(self, children: Mapping[int, Callable[[], Iterable[str]]]) -> Counts:
        for gone in [pid for pid in self._children if pid not in children]:
            del self._children[gone]
        if self._started:
            started = _taken(self._started)
            for pid in sorted(pid for pid in children if pid not in self._children):
                self._claim(started, pid, " ".join(children[pid]()))
            if children:
                self._started.extendleft(reversed(started))
        counts: Counts = {}
        for agent in self._children.values():
            counts[agent] = counts.get(agent, 0) + 1
        return counts

    def _claim(self, started: list[tuple[str, str]], pid: int, command: str) -> None:
        same = [each for each in started if each[0] == command]
        if not same:  # a shell that became another program, a fork, a zombie
            same = started
        if same:
            _, self._children[pid] = first = same[0]
            started.remove(first)


def _command(args: Any) -> str:
    words: list[Any] = [args] if isinstance(args, str | bytes | os.PathLike) else [*args]
    return " ".join(map(os.fsdecode, words))


_listening: list[Listener] = []
_wanted: Final[set[str]] = set()
_added = False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event in _wanted:
        try:
            for each in _listening:
                if event in each.events:
                    each.note(event, args)
        except Exception:  # the program's own call must not fail by us
            pass


def listen(*listeners: Listener) -> Callable[[], None]:
    """Have them told; call what is returned to end that."""
    global _added
    if not _added:
        _added = True
        sys.addaudithook(_hook)
    _listening.extend(listeners)
    _wanted.update(*(each.events for each in listeners))

    def deaf() -> None:
        for each in listeners:
            if each in _listening:
                _listening.remove(each)
        _wanted.clear()
        _wanted.update(*(each.events for each in _listening))

    return deaf
