"""`loupe`, also installed as `agentloupe`.

`loupe run app.py` with no option of ours has nothing that click need read, and click takes as long
to load as all else that it does: a program that is recorded pays for neither.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from ..tracer.errors import LoupeError
from .notices import notice

INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, 2 for every error of its own."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _carry_out(words)
        return INTERRUPTED if code is None else code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still in the buffer must not raise a second time when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except LoupeError as error:
        notice(f"loupe: {error}")
    except OSError as error:
        notice(f"loupe: {_of_the_system(error)}")
    except Exception:
        import traceback

        traceback.print_exc()
        notice("loupe: this is a bug of agentloupe; please report it with the lines above.")
    return 2


def _carry_out(words: list[str]) -> int | None:
    if words[:1] == ["run"] and words[1:] and not words[1].startswith("-"):
        from .running import record

        return record(tuple(words[1:]))
    from .commands import invoke

    return invoke(words)


def _of_the_system(error: OSError) -> str:
    if error.filename is None:
        return str(error)
    return f"{str(error.filename)!r}: {error.strerror}"


if __name__ == "__main__":
    main()
