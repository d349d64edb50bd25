"""Code run in the kernels of Jupyter, which keep what they were told: here, or behind a server."""

from __future__ import annotations

import atexit
import base64
import json
import queue
import re
import uuid
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from autogen_core.code_executor import CodeBlock, CodeResult

from .coding import NAMED, SHELLS, ProgramExecutor
from .talking import wait

PIP_INSTALL = r"pip install(?!.*-qqq)"
TIMED_OUT = "ERROR: Timeout waiting for output from code block."


@dataclass
class IPythonCodeResult(CodeResult):
    output_files: list[str] = field(default_factory=list[str])


TEXT = "text/plain"


@dataclass
class Cell:
    """What a cell said, with the type of each, or what went wrong."""

    said: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    failure: str = ""


class Kernel:
    """A kernel on this machine. Raises ValueError where there is none of that name."""

    def __init__(self, name: str) -> None:
        client: Any = import_module("jupyter_client")
        specs: Any = import_module("jupyter_client.kernelspec")
        if name not in specs.KernelSpecManager().find_kernel_specs():
            raise ValueError(f"Kernel {name} is not installed.")
        self._process: Any = client.KernelManager(kernel_name=name)
        self._process.start_kernel()
        self._connect()
        atexit.register(self.stop)

    def _connect(self) -> None:
        self._client = self._process.client()
        self._client.start_channels()
        self._client.wait_for_ready()

    def restart(self) -> None:
        self._client.stop_channels()
        self._process.restart_kernel(now=True)
        self._connect()

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self._client.stop_channels()
        if self._process.has_kernel:
            self._process.shutdown_kernel(now=True)

    def run(self, code: str, timeout: int) -> Cell:
        """Run a cell; `timeout` is how many seconds it may be silent."""
        cell = Cell()
        asked = self._client.execute(code, store_history=True, allow_stdin=False)
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=timeout)
            except queue.Empty:
                return Cell(failure=TIMED_OUT)
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind in ("execute_result", "display_data"):
                for of_type, data in content["data"].items():
                    file = of_type == TEXT or of_type.startswith(("image/", "text/html"))
                    cell.said.append((of_type, data) if file else (TEXT, json.dumps(data)))
            elif kind == "stream":
                cell.said.append((TEXT, content["text"]))
            elif kind == "error":
                wrong = f"{content['ename']}: {content['evalue']}\n{content['traceback']}"
                return Cell(failure=f"ERROR: {wrong}")
            elif kind == "status" and content["execution_state"] == "idle":
                return cell


class LocalJupyterServer:
    """Kernels of this machine: they need no server, so what v0.2 was told of it is not used."""

    def __init__(self, *settings: Any, **more: Any) -> None:
        self._kernels: list[Kernel] = []

    def kernel(self, name: str) -> Kernel:
        self._kernels.append(Kernel(name))
        return self._kernels[-1]

    def stop(self) -> None:
        while self._kernels:
            self._kernels.pop().stop()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


# region servers
@dataclass
class JupyterConnectionInfo:
    """Where a server of kernels is."""

    host: str
    use_https: bool
    port: int | None = None
    token: str | None = None


class DockerJupyterServer:
    """A server of kernels in a container, which works in the folder that its image says."""

    class GenerateToken:
        """In the place of a token: the server makes one up, as it does without."""

    def __init__(self, **options: Any) -> None:
        if isinstance(options.get("token"), DockerJupyterServer.GenerateToken):
            del options["token"]
        self._container: Any = of_servers().DockerJupyterServer(**options, work_dir="")

    @property
    def connection_info(self) -> Any:
        return self._container.connection_info

    def stop(self) -> None:
        self._container._cleanup_func()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def of_servers() -> Any:
    """An extra of autogen-ext, which programs without servers of kernels do without."""
    return import_module("autogen_ext.code_executors.docker_jupyter")


