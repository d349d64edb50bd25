"""Migration of one source text."""

from __future__ import annotations

import ast
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

import libcst as cst

from .carried import carried
from .choices import decline, described
from .context import Context
from .faithful import migrate_faithfully
from .model import Obstacle
from .own import Own
from .plan import CONVERSATIONS, MARK, Plan
from .quiet import quiet
from .reader import Reader
from .result import MigrationError, MigrationResult
from .rules import RuleInfo, load_rules
from .rules.event_loop import prepare
from .standing import Standing
from .star_imports import with_names
from .syntax import Source


def migrate_source(
    source: str,
    *,
    filename: str = "<string>",
    faithful: bool = False,
    module: str = "",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    left: Set[int] = frozenset(),
    handed: Set[str] = frozenset(),
    own: Own | None = None,
) -> MigrationResult:
    """Migrate one Python source from AutoGen v0.2 to 0.7.

    Never raises for a bad source: a syntax error comes back as ``result.error`` with the source
    untouched. ``select`` and ``ignore`` take codes (``MIG030``) or slugs; what an unselected rule
    would have migrated stays on v0.2, with everything that talks to it. ``faithful`` puts the
    program on agents of its own that keep v0.2's behaviour, as is done without it where something
    would be left to a person; with ``module`` they are imported from there (``result.needs``),
    otherwise the text carries their source. ``left`` are numbers of
    ``result.conversations`` that nobody wants migrated, ``handed`` the names other files take
    from here, ``own`` what the program's own classes and functions are.
    """
    return migrate_text(
        source,
        filename=filename,
        faithful=faithful,
        module=module,
        select=select,
        ignore=ignore,
        left=left,
        handed=handed,
        own=own,
    )


@quiet()
def migrate_text(
    source: str,
    *,
    filename: str = "<string>",
    notebook: bool = False,
    faithful: bool = False,
    module: str = "",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    left: Set[int] = frozenset(),
    handed: Set[str] = frozenset(),
    own: Own | None = None,
) -> MigrationResult:
    """The same for a script or, with ``notebook``, the joined code cells of a notebook."""
    end = ""
    if source and not source.endswith(("\n", "\r")):  # what is added below the last line fits in
        end = "\r\n" if "\r\n" in source else "\n"
    text = with_names(source + end, handed)
    asked = _Asked(filename, notebook, faithful, module, select, ignore, left, handed, own)
    found = _migrated(text, asked)
    if text == source:
        return found
    code = found.code.removesuffix(end) if found.changed else source
    return replace(found, source=source, code=code)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is wanted of one text."""

    filename: str
    notebook: bool
    faithful: bool
    module: str
    select: Sequence[str]
    ignore: Sequence[str]
    left: Set[int]
    handed: Set[str]
    own: Own | None


def _migrated(source: str, asked: _Asked) -> MigrationResult:
    filename, notebook, faithful = asked.filename, asked.notebook, asked.faithful
    select, ignore, left = asked.select, asked.ignore, asked.left
    try:
        tree = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        problem = MigrationError(filename, error.raw_line, f"does not parse: {error.message}")
        return MigrationResult(filename, source, source, error=problem)
    view = Source(source, tree)
    reader = Reader(view, handed=asked.handed, own=asked.own)
    if not reader.concerned():
        return MigrationResult(filename, source, source)
    if faithful and not (select or ignore) and MARK not in source:  # somebody is at work on it
        carrying = migrate_faithfully(reader.anew(), filename, notebook, asked.module)
        if carrying is not None:
            return _sound(carrying)
    program = reader.read()
    rules = load_rules()
    for rule in rules:
        if rule.check is not None:
            rule.check(reader)
    _hold_unselected(reader, rules, select, ignore)
    plan = Plan(source, view.newline)
    together = (standing := Standing(program)).together(program)
    if left:
        decline([together[number] for number in left])
        standing = Standing(program)
    ctx = Context(view, reader, program, standing, plan, faithful=faithful, notebook=notebook)
    told = tuple(described(view, parts) for parts in together)
    found = replace(_apply(ctx, rules, filename), conversations=told)
    if faithful or select or ignore or left:
        return _sound(found)
    whole = carried(reader.anew(), found, notebook=notebook, module=asked.module)
    return _sound(found if whole is None else whole)


class UnsoundError(Exception):
    """The result does not parse: a defect of a rule, and the file stays as it is."""


def _sound(found: MigrationResult) -> MigrationResult:
    if found.changed and not _parses(found.code):
        try:
            cst.parse_module(found.code)
        except cst.ParserSyntaxError as error:
            raise UnsoundError(f"line {error.raw_line} of the result: {error.message}") from error
    return found


def _parses(code: str) -> bool:
    """As this Python sees it: far faster than LibCST, which knows syntax of later ones as well."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _apply(ctx: Context, rules: Sequence[RuleInfo], filename: str) -> MigrationResult:
    prepare(ctx)
    for rule in sorted(rules, key=lambda rule: (rule.order, rule.code)):
        if rule.apply is not None:
            rule.apply(ctx)
    code = ctx.plan.render()
    started = [chat for chat in ctx.program.chats if not chat.sent]
    chats = [part for chat in started for part in (chat.queue or [chat])]
    moved = [
        part for chat in started if ctx.standing.moves(chat) for part in (chat.queue or [chat])
    ]
    return MigrationResult(
        filename,
        ctx.source.text,
        code,
        sites=tuple(sorted(ctx.sites)),
        chat_sites_total=len(chats),
        chat_sites_migrated=len(moved),
    )


def _hold_unselected(
    reader: Reader, rules: Sequence[RuleInfo], select: Sequence[str], ignore: Sequence[str]
) -> None:
    """What belongs to a rule that is switched off counts as an obstacle."""
    wanted = {name.lower() for name in select}
    refused = {name.lower() for name in ignore}
    parts = [*reader.program.speakers, *reader.program.groups, *reader.program.chats]
    for part in parts if CONVERSATIONS in refused else ():
        text = "what it talks to in other files stays there as well"
        part.obstacles.append(Obstacle("MIG098", part.call, text))
    for rule in rules:
        names = {rule.code.lower(), rule.slug.lower()}
        if not (names & refused or (wanted and not names & wanted)):
            continue
        for part in parts:
            if rule.code in belongs(part):
                text = f"the rule {rule.code} ({rule.slug}) is switched off"
                part.obstacles.append(Obstacle(rule.code, part.call, text))


def belongs(part: object) -> set[str]:
    """Codes of the rules a part cannot move without."""
    from .model import Chat, Group, Speaker

    match part:
        case Speaker():
            codes = {"MIG020"} if part.model is not None else {"MIG021"}
            codes |= {"MIG040"} if part.tools or part.runs else set()
            codes |= {"MIG023"} if part.code is not None else set()
            codes |= {"MIG022"} if part.human != "NEVER" else set()
            return codes
        case Group():
            return {"MIG050" if part.selection == "round_robin" else "MIG051"}
        case Chat():
            codes = {"MIG035"} if part.queue else {"MIG030"}
            return codes | ({"MIG034"} if part.summary != "last_msg" else set())
        case _:
            return set()
