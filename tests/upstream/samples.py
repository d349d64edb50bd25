"""Run the programs of AutoGen's own documentation with and without us, and compare.

    python tests/upstream/samples.py [--full] [--verbose]

The programs are the ones in the docstrings of the installed autogen-core and autogen-agentchat that
end with `asyncio.run(...)`; nothing of them is kept in this repository. Each runs as it is, in a
process of its own, by itself and under `loupe run`: output, exit status and last line of an error
must be the same. A server on loopback answers their model calls by what a request asks for, the
same way each time. Without `--full`, one of three. Exits with 1 if anything differs, or if fewer of
them ran well than expected.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "fixtures" / "apps"))

PACKAGES = ("autogen_core", "autogen_agentchat")
BLOCK = re.compile(r"(?m)^( *)\.\. code-block:: python\n\n?((?:\1 +.*\n|[ ]*\n)+)")
SECONDS = 10  # for a program; some never end
STEPS = 100  # recorded, at least: fewer, and we did not look
WELL = {False: 11, True: 32}  # programs that end with 0, at least
ODD = re.compile(  # what differs from run to run
    r"call_\d+_\d+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|0x[0-9a-f]+"
    r"|\d{4}-\d\d-\d\d[T ][\d:.+]+|\d+\.\d+"
    r"|datetime\.datetime\(.*?\)\)?"
)


# -- the programs ----------------------------------------------------------------------------------
def programs() -> dict[str, str]:
    """Their texts, by where they stand."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        folder = Path(spec.origin).parent
        for file in sorted(folder.rglob("*.py")):
            for name, code in _in_file(file):
                found[f"{package}.{file.stem.strip('_')}.{name}"] = code
    return found


