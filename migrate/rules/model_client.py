"""A model configuration becomes a model client.

v0.2 gives every agent a dictionary: a list of endpoints to try in order, and request options. 0.7
gives it a client for one endpoint. A configuration written out in the file becomes the client it
describes; one that is read or computed stays a dictionary and goes through a small function that
makes the same client at run time. Keys 0.7 does not know are taken out, because its clients
swallow unknown keywords without a word (measured on autogen-ext 0.7.5). Models of Groq, Mistral,
Together, Google, Anthropic, Cohere, Cerebras and Ollama (`api_type`) are asked by OpenAI's client
at addresses where they speak like it, with no names in messages, as v0.2's packages sent none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from ..context import Client, Context, layout, quote
from ..known import HOSTS, KNOWN_MODELS
from ..model import Obstacle
from ..reader import Reader
from ..repeats import asks_again
from ..syntax import dict_items, elements, literal, string
from . import Example, RuleInfo
from .chat_cache import cached_client
from .config_list import FUNCTIONS

PASSED = (
    "model", "api_key", "base_url", "organization", "timeout", "max_retries", "temperature",
    "top_p", "max_tokens", "seed", "stop", "n", "frequency_penalty", "presence_penalty",
    "response_format", "default_headers", "logit_bias", "user", "parallel_tool_calls",
)  # fmt: skip
AZURE = ("azure_endpoint", "azure_deployment", "api_version", "azure_ad_token_provider")
DROPPED = frozenset(
    {"price", "tags", "api_type", "cache_seed", "config_list", "stream", "functions"}
)
DEFAULT_SEED = 41  # of the cache that v0.2 had unasked
OLD_NAMES = {"api_base": "base_url", "request_timeout": "timeout", "engine": "model"}


@dataclass(slots=True)
class _Written:
    """A configuration whose keys are all there to see."""

    options: dict[str, cst.BaseExpression]
    kind: str
    entries: int
    shared: cst.Assign | cst.AnnAssign | None = None


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        config = _dictionary(reader, speaker.model)
        keys = {key for key, _ in dict_items(config)} if config is not None else set[str | None]()
        if "tools" in keys:
            text = "its tools are described by hand in llm_config"
            speaker.obstacles.append(Obstacle("MIG043", speaker.call, text))


def _dictionary(reader: Reader, node: cst.BaseExpression | None) -> cst.Dict | None:
    if isinstance(node, cst.Dict):
        return node
    if isinstance(node, cst.Name):
        bound = reader.source.bound_value(node)
        if bound is not None and isinstance(bound[1], cst.Dict):
            return bound[1]
    return None


def apply(ctx: Context) -> None:
    wanted = [
        s.model
        for s in ctx.program.speakers
        if s.model and s.own_model is None and s.hosted is None and ctx.standing.moves(s)
    ]
    for group in ctx.program.groups:
        model = group.model
        if model is None or not ctx.standing.moves(group):
            continue
        held = [chat for chat in group.chats if chat.partner is group]
        summarized = any(chat.summary != "last_msg" for chat in held)
        if summarized or (held and group.selection != "round_robin"):
            wanted.append(model)
    ids = {id(node) for node in wanted}
    for node in wanted:
        _client_for(ctx, node, ids)
    _drop_unused_lists(ctx)


def _client_for(ctx: Context, node: cst.BaseExpression, wanted: set[int]) -> None:
    if isinstance(node, cst.Name):
        target = ctx.source.declaration(node)
        bound = ctx.source.assigned(target) if target is not None else None
        if target is not None and bound is not None:
            _from_variable(ctx, node, target, bound, wanted)
            return
    _from_expression(ctx, node)


def _from_variable(
    ctx: Context,
    node: cst.Name,
    target: cst.CSTNode,
    bound: tuple[cst.Assign | cst.AnnAssign, cst.BaseExpression],
    wanted: set[int],
) -> None:
    known = ctx.client_of.get(id(target))
    if known:
        ctx.client_of[id(node)] = known
        return
    others = [read for read in _reads(ctx, target, node.value) if id(read) not in wanted]
    written = _written(ctx, bound[1])
    if any(_changes(ctx, read) for read in others):
        _from_expression(ctx, node)
        return
    variable = ctx.unique(_client_name(node.value))
    ctx.client_of[id(target)] = ctx.client_of[id(node)] = variable
    ctx.clients.append(Client(variable, ctx.source.enclosing_def(bound[0]), bound[0]))
    if written is not None and not others:
        _replace_statement(ctx, bound[0], variable, written)
        return
    helper = ctx.helper(_helper(ctx))
    code = _in_cache(ctx, f"{helper}({node.value})")
    ctx.after(bound[0], f"{variable} = {code}\n")
    ctx.note("MIG010", bound[0], "migrated", f"{node.value} goes through {helper}()")
    ctx.note("MIG012", bound[0], "caveat", "only the first entry of the list is used")


def _helper(ctx: Context) -> str:
    """The function that makes a client at run time; with a cache where a seed is named."""
    seeds = [
        value
        for node in ctx.source.find(cst.Dict)
        for key, value in dict_items(node)
        if key == "cache_seed" and literal(value) is not None
    ]
    name = "create_model_client"
    if ctx.program.cache is None and asks_again(ctx.source, ctx.program):
        name += ":repeating"
    elif seeds and ctx.program.cache is None:
        name += ":cached"
    return name + (":seeing" if _sees(ctx) else "")


def client_code(ctx: Context, config: str) -> str:
    """Source code that makes the client of a configuration at run time."""
    return _in_cache(ctx, f"{ctx.helper(_helper(ctx))}({config})")


def _sees(ctx: Context) -> bool:
    """Whether an agent of the file takes images, so that its model has to see."""
    return any(speaker.sees for speaker in ctx.program.speakers)


def _in_cache(ctx: Context, client: str) -> str:
    """The client with the cache the chats of the program are given, if they are."""
    cache = ctx.program.cache
    return client if cache is None else cached_client(ctx, client, cache)


def _reads(ctx: Context, target: cst.CSTNode, name: str) -> list[cst.Name]:
    """Every read of a variable in the file that is, or may be, of this assignment."""
    found: list[cst.Name] = []
    for node in ctx.source.find(cst.Name):
        if node.value != name or node is target:
            continue
        if any(item.node is target for item in ctx.source.assignments(node)):
            parent = ctx.source.parent(node)
            if isinstance(parent, cst.Arg) and parent.keyword is node:
                continue
            if isinstance(parent, cst.Attribute) and parent.attr is node:
                continue
            if not isinstance(parent, cst.AssignTarget | cst.AnnAssign):
                found.append(node)
    return found


def _changes(ctx: Context, read: cst.Name) -> bool:
    """The dictionary is written to here, so its value depends on when it is looked at."""
    parent = ctx.source.parent(read)
    if isinstance(parent, cst.Subscript):
        return isinstance(ctx.source.parent(parent), cst.AssignTarget | cst.Del | cst.AugAssign)
    return isinstance(parent, cst.Attribute) and parent.attr.value in (
        "update",
        "pop",
        "setdefault",
    )


def _client_name(variable: str) -> str:
    base = variable
    for part in ("llm_config", "config_list", "llm_configs", "config", "llm"):
        base = base.removesuffix(part).removeprefix(part).strip("_")
    return f"{base.lower()}_client" if base else "model_client"


def _replace_statement(
    ctx: Context, statement: cst.Assign | cst.AnnAssign, variable: str, written: _Written
) -> None:
    start, end = ctx.source.span(statement)
    code = f"{variable} = {_construct(ctx, statement, written)}"
    ctx.plan.replace(start, end, ctx.aligned(statement, code))
    if written.shared is not None:
        ctx.client_of.setdefault(id(written.shared), "")
    ctx.note("MIG010", statement, "migrated", "a model client instead of llm_config")


def config_code(ctx: Context, node: cst.BaseExpression) -> str:
    """Source code of a configuration, with the file's own functions that read lists."""
    start, end = ctx.source.span(node)
    code, at = "", start
    for reference, path in ctx.reader.references.items():
        name = FUNCTIONS.get(path.rpartition(".")[2])
        if name is not None and ctx.source.inside(reference, node):
            first, last = ctx.source.span(reference)
            code += ctx.source.text[at:first] + ctx.helper(name)
            at = last
    return code + ctx.source.text[at:end]


