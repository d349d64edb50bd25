"""`DockerExecutor`: code in a container that has limits, ends in time, and is gone when we are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self, TypedDict, Unpack

from autogen_core import Component
from pydantic import BaseModel, Field, field_validator

from ...tracer import conventions as c
from . import owner
from .account import Account
from .base import BlockExecutor, Listener
from .blocks import COMMANDS, Planned
from .container import KEEPER, KEEPER_USER, LEASED, WORK, Container, sweep
from .docker_block import Block, NotStarted
from .engine import Asked, Engine
from .errors import NoContainer
from .outcome import KILLED, STOPPED, Ended
from .output import Output
from .sizes import in_bytes
from .threads import beside, finish, waited


class DockerExecutorConfig(BaseModel):
    """The options of a `DockerExecutor`, as a component's configuration has them."""

    image: str = "python:3-slim"
    pull: Literal["never", "missing"] = "never"
    timeout: float = Field(default=60, gt=0)
    memory: int | str = "512m"
    cpus: float = Field(default=1.0, ge=0)
    pids: int = Field(default=128, ge=0)
    network: str = "none"
    user: str | None = Field(default=None, pattern=r"^\d+(:\d+)?$")
    read_only: bool = True
    cap_add: list[str] = []
    no_new_privileges: bool = True
    work_size: int | str = "128m"
    tmp_size: int | str = "64m"
    work_dir: str | None = None
    volumes: list[str] = []
    environment: dict[str, str] = {}
    labels: dict[str, str] = {}
    commands: dict[str, list[str]] = {}
    output_limit: int = Field(default=64 << 10, ge=0)
    keep_background: bool = False
    runtime: str | None = None
    docker_host: str | None = None

    @field_validator("memory", "work_size", "tmp_size")
    @classmethod
    def _is_a_size(cls, value: int | str) -> int | str:
        in_bytes(value)
        return value


class DockerOptions(TypedDict, total=False):
    """The same as keyword arguments, but for the image."""

    pull: Literal["never", "missing"]
    timeout: float
    memory: int | str
    cpus: float
    pids: int
    network: str
    user: str | None
    read_only: bool
    cap_add: list[str]
    no_new_privileges: bool
    work_size: int | str
    tmp_size: int | str
    work_dir: str | None
    volumes: list[str]
    environment: dict[str, str]
    labels: dict[str, str]
    commands: dict[str, list[str]]
    output_limit: int
    keep_background: bool
    runtime: str | None
    docker_host: str | None


