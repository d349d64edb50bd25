"""v0.2 tries the entries of a list in turn until one answers; 0.7 has one client an agent.

The first entry is kept. Where more than one is written out the place is marked, because a program
that relied on the others would now fail instead; where the list is read at run time the report says
so. To keep a fallback, wrap several clients in a ChatCompletionClient of your own.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG012",
    slug="fallback-models",
    title="Only the first configuration of a list is used",
    level="todo",
    v02="`config_list` with several entries",
    v07="one client, and a mark",
    docs=__doc__ or "",
    examples=(
        Example(
            'llm_config = {"config_list": [{"model": "gpt-4o"}, {"model": "gpt-4"}]}',
            (
                "# TODO(agentloupe) MIG012: v0.2 would try 2 configurations in "
                "turn; only the first is used\n"
                'model_client = OpenAIChatCompletionClient(model="gpt-4o")'
            ),
        ),
    ),
)
