"""The executors that the checks are run on."""

from __future__ import annotations

import warnings
from typing import Any

from autogen_core.code_executor import CodeExecutor

from agentloupe.runtime import DockerExecutor

from .checks import Subject


def _ours(image: str, *, timeout: int, **options: Any) -> CodeExecutor:
    given = {name: value for name, value in options.items() if value is not None}
    return DockerExecutor(image, timeout=timeout, **given)


def _autogens(image: str, *, timeout: int, **options: Any) -> CodeExecutor:
    from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor

    # It has no parameter for memory, processors, processes, network, user or labels.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DockerCommandLineCodeExecutor(
            image, timeout=timeout, work_dir=options.get("work_dir")
        )


OURS = Subject(
    "agentloupe.runtime.DockerExecutor",
    _ours,
    lambda executor: executor._container.id,  # pyright: ignore[reportAttributeAccessIssue]
    "from agentloupe.runtime import DockerExecutor\n    executor = DockerExecutor(image)",
)
AUTOGENS = Subject(
    "autogen_ext DockerCommandLineCodeExecutor",
    _autogens,
    lambda executor: executor._container.id,  # pyright: ignore[reportAttributeAccessIssue]
    "from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor as Executor\n"
    "    executor = Executor(image)",
)
