"""Migration of files and folders: walking, reading, writing, reporting."""

from __future__ import annotations

import os
import re
import tempfile
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from .classic_names import COMMON, INSIDES, KEYWORDS, METHODS
from .followed import NOTHING, Followed, followed, settled
from .handed import IMPORTS_V02, code_of, handed_on
from .known import OWN_MODULE
from .own import Own, mentions, own_of
from .pins import NOT_BROUGHT, brought, kind, migrate_pins
from .plan import CONVERSATIONS
from .quiet import quiet
from .result import MigrationError, MigrationResult, Site

MENTIONS_AUTOGEN = re.compile(rb"\b(?:py)?autogen\b|\bag2\b|initiate_chat")
# Looked for one by one: several times faster than by an expression.
_MENTIONS = (b"autogen", b"ag2", b"initiate_chat")
_WORTH_A_LOOK = (
    *_MENTIONS,
    *(word.encode() for word in sorted({*KEYWORDS, *METHODS, *INSIDES, *COMMON})),
)
_TAKES_V02 = re.compile(rb"\b(?:from|import)[ \t]+(?:py)?autogen\b")
_SKIPPED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__",
        ".mypy_cache", ".pytest_cache", ".ruff_cache", "site-packages", ".agentloupe",
    }
)  # fmt: skip
PAGES = frozenset({".md", ".mdx"})
SUFFIXES = frozenset({".py", ".ipynb"}) | PAGES
_IMPORTS = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)
_AS_SCRIPT = re.compile(r"^(?:if __name__\b|[^\s#].*\binitiate_chat)", re.MULTILINE)
_RELATIVE = re.compile(r"^\s*from\s+\.", re.MULTILINE)
WORTH_A_PROCESS = 8  # files to migrate; starting a process takes as long as some of them
MIG002_NAMES = frozenset({"mig002", "requirement-pins"})

FileStatus = Literal["passed", "unchanged", "changed", "error"]


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: ``passed`` (never mentions autogen), ``unchanged``, ``changed`` or ``error``.

    ``result`` is None for ``passed`` and for files that could not be read or decoded.
    """

    path: Path
    status: FileStatus
    result: MigrationResult | None = None
    error: MigrationError | None = None
    data: bytes | None = None
    home: Path | None = None  # the folder of the project's own agents, if it is not the file's

    @property
    def todos(self) -> int:
        return len(self.result.todos) if self.result else 0

    @property
    def sites(self) -> Sequence[Site]:
        return self.result.sites if self.result else ()

    def diff(self) -> str:
        """Unified diff, empty unless ``status`` is ``changed``."""
        return self.result.diff() if self.result and self.status == "changed" else ""

    def to_json(self) -> dict[str, Any]:
        """This file in the JSON report."""
        sites = self.result.sites if self.result else ()
        return {
            "path": str(self.path),
            "status": self.status,
            "chat_sites_total": self.result.chat_sites_total if self.result else 0,
            "chat_sites_migrated": self.result.chat_sites_migrated if self.result else 0,
            "todos": self.todos,
            "error": None
            if self.error is None
            else {"line": self.error.line, "message": self.error.message},
            "sites": [site.to_json() for site in sites],
        }


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files to look at, sorted, each once; a path named outright is always taken.

    Raises FileNotFoundError for a path that does not exist.
    """
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(path)
        for found in [path] if path.is_file() else _walk(path):
            real = found.resolve()
            if real not in seen:
                seen.add(real)
                yield found


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            if Path(name).suffix in SUFFIXES or kind(Path(root) / name):
                yield Path(root) / name


