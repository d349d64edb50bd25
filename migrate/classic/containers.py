"""Code run in a container that a plain ``with`` closes, as v0.2's did."""

from __future__ import annotations

from typing import Any

from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor as ContainerExecutor

from .talking import wait


class DockerCommandLineCodeExecutor(ContainerExecutor):
    """Runs code in a container, which is stopped where the program leaves the `with`."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        wait(self.stop())
