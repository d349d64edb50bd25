"""Where executors of v0.2 worked, and what they left there, said to those of 0.7.

v0.2's executors worked in the folder the program was started in unless told otherwise, and left the
files that code was written to; those of 0.7 work in a temporary one, and the local one removes the
files, those that the code itself gives a name to as well (`# filename: plot.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from .reader import Reader

_LOCAL = "LocalCommandLineCodeExecutor"
# Arguments by their places in v0.2, of which 0.7 has only the first few at the same.
_PLACES = {
    _LOCAL: (1, ("timeout", "virtual_env_context", "work_dir", "functions", "functions_module")),
    "DockerCommandLineCodeExecutor": (
        2,
        (
            "image", "container_name", "timeout", "work_dir", "bind_dir", "auto_remove",
            "stop_container",
        ),
    ),
}  # fmt: skip
KEEPING = "cleanup_temp_files=False"


def insertions(reader: Reader, call: cst.Call) -> Iterator[tuple[int, str]]:
    """What goes into the call of an executor's class, and where."""
    name = reader.tail(call.func) or ""
    if name not in _PLACES:
        return
    alike, places = _PLACES[name]
    source, given, stars = reader.source, set[str](), False
    for at, arg in enumerate(call.args):
        if arg.star == "**":
            start, end = source.full_span(arg.value)
            yield start, '{"work_dir": ".", **'
            yield end, "}"
            stars = True
        elif arg.keyword is not None:
            given.add(arg.keyword.value)
        elif not arg.star and at < len(places):
            given.add(places[at])
            if at >= alike:
                yield source.span(arg)[0], f"{places[at]}="
    added = [] if stars or "work_dir" in given else ['work_dir="."']
    added += [KEEPING] if name == _LOCAL else []
    if added and call.args:
        yield source.span(call.args[-1])[1], f", {', '.join(added)}"
    elif added:
        yield source.span(call)[1] - 1, ", ".join(added)


def with_insertions(reader: Reader, call: cst.Call) -> str:
    """The arguments of such a call with their parentheses."""
    text, first = reader.source.text, reader.source.full_span(call.func)[1]
    last, code = reader.source.span(call)[1], ""
    for at, added in sorted(insertions(reader, call)):
        code, first = f"{code}{text[first:at]}{added}", at
    return f"{code}{text[first:last]}"
