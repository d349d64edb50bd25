"""Is what the migrator writes sound? Checks the text of every migrated file of a folder.

    python benchmarks/migration_corpus.py FOLDER [--report FILE] [--types BOTH_PYTHON]
        [--mode default] [--only TEXT] [--jobs N]

FOLDER holds one folder for each repository; this interpreter has agentloupe, AutoGen 0.7 and, for
`--types`, basedpyright. Every file is migrated by default and with `--faithful`, or as `--mode`
says alone, as `loupe migrate` does the whole repository; `--only` takes the repositories with that
in their names, `--jobs` is how many go at once (one for each core), and a line of stderr tells of
each that is done. Counted are crashes, results that do not parse, files that a second run
changes, findings of `--verify` (imports, keywords, v0.2 names without a mark), and statements and
comments that have nothing to do with AutoGen and are not as they were. What has to do with it is
found here on its own, by following names from the imports, not by asking the migrator. `--types`
has basedpyright judge originals and results, with BOTH_PYTHON, which has pyautogen 0.2.35 and
AutoGen 0.7 as the requirements then say (what a TODO leaves needs v0.2 beside 0.7), and with this
interpreter, to which v0.2 is unknown: an original has no error there for what it does with AutoGen,
and what a TODO leaves does not resolve. Counted are errors of a kind that a result has more of than
its original, and of those that this interpreter finds, how many the original has not even by
BOTH_PYTHON, to which its types are known: these the migration made, the others it made seen.
"""

from __future__ import annotations

import argparse
import ast
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from agentloupe.cli.verification import check
from agentloupe.migrate.files import OWN_MODULE, FileResult, migrate_paths
from agentloupe.migrate.notebooks import as_program

MODES: dict[str, dict[str, Any]] = {"default": {}, "--faithful": {"faithful": True}}
CONSTRUCTS = {
    "`AssistantAgent`": r"\bAssistantAgent\(",
    "`UserProxyAgent`": r"\bUserProxyAgent\(",
    "`ConversableAgent`": r"\bConversableAgent\(",
    "`GroupChat`, `GroupChatManager`": r"\bGroupChat\(",
    "a function that chooses the speaker": r"speaker_selection_method\s*=\s*[a-z_]\w+\b(?!\()",
    "`config_list_from_json`": r"config_list_from_json",
    "other helpers of configurations": r"config_list_from_\w+|filter_config|get_config_list",
    "`register_for_llm`, `register_function(…)`": r"register_for_llm|register_function\(",
    '`llm_config["functions"]`, `function_map`': r"function_map|\\?[\"']functions\\?[\"']\s*:",
    "code execution": r"code_execution_config\s*=\s*\{|coding import",
    "`human_input_mode` ALWAYS or TERMINATE": r"human_input_mode\s*=\s*\\?[\"'](?:ALW|TERM)",
    "`initiate_chats`": r"initiate_chats\(",
    "`summary_method`": r"summary_method",
    "`a_initiate_chat`": r"a_initiate_chats?\(",
    "`Cache.disk`, `Cache.redis`": r"Cache\.(?:disk|redis)",
    "`generate_reply`": r"generate_reply\(",
    "`send`": r"\.send\(",
    "`last_message`, histories": r"last_message\(|chat_messages|chat_history|groupchat\.messages",
    "`register_reply`, `register_hook`": r"register_reply|register_hook",
    "`register_nested_chats`": r"register_nested_chats",
    "`register_model_client`": r"register_model_client",
    "`runtime_logging`": r"runtime_logging",
    "a subclass of an agent": r"class \w+\((?:autogen\.)?\w*Agent\)",
    "`GPTAssistantAgent`": r"GPTAssistantAgent\(",
    "`MultimodalConversableAgent`": r"MultimodalConversableAgent\(",
    "`RetrieveUserProxyAgent` and kin": r"Retrieve\w+Agent\(",
    "`Teachability`": r"Teachability\(",
    "`TransformMessages`": r"TransformMessages\(",
    "`OpenAIWrapper`": r"OpenAIWrapper\(",
    "Flask, FastAPI, Chainlit, Panel, Gradio, Streamlit": (
        r"(?m)^\s*\\?\"?(?:import|from) (?:flask|fastapi|chainlit|panel|gradio|streamlit)\b"
    ),
}
V02_ROOTS = ("autogen", "pyautogen", "flaml")
V02_WORDS = re.compile(
    r"\b(?:a_)?initiate_chats?\b|\bregister_(?:for_\w+|reply|hook|function|nested_chats|model_client)"
    r"\b|\b(?:a_)?generate_reply\b|\blast_message\b|\bchat_messages\w*\b|_is_termination_msg\b"
    r"|\bllm_config\b|\bconfig_list\b|\bhuman_input_mode\b|\bcode_execution_config\b|\bmax_round\b"
    r"|\bcache_seed\b|\bgroupchat\b|\bchat_history\b|\bupdate_system_message\b|\bfunction_map\b"
    r"|\bprint_usage_summary\b|\bis_termination_msg\b|\bdefault_auto_reply\b|\.cost\b|\.summary\b"
    r"|\bmax_consecutive_auto_reply\b|\bclear_history\b|\bhuman_input\b|\bchat_result\w*\b"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", type=Path, help="every finding, as JSON lines")
    parser.add_argument("--types", metavar="BOTH_PYTHON")
    parser.add_argument("--mode", action="append", choices=[*MODES], help="both by default")
    parser.add_argument("--only", default="", help="repositories with this in their names")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    homes = sorted(path for path in given.folder.resolve().iterdir() if path.is_dir())
    homes = [home for home in homes if given.only in home.name]
    lines: list[str] = []
    migrated: dict[str, list[FileResult]] = {}
    for mode in given.mode or MODES:
        counts: Counter[tuple[str, str]] = Counter()
        migrated[mode] = []
        for results, found in judged_text(homes, mode, given.jobs):
            migrated[mode] += results
            for path, kind, what in found:
                lines.append(json.dumps([mode, str(path), kind, what]))
                counts[kind, path.suffix] += 1
        text_table(mode, migrated[mode], counts)
        construct_table(mode, migrated[mode])
        sys.stdout.flush()
        if given.report:
            given.report.write_text("".join(f"{line}\n" for line in lines))
    if given.types:
        lines += types_table(given.folder.resolve(), migrated, str(Path(given.types).absolute()))
    if given.report:
        given.report.write_text("".join(f"{line}\n" for line in lines))


Found = list[tuple[Path, str, str]]  # a file, a kind and where


def judged_text(
    homes: list[Path], mode: str, jobs: int
) -> Iterator[tuple[list[FileResult], Found]]:
    """Results and findings of each repository, in order."""
    done: dict[Path, tuple[list[FileResult], Found]] = {}
    start = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=start) as pool:
        # the largest first, so that none is left for the end
        largest = sorted(homes, key=lambda home: -sum(1 for _ in home.rglob("*.py")))
        running = {pool.submit(repository, home, mode): home for home in largest}
        for future in as_completed(running):
            home = running[future]
            results, found, seconds = future.result()
            done[home] = results, found
            told = f"{mode}: {len(done)} of {len(homes)}, {home.name}, {seconds:.0f} s"
            print(told, file=sys.stderr, flush=True)
    yield from (done[home] for home in homes)


