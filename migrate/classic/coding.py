"""Code that agents send each other: found in messages, run by an executor of 0.7."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult

from .talking import Message, call, content_text, wait

CODE_BLOCK = re.compile(r"```[ \t]*(\w+)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.DOTALL)
MADE_UP = "tmp_code_"  # how names begin that executors make up
TIMED_OUT = (124, "\nTimeout")  # what 0.7 tells of code that takes too long
SHELLS = ("bash", "shell", "sh")
STARTED: WeakSet[CodeExecutor] = WeakSet()
NAMED: dict[str, Callable[..., Any]] = {}  # executors that a configuration may name


def code_blocks(text: str) -> list[tuple[str, str]]:
    """Language and code of the fenced blocks of a text."""
    return [(match[1] or guessed(match[2]), match[2]) for match in CODE_BLOCK.finditer(text)]


def guessed(code: str) -> str:
    """The language of code that does not say it."""
    if code.startswith(("python ", "pip", "python3 ")):
        return "sh"
    try:
        compile(code, "code", "exec")
    except SyntaxError:
        return "unknown"
    return "python"


# region extract
def extract_code(text: Any) -> list[tuple[str, str]]:
    """Language and code of the fenced blocks of a text, or the text as code of unknown language."""
    found: list[tuple[str, str]] = CODE_BLOCK.findall(content_text(text))
    return found or [("unknown", content_text(text))]


def execute_code(
    code: str | None = None,
    timeout: int | None = None,
    filename: str | None = None,
    work_dir: str | None = None,
    use_docker: Any = None,
    lang: str = "python",
) -> tuple[int, str, None]:
    """Exit code and output of code, which may be that of a file; in Docker unless told not to."""
    text = code if code is not None else Path(work_dir or ".", filename or "").read_text()
    if filename is not None:
        text = f"# filename: {filename}\n{text}"
    config = {"timeout": timeout, "work_dir": work_dir, "use_docker": use_docker}
    exit_code, output = wait(CodeRunner(config).run([(lang, text)]))
    return exit_code, output.removeprefix("\n"), None


# endregion extract
# region executors
class ProgramExecutor(ABC):
    """What runs code in a way of the program: `code_extractor` and `execute_code_blocks`."""

    @property
    def code_extractor(self) -> Any:
        return MarkdownCodeExtractor()

    @abstractmethod
    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> CodeResult:
        """Exit code and output of blocks."""

    def restart(self) -> None:  # noqa: B027 need not be there
        """Nothing is kept between runs unless the program's class does so."""


class MarkdownCodeExtractor:
    """Finds fenced blocks."""

    def extract_code_blocks(self, message: Any) -> list[CodeBlock]:
        return [
            CodeBlock(code=code, language="" if language == "unknown" else language)
            for language, code in code_blocks(content_text(message))
        ]


# endregion executors
def without_path(output: str, name: str) -> str:
    """What went wrong in a file, as v0.2 told it: without where it lies, or its made-up name."""
    file = Path(name).absolute()
    if file.name.startswith(MADE_UP):
        return output.replace(str(file), "").replace(file.name, "")
    return output.replace(f"{file.parent}/", "")


def tidy(name: str) -> None:
    """Remove a file with code that nobody has named; one that the code names stays."""
    if Path(name).name.startswith(MADE_UP):
        Path(name).unlink(missing_ok=True)


# region blocks
def v02_run(executor: Any, code_blocks: list[Any]) -> Any:
    """What an executor gives back for blocks; one of 0.7 is waited for."""
    if isinstance(executor, CodeExecutor):
        return wait(result_of(executor, code_blocks))
    return executor.execute_code_blocks(code_blocks)


# endregion blocks
async def result_of(executor: CodeExecutor, blocks: list[CodeBlock]) -> CodeResult:
    """Exit code and output of blocks."""
    if executor not in STARTED:  # v0.2 started them when they were made
        STARTED.add(executor)
        await executor.start()
    return await executor.execute_code_blocks(blocks, CancellationToken())


class CodeRunner:
    """Where an agent runs code, and how far back it looks for it."""

    def __init__(self, config: dict[str, Any] | None) -> None:
        given = dict(config or {})
        self.look_back = given.get("last_n_messages", "auto")
        self.given: Any = given.get("executor")
        if isinstance(self.given, str) and self.given in NAMED:
            self.given = NAMED[self.given](**given.get(self.given, {}))
        self.executor: Any = self.given if self.given not in (None, "commandline-local") else None
        self._options: dict[str, Any] = {"timeout": int(given.get("timeout") or 600)}
        settings: dict[str, Any] = given.get("commandline-local") or {}
        folder: str | None = given.get("work_dir") or settings.get("work_dir")
        if self.given == "commandline-local":
            folder = folder or "."
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._options["work_dir"] = folder
        self._docker = given.get("use_docker", self.given != "commandline-local")

    def blocks(self, content: Any) -> list[tuple[str, str]]:
        """The code in a message, found as the program's own executor wants it."""
        own = getattr(self.given, "code_extractor", None)
        if own is None:
            return code_blocks(content_text(content))
        return [(each.language, each.code) for each in own.extract_code_blocks(content)]

    async def run(self, code: list[tuple[str, str]]) -> tuple[int, str]:
        """Exit code and output of blocks run one after the other, up to the first that fails."""
        if self.given not in (None, "commandline-local"):
            return await self._together(code)
        exit_code, output = 0, ""
        for language, text in code:
            known = language in SHELLS or language.lower() in ("python", "py")
            exit_code, out = 1, f"unknown language {language}"
            if known:
                exit_code, out = await self._together([(language, text)])
            output += "\n" + out
            if exit_code:
                break
        return exit_code, output

    async def _together(self, code: list[tuple[str, str]]) -> tuple[int, str]:
        executor = self.executor or await self._made()
        blocks = [CodeBlock(code=text, language=language) for language, text in code]
        if isinstance(executor, CodeExecutor):
            found: Any = await result_of(executor, blocks)
        else:  # the program's own, with v0.2's protocol
            found = await call(executor.execute_code_blocks, blocks)
        output, file = found.output, getattr(found, "code_file", None)
        if self.given is None and (found.exit_code, output) == TIMED_OUT:
            return 1, output.strip()
        if self.given is None and file:
            output = without_path(output, file) if found.exit_code else output
            tidy(file)
        return found.exit_code, output

    async def _made(self) -> CodeExecutor:
        """Docker, unless the configuration or AUTOGEN_USE_DOCKER says no, as in v0.2."""
        if self._docker is True or self._docker is None:
            asked = os.environ.get("AUTOGEN_USE_DOCKER", "1").lower()
            self._docker = asked not in ("0", "false", "no")
        if self._docker:
            from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor

            if isinstance(self._docker, str):
                self._options["image"] = self._docker
            self.executor = DockerCommandLineCodeExecutor(**self._options)
        else:
            from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor

            self.executor = LocalCommandLineCodeExecutor(**self._options, cleanup_temp_files=False)
        return self.executor


async def code_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    """Runs the code of the newest message that has some."""
    runner = agent.code
    if runner is None:
        return False, None
    count = runner.look_back
    if count == "auto":
        count = 0
        for message in reversed(messages):
            if message.get("role") != "user":
                break
            count += 1
    for message in reversed(messages[max(0, len(messages) - int(count)) :]):
        blocks = runner.blocks(message.get("content"))
        if blocks:
            exit_code, output = await runner.run(blocks)
            how = "execution succeeded" if exit_code == 0 else "execution failed"
            return True, f"exitcode: {exit_code} ({how})\nCode output: {output}"
    return False, None
