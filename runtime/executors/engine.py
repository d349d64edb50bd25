"""The Docker engine as the executor uses it: few requests, and errors that say what to do.

All of it blocks and is called from threads (see `threads`). An image is asked for before a
container is made of it, so that nothing is pulled that nobody asked for. The client library is
imported when an engine is connected to, and by nothing else of agentloupe.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import ExecutorError, NoContainer, NoEngine, NoImage

REQUEST_SECONDS: Final = 60
EVENTS_KEPT: Final = 256  # by the engine, of all containers


class Vanished(Exception):  # noqa: N818 a fact about the container
    """The container is not there any more, or does not run."""


class Channel:
    """A connection that the client library handed over, and the socket inside of it."""

    def __init__(self, handed: Any) -> None:
        self._handed = handed
        self.socket: Any = getattr(handed, "_sock", handed)

    def close(self) -> None:
        """End the connection. As often as one likes."""
        with contextlib.suppress(OSError, AttributeError):  # Windows' pipes have none
            self.socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._handed.close()
        with contextlib.suppress(OSError):
            self.socket.close()

    def let_go(self) -> None:
        """Close our end of it alone: for a forked child, whose parent goes on."""
        with contextlib.suppress(OSError):
            os.close(self.socket.detach())


@dataclass(slots=True)
class Stream:
    """A command that runs in a container: what it says, and a way to stop listening."""

    id: str
    channel: Channel

    def send(self, data: bytes) -> None:
        """To its standard input."""
        self.channel.socket.sendall(data)

    def chunks(self) -> Iterator[bytes]:
        """Standard output and error as they come, until both are closed or `close` is called.

        The frames are those of the engine's attach endpoint: a stream number in a byte, three
        empty ones, a length in four.
        """
        while True:
            header = self._exactly(8)
            if header is None:
                return
            (left,) = struct.unpack(">L", header[4:])
            while left:
                data = self._some(min(left, 1 << 16))
                if not data:
                    return
                left -= len(data)
                yield data

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            more = self._some(count - len(data))
            if not more:
                return None
            data += more
        return data

    def _some(self, count: int) -> bytes:
        try:
            return self.channel.socket.recv(count)
        except OSError:
            return b""

    def close(self) -> None:
        """Stop listening; a reader in another thread comes back."""
        self.channel.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a container shall be; see `DockerExecutor` for what it means."""

    image: str
    keeper: tuple[str, ...]
    keeper_user: str
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    working_dir: str
    network: str
    host: Mapping[str, Any] = field(default_factory=dict[str, Any])  # create_host_config's names


