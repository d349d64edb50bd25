"""Agents, clients and teams of AgentChat in a program's text: what cannot work as they are made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .preflight_fault import Fault
from .preflight_flow import FUNCTION, Edge, flow_faults
from .preflight_source import Made, Program, Scope, Site, argument, spread

CHAT: Final = ("autogen_agentchat.", "autogen_ext.")
CLASSIC: Final = ("autogen.", "pyautogen.")
CLASSIC_AGENTS: Final = frozenset(
    {"AssistantAgent", "UserProxyAgent", "ConversableAgent", "GroupChatManager"}
)
TEAMS: Final = frozenset(
    {"RoundRobinGroupChat", "SelectorGroupChat", "Swarm", "MagenticOneGroupChat", "GraphFlow"}
)
#: What `AssistantAgent` tells the model when the program does not (autogen-agentchat 0.7).
SAID_BY_DEFAULT: Final = "TERMINATE"
CLASSIC_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
CORE_NAME: Final = re.compile(r"[\w\-.]+")


def agents(program: Program) -> Iterator[Made]:
    """Calls that make an agent of AgentChat."""
    for made in program.calls:
        if _is_agent(program, made.what):
            yield made


def _is_agent(program: Program, what: str) -> bool:
    own = program.class_of(what)
    if own is not None and any(
        isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in own[1].body
    ):
        return False
    return any(
        base.startswith(CHAT) and base.endswith(("Agent", "Surfer", "Coder"))
        for base in program.bases(what)
    )


def name_of(program: Program, made: Made) -> str:
    """An agent's name, "" when it is not written out."""
    found = program.constant(argument(made, "name", 0))
    return found if isinstance(found, str) else ""


def capability_faults(program: Program) -> Iterator[Fault]:
    """Tools, hand-offs, typed answers, pictures and JSON for a model that is said to have none."""
    for made in agents(program):
        info = _info(program, program.made(argument(made, "model_client", 1)))
        who = name_of(program, made)
        tools = program.items(argument(made, "tools"))
        handoffs = program.items(argument(made, "handoffs"))
        if info.get("function_calling") is False and (tools or handoffs):
            words = [f"{len(tools)} tools"] if tools else []
            words += [f"{len(handoffs)} hand-offs"] if handoffs else []
            what = f"has {' and '.join(words)}, on a model without function calling"
            yield Fault.at(made, "PLUG001", who, what)
        typed = argument(made, "output_content_type")
        untyped = program.value(typed)
        none = untyped is not None and isinstance(untyped.node, ast.Constant)
        if typed is not None and not none and info.get("structured_output") is False:
            kind = ast.unparse(typed.node)
            what = f"is to answer with a {kind}, on a model without structured output"
            yield Fault.at(made, "PLUG004", who, what)
    yield from _json(program)
    yield from _pictures(program)


def _info(program: Program, client: Made | None) -> dict[str, object]:
    """What a client says that its model can do, as far as it is written out."""
    if client is None:
        return {}
    table = program.table(argument(client, "model_info")) or {}
    return {name: program.constant(site) for name, site in table.items()}


def _json(program: Program) -> Iterator[Fault]:
    for made in program.calls:
        asked = program.constant(argument(made, "response_format"))
        table = program.table(argument(made, "response_format"))
        if asked is None and table:
            asked = program.constant(table.get("type"))
        if asked == "json_object" and _info(program, made).get("json_output") is False:
            yield Fault.at(made, "PLUG008", "", "response_format asks for JSON of a model without")
    for node, scope in program.every():
        function = node.func
        if not (isinstance(function, ast.Attribute) and function.attr.startswith("create")):
            continue
        wanted = argument(Made(node, scope, node, ""), "json_output")
        client = program.made(Site(function.value, scope))
        if wanted is None or client is None:
            continue
        info, value = _info(program, client), program.value(wanted)
        plain = value is not None and isinstance(value.node, ast.Constant)
        if plain and program.constant(wanted) is True and info.get("json_output") is False:
            yield Fault.at(Site(node, scope), "PLUG008", "", "json_output=True of a model without")
        elif not plain and info.get("structured_output") is False:
            what = f"json_output={ast.unparse(wanted.node)} of a model without structured output"
            yield Fault.at(Site(node, scope), "PLUG008", "", what)