def migrate_file(
    path: Path,
    *,
    faithful: bool = False,
    module: str = "",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    keep_old: bool = False,
    left: Set[int] = frozenset(),
    handed: Set[str] = frozenset(),
    own: Own | None = None,
    taken: Sequence[str] = (),
) -> FileResult:
    """Migrate one file in memory; nothing is written.

    With ``keep_old`` requirements on v0.2 stay beside those on 0.7; ``taken`` are packages that
    came with v0.2, and the programs import. ``module`` is where
    ``faithful`` takes the project's own agents from. ``left`` are numbers of conversations
    (``result.conversations``) that stay as they are, ``handed`` names that others import from here,
    ``own`` what the project's own classes and functions are.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return _failed(path, MigrationError(str(path), 0, f"cannot be read: {error.strerror}"))
    mentions = any(word in data for word in _MENTIONS) and MENTIONS_AUTOGEN.search(data)
    if not mentions and not (own is not None and own.concerns(data.decode(errors="replace"))):
        return FileResult(path, "passed")
    try:
        encoding = "utf-8"
        if path.suffix == ".py":
            encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        source = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        text = f"cannot be decoded: {error}; save it as UTF-8 or name its encoding in line 1"
        return _failed(path, MigrationError(str(path), 1, text))
    if kind(path):
        chosen = MIG002_NAMES & {name.lower() for name in select}
        refused = MIG002_NAMES & {name.lower() for name in ignore}
        if refused or (select and not chosen):
            return FileResult(path, "unchanged", MigrationResult(str(path), source, source))
        pins = migrate_pins(source, filename=str(path), keep_old=keep_old, taken=taken)
        return _done(path, pins, encoding)
    try:
        result = _migrator(path, handed)(
            source,
            filename=str(path),
            faithful=faithful,
            module=module,
            select=select,
            ignore=ignore,
            left=left,
            own=own,
        )
    except Exception as error:  # a defect of a rule costs one file, not those after it
        text = f"could not be migrated, a defect of loupe migrate: {type(error).__name__}: {error}"
        return _failed(path, MigrationError(str(path), 0, text))
    return _done(path, result, encoding)


def _migrator(path: Path, handed: Set[str]) -> Callable[..., MigrationResult]:
    """What reads a program of this kind; LibCST loads only when a file needs it."""
    if path.suffix == ".ipynb":
        from .notebooks import migrate_notebook

        return migrate_notebook
    if path.suffix in PAGES:
        from .markdown import migrate_markdown

        return migrate_markdown
    from .source import migrate_source

    return partial(migrate_source, handed=handed)


def _done(path: Path, result: MigrationResult, encoding: str) -> FileResult:
    if result.error:
        return FileResult(path, "error", result, result.error)
    if not result.changed:
        return FileResult(path, "unchanged", result)
    return FileResult(path, "changed", result, data=result.code.encode(encoding))


def _failed(path: Path, error: MigrationError) -> FileResult:
    return FileResult(path, "error", None, error)


@quiet()
def migrate_paths(
    paths: Iterable[Path],
    *,
    faithful: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    jobs: int = 1,
    progress: Callable[[int], object] | None = None,
) -> list[FileResult]:
    """Migrate every file under ``paths`` in memory; nothing is written.

    ``progress`` is told of so many more files done. With ``jobs`` more processes share the work
    where there is enough of it. A file that is named carries the agents it needs of its own, those
    of a folder share a module, which comes last in the list. Raises FileNotFoundError.
    """
    tell: Callable[[int], object] = progress or int
    named = {path for path in map(Path, paths) if path.is_file()}
    files = programs_first(find_files(paths))
    programs = [path for path in files if not kind(path)]
    texts = _texts(programs)
    handed, owns = handed_on(texts), _own(programs, texts)
    others = replace(next(iter(owns.values()), Own()), agents=frozenset(), followed=NOTHING)
    tasks = [
        (
            path,
            faithful,
            "" if path in named else own_module(path),
            handed.get(path, frozenset()),
            owns.get(path, others),
        )
        for path in programs
    ]
    results: list[FileResult] = []
    for file in _migrated(tasks, tuple(select), tuple(ignore), jobs):
        results.append(file)
        tell(1)
    if not (select or ignore):
        results = _alike(results, {task[0]: task for task in tasks}, faithful)
        results = _with_modules(results)
    old = any(still_old(file) for file in results)
    pins = files[len(programs) :]
    taken = packages_of(programs) if pins else ()
    for path in pins:
        results.append(migrate_file(path, select=select, ignore=ignore, keep_old=old, taken=taken))
        tell(1)
    return [*results, *own_modules(results)]


def _alike(
    results: list[FileResult],
    tasks: Mapping[Path, _Task],
    faithful: bool,
) -> list[FileResult]:
    """Files that import one another, on agents of one kind."""
    if not any(file.todos or site.code == "MIG091" for file in results for site in file.sites):
        return results
    from .families import of_one_kind

    def again(path: Path, module: str | None, held: bool) -> FileResult:
        _, _, near, taken, own = tasks[path]
        if module is None:
            ignore = ("MIG091", *([CONVERSATIONS] if held else []))
            return _one((path, False, near, taken, own), select=(), ignore=ignore)
        return _one((path, True, module, taken, own), select=(), ignore=())

    return of_one_kind(results, again, faithful=faithful)


def _with_modules(results: list[FileResult]) -> list[FileResult]:
    """Modules that name nothing of v0.2 may import what came with it; who uses them is told so."""
    passed = {file.path for file in results if file.status == "passed"}
    told: list[FileResult] = []
    for file in results:
        result = file.result if file.status == "changed" and file.path.suffix == ".py" else None
        sites: set[Site] = set()
        for line in _IMPORTS.finditer(result.source) if result is not None else ():
            module = file.path.with_name(f"{line[1]}.py")
            for package in brought([_read(module)]) if module in passed else ():
                number = line.string.count("\n", 0, line.start()) + 1
                text = f"{package}, which {module.name} imports, {NOT_BROUGHT}"
                sites.add(Site(number, "MIG001", "caveat", text))
        if result is not None and sites:
            all_sites = tuple(sorted({*result.sites, *sites}))
            file = replace(file, result=replace(result, sites=all_sites))
        told.append(file)
    return told


# a file, whether faithfully, the module of agents, what others take from it, what is the program's
_Task = tuple[Path, bool, str, frozenset[str], Own]


def _migrated(
    tasks: Sequence[_Task], select: tuple[str, ...], ignore: tuple[str, ...], jobs: int
) -> Iterator[FileResult]:
    """The programs in order, in several processes if they are many."""
    one = partial(_one, select=select, ignore=ignore)
    if jobs < 2 or sum(_mentions(path) for path, *_ in tasks) < WORTH_A_PROCESS * jobs:
        yield from map(one, tasks)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    start = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(jobs, mp_context=start) as pool:
        yield from pool.map(one, tasks, chunksize=8)


def _one(task: _Task, select: tuple[str, ...], ignore: tuple[str, ...]) -> FileResult:
    path, faithful, module, handed, own = task
    return migrate_file(
        path,
        faithful=faithful,
        module=module,
        select=select,
        ignore=ignore,
        handed=handed,
        own=own,
    )


def _texts(programs: Sequence[Path]) -> dict[Path, str]:
    """The scripts that mention autogen, or words of it."""
    return dict(_scripts(programs, lambda data: any(word in data for word in _WORTH_A_LOOK)))


def _scripts(
    programs: Iterable[Path], wanted: Callable[[bytes], object]
) -> Iterator[tuple[Path, str]]:
    for path in programs:
        if path.suffix == ".py" and wanted(data := _read(path)):
            yield path, data.decode(errors="replace")


def _own(programs: Sequence[Path], texts: Mapping[Path, str]) -> dict[Path, Own]:
    """What each script knows of the program; agents are looked for in all that mentions them."""
    found, sought = own_of(texts), frozenset[str]()
    while names := frozenset[str]().union(*(own.classes for own in found.values())) - sought:
        search = re.compile(mentions(names).pattern.encode()).search
        rest = [path for path in programs if path not in texts]
        texts = {**texts, **dict(_scripts(rest, search))}
        found, sought = own_of(texts), sought | names
    agents = {path for path, own in found.items() if own.agents or IMPORTS_V02.search(texts[path])}
    one = replace(next(iter(found.values()), Own()), agents=frozenset())
    scripts = [path for path in programs if path.suffix == ".py"]
    books = _notebooks(programs) if scripts else {}

    def text_of(path: Path) -> str:
        text = texts.get(path) or books.get(path)
        return _read(path).decode(errors="replace") if text is None else text

    at = (agents | books.keys(), one.kept, one.apart, [*scripts, *books])
    for path, more in followed(texts, *at, text_of).items():
        if path in found or path in books:
            found[path] = replace(found.get(path, one), followed=more)
    for path in settled(texts, scripts, text_of):
        found[path] = replace(found.get(path, one), followed=Followed(settled=True))
    return found


def _notebooks(programs: Iterable[Path]) -> dict[Path, str]:
    """The code of notebooks that import v0.2."""
    found: dict[Path, str] = {}
    for path in programs:
        if path.suffix == ".ipynb" and _TAKES_V02.search(data := _read(path)):
            found[path] = code_of(path, data.decode(errors="replace"))
    return found


def _mentions(path: Path) -> bool:
    return MENTIONS_AUTOGEN.search(_read(path)) is not None


def packages_of(programs: Iterable[Path]) -> tuple[str, ...]:
    """Packages that came with v0.2 alone, and that these programs import."""
    return brought(map(_read, programs))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def own_module(path: Path) -> str:
    """Where a file of a folder imports the project's own agents from; "" where it carries them."""
    if not (path.parent / "__init__.py").exists():
        return OWN_MODULE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    # a notebook, or a script that happens to lie in a package, knows no package around it
    alone = path.suffix == ".ipynb" or _run_as_a_script(text)
    return "" if alone else f".{OWN_MODULE}"