def _from_expression(ctx: Context, node: cst.BaseExpression) -> None:
    """A client made right before the statement that wants it; one for equal configurations."""
    function = ctx.source.enclosing_def(node)
    written = _written(ctx, node)
    code = _construct(ctx, node, written) if written else ""
    if not written:
        helper = ctx.helper(_helper(ctx))
        code = _in_cache(ctx, f"{helper}({config_code(ctx, node)})")
        ctx.note("MIG012", node, "caveat", "only the first entry of the list is used")
    elif written.shared is not None:
        ctx.client_of.setdefault(id(written.shared), "")
    block = ctx.source.block(node)
    key = hash((id(block), code))
    known = ctx.client_of.get(key)
    if known and isinstance(node, cst.Dict):
        ctx.client_of[id(node)] = known
        return
    variable = ctx.unique("model_client")
    ctx.client_of[key] = ctx.client_of[id(node)] = variable
    ctx.clients.append(Client(variable, function, node))
    ctx.before(node, lambda _render: f"{variable} = {code}\n")
    ctx.note("MIG010", node, "migrated", "a model client instead of llm_config")


# written-out configurations ----------------------------------------------------------------------


def _written(ctx: Context, node: cst.BaseExpression) -> _Written | None:
    """The options of a configuration whose every key stands in the file, or None."""
    if not isinstance(node, cst.Dict):
        return None
    items = dict_items(node)
    if any(key is None for key, _ in items):
        return None
    options = {key: value for key, value in items if key is not None}
    entries, shared = 1, None
    if "config_list" in options:
        found, shared = _entries(ctx, options["config_list"])
        if not found:
            return None
        entries = len(found)
        first = dict_items(found[0])
        if any(key is None for key, _ in first):
            return None
        options |= {key: value for key, value in first if key is not None}
    options = {OLD_NAMES.get(key, key): value for key, value in options.items()}
    kind = string(options["api_type"]) if "api_type" in options else "openai"
    if kind is None or "model" not in options:
        return None
    kinds = ("azure", *HOSTS)
    kind = next((each for each in kinds if kind.lower().startswith(each)), "openai")
    return _Written(options, kind, entries, shared)