class DockerExecutor(BlockExecutor, Component[DockerExecutorConfig]):
    """Executes code blocks in a Docker container, for `CodeExecutorAgent` and the code tool.

    The container has limits from the beginning, is removed within a second of the end of this
    process however it ends, and no process of a block outlives the block. Start it with
    `async with` or `start`; the first execution does it otherwise.

    Args:
        image: it must have `sh`, `cat` and `head`.
        pull: "missing" pulls an image that is not there; "never" raises `NoImage`.
        timeout: seconds for each block; then it is killed from outside.
        memory: the limit, in bytes or as '512m'. Swap adds nothing to it. 0: none.
        cpus: how many processors' worth of time; 0: no limit.
        pids: how many processes and threads; 0: no limit.
        network: "none", or a network of the engine's ("bridge").
        user: who the code runs as, 'uid' or 'uid:gid'; by default 65534:65534, with `work_dir` its
            owner unless that is root.
        read_only: the container's own files cannot be changed; the work area and /tmp can.
        cap_add: capabilities that the code gets; all others are dropped.
        no_new_privileges: set-user-id programs give the code no other user's rights.
        work_size, tmp_size: limits of the work area and of /tmp. Both are in memory and count.
        work_dir: a folder of this machine as work area, in the place of one in memory.
        volumes: further mounts, as 'host:container:ro'.
        environment: variables for the code.
        labels: labels of the container besides ours.
        commands: what files of a language are run with, besides or instead of the usual.
        output_limit: bytes of output in the result; beyond it beginning and end are kept there
            and all of it in a file that lives as long as the executor.
        keep_background: let processes that a block leaves live on, for the next block.
        runtime: of the engine, for example "runsc".
        docker_host: address of the engine; by default the environment says it.
        on_output: is called with text as it is written.

    Raises:
        ValueError: an option does not fit.
    """

    sandbox = "container"
    component_config_schema = DockerExecutorConfig
    component_provider_override = "agentloupe.runtime.DockerExecutor"

    def __init__(
        self,
        image: str = "python:3-slim",
        *,
        on_output: Listener | None = None,
        **options: Unpack[DockerOptions],
    ) -> None:
        self._config = config = DockerExecutorConfig.model_validate(
            {"image": image, **options}, extra="forbid"
        )
        super().__init__(
            commands={**COMMANDS, **config.commands},
            timeout=config.timeout,
            memory=in_bytes(config.memory),
            output_limit=config.output_limit,
            on_output=on_output,
        )
        self._engine: Engine | None = None
        self._container: Container | None = None

    # -- AutoGen's interface ---------------------------------------------------------------------
    async def start(self) -> None:
        """Start the container.

        Raises:
            NoEngine: no engine answers, or not to this user.
            NoImage: the image is not there.
            NoContainer: it cannot be started.
        """
        await self._ready()

    async def stop(self) -> None:
        """Kill and remove the container, and close the connection. Takes no second."""
        self._stops += 1
        container, engine = self._container, self._engine
        self._container = self._engine = None
        self._drop_folder()
        if container is not None:
            await finish(waited(beside(container.remove)))
        if engine is not None:
            await finish(waited(beside(engine.close)))

    async def restart(self) -> None:
        """Stop and start: the work area is empty then, unless it is `work_dir`."""
        await self.stop()
        await self.start()

    def _to_config(self) -> DockerExecutorConfig:
        return self._config

    @classmethod
    def _from_config(cls, config: DockerExecutorConfig) -> Self:
        return cls(**config.model_dump(exclude_unset=True))

    # -- files -----------------------------------------------------------------------------------
    async def put(self, name: str, data: bytes) -> None:
        """Write a file, named relative to the work area."""
        await self._ready()
        assert self._container is not None
        await beside(self._container.put, name, data)

    async def get(self, name: str) -> bytes:
        """Read a file, named relative to the work area. Raises FileNotFoundError."""
        await self._ready()
        assert self._container is not None
        return await beside(self._container.get, name)

    # -- a container -----------------------------------------------------------------------------
    async def _ready(self) -> None:
        if self._container is None:
            self._engine, self._container = await finish(waited(beside(self._open, self._engine)))

    def _open(self, engine: Engine | None) -> tuple[Engine, Container]:
        engine = engine or Engine.connect(self._config.docker_host)
        sweep(engine)
        owner.sweep_folders()
        engine.image(self._config.image, pull=self._config.pull == "missing")
        user = self._user()
        return engine, Container(engine, self._asked(user), user)

    def _user(self) -> str:
        config = self._config
        if config.user is not None:
            return config.user
        if config.work_dir is not None:
            path = Path(config.work_dir)
            made = not path.exists()
            path.mkdir(parents=True, exist_ok=True)
            if made and hasattr(os, "getuid") and os.getuid() == 0:
                os.chown(path, 65534, 65534)
            owns = path.stat()
            if owns.st_uid != 0:
                return f"{owns.st_uid}:{owns.st_gid}"
        return "65534:65534"

    def _asked(self, user: str) -> Asked:
        config = self._config
        memory = in_bytes(config.memory)
        # Where the image has no such folder, runc gives it the mode of one that root just made.
        owned = ",".join(f"{k}={n}" for k, n in zip(("uid", "gid"), user.split(":"), strict=False))
        tmpfs = {"/tmp": f"size={in_bytes(config.tmp_size)},mode=1777,{owned}"}
        binds = list(config.volumes)
        if config.work_dir is None:
            tmpfs[WORK] = f"size={in_bytes(config.work_size)},mode=1777,exec,{owned}"
        else:
            binds.append(f"{Path(config.work_dir).resolve()}:{WORK}:rw")
        host: dict[str, Any] = {
            "mem_limit": memory or None,
            "memswap_limit": memory or None,
            "nano_cpus": int(config.cpus * 1e9) or None,
            "pids_limit": config.pids or None,
            "cap_drop": ["ALL"],
            "cap_add": config.cap_add,
            "security_opt": ["no-new-privileges:true"] if config.no_new_privileges else [],
            "read_only": config.read_only,
            "tmpfs": tmpfs,
            "binds": binds,
            "log_config": {"type": "none"},
            "runtime": config.runtime,
        }
        return Asked(
            image=config.image,
            keeper=KEEPER,
            keeper_user=KEEPER_USER,
            labels={**config.labels, owner.LABEL: owner.mark(), LEASED: "stdin"},
            environment={"HOME": WORK, "PYTHONDONTWRITEBYTECODE": "1", **config.environment},
            working_dir=WORK,
            network=config.network,
            host=host,
        )

    # -- a block ---------------------------------------------------------------------------------
    async def _run(self, planned: Planned, output: Output, account: Account) -> Ended:
        stops = self._stops
        try:
            ended = await self._run_once(planned, output, account)
        except NotStarted:  # the container was taken away between two executions
            ended = None
        if self._stops != stops:
            return Ended(exit_code=KILLED, said=STOPPED)
        if ended is not None:
            return ended
        try:
            return await self._run_once(planned, output, account)
        except NotStarted as gone:
            raise NoContainer(f"containers of {self._config.image!r} end at once") from gone

    async def _run_once(self, planned: Planned, output: Output, account: Account) -> Ended:
        await self._ready()
        assert self._container is not None
        block = Block(self._container, self._timeout, account, keep=self._config.keep_background)
        account.note(c.CONTAINER_ID, self._container.id)
        account.note(c.CONTAINER_IMAGE, self._config.image)
        try:
            return await block.run(planned, output)
        finally:
            if not block.usable:
                self._container = None
