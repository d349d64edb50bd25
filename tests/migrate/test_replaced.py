"""Members of agents that are set or replaced by their names in quotes."""

from __future__ import annotations

from agentloupe.migrate import migrate_source

PROGRAM = """\
from unittest.mock import patch

from autogen import AssistantAgent, UserProxyAgent

bot = AssistantAgent("bot", llm_config={"model": "gpt-4o"})
user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
with patch.object(bot, "generate_reply", return_value="So."):
    user.initiate_chat(bot, message="Hi", max_turns=1)
setattr(bot, 'last_message', print)
with patch("bots.AssistantAgent.initiate_chat"), patch("bots.Own.generate_reply"):
    print("initiate_chat")
with patch("bots.AssistantAgent") as made:
    print(made.call_args.kwargs["human_input_mode"], made.options["llm_config"])
"""


def test_what_is_set_by_a_name_in_quotes_is_what_agents_have() -> None:
    code = migrate_source(PROGRAM, faithful=True).code

    assert 'patch.object(bot, "answer", return_value="So.")' in code
    assert "setattr(bot, 'latest_message', print)" in code
    assert 'patch("bots.AssistantAgent.start_chat"), patch("bots.Own.generate_reply")' in code
    assert 'kwargs["human_input"]' in code


def test_other_texts_stay() -> None:
    code = migrate_source(PROGRAM, faithful=True).code

    assert 'print("initiate_chat")' in code
    assert 'made.options["llm_config"]' in code
