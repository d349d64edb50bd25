"""AG2's group chats by patterns, as they are since 0.9, and a chat by `run`."""

from autogen import ConversableAgent
from autogen.agentchat import initiate_group_chat
from autogen.agentchat.group.patterns import RoundRobinPattern
from scripted import config, count, system
from told import tell


def script(request: dict) -> object:
    who = system(request)
    return f"{who} says {count(who)}"


def agent(name: str) -> ConversableAgent:
    return ConversableAgent(
        name, system_message=name, llm_config=config(script), human_input_mode="NEVER"
    )


agents = [agent(name) for name in ("one", "two", "three")]
pattern = RoundRobinPattern(initial_agent=agents[0], agents=agents)
result, _, last = initiate_group_chat(pattern=pattern, messages="hello", max_rounds=5)
tell("group", [result.chat_history, last.name])
response = agent("four").run(message="hi", max_turns=1, user_input=False)
response.process()
tell("run", len(list(response.messages)))