def repository(home: Path, mode: str) -> tuple[list[FileResult], Found, float]:
    """What becomes of one repository, what is wrong with that, and the seconds it took."""
    start = time.monotonic()
    results = migrate_paths([home], **MODES[mode])
    unsteady = changed_again(home, results, MODES[mode])
    found = [(file.path, *each) for file in results for each in findings(file, unsteady)]
    return results, found, time.monotonic() - start


def findings(file: FileResult, unsteady: set[Path]) -> Iterator[tuple[str, str]]:
    """What is wrong with one result: a kind and where."""
    if file.error is not None:
        own = "a defect of loupe migrate" in file.error.message
        yield "crash" if own else "not read", file.error.message
    if file.status != "changed" or file.result is None or file.path.suffix not in (".py", ".ipynb"):
        return
    before, after = program(file.path, file.result.source), program(file.path, file.result.code)
    try:
        ast.parse(after)
    except SyntaxError as error:
        if parses(before):
            yield "does not parse", f"line {error.lineno}: {error.msg}"
        return
    if file.path in unsteady:
        yield "second run changes it", ""
    for line, text in check(after):
        yield "static", f"{line}: {text}"
    if file.path.name != f"{OWN_MODULE}.py":
        for line, text in touched(before, after):
            yield "touched", f"{line}: {text}"


