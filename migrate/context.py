"""What the rules share while they work on one file."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import libcst as cst

from .async_plan import AsyncPlan
from .helpers import HELPERS
from .model import DECLINED, Chat, Group, Obstacle, Program, Speaker
from .plan import GAP, MARK, Plan, Render
from .proxy import PROXY
from .reader import Reader
from .result import Site, SiteKind
from .standing import Standing
from .syntax import Source, first_name

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Client:
    """A model client variable of the migrated program, what makes it, and in which function."""

    variable: str
    function: cst.FunctionDef | None
    made: cst.CSTNode


@dataclass(slots=True)
class Context:
    """One file on its way from v0.2 to 0.7."""

    source: Source
    reader: Reader
    program: Program
    standing: Standing
    plan: Plan
    faithful: bool = False
    notebook: bool = False
    sites: list[Site] = field(default_factory=list[Site])
    imports: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    helpers: dict[str, str] = field(default_factory=dict[str, str])
    clients: list[Client] = field(default_factory=list[Client])
    client_of: dict[int, str] = field(default_factory=dict[int, str])
    proxy_features: set[str] = field(default_factory=set[str])
    constants: dict[str, str] = field(default_factory=dict[str, str])
    uses_proxy: bool = False
    teams: list[tuple[Chat, str, str]] = field(default_factory=list[tuple[Chat, str, str]])
    result_of: dict[int, str] = field(default_factory=dict[int, str])
    async_plan: AsyncPlan = field(default_factory=AsyncPlan)
    tools_of: dict[int, list[tuple[str, str]]] = field(
        default_factory=dict[int, list[tuple[str, str]]]
    )
    closing: list[Client] = field(default_factory=list[Client])
    names: set[str] = field(default_factory=set[str])
    notes: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    in_coroutine: set[int] = field(default_factory=set[int])
    awaited: Callable[[cst.CSTNode, str], str] = lambda _node, code: f"await {code}"
    _foreign: set[str] = field(default_factory=set[str])
    _still_old: set[str] = field(default_factory=set[str])
    _gone: dict[int, set[int]] = field(default_factory=dict[int, set[int]])

    def __post_init__(self) -> None:
        replaced: set[str] = set()
        for node in self.source.walk():
            if isinstance(node, cst.Name):
                parent = self.source.parent(node)
                if not (isinstance(parent, cst.Attribute) and parent.attr is node):
                    self.names.add(node.value)
        for line in self.source.find(cst.Import) + self.source.find(cst.ImportFrom):
            names = line.names
            if isinstance(names, cst.ImportStar):
                continue
            for alias in names:
                local = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
                root = _module_root(line, alias)
                (replaced if root in ("autogen", "pyautogen") else self._foreign).add(local)
        for node in self.source.find(cst.ClassDef):
            self._foreign.add(node.name.value)
        for node in self.source.find(cst.FunctionDef):
            self._foreign.add(node.name.value)
        self._still_old = self._kept_names()

    def leave_nothing(self) -> None:
        """All that is of v0.2 gives way, so that its names are free."""
        self._still_old = set()

    def _kept_names(self) -> set[str]:
        """Imported names of v0.2 that parts which stay on v0.2 go on using."""
        program, kept = self.program, set[str]()
        moving: set[int] = set()
        for part in [*program.speakers, *program.groups]:
            if self.standing.moves(part):
                moving.add(id(part.call.func))
                moving |= self._executor_of(part)
                moving |= {id(call.func) for call in _made_for(part)}
                manager = getattr(part, "manager", None)
                if manager is not None:
                    moving.add(id(manager.func))
        if all(map(self.standing.moves, program.chats)):
            calls = [block.items[0].item for block in program.cache_blocks]
            moving |= {id(call.func) for call in calls if isinstance(call, cst.Call)}
        moving |= {id(asker.call.func) for asker in program.model_askers}
        for node in self.reader.references:
            if id(node) in moving:
                continue
            kept.add(first_name(node))
        return kept

    def _executor_of(self, part: Speaker | Group) -> set[int]:
        """The class an executor of a part is made with, which has the same name in 0.7."""
        node = part.code.executor if isinstance(part, Speaker) and part.code else None
        if isinstance(node, cst.Name):
            bound = self.source.bound_value(node)
            node = bound[1] if bound is not None else None
        return {id(node.func)} if isinstance(node, cst.Call) else set()

    # names -------------------------------------------------------------------------------------

    def need(self, module: str, name: str) -> str:
        """Local name of ``from module import name``, which the file will have."""
        key = (module, name)
        if key not in self.imports:
            local = name
            if name in self._still_old:
                local = self.unique(f"{name}07")
            elif name in self._foreign and not self._imported_already(module, name):
                local = self.unique(f"Agent{name}" if name[0].isupper() else f"agent_{name}")
            self.imports[key] = local
        return self.imports[key]

    def _imported_already(self, module: str, name: str) -> bool:
        wanted = f"from {module} import"
        return any(
            line.strip().startswith(wanted) and re.search(rf"\b{name}\b", line)
            for line in self.source.text.splitlines()
        )

    def module(self, name: str) -> str:
        """Make ``import name`` available."""
        self.imports[(name, "")] = name
        return name

    def helper(self, name: str) -> str:
        """Local name of a small function or class the file will get of its own."""
        if name not in self.helpers:
            for other in HELPERS[name].needs:
                self.helper(other)
            base = name.partition(":")[0]
            local = base if base not in self.names else self.unique(f"v02_{base}")
            self.helpers[name] = local
            for module, symbol in HELPERS[name].imports:
                if symbol:
                    self.need(module, symbol)
                else:
                    self.module(module)
        return self.helpers[name]

    def unique(self, wanted: str) -> str:
        """A name the file does not use yet."""
        base = re.sub(r"\W", "_", wanted) or "value"
        if base[0].isdigit() or keyword.iskeyword(base):
            base = f"_{base}"
        name, number = base, 1
        while name in self.names:
            number += 1
            name = f"{base}_{number}"
        self.names.add(name)
        return name

    def constant(self, name: str, text: str) -> str:
        """Local name of a string constant the file will have."""
        if name not in self.constants:
            self.constants[name] = text
        return name

    def proxy_class(self) -> str:
        """Local name of the proxy class; its parts are collected in ``proxy_features``."""
        self.uses_proxy = True
        return PROXY if PROXY not in self.names else f"V02{PROXY}"

    def add_closing(self, variable: str, node: cst.CSTNode) -> None:
        """``await variable.close()`` at the end of the function that holds a node."""
        self.closing.append(Client(variable, self.source.enclosing_def(node), node))

    def tool_args(self, speaker: Speaker) -> list[tuple[str, str]]:
        """Keyword arguments that give a speaker its tools; filled in by the tools rule."""
        return self.tools_of.get(id(speaker), [])

    # sites and marks ---------------------------------------------------------------------------

    def note(self, code: str, node: cst.CSTNode, kind: SiteKind, message: str) -> None:
        """Record a site in the report."""
        site = Site(self.source.line(node), code, kind, message)
        if site not in self.sites:
            self.sites.append(site)

    def todo(self, code: str, node: cst.CSTNode, message: str) -> None:
        """Record a site and put the mark above its statement, once."""
        self.note(code, node, "todo", message)
        at = self._mark_place(node)
        mark = f"{MARK} {code}:"
        if mark in self._comment_above(at) or mark in self.notes.setdefault(at, []):
            return
        self.notes[at].append(mark)
        indent = re.compile(r"[ \t\f]*").match(self.source.text, at)
        lead = indent.group() if indent else ""
        self.plan.insert(at, self.plan.lines(f"{lead}# {mark} {message}\n"))

    def _mark_place(self, node: cst.CSTNode) -> int:
        """Start of the line to put a comment above: the statement's, or a far-off inner line's."""
        statement = self.source.statement(node)
        first = self.source.span(statement)[0]
        if isinstance(statement, cst.FunctionDef | cst.ClassDef) and statement.decorators:
            first = self.source.span(statement.decorators[0])[0]
        at = self.source.line_start(first)
        parent = self.source.parent(statement)
        if isinstance(statement, cst.If) and isinstance(parent, cst.If):
            at = self.source.line_start(self.source.span(statement)[0])
        return at

    def _comment_above(self, at: int) -> str:
        """The comment lines right above a place."""
        lines = self.source.text[:at].splitlines()
        found: list[str] = []
        while lines and lines[-1].lstrip().startswith("#"):
            found.append(lines.pop())
        return "\n".join(found)

    def keep(self, part_node: cst.CSTNode, obstacle: Obstacle) -> None:
        """Mark something that stays on v0.2, unless somebody chose that."""
        if obstacle.message == DECLINED:
            self.notes.setdefault(self._mark_place(part_node), []).append(DECLINED)
            return
        if obstacle.code == "MIG099":
            message = f"left on v0.2 with what it talks to ({obstacle.message})"
        else:
            message = f"left on v0.2: {obstacle.message}"
        self.todo(obstacle.code, part_node, message)

    def keep_with(self, node: cst.CSTNode, obstacle: Obstacle) -> None:
        """Mark something that stays because of what it is connected to."""
        self.keep(node, Obstacle("MIG099", node, obstacle.message))

    def is_marked(self, node: cst.CSTNode) -> bool:
        """Whether the statement of a node carries a mark, new or from an earlier run."""
        at = self._mark_place(node)
        return bool(self.notes.get(at)) or MARK in self._comment_above(at)

    def is_marked_near(self, node: cst.CSTNode) -> bool:
        """Whether a mark stands above the statement of a node, or right above its own line."""
        if self.is_marked(node):
            return True
        lines = self.source.text.splitlines()
        at = self.source.line(node)
        return any(MARK in line for line in lines[max(0, at - 4) : at])

    def result_name(self, chat: Chat) -> str:
        """Variable that holds the result of a chat; bound now if the program did not."""
        if isinstance(chat.result, cst.Name):
            return chat.result.value
        if id(chat) not in self.result_of:
            name = self.unique("result")
            self.result_of[id(chat)] = name
            at = self.source.span(self.source.statement(chat.call))[0]
            self.plan.insert(at, f"{name} = ")
        return self.result_of[id(chat)]

    # text --------------------------------------------------------------------------------------

    def rendered(self, node: cst.BaseExpression) -> Callable[[Render], str]:
        """Edited source of an expression, with its parentheses, when the plan is rendered."""
        start, end = self.source.full_span(node)
        return lambda render: render(start, end)

    def aligned(self, node: cst.CSTNode, code: str) -> str:
        """Generated code in place of a node: lines after the first follow its indentation."""
        first, newline, rest = code.partition("\n")
        return self.plan.lines(first + newline + indent(rest, self.source.indentation(node)))

    def fitted(self, node: cst.CSTNode, code: str) -> str:
        """Generated code in place of a node; inside an f-string it uses the other quotes.

        Python before 3.12 does not take the quotes of an f-string inside its braces.
        """
        for outer in self.source.ancestors(node):
            if isinstance(outer, cst.FormattedString):
                if outer.quote == '"':
                    return code.replace('"', "'")
                return code
            if isinstance(outer, cst.SimpleStatementLine):
                break
        return code

    def before(self, node: cst.CSTNode, lines: Callable[[Render], str]) -> None:
        """Put generated lines (ending in a newline) above the statement of a node."""
        statement = self.source.statement(node)
        at = self.source.line_start(self.source.span(statement)[0])
        lead = self.source.indentation(statement)
        self.plan.insert(at, lambda render: self.plan.lines(reindent(lines(render), lead)))

    def after(self, node: cst.CSTNode, lines: str) -> None:
        """Put generated lines below the statement of a node."""
        statement = self.source.statement(node)
        lead = self.source.indentation(statement)
        text = self.plan.lines("\n" + indent(lines, lead).rstrip("\n"))
        self.plan.insert(self.line_end(statement), text)

    def line_end(self, node: cst.CSTNode) -> int:
        """End of the last line of a statement, before its line end."""
        start, end = self.source.span(node)
        after = self.source.next_line(max(start, end - 1))
        while after > start and self.source.text[after - 1] in "\r\n":
            after -= 1
        return after

    def remove(self, node: cst.CSTNode, comment: str = "") -> None:
        """Take the whole simple statement of a node away, or leave a comment in its place."""
        statement = self.source.statement(node)
        first, last = self.source.span(statement)
        start, end = self.source.line_start(first), self.source.next_line(max(first, last - 1))
        lead = self.source.indentation(statement)
        text = f"{lead}# {comment}\n" if comment else lead + GAP
        block = self.source.parent(statement)
        if isinstance(block, cst.IndentedBlock):
            gone = self._gone.setdefault(id(block), set())
            gone.add(id(statement))
            if len(gone) == len(block.body):  # of a block something has to stay
                text += f"{lead}pass\n"
        self.plan.replace(start, end, self.plan.lines(text))

    def source_name(self, speaker: Speaker) -> str:
        """Source code for the name a speaker signs its messages with."""
        if speaker.name is not None:
            return quote(identifier(speaker.name))
        return speaker.name_code


def _made_for(part: Speaker | Group) -> list[cst.Call]:
    """What the program makes to add it to a speaker, where the speaker takes it along."""
    if isinstance(part, Group):
        return []
    made = [part.teaching.made] if part.teaching is not None else []
    return made + ([part.recalls.made, part.recalls.limiter] if part.recalls is not None else [])


def comment_start(text: str, start: int, lead: str) -> int:
    """Start of the comment lines right above a line, at its own indentation."""
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].startswith(f"{lead}#") or "\ue003" in text[above:start]:
            break
        start = above
    return start


def _module_root(line: cst.Import | cst.ImportFrom, alias: cst.ImportAlias) -> str:
    if isinstance(line, cst.Import):
        return alias.evaluated_name.partition(".")[0]
    if line.relative or line.module is None:
        return ""
    module: cst.BaseExpression = line.module
    while isinstance(module, cst.Attribute):
        module = module.value
    return module.value if isinstance(module, cst.Name) else ""


def identifier(name: str) -> str:
    """A name 0.7 accepts: an identifier that differs as little as possible."""
    safe = re.sub(r"\W", "_", name)
    return f"_{safe}" if safe[:1].isdigit() or not safe else safe


def quote(text: str) -> str:
    """A Python string literal in double quotes where that needs no escapes."""
    code = repr(text)
    if code.startswith("'") and '"' not in code:
        inner = code[1:-1].replace("\\'", "'")
        return f'"{inner}"'
    return code


def indent(text: str, lead: str) -> str:
    """Indent generated lines; blank lines stay blank."""
    return "".join(lead + line if line.strip() else line for line in text.splitlines(keepends=True))


def reindent(text: str, lead: str) -> str:
    """Indent code; the inside of strings over several lines stays as it is."""
    inside = _string_lines(text)
    return "".join(
        line if number in inside or not line.strip() else lead + line
        for number, line in enumerate(text.splitlines(keepends=True), 1)
    )


def dedent(text: str, unit: str) -> str:
    """Take one level of indentation away; the inside of strings over several lines stays."""
    inside = _string_lines(text)
    return "".join(
        line if number in inside else line.removeprefix(unit)
        for number, line in enumerate(text.splitlines(keepends=True), 1)
    )


def _string_lines(text: str) -> set[int]:
    """Numbers of the lines that begin inside a string."""
    found: set[int] = set()
    opened: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            kind = tokenize.tok_name[token.type]
            if kind == "STRING":
                found.update(range(token.start[0] + 1, token.end[0] + 1))
            elif kind in ("FSTRING_START", "TSTRING_START"):
                opened.append(token.start[0])
            elif kind in ("FSTRING_END", "TSTRING_END"):
                found.update(range(opened.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        return found
    return found


def layout(head: str, args: Iterable[str], tail: str = "", width: int = WIDTH) -> str:
    """``head(args)tail`` on one line if it fits, else one argument a line."""
    items = list(args)
    line = f"{head}({', '.join(items)}){tail}"
    if len(line) <= width and "\n" not in line:
        return line
    body = "".join(f"{indent(item, '    ')},\n" for item in items)
    return f"{head}(\n{body}){tail}"


def joined(parts: Sequence[str]) -> str:
    """Conditions joined by ``|``, one a line where they do not fit on one."""
    line = " | ".join(parts)
    if len(line) <= WIDTH - 36 and "\n" not in line:
        return line
    return "\n| ".join(parts)