def _entries(
    ctx: Context, node: cst.BaseExpression
) -> tuple[list[cst.Dict], cst.Assign | cst.AnnAssign | None]:
    shared = None
    if isinstance(node, cst.Name):
        bound = ctx.source.bound_value(node)
        if bound is None:
            return [], None
        shared, node = bound
    found = elements(node)
    dicts = [item for item in found or () if isinstance(item, cst.Dict)]
    return (dicts, shared) if found and len(dicts) == len(found) else ([], None)


def _construct(ctx: Context, node: cst.CSTNode, written: _Written) -> str:
    """Source code that makes the client, with a mark for what it leaves out."""
    options, azure, hosted = written.options, written.kind == "azure", written.kind in HOSTS
    name = "AzureOpenAIChatCompletionClient" if azure else "OpenAIChatCompletionClient"
    client = ctx.need("autogen_ext.models.openai", name)
    renamed = {"base_url": "azure_endpoint"} if azure else {}
    args = [
        f"{renamed.get(key, key)}={_value(ctx, key, options[key])}"
        for key in (*PASSED, *(AZURE if azure else ()))
        if key in options and literal(options[key]) is not None
    ]
    if azure and "azure_deployment" not in options:
        args.append(f"azure_deployment={ctx.source.code(options['model'])}")
    if hosted:
        args += _hosted(ctx, written)
    model = string(options["model"])
    if model not in KNOWN_MODELS:
        args.append(_model_info(ctx, node, model))
    for key in options:
        if key not in PASSED and key not in DROPPED and not (azure and key in AZURE):
            ctx.todo("MIG010", node, f"{key!r} of llm_config has no counterpart and is left out")
    if written.entries > 1:
        text = f"v0.2 would try {written.entries} configurations in turn; only the first is used"
        ctx.note("MIG012", node, "caveat", text)
    return _cached(ctx, node, layout(client, args), options.get("cache_seed"))


def _hosted(ctx: Context, written: _Written) -> Iterator[str]:
    """Where the client of OpenAI finds a model that v0.2 had another package for."""
    kind, given = written.kind, written.options
    if "base_url" not in given:
        yield f"base_url={quote(HOSTS[kind])}"
    if "api_key" not in given:
        name = f"{'GOOGLE_GEMINI' if kind == 'google' else kind.upper()}_API_KEY"
        yield f"api_key={ctx.module('os')}.environ.get({quote(name)}, {quote(kind)})"
    yield "include_name_in_message=False"


