"""`LocalExecutor`: code on this machine, with its ends kept in order, and **no sandbox**."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Self, TypedDict, Unpack

from autogen_core import Component
from pydantic import BaseModel, Field, field_validator

from ...tracer import conventions as c
from .account import Account
from .base import BlockExecutor, Listener
from .blocks import COMMANDS, Planned
from .local_block import LocalBlock, sweep
from .outcome import Ended
from .output import Output
from .sizes import in_bytes
from .threads import beside, finish, waited


class LocalExecutorConfig(BaseModel):
    """The options of a `LocalExecutor`, as a component's configuration has them."""

    timeout: float = Field(default=60, gt=0)
    memory: int | str = "512m"
    work_dir: str | None = None
    environment: dict[str, str] = {}
    commands: dict[str, list[str]] = {}
    output_limit: int = Field(default=64 << 10, ge=0)
    keep_background: bool = False

    @field_validator("memory")
    @classmethod
    def _is_a_size(cls, value: int | str) -> int | str:
        in_bytes(value)
        return value


class LocalOptions(TypedDict, total=False):
    """The same as keyword arguments."""

    timeout: float
    memory: int | str
    work_dir: str | None
    environment: dict[str, str]
    commands: dict[str, list[str]]
    output_limit: int
    keep_background: bool


class LocalExecutor(BlockExecutor, Component[LocalExecutorConfig]):
    """Executes code blocks as processes of this machine. **This is not a sandbox**: the code can
    read, change and send away whatever you can. Use `DockerExecutor` for code you have not read.

    What it does keep: the time, the memory of all processes together (they are killed when they
    exceed it), the size of the output, and that no process of a block outlives it unless it hides.

    Args:
        timeout: seconds for each block; then all of its processes are killed.
        memory: for all processes of a block, in bytes or as '512m'; 0: no limit.
        work_dir: where blocks run; by default a temporary folder that goes with the executor.
        environment: variables for the code besides the program's own.
        commands: what files of a language are run with, besides or instead of the usual.
        output_limit: bytes of output in the result; beyond it beginning and end are kept there
            and all of it in a file that lives as long as the executor.
        keep_background: let processes that a block leaves live on.
        on_output: is called with text as it is written.

    Raises:
        ValueError: an option does not fit.
    """

    sandbox = "none"
    component_config_schema = LocalExecutorConfig
    component_provider_override = "agentloupe.runtime.LocalExecutor"

    def __init__(
        self, *, on_output: Listener | None = None, **options: Unpack[LocalOptions]
    ) -> None:
        self._config = config = LocalExecutorConfig.model_validate(options, extra="forbid")
        super().__init__(
            commands={**COMMANDS, "python": (sys.executable,), **config.commands},
            timeout=config.timeout,
            memory=in_bytes(config.memory),
            output_limit=config.output_limit,
            on_output=on_output,
        )
        self._work: Path | None = None

    async def start(self) -> None:
        """Make the work area. Raises OSError."""
        await self._ready()

    async def stop(self) -> None:
        """Remove it, if it is ours. What runs in it meanwhile ends with its time."""
        self._stops += 1
        self._work = None
        self._drop_folder()

    async def restart(self) -> None:
        """Stop and start: the work area is empty then, unless it is `work_dir`."""
        await self.stop()
        await self.start()

    def _to_config(self) -> LocalExecutorConfig:
        return self._config

    @classmethod
    def _from_config(cls, config: LocalExecutorConfig) -> Self:
        return cls(**config.model_dump(exclude_unset=True))

    # -- files -----------------------------------------------------------------------------------
    async def put(self, name: str, data: bytes) -> None:
        """Write a file, named relative to the work area."""
        await self._ready()
        self._write(name, data)

    async def get(self, name: str) -> bytes:
        """Read a file, named relative to the work area. Raises FileNotFoundError."""
        await self._ready()
        assert self._work is not None
        return (self._work / name).read_bytes()

    def _write(self, name: str, data: bytes) -> None:
        assert self._work is not None
        path = self._work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    # -- a block ---------------------------------------------------------------------------------
    def _account(self) -> Account:
        return Account(c.MEMORY_USAGE)

    async def _ready(self) -> None:
        if self._work is None:
            await beside(sweep)
            self._work = self._made()

    def _made(self) -> Path:
        given = self._config.work_dir
        work = Path(given).resolve() if given else self._own_folder() / "work"
        work.mkdir(parents=True, exist_ok=True)
        return work

    async def _run(self, planned: Planned, output: Output, account: Account) -> Ended:
        await self._ready()
        assert self._work is not None
        self._write(planned.name, planned.code)
        environment = {**os.environ, **self._config.environment}
        keep = self._config.keep_background
        try:
            block = LocalBlock(planned.command, self._work, environment, self._memory)
        except OSError as error:
            return Ended(exit_code=127, said=f"{planned.command[0]!r} cannot be run: {error}")
        attending = beside(block.attend, self._timeout, output, account, keep=keep)
        try:
            return await asyncio.shield(attending)
        except asyncio.CancelledError:
            block.cancelled.set()
            await finish(waited(attending))
            raise
