"""Requirements on v0.2's packages become requirements on 0.7's.

`pyautogen`, `autogen`, `ag2` before 0.9 and `autogen-agentchat` 0.2 are replaced in requirement and
constraint files, `pyproject.toml`, `Pipfile`, `setup.cfg`, `environment.yml`, the pip lines of
Dockerfiles and of notebooks; comments and layout stay. v0.2 brought Docker's client and diskcache
along, so the extras do. Of the other packages it brought (python-dotenv, termcolor, numpy, flaml,
packaging) those are required that programs import; the report names each such import. Where a part
of a project stays on v0.2 it is required beside 0.7, as pyautogen.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG002",
    slug="requirement-pins",
    title="Requirements ask for 0.7",
    level="caveat",
    v02="`pyautogen`, `autogen-agentchat~=0.2` in requirement files, `!pip install`",
    v07="`autogen-agentchat`, `autogen-ext[docker,diskcache,openai]`",
    docs=__doc__ or "",
    examples=(
        Example(
            "pyautogen==0.2.35  # agents",
            (
                "autogen-agentchat>=0.7.5,<0.8  # agents\n"
                "autogen-ext[docker,diskcache,openai]>=0.7.5,<0.8"
            ),
        ),
    ),
)
