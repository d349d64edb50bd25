"""code_execution_config becomes a code executor.

v0.2 runs the code blocks of the messages since the agent last spoke and answers with the exit code
and the output; without a code block it answers with its default reply. CodeExecutorAgent of 0.7
answers other texts and complains when there is no code, so the file gets a small agent that
answers as v0.2 did, around an executor of autogen-ext. Docker is used where v0.2 would have.
"""

from __future__ import annotations

from ..context import Context
from ..model import Speaker
from . import Example, RuleInfo


def executor_code(ctx: Context, speaker: Speaker) -> str:
    """Source code of the executor a speaker runs code with."""
    code = speaker.code
    assert code is not None
    if code.executor is not None:
        return ctx.source.code(code.executor)
    options = {key: ctx.source.code(value) for key, value in code.options.items()}
    options.setdefault("timeout", "600")
    args = ", ".join(f"{key}={value}" for key, value in options.items())
    ctx.note("MIG023", speaker.call, "migrated", "runs code with an executor of autogen-ext")
    match code.docker:
        case False:
            name = ctx.need("autogen_ext.code_executors.local", "LocalCommandLineCodeExecutor")
        case True:
            name = ctx.need("autogen_ext.code_executors.docker", "DockerCommandLineCodeExecutor")
        case None:
            name = ctx.helper("code_executor")
    return f"{name}({args})"


RULE = RuleInfo(
    code="MIG023",
    slug="code-execution",
    title="code_execution_config becomes a code executor",
    level="todo",
    v02="`code_execution_config={…}`",
    v07="`LocalCommandLineCodeExecutor` or `DockerCommandLineCodeExecutor` in a proxy of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'user = autogen.UserProxyAgent("user", human_input_mode="NEVER", '
                'code_execution_config={"work_dir": "coding", "use_docker": False})'
            ),
            (
                'user = ProxyAgent("user", "A user proxy", '
                'executor=LocalCommandLineCodeExecutor(work_dir="coding", timeout=600))'
            ),
        ),
    ),
)
