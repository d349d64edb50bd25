"""How v0.2 programs go wrong: one case after the other, by name. All calls are scripted.

The numbers are rows of the collection of failures that the instrumentor is held to.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import autogen
from autogen.coding import LocalCommandLineCodeExecutor
from openai.types.chat import ChatCompletionMessage
from told import tell

MANY = 10**6


class Scripted:
    """A model client of the program's own: says its replies in turn, the last one for ever."""

    def __init__(self, config, **_):
        self.replies = config["replies"]
        self.asked = 0

    def create(self, params):
        reply = self.replies[min(self.asked, len(self.replies) - 1)]
        self.asked += 1
        if callable(reply):
            reply = reply(self.asked)
        if isinstance(reply, tuple):
            function = {"name": reply[0], "arguments": reply[1]}
            call = {"id": f"c{self.asked}", "type": "function", "function": function}
            message = ChatCompletionMessage(role="assistant", content=None, tool_calls=[call])
        else:
            message = SimpleNamespace(content=reply, function_call=None, tool_calls=None)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)], model="m", usage=None)

    def message_retrieval(self, response):
        message = response.choices[0].message
        return [message if message.tool_calls else message.content]

    def cost(self, response):
        return 0

    @staticmethod
    def get_usage(response):
        return {}


def agent(name, *replies, cap=100, **more):
    client = {"model": "m", "model_client_cls": "Scripted", "replies": list(replies)}
    config = {"config_list": [client], "cache_seed": None}
    made = autogen.ConversableAgent(
        name,
        llm_config=config,
        human_input_mode="NEVER",
        code_execution_config=False,
        max_consecutive_auto_reply=cap,
        **more,
    )
    made.register_model_client(model_client_cls=Scripted)
    return made


def ends(message):
    return (message.get("content") or "").rstrip().endswith("TERMINATE")


def thanks_for_ever():  # 33
    a, b = agent("a", "Thank you so much!", cap=MANY), agent("b", "You're welcome!", cap=MANY)
    a.initiate_chat(b, message="2+2?", silent=True)


def thanks_to_the_cap():  # 34
    a, b = agent("a", "Thank you so much!"), agent("b", "You're welcome!")
    a.initiate_chat(b, message="2+2?", silent=True)


def no_content():  # 35
    user = agent("user", "ok", is_termination_msg=lambda m: m.get("content", "").rstrip() == "X")
    user.initiate_chat(agent("a", ("look", '{"q": "x"}')), message="go", silent=True)


def not_quite_the_word():  # 36
    user = agent("user", "continue", cap=50, is_termination_msg=ends)
    user.initiate_chat(agent("a", "Done. **TERMINATE**.", cap=50), message="go", silent=True)


def nothing_to_say():  # 37
    user = autogen.UserProxyAgent(
        "user", human_input_mode="NEVER", code_execution_config=False, max_consecutive_auto_reply=60
    )
    user.initiate_chat(agent("a", "The result is 4.", cap=60), message="2+2?", silent=True)


def same_function():  # 38
    user = agent("user", "", cap=200)
    user.register_function({"look": lambda q: "no result"})
    user.initiate_chat(agent("a", ("look", '{"q": "x"}'), cap=200), message="go", silent=True)


def large_tables():  # 39
    def load(q):
        return "\n".join(f"{row},{q},{row * 7 % 13},{row / 3:.6f}" for row in range(8_000))

    user = agent("user", "", cap=40)
    user.register_function({"load": load})
    a = agent("a", lambda number: ("load", json.dumps({"q": f"f{number}"})), cap=40)
    user.initiate_chat(a, message="go", silent=True)
    tell("distinct", sum(len(load(f"f{number}")) for number in range(1, 41)))


def model_never_answers():  # 40
    a = agent("a", "quick", "quick", lambda _: threading.Event().wait() or "x")
    agent("user", "and?").initiate_chat(a, message="go", silent=True)


def person_is_asked():  # 41, with a pipe that nobody writes to and with none
    user = autogen.UserProxyAgent("user", human_input_mode="ALWAYS", code_execution_config=False)
    user.initiate_chat(agent("a", "What next?"), message="go", silent=True)


def children_are_left():  # 42
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'],\n"
        "    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "open('child', 'w').write(str(child.pid))\n"
        "while True: pass\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        executor = LocalCommandLineCodeExecutor(timeout=2, work_dir=folder)
        runs = autogen.ConversableAgent(
            "runs",
            llm_config=False,
            human_input_mode="NEVER",
            code_execution_config={"executor": executor},
        )
        coder = agent("coder", f"```python\n{code}```")
        runs.initiate_chat(coder, message="go", max_turns=2, silent=True)
        tell("child", int(Path(folder, "child").read_text()))


def eats_memory():  # by the function that executed code before there were executors
    code = "import time\nx = bytearray(b'1') * (80 << 20)\ntime.sleep(0.5)\nprint(len(x))"
    with tempfile.TemporaryDirectory() as folder:
        runs = autogen.ConversableAgent(
            "runs",
            llm_config=False,
            human_input_mode="NEVER",
            code_execution_config={"work_dir": folder, "use_docker": False},
        )
        coder = agent("coder", f"```python\n{code}\n```")
        runs.initiate_chat(coder, message="go", max_turns=2, silent=True)


def reply_is_none():  # 43
    a = agent("a", "x")
    a.register_reply([autogen.Agent, None], says_nothing, position=0)
    agent("user", "x").initiate_chat(a, message="go", silent=True)


def says_nothing(recipient, messages=None, sender=None, config=None):
    return True, None


for name in sys.argv[1:]:
    try:
        globals()[name]()
    except Exception as caught:
        tell(name, type(caught).__name__)
