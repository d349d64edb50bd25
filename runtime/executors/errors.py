"""What can go wrong with an executor.

ExecutorError
├── NoEngine        the Docker engine cannot be reached, or not by this user
├── NoImage         the image is not there, and nobody said it may be pulled
└── NoContainer     a container cannot be started, or cannot be used as one
"""

from __future__ import annotations

from ...tracer.errors import LoupeError


class ExecutorError(LoupeError):
    """Code cannot be executed."""

    code = "LP800"


class NoEngine(ExecutorError):  # noqa: N818 reads as a sentence
    """The Docker engine cannot be reached, or not by this user."""

    code = "LP801"


class NoImage(ExecutorError):  # noqa: N818
    """The image is not there, and nobody said it may be pulled."""

    code = "LP802"


class NoContainer(ExecutorError):  # noqa: N818
    """A container cannot be started, or cannot be used as one."""

    code = "LP803"
