"""An AG2 swarm with a hand-over, and a chat by `run`, which AG2 runs in a thread."""

from autogen import (
    AfterWork,
    AfterWorkOption,
    ConversableAgent,
    OnCondition,
    initiate_swarm_chat,
    register_hand_off,
)
from scripted import call, config, count, system
from told import tell


def script(request: dict) -> object:
    who = system(request)
    if "triage" in who and request.get("tools"):
        return call(request["tools"][-1]["function"]["name"], "{}", count("handed over"))
    return f"{who} says {count(who)}"


def agent(name: str) -> ConversableAgent:
    return ConversableAgent(
        name, system_message=name, llm_config=config(script), human_input_mode="NEVER"
    )


billing, triage = agent("billing"), agent("triage")
ends = AfterWork(AfterWorkOption.TERMINATE)
register_hand_off(triage, [OnCondition(target=billing, condition="about a bill"), ends])
register_hand_off(billing, [ends])
result, _, last = initiate_swarm_chat(
    initial_agent=triage, agents=[triage, billing], messages="my bill", max_rounds=6
)
tell("swarm", [result.chat_history, last.name, result.summary])
response = agent("one").run(recipient=agent("two"), message="hi", max_turns=1, user_input=False)
response.process()
tell("run", len(list(response.messages)))