def _pictures(program: Program) -> Iterator[Fault]:
    """Pictures are given, and none of the program's models is said to see."""
    shown = [made for made in program.calls if made.what.startswith(CHAT) and made.kind in PICTURES]
    clients = [_info(program, made) for made in program.calls if made.kind.endswith("Client")]
    if shown and clients and all(info.get("vision") is False for info in clients):
        what = "pictures are given, and no model is said to see: they are left out of what is sent"
        yield Fault.at(shown[0], "PLUG007", "", what)


PICTURES: Final = frozenset({"MultiModalMessage"})


def name_faults(program: Program) -> Iterator[Fault]:
    """Names that are refused: by AgentChat, by core, by the model's interface (v0.2)."""
    for made in program.calls:
        who = name_of(program, made)
        if who and _is_agent(program, made.what) and not who.isidentifier():
            yield Fault.at(made, "PLUG012", who, "is no identifier, and AgentChat refuses it")
        elif who and made.what.startswith(CLASSIC) and made.kind in CLASSIC_AGENTS:
            if not CLASSIC_NAME.fullmatch(who):
                what = "has characters that OpenAI's interface refuses in a name"
                yield Fault.at(made, "PLUG012", who, what)
        elif made.kind == "register" and _is_core(program, made):
            kind = program.constant(argument(made, "type", 1))
            if isinstance(kind, str) and not CORE_NAME.fullmatch(kind):
                what = "is no type of an agent: letters, digits, dots, hyphens, underscores only"
                yield Fault.at(made, "PLUG012", kind, what)


def _is_core(program: Program, made: Made) -> bool:
    owner = made.what.rpartition(".")[0]
    return any(base.startswith("autogen_core.") for base in program.bases(owner))


def team_faults(program: Program) -> Iterator[Fault]:
    """Hand-offs to nobody, stop words that nobody says, flows that cannot go on."""
    teams = [m for m in program.calls if m.what.startswith(CHAT) and m.kind in TEAMS]
    for team in teams:
        members = _members(program, team) if team.kind == "Swarm" else None
        if members is not None:  # elsewhere a hand-off is a message like any other
            yield from _handoffs(program, team, members)
    yield from _unsayable(program)
    yield from _flows(program)
    yield from _round_trips(program, teams)


def _members(program: Program, team: Made) -> list[Made] | None:
    items = program.items(argument(team, "participants", 0))
    if not items:
        return None
    found = [program.made(item) for item in items]
    known = [made for made in found if made is not None and name_of(program, made)]
    return known if len(known) == len(found) else None


def _handoffs(program: Program, team: Made, members: list[Made]) -> Iterator[Fault]:
    if spread(team):
        return
    known = {name_of(program, member) for member in members}
    for made in program.calls:
        if made.kind == "HandoffTermination":
            target = program.constant(argument(made, "target", 0))
            if not isinstance(target, str):
                return
            known.add(target)
    for member in members:
        for item in program.items(argument(member, "handoffs")) or []:
            target = program.constant(item)
            made = program.made(item)
            if made is not None and made.kind == "Handoff":
                target = program.constant(argument(made, "target"))
            if isinstance(target, str) and target not in known:
                what = f"hands over to {target!r}; there are {', '.join(sorted(known))}"
                yield Fault.at(item, "PLUG002", name_of(program, member), what)