def _run_as_a_script(text: str) -> bool:
    return _AS_SCRIPT.search(text) is not None and _RELATIVE.search(text) is None


def own_modules(results: Sequence[FileResult]) -> Iterator[FileResult]:
    """The modules of own agents that the files need, one a folder or family."""
    wanted: dict[Path, frozenset[str]] = {}
    for file in results:
        if file.result is not None and file.result.needs:
            folder = file.home or file.path.parent
            wanted[folder] = wanted.get(folder, frozenset()) | file.result.needs
    for file in results:
        folder = file.home or file.path.parent
        if file.result is not None and folder in wanted:
            wanted[folder] |= file.result.asks
    for folder, features in wanted.items():
        from .owned import module_source

        path = folder / f"{OWN_MODULE}.py"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        result = MigrationResult(str(path), before, module_source(features, before))
        yield _done(path, result, "utf-8")


def programs_first(paths: Iterable[Path]) -> list[Path]:
    """Requirements come last, because they depend on what could be migrated."""
    return sorted(paths, key=lambda path: bool(kind(path)))


def still_old(file: FileResult) -> bool:
    """Whether a file still imports v0.2, so that the project's requirements have to name it.

    One that could not be read may.
    """
    if file.status == "error":
        return True
    sites = file.result.sites if file.result else ()
    return any(site.code == "MIG001" and site.kind == "todo" for site in sites)