def _value(ctx: Context, key: str, node: cst.BaseExpression) -> str:
    """Source code of an option; one from the environment may be missing there."""
    code = ctx.source.code(node)
    if key not in ("api_key", "base_url", "model"):
        return code
    made = node
    if isinstance(node, cst.Name):
        bound = ctx.source.bound_value(node)
        made = bound[1] if bound is not None else node
    other = "https://api.openai.com/v1" if key == "base_url" else ""
    if isinstance(made, cst.IfExp) and None in (literal(made.body), literal(made.orelse)):
        return f"({code}) or {quote(other)}"
    if not isinstance(made, cst.Call) or len(made.args) != 1:
        return code
    if ctx.source.code(made.func) not in ("os.environ.get", "os.getenv", "getenv", "environ.get"):
        return code
    if made is not node or other:
        return f"{code} or {quote(other)}"
    return code[:-1].rstrip().rstrip(",") + ', "")'


def _model_info(ctx: Context, node: cst.CSTNode, model: str | None) -> str:
    info = ctx.need("autogen_core.models", "ModelInfo")
    what = f"{model!r} is" if model else "the model may be"
    ctx.note("MIG013", node, "caveat", f"{what} unknown to autogen-ext: check model_info")
    flags = (f"vision={_sees(ctx)}", "function_calling=True", "json_output=False")
    return "model_info=" + layout(info, [*flags, 'family="unknown"', "structured_output=False"])


def _cached(ctx: Context, node: cst.CSTNode, client: str, seed: cst.BaseExpression | None) -> str:
    if ctx.program.cache is not None:
        return _in_cache(ctx, client)
    again = seed is None and asks_again(ctx.source, ctx.program)
    if seed is None and not again:
        ctx.note("MIG014", node, "caveat", "v0.2 cached answers in .cache/41 unasked; 0.7 does not")
        return client
    value = DEFAULT_SEED if seed is None else literal(seed)
    if value is None:
        return client
    cache = ctx.need("autogen_ext.models.cache", "ChatCompletionCache")
    store = ctx.helper("disk_store")
    code = "" if seed is None else ctx.source.code(seed)
    plain = isinstance(value, int | str)
    where = quote(f".cache/{value}") if plain else f'f".cache/{{{code}}}"'
    text = "a chat is held twice, and v0.2 answered the second from its cache: so does the client"
    ctx.note(
        "MIG014",
        node,
        "migrated",
        text if again else "answers are cached on disk as cache_seed asked",
    )
    return layout(cache, [client, f"{store}({where})"])


def _drop_unused_lists(ctx: Context) -> None:
    """A list of endpoints that only written-out configurations used is gone with them."""
    for assign in [*ctx.source.find(cst.Assign), *ctx.source.find(cst.AnnAssign)]:
        if id(assign) not in ctx.client_of:
            continue
        target = assign.targets[0].target if isinstance(assign, cst.Assign) else assign.target
        if not isinstance(target, cst.Name):
            continue
        replaced = [(e.start, e.end) for e in ctx.plan.edits if e.end > e.start]
        reads = [ctx.source.span(read) for read in _reads(ctx, target, target.value)]
        inline = [ctx.source.span(n) for n in _inline_configs(ctx)]
        covered = replaced + inline
        if all(any(a <= start and end <= b for a, b in covered) for start, end in reads):
            ctx.remove(assign)


def _inline_configs(ctx: Context) -> list[cst.BaseExpression]:
    models = [s.model for s in ctx.program.speakers if s.model is not None]
    models += [g.model for g in ctx.program.groups if g.model is not None]
    return [m for m in models if isinstance(m, cst.Dict) and id(m) in ctx.client_of]


RULE = RuleInfo(
    code="MIG010",
    slug="model-client",
    title="llm_config becomes a model client",
    level="todo",
    v02="`llm_config`, `config_list`",
    v07="`OpenAIChatCompletionClient`, `AzureOpenAIChatCompletionClient`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'llm_config = {"config_list": [{"model": "gpt-4o", "api_key": '
                'key}], "temperature": 0}'
            ),
            (
                'model_client = OpenAIChatCompletionClient(model="gpt-4o", '
                "api_key=key, temperature=0)"
            ),
        ),
    ),
    order=100,
    check=check,
    apply=apply,
)
