"""Asynchronous chats, code, people, caches, streams, hooks, threads."""

import asyncio
import tempfile
import threading

import autogen
import autogen.oai.client
from autogen.coding import LocalCommandLineCodeExecutor
from scripted import call, config, count, last, system
from told import chat, error, tell

CODE = "```python\nprint(6 * 7)\n```"
BAD = "```python\nraise SystemExit(3)\n```"
autogen.oai.client.count_token = lambda *_: 12  # its encodings come from the network


def script(request: dict) -> object:
    who = system(request)
    if who == "codes":
        return [CODE, BAD, "TERMINATE"][count("code") % 3]
    if who == "awaits" and request["messages"][-1]["role"] != "tool":
        return call("later", '{"text": "x"}', count(who))
    if who == "flaky" and "again" not in last(request):
        return 503
    return f"{who} {count(who)}"


CONFIG = config(script)


def agent(name: str, says: str, **more: object) -> autogen.ConversableAgent:
    more.setdefault("llm_config", CONFIG)
    more.setdefault("human_input_mode", "NEVER")
    return autogen.ConversableAgent(name, system_message=says, **more)


def ends(message: dict) -> bool:
    return "TERMINATE" in (message.get("content") or "")


async def asynchronous() -> None:
    a, b, c = agent("a", "a"), agent("b", "b"), agent("c", "c")
    chat("async", await a.a_initiate_chat(b, message="hi", max_turns=2, silent=True))
    waits, user = agent("waits", "awaits"), agent("user", "u", llm_config=False)

    async def later(text: str) -> str:
        """Later."""
        await asyncio.sleep(0)
        return text * 2

    autogen.register_function(later, caller=waits, executor=user, description="later")
    chat("awaits", await user.a_initiate_chat(waits, message="go", max_turns=3, silent=True))
    group = autogen.GroupChat([a, b, c], [], max_round=4, speaker_selection_method="round_robin")
    manager = autogen.GroupChatManager(group, llm_config=False)
    chat("async group", await a.a_initiate_chat(manager, message="all", silent=True))
    queue = [
        {"chat_id": 1, "recipient": b, "message": "one", "max_turns": 1, "silent": True},
        {"chat_id": 2, "recipient": c, "message": "two", "max_turns": 1, "silent": True},
        {"chat_id": 3, "prerequisites": [1, 2], "recipient": b, "message": "three"},
    ]
    for each in queue:
        each |= {"silent": True, "max_turns": 1}
    for number, result in sorted((await a.a_initiate_chats(queue)).items()):
        tell(f"side by side {number}", len(result.chat_history))
    results = await asyncio.gather(
        *(
            agent(f"x{n}", "x").a_initiate_chat(
                agent(f"y{n}", "same"), message=str(n), max_turns=1, silent=True
            )
            for n in range(3)
        )
    )
    tell("gathered", [len(each.chat_history) for each in results])


def code() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for kind, how in (
            ("executor", {"executor": LocalCommandLineCodeExecutor(work_dir=folder)}),
            ("old", {"work_dir": folder, "use_docker": False}),
        ):
            runs = agent(
                "runs", "", llm_config=False, code_execution_config=how, is_termination_msg=ends
            )
            result = runs.initiate_chat(agent("codes", "codes"), message="compute", silent=True)
            tell(kind, [m["content"].replace(folder, "") for m in result.chat_history])


def people() -> None:
    user = autogen.UserProxyAgent("user", human_input_mode="ALWAYS", code_execution_config=False)
    chat("asked", user.initiate_chat(agent("bot", "bot"), message="go", silent=True))
    try:
        user.initiate_chat(agent("bot2", "bot2"), message="go", silent=True)
    except EOFError as caught:
        error("nobody", caught)


def clients() -> None:
    a, b = agent("a", "a"), agent("b", "cached")
    with tempfile.TemporaryDirectory() as folder:
        with autogen.Cache.disk(cache_seed=7, cache_path_root=folder) as cache:
            for number in range(2):
                result = a.initiate_chat(b, message="same", max_turns=1, cache=cache, silent=True)
                chat(f"cached {number}", result)
    try:
        streams = agent("streams", "streams", llm_config=config(script, stream=True, max_tokens=99))
        chat("stream", a.initiate_chat(streams, message="flow", max_turns=1, silent=True))
    except ValueError as caught:  # AG2 does not take it there
        tell("stream", type(caught).__name__)
    first, second = config(script)["config_list"][0], config(script)["config_list"][0]
    several = {"config_list": [{**first, "base_url": first["base_url"] + "x"}, second]}
    fallen = agent("fallen", "fallen", llm_config={**several, "cache_seed": None})
    chat("fallen", a.initiate_chat(fallen, message="try both", max_turns=1, silent=True))
    try:
        a.initiate_chat(agent("flaky", "flaky"), message="break", max_turns=1, silent=True)
    except Exception as caught:
        error("flaky", caught)
    wrapper = autogen.OpenAIWrapper(**CONFIG)
    response = wrapper.create(messages=[{"role": "user", "content": "directly"}])
    tell("direct", wrapper.extract_text_or_completion_object(response))
    templated = wrapper.create(
        messages=[{"role": "user", "content": "say {what}"}],
        context={"what": "cheese"},
        allow_format_str_template=True,
    )
    tell("templated", wrapper.extract_text_or_completion_object(templated))


def hooks() -> None:
    a, b = agent("a", "a"), agent("b", "b")
    a.register_hook("process_message_before_send", lambda **kw: f"{kw['message']}!")
    b.register_hook("process_last_received_message", lambda text: f"{text}?")
    chat("hooked", a.initiate_chat(b, message="hi", max_turns=1, silent=True))
    a.initiate_chat(b, message="hi", max_turns=1, silent=True, clear_history=False)
    b.clear_history(nr_messages_to_preserve=2)
    tell("kept", b.chat_messages[a])


def threads() -> None:
    found: dict[int, int] = {}

    def one(number: int) -> None:
        a, b = agent(f"a{number}", "a"), agent(f"b{number}", "same")
        result = a.initiate_chat(b, message=str(number), max_turns=2, silent=True)
        found[number] = len(result.chat_history)

    several = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    tell("threads", found)


for part in (code, people, clients, hooks, threads):
    tell("##", part.__name__)
    part()
tell("##", "asynchronous")
asyncio.run(asynchronous())
