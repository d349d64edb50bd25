"""autogen-ext knows the OpenAI models and a few others; for any other it raises ValueError.

The client is told a cautious set of abilities: function calling, no vision, no JSON mode. They are
a guess, so the report names the place (microsoft/autogen #6189, #4714, #6258).
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG013",
    slug="model-info",
    title="Unknown models get a model_info",
    level="caveat",
    v02="a model name autogen-ext does not know",
    v07="`model_info=ModelInfo(…)`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'llm_config = {"config_list": [{"model": "mistral-7b", "base_url": '
                '"http://localhost:1234/v1"}]}'
            ),
            (
                'model_client = OpenAIChatCompletionClient(model="mistral-7b", '
                'base_url="http://localhost:1234/v1", model_info=ModelInfo(…))'
            ),
        ),
    ),
)
