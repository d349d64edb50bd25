"""Do migrated programs say what the originals say? Runs every script of a folder in both versions.

    python benchmarks/migration_behaviour.py FOLDER --old-python PYTHON [--only TEXT]

PYTHON has pyautogen 0.2.35 and agentloupe; this interpreter has agentloupe and AutoGen 0.7. Each
script runs in a folder of its own before the scripted model of `loupe migrate --verify --run`; what
agents said, called and got is compared, for the idiomatic migration and for `--faithful`.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from agentloupe.cli.behaviour import CannotCompare, record_version
from agentloupe.cli.transcript import Line, match, transcript
from agentloupe.migrate.files import MENTIONS_AUTOGEN, find_files, migrate_file

CONSTRUCTS = {
    "GroupChat": r"\bGroupChat\(",
    "a function that chooses the speaker": r"speaker_selection_method\s*=\s*[a-z]\w+",
    "tools": r"register_for_llm|register_function|function_map",
    "code execution": r"code_execution_config\s*=\s*\{",
    "human input": r"human_input_mode\s*=\s*\\?[\"'](?:ALWAYS|TERMINATE)",
    "initiate_chats": r"initiate_chats\(",
    "nested chats": r"register_nested_chats",
    "reply functions, hooks": r"register_reply|register_hook",
    "send, generate_reply, last_message": r"\.send\(|generate_reply\(|last_message\(",
    "a subclass": r"class \w+\((?:autogen\.)?\w*Agent\)",
}
TURN = re.compile(r"initiate_chat|generate_reply|\.send\(")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--old-python", required=True)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    for path in find_files([given.folder]):
        data = path.read_bytes()
        text = data.decode(errors="replace")
        talks = MENTIONS_AUTOGEN.search(data) and TURN.search(text)
        if path.suffix != ".py" or given.only not in str(path) or not talks:
            continue
        with tempfile.TemporaryDirectory() as place:
            found = outcomes(path, Path(place), given.old_python)
        print(path.relative_to(given.folder), *found.values(), sep="  ", flush=True)
        kinds = ["all", *(name for name, what in CONSTRUCTS.items() if re.search(what, text))]
        for mode, outcome in found.items():
            counts.update((mode, kind, outcome) for kind in kinds)
    table(counts)


def outcomes(path: Path, place: Path, old_python: str) -> dict[str, str]:
    """What became of a script in each mode: same, todo, differs, or a reason."""
    try:
        before = answers(path.read_bytes(), path.name, place / "old", old_python)
    except CannotCompare:
        return {"v0.2": "does not run"}
    found: dict[str, str] = {}
    for mode in ("idiomatic", "faithful"):
        file = migrate_file(path, faithful=mode == "faithful")
        code = file.data or path.read_bytes()
        try:
            after = answers(code, path.name, place / mode, sys.executable)
            same = match(before, after).first is None
        except CannotCompare:
            same = False
        found[mode] = "same" if same else "todo" if file.todos else "differs"
    return found


def answers(code: bytes, name: str, folder: Path, python: str) -> list[Line]:
    folder.mkdir()
    (folder / name).write_bytes(code)
    return transcript(record_version(folder, [name], python, folder / "run.loupe"))


def table(counts: Counter[tuple[str, str, str]]) -> None:
    print("\n| construct | mode | runs on v0.2 | same | differs at a TODO | differs silently |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in ("all", *CONSTRUCTS):
        for mode in ("idiomatic", "faithful"):
            same, todo, wrong = (counts[mode, kind, each] for each in ("same", "todo", "differs"))
            if total := same + todo + wrong:
                print(f"| {kind} | {mode} | {total} | {same} | {todo} | {wrong} |")


if __name__ == "__main__":
    main()