def _unsayable(program: Program) -> Iterator[Fault]:
    """A stop word that stands nowhere else in a program whose prompts are all written out."""
    made_agents = list(agents(program))
    people = any(made.kind in ("UserProxyAgent", "input") for made in program.calls)
    if people or not made_agents or _prompts_from_elsewhere(program, made_agents):
        return
    default = any(argument(made, "system_message") is None for made in made_agents)
    texts = list(program.strings())
    for made in program.calls:
        word = argument(made, "text", 0)
        if made.kind != "TextMentionTermination" or word is None:
            continue
        text = program.constant(word)
        if not isinstance(text, str) or not text or (default and text in SAID_BY_DEFAULT):
            continue
        own = program.value(word)
        said = [
            each for each in texts if text in str(each.value) and not (own and each is own.node)
        ]
        if not said:
            what = f"nobody is told to say {text!r}"
            yield Fault.at(made, "PLUG003", "", what)


def _prompts_from_elsewhere(program: Program, made_agents: list[Made]) -> bool:
    for made in made_agents:
        prompt = argument(made, "system_message")
        if spread(made) or (prompt is not None and program.value(prompt) is None):
            return True
        found = program.value(prompt)
        if found is not None and not isinstance(found.node, ast.Constant | ast.JoinedStr):
            return True
    return any(made.kind == "load_component" for made in program.calls)


# -- flows -----------------------------------------------------------------------------------------
def _flows(program: Program) -> Iterator[Fault]:
    """The graphs that a builder is told edge by edge, in one function and outside of loops."""
    for made in program.calls:
        if made.kind != "DiGraphBuilder":
            continue
        holder = _name_bound_to(made)
        if holder:
            yield from _flow(program, made, holder)


def _name_bound_to(made: Made) -> str:
    names = [name for name, value in made.scope.values.items() if value is made.node]
    return names[0] if names else ""


def _flow(program: Program, made: Made, builder: str) -> Iterator[Fault]:
    nodes: dict[str, Site] = {}
    edges: list[Edge] = []
    start: str | None = None
    for call in sorted(_told(program, made, builder), key=lambda each: (each.line, each.column)):
        if call.what == "add_node":
            name = _node(program, argument(call, "agent", 0))
            nodes[name or ""] = call
        elif call.what in ("add_edge", "add_conditional_edges"):
            edges += _edges(program, call)
        elif call.what == "set_entry_point":
            start = _node(program, argument(call, "name", 0))
            if start is None:
                return
        elif call.what not in ("build", "get_participants"):
            return
    edges = [_known(edge, edges) for edge in edges]
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    if "" in nodes or not ends <= set(nodes) or program.in_loop(made):
        return
    for code, node, what in flow_faults(list(nodes), edges, start):
        yield Fault.at(nodes[node], code, node, what)


def _told(program: Program, made: Made, builder: str) -> Iterator[Made]:
    """What is called on the builder, with the method's name; "?" for what cannot be followed."""
    for node, scope in program.every():
        chain = node
        while isinstance(chain.func, ast.Attribute) and isinstance(chain.func.value, ast.Call):
            chain = chain.func.value
        root = chain.func.value if isinstance(chain.func, ast.Attribute) else None
        if not (isinstance(root, ast.Name) and root.id == builder):
            given = any(isinstance(a, ast.Name) and a.id == builder for a in node.args)
            if given and scope.holder(builder) is made.scope:
                yield Made(node, scope, node, "?")
            continue
        if scope.holder(builder) is made.scope and isinstance(node.func, ast.Attribute):
            if not program.in_loop(Site(node, scope)):
                yield Made(node, scope, node, node.func.attr)
            elif (members := _each(program, node, scope)) is not None:
                for member in members:
                    call = ast.Call(node.func, [member], node.keywords)
                    yield Made(ast.copy_location(call, node), scope, call, "add_node")
            else:
                yield Made(node, scope, node, "?")