def program(path: Path, text: str) -> str:
    """A script, or the cells of a notebook with nothing in them that only IPython reads."""
    return as_program(text)[0] if path.suffix == ".ipynb" and text else text


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def changed_again(home: Path, results: list[FileResult], options: dict[str, Any]) -> set[Path]:
    """What another run over the repository, as the first has left it, would change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / home.name
        for file in results:
            target = folder / file.path.relative_to(home)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.path.read_bytes() if file.data is None else file.data)
        return {
            home / file.path.relative_to(folder)
            for file in migrate_paths([folder], **options)
            if file.status == "changed"
        }


# what was not to be touched -----------------------------------------------------------------------


def touched(before: str, after: str) -> Iterator[tuple[int, str]]:
    """Statements and comments without AutoGen that are not in the result as they were."""
    try:
        tree = ast.parse(before)
    except SyntaxError:
        return
    names = concerned(tree)
    lines = before.splitlines()
    have = [line.strip() for line in after.splitlines()]
    at = 0
    for first, last in sorted(unconcerned(tree, names, before)):
        for number in range(first, last + 1):
            line = lines[number - 1].strip()
            if not line or "pip" in line:  # what installs AutoGen is rewritten
                continue
            try:
                at = have.index(line, at) + 1
            except ValueError:
                if line not in have:  # imports may move to the head of the file
                    yield number, line


def concerned(tree: ast.Module) -> set[str]:
    """Names that come from AutoGen, or from what does."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [a for a in node.names if a.name.split(".")[0] in V02_ROOTS]
        elif isinstance(node, ast.ImportFrom):
            found = [*node.names] if (node.module or "").split(".")[0] in V02_ROOTS else []
        else:
            continue
        names |= {(alias.asname or alias.name).split(".")[0] for alias in found}
    for node in ast.walk(tree):
        names |= {n.id for v in given(node) for n in ast.walk(v) if isinstance(n, ast.Name)}
    size = -1
    while size != len(names):
        size = len(names)
        for node in ast.walk(tree):
            if is_concerned(node, names):
                names |= bound(node)
    return names


def is_concerned(node: ast.AST, names: set[str]) -> bool:
    if not isinstance(node, ast.stmt):
        return False
    return any(
        (isinstance(each, ast.Name) and each.id in names)
        or (isinstance(each, ast.Attribute) and each.attr in names)
        or V02_WORDS.fullmatch(getattr(each, "id", None) or getattr(each, "arg", None) or "")
        or (isinstance(each, ast.Attribute) and V02_WORDS.search(f".{each.attr}"))
        or (isinstance(each, ast.Constant) and isinstance(each.value, str) and is_ours(each, names))
        for each in ast.walk(node)
    )


def is_ours(text: ast.Constant, names: set[str]) -> bool:
    return text.value in names or V02_WORDS.fullmatch(str(text.value)) is not None


def given(node: ast.AST) -> Iterator[ast.expr]:
    """Values that go to AutoGen under a word of its own, as in `llm_config=models`."""
    if isinstance(node, ast.Call):
        yield from (k.value for k in node.keywords if k.arg and V02_WORDS.fullmatch(k.arg))
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and V02_WORDS.fullmatch(str(key.value)):
                yield value


