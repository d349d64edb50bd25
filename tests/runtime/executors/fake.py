"""An engine that does as it is told, for what a real one cannot be made to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentloupe.runtime.executors.engine import Asked, Vanished
from agentloupe.runtime.executors.errors import NoImage

#: Answers of the shell that counts and kills, by version of cgroups.
V1 = (
    "= memory/memory.max_usage_in_bytes\n{peak}\n"
    "= memory/memory.oom_control\noom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n"
)
V2 = "= memory.peak\n{peak}\n= memory.events\nlow 0\nmax 3\noom {kills}\noom_kill {kills}\n"
UNREADABLE = ""


@dataclass
class FakeStream:
    """A command that says what it was given to say, when its input has come."""

    id: str
    says: list[bytes]
    open: bool = True
    sent: bytes = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def chunks(self) -> Iterator[bytes]:
        yield from self.says

    def close(self) -> None:
        self.open = False


@dataclass
class FakeChannel:
    closed: bool = False

    def close(self) -> None:
        self.closed = True

    def let_go(self) -> None:
        pass

    __hash__ = object.__hash__


@dataclass
class FakeEngine:
    """`code` is what a block does: it returns what it says and its exit code, None to hang."""

    code: Callable[[str], tuple[bytes, int | None]]
    cgroup: str = V2
    local: bool = False
    images: set[str] = field(default_factory=lambda: {"python:3-slim"})
    kills: int = 0
    peak: int = 1000
    events: int = 0
    left: int = 3
    immortal: int = 0  # processes that no kill reaches
    usages: list[int] = field(default_factory=list[int])
    alive: dict[str, Asked] = field(default_factory=dict[str, Asked])
    made: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    settled: list[str] = field(default_factory=list[str])  # "look" or "kill"
    leases: list[FakeChannel] = field(default_factory=list[FakeChannel])
    owners: dict[str, str] = field(default_factory=dict[str, str])
    closed: bool = False
    _codes: dict[str, int | None] = field(default_factory=dict[str, "int | None"])

    def image(self, name: str, *, pull: bool) -> None:
        if name not in self.images and not pull:
            raise NoImage(f"the image {name!r} is not on this engine")

    def create(self, asked: Asked) -> str:
        container = f"{len(self.made):064x}"
        self.made.append(container)
        self.alive[container] = asked
        return container

    def start(self, container: str) -> FakeChannel:
        self.leases.append(FakeChannel())
        return self.leases[-1]

    def inspect(self, container: str) -> Mapping[str, Any]:
        return {"State": {"Pid": 0}}

    def remove(self, container: str) -> None:
        self.removed.append(container)
        self.alive.pop(container, None)
        self.owners.pop(container, None)

    def labelled(self, label: str) -> dict[str, str]:
        return dict(self.owners)

    def run(self, container: str, command: Sequence[str], *, user: str, workdir: str) -> FakeStream:
        if container not in self.alive:
            raise Vanished("no such container")
        identity = f"exec-{len(self._codes)}"
        if "kill -9 -1" in command[2]:
            return self._settle(identity, command[4])
        says, code = self.code(command[-1])
        self._codes[identity] = code
        return FakeStream(identity, [says])

    def _settle(self, identity: str, what: str) -> FakeStream:
        self._codes[identity] = 0
        self.settled.append(what)
        stayed = 3 + self.immortal if what == "kill" else self.left
        counted = self.cgroup.format(peak=self.peak, kills=self.kills)
        text = f"left {self.left}\nstayed {stayed}\n{counted}"
        self.left = 3
        return FakeStream(identity, [text.encode()])

    def exit_code(self, command: str) -> int | None:
        if not self.alive:
            raise Vanished("no such container")
        return self._codes[command]

    def stats(self, container: str) -> Iterator[Mapping[str, Any]]:
        for usage in self.usages:
            yield {"memory_stats": {"usage": usage, "limit": 512 << 20}}

    def oom_events(self, container: str) -> int:
        return self.events

    def close(self) -> None:
        self.closed = True