def _each(program: Program, node: ast.Call, scope: Scope) -> list[ast.expr] | None:
    """What is added one by one in a loop over what is written out; None when it is not so."""
    loops = program.loops(Site(node, scope))
    loop = loops[0] if len(loops) == 1 else None
    if not (isinstance(loop, ast.For) and len(node.args) == 1 and not loop.orelse):
        return None
    skips = any(isinstance(each, ast.Break | ast.Continue) for each in ast.walk(loop))
    alone = any(isinstance(each, ast.Expr) and each.value is node for each in loop.body)
    alone = alone and not skips
    named = ast.dump(node.args[0]) == ast.dump(ast.Name(getattr(loop.target, "id", ""), ast.Load()))
    items = program.items(Site(loop.iter, scope)) if alone and named else None
    if not items or not (isinstance(node.func, ast.Attribute) and node.func.attr == "add_node"):
        return None
    return [item.node for item in items] if all(item.scope is scope for item in items) else None


def _node(program: Program, site: Site | None) -> str | None:
    constant = program.constant(site)
    if isinstance(constant, str):
        return constant
    made = program.made(site)
    return (name_of(program, made) or None) if made is not None else None


def _edges(program: Program, call: Made) -> Iterator[Edge]:
    source = _node(program, argument(call, "source", 0)) or "?"
    if call.what == "add_conditional_edges":
        table = program.table(argument(call, "condition_to_target", 1)) or {"?": None}
        for condition, target in table.items():
            yield Edge(source, _node(program, target) or "?", condition)
        return
    target = _node(program, argument(call, "target", 1)) or "?"
    condition = program.value(argument(call, "condition", 2))
    words: str | None = FUNCTION if argument(call, "condition", 2) is not None else None
    if condition is not None and isinstance(condition.node, ast.Constant):
        words = None if condition.node.value is None else str(condition.node.value)
    elif condition is not None and isinstance(condition.node, ast.Lambda):
        words = _membership(condition.node)
    group = program.constant(argument(call, "activation_group"))
    either = program.constant(argument(call, "activation_condition"))
    yield Edge(source, target, words, str(group or ""), either == "any")


_IN, _NOT_IN = "? in ", "? not in "  # what a function looks for, before its text


def _membership(function: ast.Lambda) -> str:
    """`lambda m: "yes" in m.to_text()`, so that its opposite is known again; else a function."""
    body = function.body
    if not (isinstance(body, ast.Compare) and len(body.ops) == 1):
        return FUNCTION
    what, how, where = body.left, body.ops[0], ast.dump(body.comparators[0])
    if not (isinstance(what, ast.Constant) and isinstance(how, ast.In | ast.NotIn)):
        return FUNCTION
    return f"{_IN if isinstance(how, ast.In) else _NOT_IN}{what.value!r} {where}"


def _known(edge: Edge, edges: list[Edge]) -> Edge:
    """A function counts as a word where another edge from there has its very opposite."""
    words = edge.condition or ""
    if not words.startswith((_IN, _NOT_IN)):
        return edge
    other = (
        words.replace(_IN, _NOT_IN, 1) if words.startswith(_IN) else words.replace(_NOT_IN, _IN, 1)
    )
    both = any(each.source == edge.source and each.condition == other for each in edges)
    return edge if both else replace(edge, condition=FUNCTION)


# -- saved settings --------------------------------------------------------------------------------
LOST: Final = {
    "SelectorGroupChat": ("selector_func", "candidate_func"),
    "AssistantAgent": ("tool_call_summary_formatter",),
}


def _round_trips(program: Program, teams: list[Made]) -> Iterator[Fault]:
    """Settings are dumped that do not hold what the program set."""
    for node, scope in program.every():
        function = node.func
        if not (isinstance(function, ast.Attribute) and function.attr == "dump_component"):
            continue
        owner = program.made(Site(function.value, scope))
        if owner is None:
            continue
        inside = [owner, *((_members(program, owner) or []) if owner in teams else [])]
        for made in inside:
            for name in LOST.get(made.kind, ()):
                if argument(made, name) is not None:
                    what = f"loses {name} when it is saved by dump_component()"
                    yield Fault.at(Site(node, scope), "PLUG013", name_of(program, made), what)
