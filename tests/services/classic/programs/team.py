"""Two-agent chats, a group chat whose model picks speakers badly, nested and sequential chats."""

import copy
import inspect

import autogen
from scripted import call, config, count, last, system
from told import chat, error, limits, tell


def script(request: dict) -> object:
    if "select the next role" in last(request) or "You didn't" in last(request):
        return ["writer or critic", "writer", "nobody", "nobody", "nobody", "critic"][
            count("select") % 6
        ]
    if "You provided" in last(request):
        return "writer"
    who = system(request)
    if who == "uses tools":
        names = ["add", "missing", "broken", "fails"]
        turn = count("tools")
        if turn < len(names):
            return call(names[turn], '{"a": 1, "b": 2' + "}" * (names[turn] != "broken"), turn)
    if "fail" in last(request):
        return 500
    return f"{who} says {count(who)} TERMINATE" if who == "uses tools" else f"{who} {count(who)}"


CONFIG = config(script)


def agent(name: str, says: str, **more: object) -> autogen.ConversableAgent:
    more.setdefault("llm_config", CONFIG)
    return autogen.ConversableAgent(name, system_message=says, human_input_mode="NEVER", **more)


def tools() -> None:
    helper = agent("helper", "uses tools")
    user = agent("user", "", llm_config=False, is_termination_msg=ends)

    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    def fails(a: int, b: int) -> int:
        """Fails."""
        raise RuntimeError("out of order")

    for function in (add, fails):
        autogen.register_function(
            function, caller=helper, executor=user, description=function.__doc__
        )
    chat("tools", user.initiate_chat(helper, message="add", silent=True))


def ends(message: dict) -> bool:
    return "TERMINATE" in (message.get("content") or "")


def group() -> None:
    writer, critic = agent("writer", "writes"), agent("critic", "criticises")
    user = autogen.UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    team = autogen.GroupChat([user, writer, critic], [], max_round=7, send_introductions=True)
    manager = autogen.GroupChatManager(team, llm_config=CONFIG)
    result = user.initiate_chat(manager, message="write", summary_method="reflection_with_llm")
    chat("group", result)
    tell("group messages", team.messages)
    last_agent, message = manager.resume(messages=team.messages[:3], silent=True)
    tell("resumed", [last_agent.name, message])
    around = autogen.GroupChat(
        [user, writer, critic], [], max_round=5, speaker_selection_method="round_robin"
    )
    ring = autogen.GroupChatManager(around, llm_config=False)
    chat("ring", writer.initiate_chat(ring, message="once around", silent=True))

    def choose(speaker: autogen.Agent, group: autogen.GroupChat) -> object:
        return {"user": writer, "writer": critic}.get(speaker.name)

    chosen = autogen.GroupChat(
        [user, writer, critic], [], max_round=9, speaker_selection_method=choose
    )
    chair = autogen.GroupChatManager(chosen, llm_config=False)
    chat("chosen", user.initiate_chat(chair, message="by a function", silent=True))


def nested() -> None:
    user, critic = agent("user", "", llm_config=False, default_auto_reply="go on"), agent("c", "c")
    outer = agent("outer", "outer", llm_config=False)
    outer.register_nested_chats([{"recipient": critic, "max_turns": 2}], trigger=user)
    chat("nested", user.initiate_chat(outer, message="nest", max_turns=2, silent=True))
    queue = [
        {"recipient": critic, "message": "one", "max_turns": 1, "silent": True},
        {"recipient": agent("d", "d"), "message": "two", "max_turns": 2, "silent": True},
    ]
    for number, result in enumerate(user.initiate_chats(queue)):
        chat(f"in a row {number}", result)


class Careful(autogen.ConversableAgent):
    """Overrides what is watched, and hands on to the class it derives from."""

    def send(self, message, recipient, request_reply=None, silent=False):
        tell("sends", [self.name, recipient.name])
        return super().send(message, recipient, request_reply, silent)

    def receive(self, message, sender, request_reply=None, silent=False):
        tell("receives", [self.name, sender.name])
        return super().receive(message, sender, request_reply, silent)

    def generate_reply(self, messages=None, sender=None, **kwargs):
        reply = super().generate_reply(messages=messages, sender=sender, **kwargs)
        return None if reply is None else f"careful: {reply}"

    def initiate_chat(self, recipient, **kwargs):
        return super().initiate_chat(recipient, **kwargs)


def derived() -> None:
    one = Careful("one", llm_config=CONFIG, system_message="one", human_input_mode="NEVER")
    two = Careful("two", llm_config=CONFIG, system_message="two", human_input_mode="NEVER")
    chat("derived", one.initiate_chat(two, message="hello", max_turns=2, silent=True))
    one.send("straight away", two, request_reply=True, silent=True)
    two.receive("and this", one, request_reply=False, silent=True)
    tell("histories", [one.chat_messages[two], two.chat_messages[one]])
    tell("alone", two.generate_reply(messages=[{"role": "user", "content": "only you"}]))


def ended() -> None:
    user, helper = agent("user", "u"), agent("helper", "h")
    helper.register_reply([autogen.Agent, None], nothing, position=0)
    chat("ended", user.initiate_chat(helper, message="go", silent=True))
    short = agent("short", "s", max_consecutive_auto_reply=2)
    chat("capped", user.initiate_chat(short, message="go", silent=True))
    strict = agent(
        "strict",
        "s",
        llm_config=False,
        is_termination_msg=lambda m: m.get("content", "").rstrip().endswith("X"),
    )
    caller = agent("caller", "uses tools", default_auto_reply="x")
    for name, begin in (
        ("none", lambda: strict.send({"content": None, "tool_calls": []}, caller, silent=True)),
        ("failed", lambda: user.initiate_chat(agent("h2", "h2"), message="fail", silent=True)),
        ("not valid", lambda: user.send({}, helper)),
    ):
        try:
            begin()
            tell(name, "ended")
        except Exception as caught:
            error(name, caught)


def nothing(recipient, messages=None, sender=None, config=None):
    return True, None


def shapes() -> None:
    """What a program can ask of the classes."""
    copied = copy.deepcopy(agent("original", "o", llm_config=False, default_auto_reply="copied"))
    tell("copied", copied.generate_reply(messages=[{"role": "user", "content": "hi"}]))
    twin = agent("twin", "t")
    tell("twin", twin.generate_reply(messages=[{"role": "user", "content": "hi"}]))
    agents = autogen.ConversableAgent
    tell("signatures", {n: str(inspect.signature(getattr(agents, n))) for n in NAMES})
    tell("kinds", {n: inspect.iscoroutinefunction(getattr(agents, n)) for n in NAMES})
    tell("reply functions", [f["reply_func"].__qualname__ for f in twin._reply_func_list])
    excluded = twin.generate_reply(
        messages=[{"role": "user", "content": "hi"}], exclude=[agents.generate_oai_reply]
    )
    tell("excluded", excluded)
    twin.replace_reply_func(agents.generate_oai_reply, nothing)
    tell("replaced", twin.generate_reply(messages=[{"role": "user", "content": "hi"}]))


NAMES = (
    "send",
    "a_send",
    "receive",
    "generate_reply",
    "a_generate_reply",
    "initiate_chat",
    "execute_function",
    "get_human_input",
    "check_termination_and_human_reply",
)

limits()
for part in (tools, group, nested, derived, ended, shapes):
    tell("##", part.__name__)
    part()
limits()
