"""``--faithful`` for a file that 0.7's own agents cannot serve: agents of the file itself.

The program stays as it is written. Its agents become classes that answer as v0.2's did, on the
models, messages and executors of 0.7 (``classic``), under names of their own, and the file gets the
source of these classes. What has no such class leaves the file to the other rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from .by_old_names import called_by_old_names
from .classic_names import CLASSES, KEYWORDS, METHODS, NEEDS, PARTS, PRICED, SAME, SEED, STORES
from .context import Context
from .executors import insertions
from .known import CHAT_METHODS
from .lacking import lacking, run_by_executors
from .model import Program
from .own import is_overriding
from .owned import Owned, owned_source
from .plan import Plan
from .read_old_logging import old_logging
from .read_retrievals import POSED, poses
from .reader import Reader
from .replaced import replaced_members
from .result import MigrationResult
from .rules.config_list import FUNCTIONS
from .rules.imports import replace_imports
from .rules.old_logging import take_out
from .rules.runtime_logging import log
from .standing import Standing
from .strangers import strangers
from .syntax import literal

_OPTIONS = "v02_options"
_RUN = "v02_run"
_COUNTED = "tokens are counted; 0.7 knows no prices, costs are 0"
_STRANGER = "is not migrated here: of v0.2 it finds the agents' methods by their names, and no more"
_OF_FLAML = re.compile(r"^[ \t]*(?:from|import)[ \t]+flaml\b.*\bautogen\b", re.MULTILINE)


def migrate_faithfully(
    reader: Reader, filename: str, notebook: bool, module: str = ""
) -> MigrationResult | None:
    """The file on agents of its own, or None where they do not have all that it uses.

    With ``module`` they are imported from there; the result says which parts it needs.
    """
    view, source = reader.source, reader.source.text
    talks = reader.references or reader.handed or reader.starts_chats() or reader.extends_agents()
    handed = _handed(reader, module)
    if not talks or lacking(view, reader) or handed is None:
        return None
    if any(path.endswith("Cache.redis") for path in reader.references.values()):
        return None  # the classes keep answers in a folder only
    if _OF_FLAML.search(view.text):
        return None  # its names are not followed, so those of methods stay as well
    program = Program()
    plan = Plan(source, view.newline)
    ctx = Context(view, reader, program, Standing(program), plan, True, notebook)
    ctx.leave_nothing()
    chats = _rename(ctx)
    for entry in reader.program.logging:
        log(ctx, entry)
    for call in old_logging(reader):
        take_out(ctx, call)
    _order_bases(ctx)
    others = _defined(ctx) if module else set[str]()
    used = {name: ctx.unique(f"Classic{name}") for name in sorted(others & {*CLASSES.values()})}
    used |= handed
    names = _replace_references(ctx, used) | handed.keys()
    if _translate_options(ctx, used):
        names.add(_OPTIONS)
    if _run_by_executors(ctx):
        names.add(_RUN)
    if reader.references and not names:
        return None
    features = frozenset(_features(ctx, names)) if names or module else frozenset[str]()
    for call, name in strangers(reader):
        ctx.note("MIG098", call, "caveat", f"{name} {_STRANGER}")
    own: list[str] = []
    if module:
        ctx.imports |= {(module, name): used.get(name, name) for name in names}
    elif names:
        own.append(_apart(ctx, owned_source(features)))
    replace_imports(ctx, set(), own)
    first = next(iter(reader.references or chats or reader.source.walk()[1:]))
    text = "on agents of this file, which answer as v0.2's did on models and messages of 0.7"
    ctx.note("MIG091", first, "migrated", text)
    _note_chats(ctx, chats, features)
    return MigrationResult(
        filename,
        source,
        plan.render(),
        sites=tuple(sorted(ctx.sites)),
        chat_sites_total=len(chats),
        chat_sites_migrated=len(chats),
        needs=features | names if module and names else frozenset(),
        asks=features if module and not names else frozenset(),
    )


def _handed(reader: Reader, module: str) -> dict[str, str] | None:
    """The names under which other files take classes from here, or None where that cannot be."""
    found = {CLASSES.get(name, ""): local for local, name in reader.handed_as.items()}
    apart = module or all(name == local for name, local in found.items())
    return found if apart and "" not in found and len(found) == len(reader.handed) else None


def _note_chats(ctx: Context, chats: list[cst.CSTNode], features: frozenset[str]) -> None:
    for node in ctx.source.find(cst.Attribute) if "costs" in features else ():
        if node.attr.value == "cost":
            ctx.note("MIG033", node, "caveat", _COUNTED)
    for node in chats:
        ctx.note("MIG030", node, "migrated", "the chat is held by agents of this file")
        if isinstance(node, cst.Call) and ctx.source.code(node.func).endswith("a_initiate_chats"):
            text = "chats side by side take turns as their models answer, not always in one order"
            ctx.note("MIG035", node, "caveat", text)
        if isinstance(node, cst.Call) and features & {"maths", "retrieval"} and poses(node):
            ctx.note("MIG030", node, "caveat", POSED)


def _replace_references(ctx: Context, others: dict[str, str]) -> set[str]:
    """Names of v0.2 give way; returns those of the classes that are used.

    ``others`` are names for classes where the file has something of its own by theirs.
    """
    used: set[str] = set()
    for node, path in ctx.reader.references.items():
        parts = path.split(".")
        if id(node) in ctx.reader.claimed:
            continue
        if parts == ["__version__"]:
            version = f"{ctx.module('autogen_agentchat')}.__version__"
            ctx.plan.replace(*ctx.source.span(node), version)
            ctx.reader.claim(node)
            continue
        index = next(i for i, part in enumerate(parts) if part in {*CLASSES, *SAME, *FUNCTIONS})
        rest = "".join(f".{METHODS.get(part, part)}" for part in parts[index + 1 :])
        name = parts[index]
        if name in PRICED:
            ctx.note("MIG033", node, "caveat", _COUNTED)
        if name in SAME:
            new = ctx.need(SAME[name], name)
        elif name in FUNCTIONS:
            new = ctx.helper(FUNCTIONS[name])
        else:
            used.add(CLASSES[name])
            new = others.get(CLASSES[name], CLASSES[name])
        start, end = ctx.source.span(node)
        ctx.plan.replace(start, end, new + rest)
        ctx.reader.claim(node)
        call = ctx.source.parent(node)
        if isinstance(call, cst.Call) and call.func is node:
            for at, text in insertions(ctx.reader, call):
                ctx.plan.insert(at, text)
    return used


def _order_bases(ctx: Context) -> None:
    """`class Player(ABC, ConversableAgent)`: agents of 0.7 are of `ABC` themselves, which has to
    stand behind them then."""
    source = ctx.source
    for node in source.find(cst.ClassDef):
        bases = [base.value for base in node.bases]
        agents = [at for at, base in enumerate(bases) if ctx.reader.is_agent(base)]
        before = range(agents[-1] if agents else 0)
        for at in (each for each in before if source.qualified(bases[each]) == "abc.ABC"):
            start, end = source.span(bases[at])
            ctx.plan.replace(start, source.span(bases[at + 1])[0], "")
            ctx.plan.insert(source.span(bases[-1])[1], f", {source.text[start:end]}", outside=True)


def _rename(ctx: Context) -> list[cst.CSTNode]:
    """Methods and keywords of v0.2 get the names they have in the classes; returns the chats."""
    chats: list[cst.CSTNode] = []
    inside = [ctx.source.span(node) for node in ctx.reader.references]
    for node in ctx.source.walk():
        if isinstance(node, cst.Call):
            func = node.func
            name = func.attr.value if isinstance(func, cst.Attribute) else ctx.reader.tail(func)
            apart = isinstance(func, cst.Attribute) and ctx.reader.is_apart(func)
            if name in CHAT_METHODS and not apart:
                chats.append(node)
        if isinstance(node, cst.Attribute) and node.attr.value in METHODS:
            start, end = ctx.source.span(node.attr)
            apart = ctx.reader.is_apart(node) or ctx.reader.is_kept(node)
            if not apart and not any(a <= start and end <= b for a, b in inside):
                ctx.plan.replace(start, end, METHODS[node.attr.value])
        elif isinstance(node, cst.Arg) and node.keyword is not None:
            call = ctx.source.parent(node)
            of_cache = isinstance(call, cst.Call) and ctx.source.code(call.func).endswith(".disk")
            if node.keyword.value == SEED and of_cache:
                ctx.plan.replace(*ctx.source.span(node.keyword), "seed")
            if not (isinstance(call, cst.Call) and _is_own_word(ctx, call, node.keyword.value)):
                _rename_name(ctx, node.keyword)
        elif isinstance(node, cst.FunctionDef):
            apart = ctx.reader.is_apart(node) or ctx.reader.is_kept(node)
            of_class = ctx.source.class_of(node) is not None and not apart
            if node.name.value in METHODS and of_class:
                ctx.plan.replace(*ctx.source.span(node.name), METHODS[node.name.value])
            for name in _parameters(node) if _is_of_v02(ctx, node) else ():
                _rename_name(ctx, name)
                _rename_uses(ctx, node, name.value)
    for text, old, new in replaced_members(ctx.reader):
        start, end = ctx.source.span(text)
        ctx.plan.replace(start, end, new.join(ctx.source.text[start:end].rsplit(old, 1)))
    return chats


def _translate_options(ctx: Context, others: dict[str, str]) -> bool:
    """What an agent is given by `**options` of v0.2; whether that needs a function.

    Those that a function takes itself have the new names already, so that it reads them by these.
    """
    source, found = ctx.source, False
    taken = {id(node.params.star_kwarg) for node in source.find(cst.FunctionDef)}
    for call in source.find(cst.Call):
        makes = ctx.reader.is_agent(call.func) or _is_base(ctx, call)
        for arg in call.args if makes else ():
            value = arg.value
            own = isinstance(value, cst.Name) and id(source.declaration(value)) in taken
            if arg.star == "**" and not own:
                start, end = source.full_span(value)
                ctx.plan.insert(start, f"{others.get(_OPTIONS, _OPTIONS)}(")
                ctx.plan.insert(end, ")")
                found = True
    for text in source.find(cst.SimpleString):
        word, read = literal(text), _read_from(ctx, text)
        if word in KEYWORDS and read is not None and id(source.declaration(read)) in taken:
            start, end = source.span(text)
            ctx.plan.replace(start, end, source.text[start:end].replace(word, KEYWORDS[word]))
    return found


def _run_by_executors(ctx: Context) -> bool:
    """`executor.execute_code_blocks(…)`, which has to be awaited in 0.7; whether there is any."""
    calls = run_by_executors(ctx.reader)
    for call in calls:
        assert isinstance(call.func, cst.Attribute)
        start, end = ctx.source.full_span(call.func.value)
        ctx.plan.insert(start, f"{_RUN}(")
        ctx.plan.replace(end, ctx.source.span(call.args[0])[0], ", ")
    return bool(calls)


def _is_base(ctx: Context, call: cst.Call) -> bool:
    """`super().__init__(…)` in a class of agents."""
    around = ctx.source.class_of(call)
    named = isinstance(call.func, cst.Attribute) and call.func.attr.value == "__init__"
    return named and around is not None and ctx.reader.is_agent(around)


def _read_from(ctx: Context, text: cst.SimpleString) -> cst.Name | None:
    """The dictionary of `d["x"]`, `d.get("x")` or `"x" in d`."""
    outer = ctx.source.parent(text)
    above = ctx.source.parent(outer) if outer is not None else None
    read: cst.CSTNode | None = None
    if isinstance(outer, cst.Comparison) and len(outer.comparisons) == 1:
        read = outer.comparisons[0].comparator
    elif isinstance(above, cst.SubscriptElement):
        within = ctx.source.parent(above)
        read = within.value if isinstance(within, cst.Subscript) else None
    elif isinstance(outer, cst.Arg) and isinstance(above, cst.Call):
        func = above.func
        if isinstance(func, cst.Attribute) and func.attr.value in ("get", "pop", "setdefault"):
            read = func.value
    return read if isinstance(read, cst.Name) else None


def _is_of_v02(ctx: Context, node: cst.FunctionDef) -> bool:
    """A method of an agent that v0.2 calls, or whose place it takes."""
    around = ctx.source.parent(ctx.source.block(node))
    agent = isinstance(around, cst.ClassDef) and ctx.reader.is_agent(around)
    return agent and is_overriding(node.name.value)


def _is_own_word(ctx: Context, call: cst.Call, word: str) -> bool:
    """A keyword of a function or class of the program, which other files may use as well.

    What it takes with `**options` it hands on, as `partial` does.
    """
    func, source, reader = call.func, ctx.source, ctx.reader
    if reader.path(func) is not None or reader.is_agent(func):
        return False
    makes = any(reader.path(arg.value) is not None for arg in call.args)
    if makes and (source.qualified(func) or "").startswith("functools."):
        return False
    found = source.declaration(func) if isinstance(func, cst.Name) else None
    if isinstance(found, cst.FunctionDef):
        given = found.params
        named = (*given.posonly_params, *given.params, *given.kwonly_params)
        return given.star_kwarg is None or any(param.name.value == word for param in named)
    last = func.attr if isinstance(func, cst.Attribute) else func
    name = last.value if isinstance(last, cst.Name) else ""
    if name == "__init__":  # of a base
        around = source.class_of(call)
        bases = [base.value for base in around.bases] if around is not None else []
        if any(map(reader.is_agent, bases[:1])):
            return False  # the constructor of the first is meant
        return any(isinstance(b, cst.Name) and reader.own.takes(b.value, word) for b in bases)
    of_others = source.qualified(func) is not None and name[:1].islower()
    return reader.own.takes(name, word) or (of_others and name not in reader.own.handing)


def _rename_name(ctx: Context, name: cst.Name) -> None:
    if name.value in KEYWORDS:
        ctx.plan.replace(*ctx.source.span(name), KEYWORDS[name.value])


def _parameters(node: cst.FunctionDef) -> Iterator[cst.Name]:
    given = node.params
    for param in (*given.posonly_params, *given.params, *given.kwonly_params):
        if param.name.value in KEYWORDS:
            yield param.name


def _rename_uses(ctx: Context, function: cst.FunctionDef, wanted: str) -> None:
    """The reads of a parameter whose name changes."""
    for node in ctx.source.find(cst.Name, function.body):
        if node.value != wanted:
            continue
        parent = ctx.source.parent(node)
        named = isinstance(parent, cst.Arg) and parent.keyword is node
        if not named and not (isinstance(parent, cst.Attribute) and parent.attr is node):
            _rename_name(ctx, node)


def _features(ctx: Context, names: set[str]) -> set[str]:
    """Which parts of the classes the file uses."""
    source = ctx.source
    followed = ctx.reader.own.followed.words
    words = set(re.findall(r"\w+", source.text)) | followed
    features: set[str] = set()
    if followed or called_by_old_names(ctx.reader) or any(strangers(ctx.reader)):
        features.add("names")
    if "GroupChat" in words or "GroupChatManager" in words:
        features.add("groups")
    for name in ("AssistantAgent", "UserProxyAgent"):
        if name in names:
            features.add(name)
    features |= {part for name, part in PARTS.items() if name in names}
    if "building" in features and "use_oai_assistant" in words:
        features.add("assistants")
    if "ipython-embedded" in source.text:
        features.add("kernels")
    if (
        "retrieval" in features
        and {literal(each) for each in source.find(cst.SimpleString)} & STORES
    ):
        features.add("stores")
    if "extract_text_or_completion_object" in words:
        features.add("wrapper")
    if words & {"resume", "a_resume"}:
        features.add("resume")
    if words & {"register_for_llm", "register_for_execution", "register_function"}:
        features.add("tools")
    if words & {"initiate_chats", "a_initiate_chats", "get_chat_results"}:
        features.add("queue")
    if "register_nested_chats" in words:
        features |= {"queue", "nested"}
    if "register_model_client" in words:
        features.add("custom")
    if words & {"print_usage_summary", "get_total_usage", "get_actual_usage"}:
        features.add("usage")
    if any(node.attr.value == "cost" for node in source.find(cst.Attribute)):
        features.add("costs")
    if "execute_code_blocks" in words or _runs_code(ctx):
        features.add("code")
    return features.union(*(NEEDS.get(feature, ()) for feature in features))


def _runs_code(ctx: Context) -> bool:
    """Whether any agent runs code; a user proxy does unless it is told not to."""
    for call in ctx.source.find(cst.Call):
        given = [a for a in call.args if a.keyword and a.keyword.value == "code_execution_config"]
        if any(literal(arg.value) is not False for arg in given):
            return True
        if ctx.reader.tail(call.func) == "UserProxyAgent" and not given:
            return True
    return bool(ctx.source.find(cst.ClassDef)) and "UserProxyAgent" in ctx.source.text


def _apart(ctx: Context, owned: Owned) -> str:
    """The source of the classes, with other names where the file has its own of these."""
    source, taken = ctx.source, _defined(ctx)
    for node in source.find(cst.Name):
        if isinstance(source.parent(node), cst.AssignTarget | cst.Param | cst.For | cst.AsName):
            taken.add(node.value)
    code, lines = owned.code, list[str]()
    present = _imported(ctx)
    for name in sorted(owned.names & taken):
        code = _renamed(code, name, ctx.unique(f"v02_{name.strip('_')}"))
    for module, name, here in sorted(owned.imports):
        if here not in taken and (module, name) not in present:
            local = ctx.need(module, name) if name else ctx.module(module)
            code = code if local == here else _renamed(code, here, local)
            continue
        # the file may import it only further down, or use the name for something else
        local = ctx.unique(f"v02_{here}") if here in taken else here
        code = code if local == here else _renamed(code, here, local)
        spelled = f"from {module} import {name}" if name else f"import {module}"
        lines.append(spelled if local in (name or module, "") else f"{spelled} as {local}")
    return "".join(f"{line}\n" for line in lines) + ("\n\n" if lines else "") + code


def _defined(ctx: Context) -> set[str]:
    """Functions and classes of the file."""
    source = ctx.source
    return {node.name.value for node in (*source.find(cst.FunctionDef), *source.find(cst.ClassDef))}


def _imported(ctx: Context) -> set[tuple[str, str]]:
    """What the file imports already, wherever that is."""
    found: set[tuple[str, str]] = set()
    for line in ctx.source.find(cst.Import):
        found |= {(alias.evaluated_name, "") for alias in line.names}
    for line in ctx.source.find(cst.ImportFrom):
        if line.module is not None and not isinstance(line.names, cst.ImportStar):
            module = ctx.source.module_of(line)
            found |= {(module, alias.evaluated_name) for alias in line.names}
    return found


def _renamed(code: str, name: str, new: str) -> str:
    return re.sub(rf"(?<![.\w\"]){name}\b(?!=)", new, code)
