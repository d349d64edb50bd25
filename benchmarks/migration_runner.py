"""Runs programs and notebooks under one interpreter, each in a fork of its own.

Importing AutoGen takes longer than most of these programs, so it is done once. Reads one job a line
from stdin, `{"root", "folder", "name", "out", "url", "seconds"}`, and answers each with
`{"ended", "last"}` on a line: the exit status (-1 where time was up) and the last line of stderr.
The program runs in its folder, with `root` among the places of modules, recorded into `out`;
clients of OpenAI and Groq talk to `url` whatever address they name; nothing but the loopback can be
reached; a human who is asked says "exit". With `"stand_ins": true` what the program imports and
this machine lacks is stood in for.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import json
import os
import runpy
import signal
import socket
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

PRELOADED = (
    "autogen", "autogen.agentchat.contrib.gpt_assistant_agent",
    "autogen_agentchat.agents", "autogen_agentchat.teams", "autogen_agentchat.ui",
    "autogen_ext.models.openai", "autogen_ext.code_executors.local", "openai", "IPython.display",
)  # fmt: skip
TYPED = 20  # times that a human who is asked says "exit"


def main() -> None:
    preload()
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(in_a_fork(job)), flush=True)


def preload() -> None:
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            import_module(name)
    import_module("agentloupe.tracer.recording")


def in_a_fork(job: dict[str, Any]) -> dict[str, Any]:
    errors = Path(job["out"]).with_suffix(".stderr")
    child = os.fork()
    if child == 0:
        run(job, errors)
    end = time.monotonic() + job["seconds"]
    status = -1
    while time.monotonic() < end:
        found, code = os.waitpid(child, os.WNOHANG)
        if found:
            status = os.waitstatus_to_exitcode(code)
            break
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # whatever it has left running
    if status == -1:
        os.waitpid(child, 0)
    lines = errors.read_text(errors="replace").strip().splitlines() if errors.exists() else []
    return {"ended": status, "last": lines[-1][:300] if lines else ""}


def run(job: dict[str, Any], errors: Path) -> None:
    os.setsid()
    status = 1
    try:
        prepare(job, errors)
        from agentloupe import tracer

        with tracer.record(path=job["out"]):
            if job["name"].endswith(".ipynb"):
                from agentloupe.cli.cells import run_cells

                run_cells(Path(job["name"]))
            else:
                runpy.run_path(job["name"], run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def prepare(job: dict[str, Any], errors: Path) -> None:
    os.chdir(job["folder"])
    sys.path[:0] = [job["folder"], job["root"]]
    sys.argv = [job["name"]]
    url = job["url"]
    models = ("gpt-4o", "gpt-4", "gpt-3.5-turbo", "gpt-4-1106-preview")
    entries = [{"model": m, "api_key": "sk-scripted", "base_url": url} for m in models]
    os.environ |= {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-scripted",
        "GROQ_API_KEY": "sk-scripted",
        "GROQ_BASE_URL": url.removesuffix("/v1"),
        "AZURE_OPENAI_API_KEY": "sk-scripted",
        "AZURE_OPENAI_ENDPOINT": url,
        "OAI_CONFIG_LIST": json.dumps(entries),
        "AUTOGEN_USE_DOCKER": "0",
        "MPLBACKEND": "Agg",
    }
    Path("OAI_CONFIG_LIST").write_text(json.dumps(entries))
    Path("OAI_CONFIG_LIST.json").write_text(json.dumps(entries))
    with errors.open("wb") as file, Path(os.devnull).open("r+b") as nothing:
        os.dup2(file.fileno(), 2)
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 0)
    typed = ["exit"] * TYPED
    builtins.input = lambda _prompt="": typed.pop()
    loopback_only()
    clients_to(url)
    if job.get("stand_ins"):
        from migration_stand_ins import stand_in

        stand_in(job["root"])


def loopback_only() -> None:
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def near(host: Any) -> bool:
        name = host.decode() if isinstance(host, bytes) else host
        return not name or str(name).startswith("127.") or name in ("localhost", "::1", "0.0.0.0")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not near(address[0]):
            raise ConnectionRefusedError(f"only the loopback can be reached, not {address}")
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **options: Any) -> Any:
        if not near(host):
            raise socket.gaierror(f"only the loopback can be reached, not {host}")
        return look_up(host, *args, **options)

    socket.socket.connect = guarded_connect
    socket.getaddrinfo = guarded_look_up


def clients_to(url: str) -> None:
    """Every client of OpenAI's package asks the scripted server."""
    import openai
    from openai.lib import azure

    for kind in (openai.OpenAI, openai.AsyncOpenAI):
        _redirect(kind, url, ())
    gone = ("azure_endpoint", "azure_deployment", "azure_ad_token_provider")
    for kind in (azure.AzureOpenAI, azure.AsyncAzureOpenAI):
        _redirect(kind, url, gone)


def _redirect(kind: Any, url: str, gone: tuple[str, ...]) -> None:
    original = kind.__init__

    def __init__(self: Any, *args: Any, **options: Any) -> None:  # noqa: N807 stands for one
        options = {key: value for key, value in options.items() if key not in gone}
        options |= {"base_url": url, "api_key": options.get("api_key") or "sk-scripted"}
        if gone:
            options["api_version"] = options.get("api_version") or "2024-06-01"
        original(self, *args, **options)

    __init__.__signature__ = inspect.signature(original)  # AutoGen reads what it takes from it
    kind.__init__ = __init__


if __name__ == "__main__":
    main()
