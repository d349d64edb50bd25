"""code_execution_config becomes a code executor.

v0.2 runs the code blocks of the messages since the agent last spoke and answers with the exit code
and the output; without a code block it answers with its default reply. CodeExecutorAgent of 0.7
answers other texts and complains when there is no code, so the file gets a small agent that
answers as v0.2 did, around an executor of autogen-ext. Docker is used where v0.2 would have.
The executors of 0.7 work in a temporary folder unless told otherwise, and remove the files that
they write code to: they are told to work where v0.2's did, and to leave what code is given a name.
Kernels of Jupyter are left to agents of the project (MIG091): the executor of 0.7 tells errors in
other words, and not where it keeps a picture.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..executors import insertions, with_insertions
from ..known import NO_COUNTERPART
from ..model import Obstacle, Speaker
from ..reader import Reader
from ..syntax import literal
from . import Example, RuleInfo

EXECUTORS = {
    "LocalCommandLineCodeExecutor": "autogen_ext.code_executors.local",
    "DockerCommandLineCodeExecutor": "autogen_ext.code_executors.docker",
}
# Arguments that both versions of an executor have under the same name.
SHARED = frozenset(
    {"timeout", "work_dir", "image", "container_name", "bind_dir", "auto_remove", "stop_container"}
)
_OTHER = "is not one that autogen-ext has with the same arguments"


def check(reader: Reader) -> None:
    """An executor moves with its speakers when it is one both versions have and only they use."""
    for speaker in reader.program.speakers:
        node = speaker.code.executor if speaker.code is not None else None
        if node is None:
            continue
        made, reads = _made(reader, node)
        known = (
            made is not None
            and (reader.tail(made.func) or "") in EXECUTORS
            and all(a.keyword is not None and a.keyword.value in SHARED for a in made.args)
        )
        if not known:
            text = NO_COUNTERPART.get((reader.tail(made.func) if made else None) or "", _OTHER)
            speaker.obstacles.append(Obstacle("MIG023", speaker.call, f"its executor {text}"))
        elif any(isinstance(reader.source.parent(read), cst.Attribute) for read in reads):
            text = "its executor is used directly as well, and that is asynchronous in 0.7"
            speaker.obstacles.append(Obstacle("MIG023", speaker.call, text))


def _made(reader: Reader, node: cst.BaseExpression) -> tuple[cst.Call | None, list[cst.Name]]:
    """The call that makes an executor, and every other read of its variable."""
    if isinstance(node, cst.Call):
        return node, []
    if not isinstance(node, cst.Name):
        return None, []
    target = reader.source.declaration(node)
    bound = reader.source.assigned(target) if target is not None else None
    made = bound[1] if bound is not None else None
    reads = [
        read
        for read in reader.source.named(node.value)
        if read is not node and any(a.node is target for a in reader.source.assignments(read))
    ]
    return (made if isinstance(made, cst.Call) else None), reads


def apply(ctx: Context) -> None:
    """Executors the program makes itself have classes of the same name in autogen-ext."""
    for call in ctx.source.find(cst.Call):
        name = ctx.reader.tail(call.func) or ""
        users = [s for s in ctx.program.speakers if _made_by(ctx, s, call)]
        if name not in EXECUTORS or not users or not all(map(ctx.standing.moves, users)):
            continue
        start, end = ctx.source.full_span(call.func)
        ctx.plan.replace(start, end, ctx.need(EXECUTORS[name], name))
        for at, text in insertions(ctx.reader, call):
            ctx.plan.insert(at, text)
        ctx.reader.claim(call.func)
        ctx.note("MIG023", call, "migrated", f"{name} is that of autogen-ext")


def _made_by(ctx: Context, speaker: Speaker, call: cst.Call) -> bool:
    """Whether a speaker's executor is the object this call makes."""
    node = speaker.code.executor if speaker.code is not None else None
    if isinstance(node, cst.Name):
        bound = ctx.source.bound_value(node)
        node = bound[1] if bound is not None else None
    return node is call


def executor_code(ctx: Context, speaker: Speaker) -> str:
    """Source code of the executor a speaker runs code with."""
    code = speaker.code
    assert code is not None
    if code.executor is not None:
        return _rewritten(ctx, code.executor)
    options = {key: ctx.source.code(value) for key, value in code.options.items()}
    if "work_dir" in options and not _stands_alone(literal(code.options["work_dir"])):
        options["work_dir"] = f"{ctx.helper('work_folder')}({options['work_dir']})"
    options.setdefault("timeout", "600")
    if code.docker is False:
        options["cleanup_temp_files"] = "False"
    args = ", ".join(f"{key}={value}" for key, value in options.items())
    ctx.note("MIG023", speaker.call, "migrated", "runs code with an executor of autogen-ext")
    text = "files with code stay in its folder; v0.2 removed those that the code gives no name"
    ctx.note("MIG023", speaker.call, "caveat", text)
    match code.docker:
        case False:
            name = ctx.need("autogen_ext.code_executors.local", "LocalCommandLineCodeExecutor")
        case True:
            name = ctx.need("autogen_ext.code_executors.docker", "DockerCommandLineCodeExecutor")
        case None:
            name = ctx.helper("code_executor")
    return f"{name}({args})"


def _stands_alone(folder: object) -> bool:
    """Whether a folder can be made by itself, as 0.7 does, without one around it."""
    return folder is None or (isinstance(folder, str) and not {*"/\\"} & {*folder})


def _rewritten(ctx: Context, node: cst.BaseExpression) -> str:
    """An executor made inside the configuration, under its new name."""
    if isinstance(node, cst.Call) and id(node.func) in ctx.reader.claimed:
        name = ctx.reader.tail(node.func) or ""
        return ctx.need(EXECUTORS[name], name) + with_insertions(ctx.reader, node)
    return ctx.source.code(node)


RULE = RuleInfo(
    code="MIG023",
    slug="code-execution",
    title="code_execution_config becomes a code executor",
    level="todo",
    v02="`code_execution_config={…}`",
    v07="`LocalCommandLineCodeExecutor` or `DockerCommandLineCodeExecutor` in a proxy of the file",
    docs=__doc__ or "",
    order=290,
    check=check,
    apply=apply,
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
