"""What came of executing code blocks."""

from __future__ import annotations

from dataclasses import dataclass

from autogen_core.code_executor import CodeResult

TIMED_OUT = 124  # the status of GNU timeout
KILLED = 137  # 128 + SIGKILL
STOPPED = "The executor was stopped while the code ran."


@dataclass
class ExecutionResult(CodeResult):
    """A `CodeResult` that also says why and at what cost.

    `exit_code` is 124 when the time ran out and 137 when memory did; `output` then ends with a
    line that says so. Sizes are bytes, None where nobody can tell.
    """

    code_file: str | None = None
    timed_out: bool = False
    oom_killed: bool = False
    memory_peak: int | None = None
    memory_limit: int | None = None
    output_size: int = 0
    output_omitted: int = 0
    output_file: str | None = None  # all of the output, where the result leaves some out


@dataclass(slots=True)
class Ended:
    """How one block ended."""

    exit_code: int
    timed_out: bool = False
    oom_killed: bool = False
    signs: tuple[str, ...] = ()  # by which a kill for memory was seen
    peak: int | None = None
    peak_source: str = ""
    left: int | None = None  # processes alive when the block had ended
    killed: int | None = None  # of these, by us
    said: str = ""  # what else whoever wrote the code must know
