"""Reads the speakers, groups, tools and chats of one v0.2 file into the semantic model."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

import libcst as cst

from .classic_names import METHODS
from .known import AGENT_CLASSES, CHAT_METHODS, OWN_MODULE, ROOTS
from .model import (
    DEFAULT_LIMIT,
    Ends,
    Group,
    Limit,
    Obstacle,
    Program,
    Speaker,
)
from .own import Own, own_in
from .plan import MARK
from .predicates import read_predicate
from .read_code import read_code_execution
from .read_insides import read_insides
from .read_named_imports import named_imports, read_named_imports
from .syntax import Source, is_self_attribute, literal, string

# a method's name that is a text, or stands in quotes within one
_NAMED = re.compile(rf"""(?:^|["'])(?:{"|".join(METHODS)})(?:$|["'])""")
_OF_07 = re.compile(
    rf"^[ \t]*(?:from|import)[ \t]+(?:autogen_agentchat|[.\w]*\b{OWN_MODULE})\b", re.MULTILINE
)


class Reader:
    """State of reading: which v0.2 names and which reads of a speaker are accounted for."""

    def __init__(
        self,
        source: Source,
        references: dict[cst.CSTNode, str] | None = None,
        handed: Set[str] = frozenset(),
        own: Own | None = None,
    ) -> None:
        self.source = source
        self.own = own if own and own.agents else own_in(source.text, own)
        # names of v0.2 that other files take from here, with those they have there
        imported = self._imported() if handed else dict[str, str]()
        self.handed_as = {name: imported[name] for name in sorted(handed & imported.keys())}
        self.handed = frozenset(self.handed_as)
        self.program = Program()
        self.references = self._references() if references is None else references
        self.claimed: set[int] = set()
        self._speakers_by_target: dict[int, Speaker] = {}
        self._speakers_by_call: dict[int, Speaker] = {}
        self.groups_by_target: dict[int, Group] = {}

    def anew(self) -> Reader:
        """One that has read nothing yet of the same file."""
        return Reader(self.source, self.references, self.handed, self.own)

    def _imported(self) -> dict[str, str]:
        """Local names that imports of v0.2 bind, and what v0.2 calls it."""
        found: dict[str, str] = {}
        for line in [*self.source.find(cst.Import), *self.source.find(cst.ImportFrom)]:
            for alias in () if isinstance(line.names, cst.ImportStar) else line.names:
                head = alias.evaluated_name
                if isinstance(line, cst.ImportFrom):
                    head = "." if line.relative else self.source.module_of(line)
                if head.partition(".")[0] in ROOTS:
                    local = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
                    found[local] = alias.evaluated_name
        return found

    # names -------------------------------------------------------------------------------------

    def _references(self) -> dict[cst.CSTNode, str]:
        """Outermost expressions that resolve to a v0.2 name, with the path after the root."""
        found: dict[cst.CSTNode, str] = {}
        for node in self.source.walk():
            if not isinstance(node, cst.Name | cst.Attribute):
                continue
            parent = self.source.parent(node)
            if isinstance(parent, cst.Attribute):
                continue  # the outermost attribute, or the name of one
            if isinstance(parent, cst.Arg) and parent.keyword is node:
                continue  # a keyword that happens to be called like an import
            if any(isinstance(a, cst.Import | cst.ImportFrom) for a in self.source.ancestors(node)):
                continue
            path = self.path(node)
            if path is not None:
                found[node] = path
        for annotation in self.source.find(cst.Annotation):
            for text in self.source.find(cst.SimpleString, annotation):
                path = self._quoted_path(text)
                if path is not None:
                    found[text] = path
        return found

    def _quoted_path(self, text: cst.SimpleString) -> str | None:
        """The v0.2 name that an annotation in quotes is, or None."""
        name, scope = text.evaluated_value, self.source.scope(text)
        if not isinstance(name, str) or scope is None:
            return None
        if not all(part.isidentifier() for part in name.split(".")):
            return None
        for found in scope.get_qualified_names_for(name):
            root, _, rest = found.name.partition(".")
            if found.source.name == "IMPORT" and root in ROOTS:
                return rest
        return None

    def path(self, node: cst.CSTNode) -> str | None:
        """``agentchat.AssistantAgent`` for whatever spells that v0.2 name, or None."""
        head = node
        while isinstance(head, cst.Attribute):
            head = head.value
        dotted = self.source.qualified(node) if isinstance(head, cst.Name) else None
        if dotted is None:
            return None
        root, _, rest = dotted.partition(".")
        return rest if root in ROOTS else None

    def tail(self, node: cst.CSTNode) -> str | None:
        path = self.references.get(node)
        return path.rpartition(".")[2] if path is not None else None

    def claim(self, *nodes: cst.CSTNode | None) -> None:
        for node in nodes:
            if node is not None:
                self.claimed.add(id(node))

    def imports_v02(self) -> bool:
        """Whether the file imports v0.2 at all, used or not."""
        lines: list[cst.Import | cst.ImportFrom] = []
        lines += self.source.find(cst.Import)
        lines += self.source.find(cst.ImportFrom)
        for line in lines:
            if isinstance(line, cst.ImportFrom):
                heads = [] if line.relative else [self.source.module_of(line)]
            else:
                heads = [alias.evaluated_name for alias in line.names]
            if any(head.partition(".")[0] in ROOTS for head in heads):
                return True
        return False

    def concerned(self) -> bool:
        """Whether anything of v0.2 is here."""
        return (
            bool(self.references)
            or self.imports_v02()
            or self.starts_chats()
            or self.extends_agents()
            or bool(self.own.followed.insides or named_imports(self))
        )

    def starts_chats(self) -> bool:
        """Whether the file calls initiate_chat of something another file made.

        One that is written for 0.7 and calls it all the same is no program of v0.2.
        """
        text = self.source.text
        of_07 = _OF_07.search(text) and MARK not in text and not self.imports_v02()
        if of_07 or self.own.followed.settled:
            return False
        return any(
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value in CHAT_METHODS
            and not self.is_apart(call.func)
            for call in self.source.find(cst.Call)
        )

    def is_apart(self, method: cst.Attribute | cst.FunctionDef) -> bool:
        """Whether a method of that name belongs to a class that has chats of its own."""
        name = method.attr if isinstance(method, cst.Attribute) else method.name
        if not self.own.apart or name.value not in CHAT_METHODS:
            return False
        around = self.source.class_of(method)
        inside = around is not None and around.name.value in self.own.apart
        if isinstance(method, cst.FunctionDef):
            return inside
        made = method.value
        if isinstance(made, cst.Name):
            if made.value == "self" and inside:
                return True
            bound = self.source.bound_value(made)
            made = bound[1] if bound is not None else made
        maker = made.func if isinstance(made, cst.Call) else None
        last = maker.attr if isinstance(maker, cst.Attribute) else maker
        return isinstance(last, cst.Name) and last.value in self.own.apart

    def is_kept(self, method: cst.Attribute | cst.FunctionDef) -> bool:
        """Whether a method called like one of v0.2's keeps its name, as others of the program have
        it that are no agents, and whose this is cannot be told."""
        name = method.attr if isinstance(method, cst.Attribute) else method.name
        if name.value not in self.own.kept:
            return False
        around = self.source.class_of(method)
        inside = around is not None and (
            self.is_agent(around) or around.name.value in self.own.mixins
        )
        if isinstance(method, cst.FunctionDef):
            return not inside
        made = method.value
        bound = self.source.bound_value(made) if isinstance(made, cst.Name) else None
        made = bound[1] if bound is not None else made
        if inside and self.source.code(made) in ("self", "super()"):
            return False
        return not (isinstance(made, cst.Call) and self.is_agent(made.func))

    def calls_by_text(self) -> bool:
        """Whether a text names a method of v0.2, for `getattr(agent, name)` or the like."""
        texts = (literal(node) for node in self.source.find(cst.SimpleString))
        return any(isinstance(text, str) and _NAMED.search(text) for text in texts)

    def is_agent(self, node: cst.CSTNode) -> bool:
        """Whether an expression, or a class by its name, is a class of agents."""
        if isinstance(node, cst.Attribute):
            return f".{node.attr.value}" in self.own.agents
        name = node.name if isinstance(node, cst.ClassDef) else node
        return isinstance(name, cst.Name) and name.value in self.own.agents

    def extends_agents(self) -> bool:
        """Whether the file makes or extends agents that other files of the program define."""
        made = [call.func for call in self.source.find(cst.Call)]
        bases = [base.value for node in self.source.find(cst.ClassDef) for base in node.bases]
        return any(self.is_agent(node) for node in (*made, *bases))

    # reading -----------------------------------------------------------------------------------

    def read(self) -> Program:
        from .read_asks import read_asks
        from .read_caches import read_caches
        from .read_chats import read_chats
        from .read_choosers import read_choosers
        from .read_described import read_described
        from .read_groups import read_group, read_manager
        from .read_history import read_history
        from .read_hosted import read_hosted
        from .read_logging import read_logging
        from .read_model_askers import read_model_askers
        from .read_own_models import read_own_models
        from .read_queues import read_nested
        from .read_recalls import read_recalls
        from .read_retrievals import read_retrievals
        from .read_teaching import read_teaching
        from .read_tools import read_tools
        from .read_uses import read_uses
        from .read_watchers import read_watchers

        self.program.handled = self.own.followed.handled or self.calls_by_text()
        read_named_imports(self)
        read_insides(self)
        if not self.references and not self.starts_chats():
            return self.program
        calls = [node for node in self.source.find(cst.Call) if node.func in self.references]
        for call in calls:
            if self.tail(call.func) in AGENT_CLASSES:
                self._read_speaker(call)
        for call in calls:
            if self.tail(call.func) == "GroupChat":
                read_group(self, call)
        for call in calls:
            if self.tail(call.func) == "GroupChatManager":
                read_manager(self, call)
        read_choosers(self)
        read_tools(self)
        read_retrievals(self)
        read_hosted(self)
        read_chats(self)
        read_nested(self)
        read_logging(self)
        read_teaching(self)
        read_recalls(self)
        read_own_models(self)
        read_watchers(self)
        read_described(self)
        read_asks(self)
        read_caches(self)
        read_model_askers(self)
        read_history(self)
        read_uses(self)
        return self.program

    def arguments(
        self, call: cst.Call, names: Sequence[str], obstacles: list[Obstacle], code: str
    ) -> dict[str, cst.Arg]:
        """Arguments by parameter name; stars and surplus positions are obstacles."""
        found: dict[str, cst.Arg] = {}
        for index, arg in enumerate(call.args):
            if arg.star:
                obstacles.append(
                    Obstacle(code, call, f"arguments come from {self.source.code(arg)!r}")
                )
            elif arg.keyword is not None:
                found[arg.keyword.value] = arg
            elif index < len(names):
                found[names[index]] = arg
            else:
                obstacles.append(Obstacle(code, call, f"has {len(call.args)} positional arguments"))
        return found

    def bound_target(self, call: cst.Call) -> tuple[cst.CSTNode | None, str | None]:
        """``x`` or ``self.x`` when the statement is just ``x = call``."""
        parent = self.source.parent(call)
        if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
            target = parent.targets[0].target
        elif isinstance(parent, cst.AnnAssign):
            target = parent.target
        else:
            return None, None
        if isinstance(target, cst.Name) or is_self_attribute(target):
            return target, self.source.code(target)
        return None, None

    def limit(self, node: cst.BaseExpression) -> Limit:
        value = literal(node)
        if isinstance(value, int) and not isinstance(value, bool):
            return Limit(value)
        return Limit(None, self.source.code(node))

    # speakers ----------------------------------------------------------------------------------

    def _read_speaker(self, call: cst.Call) -> None:
        kind = self.tail(call.func) or ""
        speaker = Speaker(call=call, kind=kind, args={})
        self.claim(call.func)
        args = self.arguments(call, AGENT_CLASSES[kind], speaker.obstacles, "MIG020")
        speaker.args = args
        speaker.target, speaker.variable = self.bound_target(call)
        known = {*AGENT_CLASSES["ConversableAgent"], *AGENT_CLASSES[kind]}
        known |= {"verbose"} if kind == "GPTAssistantAgent" else set[str]()
        for name in args:
            if name not in known:
                speaker.obstacles.append(
                    Obstacle("MIG020", call, f"the argument {name!r} is not one v0.2 had")
                )
        if isinstance(self.source.function(call), cst.Lambda) and "llm_config" in args:
            text = "is made in a lambda, where its model has no place to be made"
            speaker.obstacles.append(Obstacle("MIG020", call, text))
        if "name" in args:
            speaker.name = string(args["name"].value)
            speaker.name_code = self.source.code(args["name"].value)
        elif kind == "RetrieveUserProxyAgent":
            speaker.name = "RetrieveChatAgent"
        elif kind == "GPTAssistantAgent":
            speaker.name = "GPT Assistant"
        else:
            speaker.obstacles.append(Obstacle("MIG020", call, "has no name"))
        self._read_behaviour(speaker)
        self.program.speakers.append(speaker)
        self._speakers_by_call[id(call)] = speaker
        if speaker.target is not None:
            self._speakers_by_target[id(speaker.target)] = speaker

    def _read_behaviour(self, speaker: Speaker) -> None:
        args = speaker.args
        default = {
            "AssistantAgent": "NEVER",
            "GPTAssistantAgent": "NEVER",
            "RetrieveAssistantAgent": "NEVER",
            "UserProxyAgent": "ALWAYS",
            "RetrieveUserProxyAgent": "ALWAYS",
        }
        mode = default.get(speaker.kind, "TERMINATE")
        if "human_input_mode" in args:
            mode = string(args["human_input_mode"].value) or ""
            mode = mode.upper()
        match mode:
            case "ALWAYS" | "TERMINATE" | "NEVER":
                speaker.human = mode
            case _:
                speaker.obstacles.append(
                    Obstacle("MIG022", speaker.call, "human_input_mode is not a literal")
                )
        if "llm_config" in args and literal(args["llm_config"].value) not in (False, None):
            speaker.model = args["llm_config"].value
        if "is_termination_msg" in args:
            value = args["is_termination_msg"].value
            if literal(value) is not None:
                speaker.ends = self.predicate(value, speaker.obstacles)
        if "max_consecutive_auto_reply" in args:
            value = args["max_consecutive_auto_reply"].value
            speaker.limit = Limit(DEFAULT_LIMIT) if literal(value) is None else self.limit(value)
        if "default_auto_reply" in args:
            value = args["default_auto_reply"].value
            text = literal(value)
            speaker.auto_reply = text if isinstance(text, str) else ""
            if text is ...:
                speaker.auto_reply_code = self.source.code(value)
        read_code_execution(self, speaker)
        for name in ("chat_messages", "function_map"):
            if name in args and literal(args[name].value) is not None and name != "function_map":
                speaker.obstacles.append(
                    Obstacle("MIG020", speaker.call, f"{name} has no counterpart")
                )

    def predicate(self, value: cst.BaseExpression, obstacles: list[Obstacle]) -> Ends:
        """The predicate; one that needs more of v0.2 than ``content_str`` is an obstacle."""
        for node, path in self.references.items():
            plain = isinstance(node, cst.Name) and path.endswith("content_str")
            if self.source.inside(node, value) and not plain:
                text = f"the end of its chats is decided with {path} of v0.2"
                obstacles.append(Obstacle("MIG031", value, text))
        return read_predicate(self.source, value)

    # look-ups ----------------------------------------------------------------------------------

    def speaker(self, node: cst.CSTNode) -> Speaker | None:
        """The speaker an expression stands for, if that is certain."""
        if isinstance(node, cst.Call):
            return self._speakers_by_call.get(id(node))
        target = self._target(node)
        return self._speakers_by_target.get(id(target)) if target is not None else None

    def group(self, node: cst.CSTNode) -> Group | None:
        """The group whose chat or manager an expression stands for, if that is certain."""
        target = self._target(node)
        return self.groups_by_target.get(id(target)) if target is not None else None

    def _target(self, node: cst.CSTNode) -> cst.CSTNode | None:
        if isinstance(node, cst.Name):
            return self.source.declaration(node)
        if is_self_attribute(node) and isinstance(node, cst.Attribute):
            return self._attribute_target(node)
        return None

    def _attribute_target(self, node: cst.Attribute) -> cst.CSTNode | None:
        owner = self.source.class_of(node)
        if owner is None:
            return None
        found = [
            target.target
            for target in self.source.find(cst.AssignTarget, owner)
            if isinstance(target.target, cst.Attribute)
            and is_self_attribute(target.target)
            and target.target.attr.value == node.attr.value
        ]
        return found[0] if len(found) == 1 else None
