"""v0.2 keeps the answers of models on disk under the seed, and does so unasked under seed 41.

A seed that is written out becomes a cache around the client, `cache_seed=None` nothing. No seed
becomes a cache as well where the program holds a chat twice, which v0.2 answered from its cache;
otherwise nothing, and the report says that answers are no longer reused. A cache given to a single
chat is left and marked.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG014",
    slug="response-cache",
    title="cache_seed becomes a cache around the client",
    level="todo",
    v02="`cache_seed`, or none",
    v07="`ChatCompletionCache(client, disk_store(…))`",
    docs=__doc__ or "",
    examples=(
        Example(
            'llm_config = {"config_list": [{"model": "gpt-4o"}], "cache_seed": 7}',
            (
                "model_client = "
                'ChatCompletionCache(OpenAIChatCompletionClient(model="gpt-4o"), '
                'disk_store(".cache/7"))'
            ),
        ),
    ),
)
