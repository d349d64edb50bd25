"""A v0.1 program: a chat with a function, a group chat by a model, a configuration that fails.

The model is scripted in the place of the library's `ChatCompletion`.
"""

from __future__ import annotations

import json
import logging

import autogen
import openai
from openai.openai_object import OpenAIObject

SAID = [
    {"content": None, "function_call": {"name": "double", "arguments": json.dumps({"n": 21})}},
    {"content": "It is 42. TERMINATE"},
    {"content": "two"},  # who speaks next
    {"content": "two says so"},
    {"content": "one"},
    {"content": "one says so"},
]


def create(**request):
    if request["model"] == "broken":
        raise openai.error.RateLimitError("too many")
    message = {"role": "assistant", **SAID.pop(0)}
    return OpenAIObject.construct_from(
        {
            "id": "x",
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        },
        "none",
    )


openai.ChatCompletion.create = create

logging.getLogger("autogen.oai.completion").setLevel(logging.ERROR)  # it tells the time


def last_word(message):
    return "TERMINATE" in (message["content"] or "")


config = {
    "config_list": [{"model": "broken", "api_key": "none"}, {"model": "gpt-4", "api_key": "none"}],
    "use_cache": False,
    "max_retry_period": 0,
    "functions": [{"name": "double", "parameters": {"type": "object", "properties": {}}}],
}
plain = {**config, "config_list": config["config_list"][1:]}
del plain["functions"]
helper = autogen.AssistantAgent("helper", llm_config=config)
user = autogen.UserProxyAgent(
    "user",
    human_input_mode="NEVER",
    code_execution_config=False,
    function_map={"double": lambda n: str(n * 2)},
    is_termination_msg=last_word,
)
user.initiate_chat(helper, message="Double 21.")

members = [autogen.AssistantAgent(name, llm_config=plain) for name in ("one", "two")]
group = autogen.GroupChat([user, *members], [], max_round=3)
manager = autogen.GroupChatManager(group, llm_config=plain)
user.initiate_chat(manager, message="Who is it?")

print(
    autogen.ChatCompletion.create(
        messages=[{"role": "user", "content": "anybody?"}],
        model="broken",
        raise_on_ratelimit_or_timeout=False,
        use_cache=False,
        max_retry_period=0,
    )
)