def write_result(file: FileResult) -> bool:
    """Write a changed file in place, all or nothing; True when something was written.

    Temp file beside the target, fsync, rename; the mode is kept and a symlink stays a symlink.
    """
    if file.status != "changed" or file.data is None:
        return False
    target = file.path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(file.data)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(target.stat().st_mode if target.exists() else 0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def exit_code(results: Sequence[FileResult], *, check: bool = False, written: bool = False) -> int:
    """0 nothing to report, 1 would change under ``check``, 2 a file had an error, 3 TODOs left.

    3 needs ``written``; it looks at what is left in the files, so a second run says the same.
    """
    if any(file.status == "error" for file in results):
        return 2
    if check and any(file.status == "changed" for file in results):
        return 1
    if written and any(file.todos for file in results):
        return 3
    return 0


def report(results: Sequence[FileResult]) -> dict[str, Any]:
    """The JSON report: totals, then every file that was not passed over."""
    looked_at = [file for file in results if file.status != "passed"]
    by_code: dict[str, dict[str, int]] = {}
    for file in looked_at:
        for site in file.result.sites if file.result else ():
            counts = by_code.setdefault(site.code, {"migrated": 0, "caveat": 0, "todo": 0})
            counts[site.kind] += 1
    bodies = [file.to_json() for file in looked_at]
    return {
        "schema": 1,
        "files": len(results),
        "passed": len(results) - len(looked_at),
        "changed": sum(file.status == "changed" for file in looked_at),
        "errors": sum(file.status == "error" for file in looked_at),
        "chat_sites_total": sum(body["chat_sites_total"] for body in bodies),
        "chat_sites_migrated": sum(body["chat_sites_migrated"] for body in bodies),
        "todos": sum(body["todos"] for body in bodies),
        "rules": dict(sorted(by_code.items())),
        "results": bodies,
    }
