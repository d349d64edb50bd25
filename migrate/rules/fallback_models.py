"""v0.2 tries the entries of a list in turn until one answers; 0.7 has one client an agent.

The first entry is kept, and the report says so: a program whose first endpoint fails would now
fail instead of going on with the second. To keep a fallback, wrap several clients in a
ChatCompletionClient of your own.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG012",
    slug="fallback-models",
    title="Only the first configuration of a list is used",
    level="caveat",
    v02="`config_list` with several entries",
    v07="one client for the first entry",
    docs=__doc__ or "",
    examples=(
        Example(
            'llm_config = {"config_list": [{"model": "gpt-4o"}, {"model": "gpt-4"}]}',
            'model_client = OpenAIChatCompletionClient(model="gpt-4o")',
        ),
    ),
)