class Engine:
    """A connection to one engine."""

    def __init__(self, client: Any, *, local: bool) -> None:
        self._client = client
        self.local = local  # on this machine, as far as its address tells

    @classmethod
    def connect(cls, address: str | None) -> Engine:
        """Connect to `address`, or where DOCKER_HOST and its companions say.

        Raises:
            NoEngine: nothing answers there, or not to this user.
        """
        import docker
        import docker.errors
        import docker.utils

        known = docker.utils.kwargs_from_env()
        if address is not None:
            known["base_url"] = address
        _probe(str(known.get("base_url", "")), address)
        try:
            client = docker.APIClient(version="auto", timeout=REQUEST_SECONDS, **known)
        except docker.errors.DockerException as error:
            raise _no_engine(error, address) from None  # its text has all there is to know
        return cls(client, local=str(client.base_url).startswith(("http+docker://", "http+unix")))

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close()

    # -- images ----------------------------------------------------------------------------------
    def image(self, name: str, *, pull: bool) -> None:
        """See to it that the image is there.

        Raises:
            NoImage: it is not, and may not be or cannot be pulled.
        """
        from docker.errors import APIError, ImageNotFound, NotFound

        try:
            self._client.inspect_image(name)
            return
        except ImageNotFound as error:
            if not pull:
                raise NoImage(
                    f"the image {name!r} is not on this engine, and images are not pulled unasked",
                    f"docker pull {name}, or DockerExecutor({name!r}, pull='missing')",
                ) from error
        try:
            self._client.pull(name)
            self._client.inspect_image(name)
        except (APIError, ImageNotFound, NotFound) as error:
            raise NoImage(
                f"the image {name!r} cannot be pulled: {_why(error)}",
                "check the name, the network and `docker login`",
            ) from error

    # -- containers ------------------------------------------------------------------------------
    def create(self, asked: Asked) -> str:
        """Make a container. Raises NoContainer."""
        from docker.errors import APIError

        try:
            made = self._client.create_container(
                asked.image,
                command=list(asked.keeper),
                entrypoint="",
                user=asked.keeper_user,
                stdin_open=True,
                labels=dict(asked.labels),
                environment=dict(asked.environment),
                working_dir=asked.working_dir,
                network_disabled=False,
                host_config=self._client.create_host_config(
                    network_mode=asked.network, auto_remove=True, init=True, **asked.host
                ),
            )
        except APIError as error:
            raise NoContainer(
                f"no container of {asked.image!r} can be made: {_why(error)}"
            ) from error
        return str(made["Id"])

    def start(self, container: str) -> Channel:
        """Start it with its standard input held by us. Raises NoContainer; nothing is left then."""
        from docker.errors import APIError

        handed = self._client.attach_socket(container, params={"stdin": 1, "stream": 1})
        lease = Channel(handed)
        try:
            self._client.start(container)
        except APIError as error:
            lease.close()
            self.remove(container)
            raise NoContainer(
                f"the container does not start: {_why(error)}",
                "the image must have `sh`, `cat` and `head`; images without a shell do not fit",
            ) from error
        return lease

    def inspect(self, container: str) -> Mapping[str, Any]:
        """Raises Vanished."""
        return self._there(self._client.inspect_container, container)

    def remove(self, container: str) -> None:
        """Kill and remove it. It is gone when this returns; that it was gone before is fine."""
        from docker.errors import APIError, NotFound

        deadline = time.monotonic() + REQUEST_SECONDS
        while time.monotonic() < deadline:
            try:
                self._client.remove_container(container, force=True, v=True)
                return
            except NotFound:
                return
            except APIError as error:
                if error.status_code != 409:  # its removal is under way
                    raise ExecutorError(f"container {container[:12]}: {_why(error)}") from error
                time.sleep(0.02)

    def labelled(self, label: str) -> dict[str, str]:
        """All containers with a label: its value by container."""
        found = self._client.containers(all=True, filters={"label": [label]})
        return {str(each["Id"]): str(each["Labels"].get(label, "")) for each in found}

    # -- commands --------------------------------------------------------------------------------
    def run(self, container: str, command: Sequence[str], *, user: str, workdir: str) -> Stream:
        """Start a command with open standard input.

        It must read something before it writes: what is written at once can be lost behind the
        response's headers. Raises Vanished, and ExecutorError when the engine cannot start it.
        """
        made = self._there(
            self._client.exec_create,
            container,
            list(command),
            stdin=True,
            user=user,
            workdir=workdir,
        )
        identity = str(made["Id"])
        handed = self._there(self._client.exec_start, identity, socket=True)
        return Stream(identity, Channel(handed))

    def exit_code(self, command: str) -> int | None:
        """The exit code of a command, None while it runs. Raises Vanished."""
        told = self._there(self._client.exec_inspect, command)
        return None if told["Running"] else int(told["ExitCode"] or 0)

    def _there(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        from docker.errors import APIError, NotFound

        try:
            return request(*args, **kwargs)
        except NotFound as error:
            raise Vanished(_why(error)) from error
        except APIError as error:
            if error.status_code == 409:  # it does not run
                raise Vanished(_why(error)) from error
            raise ExecutorError(_why(error)) from error

    # -- what is told of memory ------------------------------------------------------------------
    def stats(self, container: str) -> Iterator[Mapping[str, Any]]:
        """Statistics, about one a second, until the container is gone."""
        from docker.errors import DockerException

        with contextlib.suppress(DockerException, OSError):
            yield from self._client.stats(container, decode=True, stream=True)

    def oom_events(self, container: str) -> int:
        """How many processes of the container the engine saw killed for memory, of late."""
        from docker.errors import DockerException

        try:
            return sum(
                1
                for _ in self._client.events(
                    since="0",
                    until=f"{time.time():.9f}",
                    filters={"container": [container], "event": ["oom"]},
                    decode=True,
                )
            )
        except (DockerException, OSError):
            return 0


def _probe(url: str, address: str | None) -> None:
    """Knock at a Unix socket: the client library leaves its own open when nobody answers."""
    path = url.partition("unix://")[2] or ("/var/run/docker.sock" if not url else "")
    if not path or os.name != "posix":
        return
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(f"/{path.lstrip('/')}")
        except OSError as error:
            raise _no_engine(error, address) from None


def _why(error: Exception) -> str:
    return str(getattr(error, "explanation", None) or error)[:500]


def _no_engine(error: Exception, address: str | None) -> NoEngine:
    text = str(error)
    address = address or os.environ.get("DOCKER_HOST")
    where = f"at {address}" if address else "at its usual place, and DOCKER_HOST names no other"
    if "Permission denied" in text:
        return NoEngine(
            f"the Docker engine {where} does not let this user in",
            "sudo usermod -aG docker $USER, and log in again; or use a rootless engine",
        )
    return NoEngine(
        f"no Docker engine answers {where}: {text[:300]}",
        "start it (systemctl start docker), or set DOCKER_HOST: "
        "`docker context inspect` shows the address that the docker command uses",
    )