class DistantKernel:
    """A kernel behind a server. Raises ValueError where that has none of the name."""

    def __init__(self, place: Any, name: str) -> None:
        self._client: Any = of_servers().JupyterClient(place)
        self._id: str = wait(self._started(name))
        self._cells: Any = None

    async def _started(self, name: str) -> str:
        if name not in (await self._client.list_kernel_specs())["kernelspecs"]:
            raise ValueError(f"Kernel {name} is not installed.")
        return await self._client.start_kernel(name)

    def restart(self) -> None:
        wait(self._client.restart_kernel(self._id))
        self._cells = None

    def stop(self) -> None:
        wait(self._stopped())

    async def _stopped(self) -> None:
        await self._client.delete_kernel(self._id)
        if self._cells is not None:
            await self._cells.stop()
        await self._client.close()

    def run(self, code: str, timeout: int) -> Cell:
        return wait(self._run(code, timeout))

    async def _run(self, code: str, timeout: int) -> Cell:
        if self._cells is None:
            self._cells = await self._client.get_kernel_client(self._id)
        await self._cells.wait_for_ready()
        found = await self._cells.execute(code, timeout_seconds=timeout)
        if not found.is_ok:
            return Cell(failure=found.output)
        files = [(each.mime_type, each.data) for each in found.data_items]
        return Cell([(TEXT, found.output), *files])


# endregion servers
class JupyterCodeExecutor(ProgramExecutor):
    """Runs code as cells of a kernel; pictures and pages it shows are kept in `output_dir`."""

    FILES = ("image/png", "text/html")

    def __init__(
        self,
        jupyter_server: Any,
        kernel_name: str = "python3",
        timeout: int = 60,
        output_dir: Path | str = ".",
    ) -> None:
        if timeout < 1:
            raise ValueError("Timeout must be greater than or equal to 1.")
        if not Path(output_dir).exists():
            raise ValueError(f"Output directory {output_dir} does not exist.")
        self._timeout, self._folder = timeout, Path(output_dir)
        self._kernel: Any = None
        # region servers
        if not isinstance(jupyter_server, LocalJupyterServer):
            place = getattr(jupyter_server, "connection_info", jupyter_server)
            self._kernel = DistantKernel(place, kernel_name)
        # endregion servers
        self._kernel = self._kernel or jupyter_server.kernel(kernel_name)

    def execute_code_blocks(self, code_blocks: list[CodeBlock]) -> IPythonCodeResult:
        told: list[str] = []
        files: list[str] = []
        for block in code_blocks:
            cell = self._kernel.run(self._quiet(block), self._timeout)
            if cell.failure:
                return IPythonCodeResult(1, self._failure(cell.failure, block))
            told += [self._told(kind, data, files) for kind, data in self._sorted(cell.said)]
        return IPythonCodeResult(0, "\n".join(told), files)

    def _quiet(self, block: CodeBlock) -> str:
        """The code, with little to read from pip."""
        if block.language == "python":
            return re.sub(rf"^(! ?{PIP_INSTALL})", r"\1 -qqq", block.code, flags=re.MULTILINE)
        if block.language in (*SHELLS, "pwsh", "powershell", "ps1"):
            return re.sub(rf"^({PIP_INSTALL})", r"\1 -qqq", block.code, flags=re.MULTILINE)
        return block.code

    def _sorted(self, said: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """All texts of a cell as one, before the rest."""
        texts = [data for kind, data in said if kind == TEXT]
        return [(TEXT, "\n".join(texts)), *(each for each in said if each[0] != TEXT)]

    def _failure(self, text: str, block: CodeBlock) -> str:
        return f"ERROR: {text}"

    def _told(self, kind: str, data: Any, files: list[str]) -> str:
        """What was said, or where the file is that it is kept in."""
        if kind == TEXT:
            return data
        if not kind.startswith(self.FILES):
            return json.dumps(data)
        page = kind == "text/html"
        path = self._folder / f"{uuid.uuid4().hex}.{'html' if page else 'png'}"
        path.write_bytes(data.encode() if page else base64.b64decode(data))
        files.append(str(path.absolute()))
        return f"{'HTML' if page else 'Image'} data saved to {files[-1]}"

    def restart(self) -> None:
        self._kernel.restart()

    def stop(self) -> None:
        self._kernel.stop()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


class EmbeddedIPythonCodeExecutor(JupyterCodeExecutor):
    """Runs code as cells of a kernel of its own."""

    FILES = ("image/", "text/html")

    def __init__(
        self, *, kernel_name: str = "python3", timeout: int = 60, output_dir: Path | str = "."
    ) -> None:
        super().__init__(LocalJupyterServer(), kernel_name, timeout, output_dir)

    def _quiet(self, block: CodeBlock) -> str:
        return super()._quiet(CodeBlock(block.code, "python"))

    def _sorted(self, said: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return said

    def _failure(self, text: str, block: CodeBlock) -> str:
        return f"{text[:-1]}: {block.code}" if text == TIMED_OUT else text


NAMED["ipython-embedded"] = EmbeddedIPythonCodeExecutor
