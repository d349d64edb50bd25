"""What being recorded costs a whole program: a v0.2 team and a 0.7 team with a scripted model.

    python benchmarks/overhead.py v0.7 PYTHON [--rounds N] [--turns N]
    python benchmarks/overhead.py v0.2 PYTHON ...

PYTHON is an interpreter that has the framework and agentloupe. The model is a server on loopback in
a process of its own, outside of the measurement, that answers at once. Each round runs the program
plainly and under `loupe run`, in an order that is drawn: single runs scatter by a tenth, so there
should be a dozen. CPU time is that of the program with all its threads and children from its start
to its end, the recording's writer among them; `loupe run`'s own process, which starts the program
and reads the recording back, is told apart. All code is compiled before, as it is where a package
was installed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWER = "This is what I have to say about it, in some forty words, as a model does: " * 3

V02 = """
import sys, warnings
warnings.simplefilter("ignore")
import autogen
client = {"model": "gpt-4o", "base_url": sys.argv[1], "api_key": "none"}
config = {"config_list": [client], "cache_seed": None}
agents = [
    autogen.AssistantAgent(f"agent{n}", llm_config=config, max_consecutive_auto_reply=10**6)
    for n in range(4)
]
group = autogen.GroupChat(
    agents, [], max_round=int(sys.argv[2]) + 1, speaker_selection_method="round_robin"
)
manager = autogen.GroupChatManager(group, llm_config=False, silent=True)
agents[0].initiate_chat(manager, message="Talk.", silent=True)
"""

V07 = """
import asyncio, sys
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient
async def main():
    client = OpenAIChatCompletionClient(
        model="gpt-4o", base_url=sys.argv[1], api_key="none"
    )
    agents = [AssistantAgent(f"agent{n}", client) for n in range(4)]
    end = MaxMessageTermination(int(sys.argv[2]) + 1)
    team = RoundRobinGroupChat(agents, termination_condition=end)
    await team.run(task="Talk.")
asyncio.run(main())
"""
PROGRAMS = {"v0.2": V02, "v0.7": V07}

#: Runs a program as its only child, or `loupe run` in its own place, and says what that cost.
PLAIN = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, 0.0]))
"""
RECORDED = """
import json, os, resource, sys
told = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
from agentloupe.cli.main import run
code = run(sys.argv[1:])
own, of = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
used = [of.ru_utime + of.ru_stime, own.ru_utime + own.ru_stime]
os.write(told, json.dumps([code, *used]).encode())
"""


class Model(BaseHTTPRequestHandler):
    """Answers every request with the same text."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # header and body in one packet: none of them waits for the other's receipt

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = {"role": "assistant", "content": ANSWER}
        document = {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 40, "total_tokens": 50},
        }
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve() -> None:
    """The server's process: its port on stdout, until stdin ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


class Bench:
    """A program, its interpreter and the model."""

    def __init__(self, program: str, python: str, url: str, folder: Path) -> None:
        self.python = python
        self.url = url
        self.folder = folder
        self.file = folder / "program.py"
        self.file.write_text(PROGRAMS[program])
        for recorded in (False, True):  # compiles
            self.seconds(1, recorded=recorded)

    def seconds(self, turns: int, *, recorded: bool) -> tuple[float, float]:
        """CPU seconds of the program, and of all that was started."""
        words = [str(self.file), self.url, str(turns)]
        before = ["run"] if recorded else [self.python]  # by the same Python
        env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        env |= {
            "AGENTLOUPE_DIR": str(self.folder),
            "PYTHONHASHSEED": "0",
            "PYTHONPYCACHEPREFIX": str(self.folder / "compiled"),
        }
        meter = [self.python, "-c", RECORDED if recorded else PLAIN, *before, *words]
        where = self.folder  # no project's settings are read
        done = subprocess.run(meter, env=env, cwd=where, capture_output=True, text=True, check=True)
        code, program, own = json.loads(done.stdout)
        assert code == 0, done.stderr
        for recording in self.folder.glob("*.loupe*"):
            recording.unlink()
        return program, program + own


def measure(bench: Bench, rounds: int, turns: int) -> dict[str, list[float]]:
    """CPU seconds by subject: each runs once a round, in an order that is drawn."""
    found: dict[str, list[float]] = {"plain": [], "program": [], "with loupe's own process": []}
    for _ in range(rounds):
        for recorded in random.sample((False, True), 2):
            program, whole = bench.seconds(turns, recorded=recorded)
            if recorded:
                found["program"].append(program)
                found["with loupe's own process"].append(whole)
            else:
                found["plain"].append(program)
        print({key: round(used[-1], 2) for key, used in found.items()}, file=sys.stderr)
    return found


def compared(found: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """What each subject takes beside the plain program, in several ways: all should agree."""
    plain = found["plain"]
    told: dict[str, dict[str, float]] = {}
    for name, used in found.items():
        quarters = statistics.quantiles(
            (mine / theirs for mine, theirs in zip(used, plain, strict=True)), n=4
        )
        told[name] = {
            "seconds": statistics.median(used),
            "of medians": statistics.median(used) / statistics.median(plain),
            "of least": min(used) / min(plain),
            "of rounds, first quarter": quarters[0],
            "of rounds, median": quarters[1],
            "of rounds, third quarter": quarters[2],
        }
    return {
        name: {key: round(value, 3) for key, value in row.items()} for name, row in told.items()
    }


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        serve()
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--turns", type=int, default=200)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="agentloupe-overhead-") as folder,
        subprocess.Popen(
            [sys.executable, __file__, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        bench = Bench(options.program, options.python, url, Path(folder))
        found = measure(bench, options.rounds, options.turns)
        server.kill()
    told = {"rounds": options.rounds, "turns": options.turns, **compared(found)}
    print(json.dumps({options.program: told}, indent=1))


if __name__ == "__main__":
    main()
