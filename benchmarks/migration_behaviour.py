"""Do migrated programs say what the originals say? Runs scripts and notebooks in both versions.

    python benchmarks/migration_behaviour.py FOLDER --old-python PYTHON [--report FILE]
        [--stand-ins]

PYTHON has pyautogen 0.2.35, IPython and agentloupe; this interpreter has agentloupe and AutoGen
0.7. FOLDER holds one folder for each repository. Every file in which agents talk runs unchanged
on v0.2, in a copy of its own of the repository's scripts, before the scripted model of
`loupe migrate --verify --run`; those that end well are migrated three ways (by the rules alone,
by default, `--faithful`), as `loupe migrate` does the whole repository, and run on 0.7. What
agents said, called and got is compared. Where that differs and nothing is marked, v0.2 runs once
more: some programs do not repeat themselves. With `--stand-ins` packages that this machine lacks
are stood in for in both versions, so that more programs run. Fetched programs run here: use a
machine where that does no harm.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentloupe.cli.scripted import scripted
from agentloupe.cli.transcript import Line, Matched, match, transcript
from agentloupe.migrate.files import (
    MENTIONS_AUTOGEN,
    OWN_MODULE,
    FileResult,
    find_files,
    migrate_paths,
)

CONSTRUCTS = {
    "`GroupChat`": r"\bGroupChat\(",
    "... with a function that chooses": r"speaker_selection_method\s*=\s*[a-z_]\w+\b(?!\()",
    "tools": r"register_for_llm|register_function",
    '`llm_config["functions"]`, `function_map`': r"function_map|\\?[\"']functions\\?[\"']\s*:",
    "code execution": r"code_execution_config\s*=\s*\{|coding import",
    "`human_input_mode` ALWAYS, TERMINATE": r"human_input_mode\s*=\s*\\?[\"'](?:ALWAYS|TERMINATE)",
    "`initiate_chats`": r"initiate_chats\(",
    "`summary_method`": r"summary_method",
    "nested chats": r"register_nested_chats",
    "reply functions, hooks": r"register_reply|register_hook",
    "`send`, `generate_reply`": r"\.send\(|generate_reply\(",
    "`last_message`, histories": r"last_message\(|chat_messages|chat_history|groupchat\.messages",
    "a cache or a seed": r"cache_seed|Cache\.disk|\\?[\"']seed\\?[\"']\s*:",
    "`a_initiate_chat(s)`": r"a_initiate_chats?\(",
    "a subclass of an agent": r"class \w+\((?:autogen\.)?\w*Agent\)",
    "images": r"MultimodalConversableAgent",
}
TURN = re.compile(r"initiate_chat|generate_reply|\.send\(|\.run_chat\(|execute_code_blocks")
MODES: dict[str, dict[str, Any]] = {
    "rules alone": {"ignore": ("MIG091",)},
    "default": {},
    "--faithful": {"faithful": True},
}
SECONDS = 90
LARGE = 200_000  # bytes; a file beside a program that is larger is no part of it
MANY = 300  # scripts of a repository that are too many to copy for each program


class Runner:
    """One interpreter that runs jobs, each in a fork."""

    def __init__(self, python: str, seconds: float, stand_ins: bool = False) -> None:
        self._given = {"seconds": seconds, "stand_ins": stand_ins}
        self._process = subprocess.Popen(
            [python, "-W", "ignore", str(Path(__file__).with_name("migration_runner.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, root: Path, folder: Path, name: str, out: Path) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with scripted() as url:
            job = {"root": str(root), "folder": str(folder), "name": name, "out": str(out)}
            job |= {"url": url, **self._given}
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--old-python", required=True)
    parser.add_argument("--only", default="", help="files with this in their path")
    parser.add_argument("--files", type=Path, help="a list of files, one a line as in the report")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each run")
    parser.add_argument("--stand-ins", action="store_true", help="for packages that are missing")
    parser.add_argument("--mode", action="append", choices=[*MODES], help="all three by default")
    parser.add_argument("--report", type=Path, help="what became of each file, as JSON lines")
    given = parser.parse_args()
    given.files = given.files and {*given.files.read_text().splitlines()}
    pythons = (given.old_python, sys.executable)
    old, new = (Runner(python, given.seconds, given.stand_ins) for python in pythons)
    counts: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for home in sorted(path for path in given.folder.resolve().iterdir() if path.is_dir()):
        for row in repository(home, given, old, new):
            rows.append(row)
            print(row["file"], row.get("v0.2") or row["modes"], row.get("first", ""), flush=True)
            for kind in row["kinds"]:
                counts.update((mode, kind, outcome) for mode, outcome in row["modes"].items())
            if given.report:
                given.report.write_text("".join(json.dumps(each) + "\n" for each in rows))
    table(counts)


def repository(
    home: Path, given: argparse.Namespace, old: Runner, new: Runner
) -> Iterator[dict[str, Any]]:
    """One row for every file of a repository in which agents talk."""
    migrated: dict[str, dict[Path, FileResult]] = {}
    for path in find_files([home]):
        data = path.read_bytes()
        text = data.decode(errors="replace")
        if given.files and str(path.relative_to(home.parent)) not in given.files:
            continue
        talks = MENTIONS_AUTOGEN.search(data) and TURN.search(text)
        if path.suffix not in (".py", ".ipynb") or given.only not in str(path) or not talks:
            continue
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            row = {"file": str(path.relative_to(home.parent)), "modes": {}, "kinds": []}
            before = spoken(old, put(home, path, place / "v02", {}), place / "v02.loupe")
            if isinstance(before, str):
                yield row | {"v0.2": f"does not run: {before}"}
                continue
            if not migrated:
                migrated = {mode: migration(home, MODES[mode]) for mode in given.mode or MODES}
            row["kinds"] = ["all", *(k for k, what in CONSTRUCTS.items() if re.search(what, text))]
            for mode, results in migrated.items():
                folder = place / mode.strip("-").replace(" ", "-")
                after = spoken(new, put(home, path, folder, results), folder.with_suffix(".loupe"))
                row["modes"][mode] = compare(row, mode, before, after, results[path])
            if "silent" in row["modes"].values():
                again = spoken(old, put(home, path, place / "again", {}), place / "again.loupe")
                if isinstance(again, str) or match(before, again).first is not None:
                    row["modes"] = dict.fromkeys(migrated, "not repeatable")
            yield row


def migration(home: Path, options: dict[str, Any]) -> dict[Path, FileResult]:
    return {file.path: file for file in migrate_paths([home], **options)}


def compare(
    row: dict[str, Any], mode: str, before: list[Line], after: list[Line] | str, file: FileResult
) -> str:
    found = match(before, after) if not isinstance(after, str) else after
    if isinstance(found, Matched) and found.first is None:
        return "same" if not file.todos else "same, with a TODO"
    row.setdefault("first", {})[mode] = found if isinstance(found, str) else found.first
    caveats = sorted({site.code for site in file.sites if site.kind == "caveat"})
    row.setdefault("caveats", {})[mode] = caveats
    return "todo" if file.todos else "silent"


def put(
    home: Path, path: Path, place: Path, results: dict[Path, FileResult]
) -> tuple[Path, Path, str]:
    """A program with the scripts of its repository, or of its folder where these are many.

    Returns where they are, the program's folder and its name.
    """
    found = (each for each in home.rglob("*.py") if each.is_file())
    scripts = [each for each in found if each.stat().st_size < LARGE]
    base = home if len(scripts) <= MANY else path.parent
    wanted = {path, *scripts, *(each for each in results if each.name == f"{OWN_MODULE}.py")}
    for each in wanted if base == home else (one for one in wanted if base in one.parents):
        file = results.get(each)
        data = file.data if file is not None else None
        target = place / each.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if data is not None else each.read_bytes())
    folder = place / path.parent.relative_to(base)
    for extra in path.parent.iterdir():
        if (
            extra.is_file()
            and extra.suffix not in (".py", ".ipynb")
            and extra.stat().st_size < LARGE
        ):
            shutil.copy(extra, folder)
    return place, folder, path.name


def spoken(runner: Runner, program: tuple[Path, Path, str], out: Path) -> list[Line] | str:
    """What was said, or why there is nothing to compare."""
    ended = runner.run(*program, out)
    if ended["ended"]:
        return f"ended with {ended['ended']}: {ended['last']}"
    lines = transcript(out) if out.exists() else []
    return lines or "no agent said anything"


def table(counts: Counter[tuple[str, str, str]]) -> None:
    heads = ("same", "same, with a TODO", "todo", "silent", "not repeatable")
    for mode in MODES:
        print(f"\n| {mode} | units | {' | '.join(heads)} |\n| --- |{' --- |' * (len(heads) + 1)}")
        for kind in ("all", *CONSTRUCTS):
            found = [counts[mode, kind, outcome] for outcome in heads]
            if sum(found):
                print(f"| {kind} | {sum(found)} | {' | '.join(map(str, found))} |")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