def bound(node: ast.AST) -> set[str]:
    """Names that a statement binds; a function's and a class's own, not those inside."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        targets = [node.target]
    elif isinstance(node, ast.With | ast.AsyncWith):
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
    found = {each for target in targets for each in ast.walk(target)}
    return {each.id for each in found if isinstance(each, ast.Name)} | {
        each.attr for each in found if isinstance(each, ast.Attribute)
    }


def unconcerned(tree: ast.Module, names: set[str], text: str) -> Iterator[tuple[int, int]]:
    """First and last lines of simple statements that AutoGen has nothing to do with."""
    taken = Counter(
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not isinstance(node, compound())
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(node, compound()):
            continue
        last = node.end_lineno or node.lineno
        alone = all(taken[line] == 1 for line in range(node.lineno, last + 1))
        is_import = isinstance(node, ast.Import | ast.ImportFrom)  # may get another name
        if alone and not is_import and not is_concerned(node, names):
            yield node.lineno, last


def compound() -> tuple[type[ast.stmt], ...]:
    return (
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.AsyncFor,
        ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match,
    )  # fmt: skip


# types --------------------------------------------------------------------------------------------


Judged = Counter[tuple[str, str, str]]  # file, rule, the line's text


def types_table(root: Path, migrated: dict[str, list[FileResult]], both: str) -> list[str]:
    """Prints what the results have more of than the originals; returns it as JSON lines."""
    changed = {mode: changed_scripts(results) for mode, results in migrated.items()}
    states = {"": {path: old for texts in changed.values() for path, (old, _, _) in texts.items()}}
    for mode, texts in changed.items():
        states[mode] = {path: new for path, (_, new, _) in texts.items()}
    by_both, alone = judged(root, states, both), judged(root, states, sys.executable)
    had = kinds(by_both[""]), kinds(alone[""])
    readings = {
        "0.7.5 and 0.2.35": (had[0], by_both),
        "0.7.5 alone": (had[1], alone),
        "0.7.5 alone, and the original has by neither": (had[0] | had[1], alone),
    }
    print(f"\n| | scripts | {' | '.join(readings)} |\n| --- | --- | --- | --- | --- |")
    cells = [f"{each.total()} errors" for each in (*had, had[0] | had[1])]
    print(f"| originals | {len(states[''])} | {' | '.join(cells)} |")
    lines: list[str] = []
    for mode, texts in changed.items():
        todos = {str(path.relative_to(root)) for path, (_, _, todo) in texts.items() if todo}
        for marked in (False, True):
            count = len(todos) if marked else len(texts) - len(todos)
            cells = [f"{mode}, {'with' if marked else 'without'} a TODO", str(count)]
            for name, (before, of) in readings.items():
                added = more(before, of[""], of[mode])
                added = [each for each in added if (each[0] in todos) == marked]
                lines += [json.dumps([mode, name, marked, *each]) for each in added]
                kept = sum(is_kept_import(rule, line) for _, rule, line in added)
                cells.append(f"{len(added)} more, {kept} of them imports of v0.2")
            print(f"| {' | '.join(cells)} |")
    return lines


def kinds(errors: Judged) -> Counter[tuple[str, str]]:
    return Counter((name, rule) for name, rule, _ in errors.elements())


def changed_scripts(results: list[FileResult]) -> dict[Path, tuple[str, str, int]]:
    """The text before, the text after and the TODOs."""
    return {
        file.path: (file.result.source, file.result.code, file.todos)
        for file in results
        if file.status == "changed" and file.result is not None and file.path.suffix == ".py"
    }


def is_kept_import(rule: str, line: str) -> bool:
    return rule == "reportMissingImports" and re.search(r"\b(?:py)?autogen\b", line) is not None


def more(
    before: Counter[tuple[str, str]], old: Judged, has: Judged
) -> Iterator[tuple[str, str, str]]:
    """Errors of a kind that a file has more of; new lines first, as others may just read anew."""
    left = Counter(before)
    for name, rule, line in sorted(has.elements(), key=lambda each: each in old):
        left[name, rule] -= 1
        if left[name, rule] < 0:
            yield name, rule, line


def judged(root: Path, states: dict[str, dict[Path, str]], python: str) -> dict[str, Judged]:
    """basedpyright's errors in files of each state, beside the other scripts as they are."""
    found: dict[str, Judged] = {state: Counter() for state in states}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        homes = {f"state{number}": state for number, state in enumerate(states)}
        for home, state in homes.items():
            texts = states[state]
            for path in {*(each for each in root.rglob("*.py") if each.is_file()), *texts}:
                target = folder / home / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                data = texts[path].encode() if path in texts else path.read_bytes()
                target.write_bytes(data)
        settings = {
            "typeCheckingMode": "standard",
            "include": [f"{h}/{p.relative_to(root)}" for h, s in homes.items() for p in states[s]],
            "executionEnvironments": [{"root": home} for home in homes],
        }
        (folder / "pyrightconfig.json").write_text(json.dumps(settings))
        done = subprocess.run(
            [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", python],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        for each in json.loads(done.stdout)["generalDiagnostics"]:
            if each["severity"] == "error":
                path = Path(each["file"])
                number: int = each["range"]["start"]["line"]
                line = path.read_text(encoding="utf-8").splitlines()[number]
                home, _, where = str(path.relative_to(folder)).partition("/")
                found[homes[home]][where, each.get("rule", ""), line.strip()] += 1
    return found


# tables -------------------------------------------------------------------------------------------


def text_table(mode: str, results: list[FileResult], counts: Counter[tuple[str, str]]) -> None:
    print(f"\n| {mode} | scripts | notebooks |\n| --- | --- | --- |")
    kinds = (".py", ".ipynb")
    looked = [f for f in results if f.status != "passed" and f.path.name != f"{OWN_MODULE}.py"]

    def row(name: str, numbers: Iterator[int]) -> None:
        print(f"| {name} | {' | '.join(map(str, numbers))} |")

    row("files", (sum(f.path.suffix == kind for f in looked) for kind in kinds))
    for name in (
        "crash",
        "not read",
        "does not parse",
        "second run changes it",
        "static",
        "touched",
    ):
        row(name, (counts[name, kind] for kind in kinds))
    chats = [f for f in looked if f.result is not None and f.result.chat_sites_total]
    row("files that start a chat", (sum(f.path.suffix == k for f in chats) for k in kinds))
    row(
        "... all chats migrated",
        (sum(f.path.suffix == k and whole(f) for f in chats) for k in kinds),
    )
    row("... no TODO", (sum(f.path.suffix == k and not f.todos for f in chats) for k in kinds))


def whole(file: FileResult) -> bool:
    result = file.result
    return result is not None and result.chat_sites_migrated == result.chat_sites_total


def construct_table(mode: str, results: list[FileResult]) -> None:
    print(f"\n| {mode} | files | all chats migrated | no TODO |\n| --- | --- | --- | --- |")
    chats = [f for f in results if f.result is not None and f.result.chat_sites_total]
    for name, pattern in CONSTRUCTS.items():
        found = [f for f in chats if f.result and re.search(pattern, f.result.source)]
        if found:
            done = sum(map(whole, found))
            print(f"| {name} | {len(found)} | {done} | {sum(not f.todos for f in found)} |")


if __name__ == "__main__":
    main()