def _in_file(file: Path) -> Iterator[tuple[str, str]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        text = ast.get_docstring(node) if isinstance(node, kinds) else None
        for number, match in enumerate(BLOCK.finditer(f"{text or ''}\n")):
            code = textwrap.dedent(match[2])
            if "asyncio.run(" in code:
                yield f"{getattr(node, 'name', 'module')}-{number}", code


# -- one way of running all of them, in a process that has loaded what they load -----------------
class Answers:
    """A model: calls each tool that it is offered once, then says what shall end the talk."""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        messages = request["messages"]
        tools = [each["function"] for each in request.get("tools") or ()]
        asked = [each for each in messages if each["role"] == "tool"]
        if len(asked) < len(tools) and messages[-1]["role"] != "assistant":
            tool = tools[len(asked)]
            return {"calls": [[tool["name"], value(tool.get("parameters") or {}, {})]]}
        schema = (request.get("response_format") or {}).get("json_schema", {}).get("schema")
        if schema is not None:
            return {"text": json.dumps(value(schema, schema.get("$defs", {})))}
        if len(messages) > 6:
            return {"text": "That is all. APPROVE TERMINATE"}
        return {"text": f"This is the answer to {len(messages)} messages."}


def value(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """Something that fits a JSON schema."""
    if "$ref" in schema:
        return value(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return value(schema[several][0], defs)
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: value(each, defs) for name, each in schema.get("properties", {}).items()}
    some = {"string": "two", "integer": 2, "number": 2.5, "boolean": True, "null": None}
    return [value(schema.get("items", {}), defs)] if kind == "array" else some.get(kind)


def run_all(names: list[str], into: Path) -> None:
    """Each in a forked process; what came of them as JSON."""
    import scripted_openai

    for package in ("autogen_agentchat.teams", "autogen_ext.models.openai"):
        import_module(package)  # once, for all

    texts = programs()
    with scripted_openai.serve([]) as (url, script):
        handler: Any = script
        handler.answer = Answers().answer
        os.environ |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        came = {name: run_one(texts[name], script) for name in names}
    into.write_text(json.dumps(came), "utf-8")


def run_one(code: str, script: Any) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            play(code, Path(folder))
        status = os.waitpid(child, 0)[1]
        out = (Path(folder) / "out").read_text("utf-8", "replace")
        last = (
            (Path(folder) / "last").read_text("utf-8") if (Path(folder) / "last").exists() else ""
        )
        return [os.waitstatus_to_exitcode(status), ODD.sub("…", out), ODD.sub("…", last)]


def play(code: str, folder: Path) -> None:
    """Run a program as `__main__` and end this process."""
    signal.alarm(SECONDS)
    os.chdir(folder)
    out = os.open("out", os.O_CREAT | os.O_WRONLY)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out if "--verbose" in sys.argv else os.open(os.devnull, os.O_WRONLY), 2)
    code_object = compile(code, "program.py", "exec")
    status = 0
    try:
        exec(code_object, {"__name__": "__main__"})
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        status = 1
        Path("last").write_text(traceback.format_exception_only(error)[-1], "utf-8")
    sys.stdout.flush()
    recorder: Any = sys.modules.get("agentloupe.tracer.recorder")
    if recorder is not None and recorder.active() is not None:
        recorder.active().flush(10)
    os._exit(status)


# -- both ways -------------------------------------------------------------------------------------
def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all of them")
    parser.add_argument("--verbose", action="store_true", help="what they write to stderr as well")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options, names = parser.parse_known_args()
    if options.into is not None:
        run_all(names, options.into)
        return 0
    chosen = list(programs())
    if not options.full:
        chosen = chosen[::3]
    with tempfile.TemporaryDirectory(prefix="agentloupe-samples-") as scratch:
        ways = both_ways(chosen, Path(scratch), verbose=options.verbose)
        steps = steps_in(Path(scratch) / "r.loupe")
    return report(chosen, *ways, steps, full=options.full)


def both_ways(names: list[str], scratch: Path, *, verbose: bool) -> list[dict[str, Any]]:
    more = ["--verbose"] if verbose else []
    loupe = str(Path(sys.executable).with_name("loupe"))
    starts = [
        [sys.executable],
        [loupe, "run", "--out", str(scratch / "r.loupe"), "--"],
    ]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AGENTLOUPE_", "OPENAI_"))}
    children = [
        subprocess.Popen(
            [*start, __file__, "--into", str(scratch / f"{n}.json"), *more, *names],
            env=env | {"AGENTLOUPE_DIR": str(scratch), "PYTHONHASHSEED": "0"},
            stderr=None if verbose else subprocess.DEVNULL,
        )
        for n, start in enumerate(starts)
    ]
    for child in children:
        assert child.wait(600) == 0, child.args
    return [json.loads((scratch / f"{n}.json").read_text("utf-8")) for n in range(len(starts))]


def steps_in(path: Path) -> int:
    from agentloupe.tracer import open_recording

    with open_recording(path) as recording:
        return sum(info.steps for info in recording.runs)


def same(mine: list[Any], theirs: list[Any]) -> bool:
    """Of those that had to be stopped, what both had come to say must be the same."""
    if mine[0] == theirs[0] == -signal.SIGALRM:
        length = min(len(mine[1]), len(theirs[1]))
        return mine[1][:length] == theirs[1][:length]
    return mine == theirs


def report(
    names: list[str], plain: dict[str, Any], ours: dict[str, Any], steps: int, *, full: bool
) -> int:
    well = sum(plain[name][0] == 0 for name in names)
    differ = [name for name in names if not same(plain[name], ours[name])]
    print(
        f"{len(names)} programs of AutoGen's documentation, {well} end well by themselves; "
        f"{steps} steps recorded; {len(differ)} differ under loupe run"
    )
    for name in differ:
        for way, came in (("by itself", plain[name]), ("under us ", ours[name])):
            print(f"  {name} {way}: {came[0]} {came[2].strip()}")
        lines = itertools.zip_longest(plain[name][1].splitlines(), ours[name][1].splitlines())
        for mine, theirs in (pair for pair in lines if pair[0] != pair[1]):
            print(f"    - {mine}\n    + {theirs}")
            break
    return int(bool(differ) or well < WELL[full] or steps < STEPS)


if __name__ == "__main__":
    raise SystemExit(main())
