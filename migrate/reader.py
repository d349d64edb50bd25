"""Reads the speakers, groups, tools and chats of one v0.2 file into the semantic model."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .known import AGENT_CLASSES, CHAT_METHODS, GROUP_CHAT, MANAGER, NO_COUNTERPART, ROOTS
from .model import (
    DEFAULT_LIMIT,
    CodeExecution,
    Ends,
    Group,
    Limit,
    Obstacle,
    Program,
    Speaker,
)
from .predicates import read_predicate
from .syntax import Source, dict_items, elements, literal, string


class Reader:
    """State of reading: which v0.2 names and which reads of a speaker are accounted for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.program = Program()
        self.references = self._references()
        self.claimed: set[int] = set()
        self._speakers_by_target: dict[int, Speaker] = {}
        self._speakers_by_call: dict[int, Speaker] = {}
        self._groups_by_target: dict[int, Group] = {}

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
            if any(isinstance(a, cst.Import | cst.ImportFrom) for a in self.source.ancestors(node)):
                continue
            path = self.path(node)
            if path is not None:
                found[node] = path
        return found

    def path(self, node: cst.CSTNode) -> str | None:
        """``agentchat.AssistantAgent`` for whatever spells that v0.2 name, or None."""
        dotted = self.source.qualified(node)
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
                named = line.module is not None and not line.relative
                heads = [self.source.code(line.module)] if named and line.module else []
            else:
                heads = [alias.evaluated_name for alias in line.names]
            if any(head.partition(".")[0] in ROOTS for head in heads):
                return True
        return False

    def starts_chats(self) -> bool:
        """Whether the file calls initiate_chat of something another file made."""
        return any(
            isinstance(call.func, cst.Attribute) and call.func.attr.value in CHAT_METHODS
            for call in self.source.find(cst.Call)
        )

    # reading -----------------------------------------------------------------------------------

    def read(self) -> Program:
        from .read_chats import read_chats
        from .read_choosers import read_choosers
        from .read_tools import read_tools

        if not self.references and not self.starts_chats():
            return self.program
        calls = [node for node in self.source.find(cst.Call) if node.func in self.references]
        for call in calls:
            if self.tail(call.func) in AGENT_CLASSES:
                self._read_speaker(call)
        for call in calls:
            if self.tail(call.func) == "GroupChat":
                self._read_group(call)
        for call in calls:
            if self.tail(call.func) == "GroupChatManager":
                self._read_manager(call)
        read_choosers(self)
        read_tools(self)
        read_chats(self)
        self._read_leftovers()
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
        if isinstance(target, cst.Name) or _self_attribute(target):
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
        known = set(AGENT_CLASSES["ConversableAgent"])
        for name in args:
            if name not in known:
                speaker.obstacles.append(
                    Obstacle("MIG020", call, f"the argument {name!r} is not one v0.2 had")
                )
        if "name" in args:
            speaker.name = string(args["name"].value)
            speaker.name_code = self.source.code(args["name"].value)
        else:
            speaker.obstacles.append(Obstacle("MIG020", call, "has no name"))
        self._read_behaviour(speaker)
        self.program.speakers.append(speaker)
        self._speakers_by_call[id(call)] = speaker
        if speaker.target is not None:
            self._speakers_by_target[id(speaker.target)] = speaker

    def _read_behaviour(self, speaker: Speaker) -> None:
        args = speaker.args
        default = {"ConversableAgent": "TERMINATE", "UserProxyAgent": "ALWAYS"}
        mode = default.get(speaker.kind, "NEVER")
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
                speaker.ends = self._predicate(value, speaker.obstacles)
        if "max_consecutive_auto_reply" in args:
            value = args["max_consecutive_auto_reply"].value
            speaker.limit = Limit(DEFAULT_LIMIT) if literal(value) is None else self.limit(value)
        if "default_auto_reply" in args:
            value = args["default_auto_reply"].value
            text = literal(value)
            speaker.auto_reply = text if isinstance(text, str) else ""
            if text is ...:
                speaker.auto_reply_code = self.source.code(value)
        self._read_code_execution(speaker)
        for name in ("chat_messages", "function_map"):
            if name in args and literal(args[name].value) is not None and name != "function_map":
                speaker.obstacles.append(
                    Obstacle("MIG020", speaker.call, f"{name} has no counterpart")
                )

    def _predicate(self, value: cst.BaseExpression, obstacles: list[Obstacle]) -> Ends:
        """The predicate; one that needs more of v0.2 than ``content_str`` is an obstacle."""
        for node, path in self.references.items():
            plain = isinstance(node, cst.Name) and path.endswith("content_str")
            if self.source.inside(node, value) and not plain:
                text = f"the end of its chats is decided with {path} of v0.2"
                obstacles.append(Obstacle("MIG031", value, text))
        return read_predicate(self.source, value)

    def _read_code_execution(self, speaker: Speaker) -> None:
        arg = speaker.args.get("code_execution_config")
        if arg is None:
            if speaker.kind == "UserProxyAgent":
                speaker.code = CodeExecution({}, None)
            return
        value: cst.BaseExpression = arg.value
        if literal(value) in (False, None):
            return
        if isinstance(value, cst.Name):
            bound = self.source.bound_value(value)
            if bound is not None and literal(bound[1]) in (False, None):
                return
            value = bound[1] if bound is not None else value
        if not isinstance(value, cst.Dict):
            speaker.obstacles.append(
                Obstacle("MIG023", speaker.call, "code_execution_config is not a literal")
            )
            return
        self._read_code_options(speaker, value)

    def _read_code_options(self, speaker: Speaker, value: cst.Dict) -> None:
        code = CodeExecution({}, None)
        for key, item in dict_items(value):
            if key in ("work_dir", "timeout"):
                code.options[key] = item
            elif key == "use_docker":
                docker = literal(item)
                if isinstance(docker, str):
                    code.options["image"] = item
                elif docker is not None and not isinstance(docker, bool):
                    speaker.obstacles.append(
                        Obstacle("MIG023", speaker.call, "use_docker is not a literal")
                    )
                code.docker = True if isinstance(docker, str) else docker
                if not isinstance(docker, bool | str | None):
                    code.docker = None
            elif key == "last_n_messages":
                count = literal(item)
                code.look_back = count if isinstance(count, int) else None
            elif key == "executor" and string(item) is None:
                code.executor = item
            elif key == "executor" and string(item) == "commandline-local":
                code.docker = False
            else:
                speaker.obstacles.append(
                    Obstacle("MIG023", speaker.call, f"code_execution_config has {key or '**'!r}")
                )
        speaker.code = code

    # groups ------------------------------------------------------------------------------------

    def _read_group(self, call: cst.Call) -> None:
        group = Group(call=call, args={})
        self.claim(call.func)
        args = self.arguments(call, GROUP_CHAT, group.obstacles, "MIG050")
        group.args = args
        group.target, group.variable = self.bound_target(call)
        if group.target is not None:
            self._groups_by_target[id(group.target)] = group
        self._read_members(group)
        if "messages" in args and not _empty(args["messages"].value):
            group.obstacles.append(Obstacle("MIG054", call, "starts with preset messages"))
        if "max_round" in args:
            group.rounds = self.limit(args["max_round"].value)
        if "allow_repeat_speaker" in args:
            value = literal(args["allow_repeat_speaker"].value)
            if value is ...:
                group.obstacles.append(Obstacle("MIG054", call, "allow_repeat_speaker is a list"))
            group.repeat = value is not False
        if "speaker_selection_method" in args:
            value = args["speaker_selection_method"].value
            method = string(value)
            group.selection = method.lower() if method else "function"
            group.selector = None if method else value
        self._read_transitions(group)
        for name in ("enable_clear_history", "send_introductions"):
            if name in args and literal(args[name].value) is not False:
                group.obstacles.append(Obstacle("MIG054", call, f"{name} has no counterpart"))
        for name in args:
            if name not in GROUP_CHAT and not name.startswith("select_speaker_"):
                group.obstacles.append(Obstacle("MIG054", call, f"{name} has no counterpart"))
            elif name.startswith("select_speaker_") and name != "select_speaker_auto_verbose":
                group.obstacles.append(
                    Obstacle("MIG054", call, f"{name} becomes a selector_prompt by hand")
                )
        self.program.groups.append(group)

    def _read_members(self, group: Group) -> None:
        arg = group.args.get("agents")
        value: cst.BaseExpression | None = arg.value if arg else None
        if isinstance(value, cst.Name):
            bound = self.source.bound_value(value)
            value = bound[1] if bound else value
        found = elements(value) if value is not None else None
        members = [self.speaker(item) for item in found or ()]
        if not found or any(member is None for member in members):
            group.obstacles.append(
                Obstacle("MIG050", group.call, "the members are not all known in this file")
            )
        for item, member in zip(found or (), members, strict=True):
            if member is not None:
                self.claim(item)
                group.members.append(member)
                member.groups.append(group)

    def _read_transitions(self, group: Group) -> None:
        arg = group.args.get("allowed_or_disallowed_speaker_transitions")
        if arg is None or literal(arg.value) is None:
            return
        group.transitions = arg.value
        kind = group.args.get("speaker_transitions_type")
        group.transitions_allowed = kind is None or (string(kind.value) or "") != "disallowed"

    def _read_manager(self, call: cst.Call) -> None:
        obstacles: list[Obstacle] = []
        args = self.arguments(call, MANAGER, obstacles, "MIG050")
        self.claim(call.func)
        group: Group | None = None
        if "groupchat" in args:
            value = args["groupchat"].value
            group = self.group(value)
            self.claim(value)
            if isinstance(value, cst.Call):
                group = next((g for g in self.program.groups if g.call is value), None)
        if group is None:
            self.program.strays.append(
                Obstacle("MIG050", call, "the group chat of this manager is not known here")
            )
            return
        if group.manager is not None:
            group.obstacles.append(Obstacle("MIG050", call, "a group with two managers"))
        group.manager, group.manager_args = call, args
        group.manager_target, group.manager_variable = self.bound_target(call)
        if group.manager_target is not None:
            self._groups_by_target[id(group.manager_target)] = group
        group.obstacles.extend(obstacles)
        if "llm_config" in args and literal(args["llm_config"].value) not in (False, None):
            group.model = args["llm_config"].value
        if "is_termination_msg" in args:
            group.ends = self._predicate(args["is_termination_msg"].value, group.obstacles)
        for name in ("human_input_mode", "code_execution_config", "max_consecutive_auto_reply"):
            if name in args and not _manager_default(name, args[name].value):
                group.obstacles.append(
                    Obstacle("MIG054", call, f"the manager's {name} has no counterpart")
                )

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
        return self._groups_by_target.get(id(target)) if target is not None else None

    def _target(self, node: cst.CSTNode) -> cst.CSTNode | None:
        if isinstance(node, cst.Name):
            return self.source.declaration(node)
        if _self_attribute(node) and isinstance(node, cst.Attribute):
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
            and _self_attribute(target.target)
            and target.target.attr.value == node.attr.value
        ]
        return found[0] if len(found) == 1 else None

    # leftovers ---------------------------------------------------------------------------------

    def _read_leftovers(self) -> None:
        names = {speaker.variable: speaker for speaker in self.program.speakers if speaker.variable}
        for node in self.source.walk():
            if id(node) in self.claimed or not isinstance(node, cst.Name | cst.Attribute):
                continue
            code = self.source.code(node) if isinstance(node, cst.Name) else ""
            if isinstance(node, cst.Attribute) and _self_attribute(node):
                code = self.source.code(node)
            if code not in names or self._is_target(node):
                continue
            speaker = self.speaker(node)
            self._read_use(node, speaker, code)
        self._read_group_uses()

    def _read_group_uses(self) -> None:
        names = {g.variable for g in self.program.groups}
        names |= {g.manager_variable for g in self.program.groups}
        for node in self.source.find(cst.Name):
            if node.value not in names or id(node) in self.claimed or self._is_target(node):
                continue
            group = self.group(node)
            owners = [group] if group else self._possible_groups(node)
            for owner in owners:
                text = f"{node.value} is used in a way this rule does not follow"
                owner.obstacles.append(Obstacle("MIG098", node, text))

    def _possible_groups(self, node: cst.Name) -> list[Group]:
        targets = {id(item.node) for item in self.source.assignments(node)}
        return [
            group
            for group in self.program.groups
            if {id(group.target), id(group.manager_target)} & targets
        ]

    def _is_target(self, node: cst.CSTNode) -> bool:
        parent = self.source.parent(node)
        if isinstance(parent, cst.AssignTarget | cst.Param | cst.ImportAlias):
            return True
        if isinstance(parent, cst.Attribute):
            return parent.attr is node
        if isinstance(parent, cst.AnnAssign):
            return parent.target is node
        return isinstance(parent, cst.Arg) and parent.keyword is node

    def _read_use(self, node: cst.CSTNode, speaker: Speaker | None, name: str) -> None:
        owners = [speaker] if speaker is not None else self._possible(node, name)
        parent = self.source.parent(node)
        if isinstance(parent, cst.Attribute) and parent.value is node:
            if parent.attr.value == "name" and speaker is not None:
                speaker.reads.append(parent)
                return
            what = parent.attr.value
            hint = NO_COUNTERPART.get(what, "has no mechanical counterpart")
            text, code = f".{what} of {name}: {hint}", "MIG090"
        elif speaker is None:
            text, code = f"{name} may be one of several agents here", "MIG098"
        else:
            text, code = f"{name} is handed to code this rule does not follow", "MIG098"
        for owner in owners:
            owner.obstacles.append(Obstacle(code, node, text))

    def _possible(self, node: cst.CSTNode, name: str) -> list[Speaker]:
        """Speakers an ambiguous read may mean; none when the name is bound to something else."""
        if isinstance(node, cst.Name):
            if self.source.declaration(node) is not None:
                return []  # certain, and not a speaker of v0.2
            targets = {id(item.node) for item in self.source.assignments(node)}
            return [s for s in self.program.speakers if id(s.target) in targets]
        return [s for s in self.program.speakers if s.variable == name]


def _self_attribute(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Attribute)
        and isinstance(node.value, cst.Name)
        and node.value.value == "self"
    )


def _empty(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.List) and not node.elements


def _manager_default(name: str, node: cst.BaseExpression) -> bool:
    value = literal(node)
    if name == "human_input_mode":
        return value == "NEVER"
    if name == "code_execution_config":
        return value in (False, None) or isinstance(node, cst.Dict)
    return True
