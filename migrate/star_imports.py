"""``from autogen import *``, with the names that it brings a program in its place.

What v0.2's modules have for a star is known, so the names which the program uses, and does not bind
itself, are. A star import below it may bind them as well, and is not looked into.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

_STAR = re.compile(r"^(from[ \t]+((?:py)?autogen(?:\.\w+)?)[ \t]+import[ \t]+)\*", re.MULTILINE)
_OF_OTHERS = re.compile(r"^[ \t]*from[ \t]+[.\w]+[ \t]+import[ \t]+\*", re.MULTILINE)
_AGENTS = """
    Agent AssistantAgent ChatResult ConversableAgent GroupChat GroupChatManager UserProxyAgent
    gather_usage_summary initiate_chats register_function
"""
_MODELS = """
    Cache ChatCompletion Completion ModelClient OpenAIWrapper config_list_from_dotenv
    config_list_from_json config_list_from_models config_list_gpt4_gpt35
    config_list_openai_aoai filter_config get_config_list
"""
_CODE = """
    CodeBlock CodeExecutor CodeExecutorFactory CodeExtractor CodeResult
    DockerCommandLineCodeExecutor LocalCommandLineCodeExecutor MarkdownCodeExtractor
"""
_REST = """
    AgentNameConflict DEFAULT_MODEL FAST_MODEL InvalidCarryOverType NoEligibleSpeaker
    SenderRequired UndefinedNextAgent agentchat cache code_utils coding exception_utils
    formatting_utils function_utils graph_utils oai runtime_logging token_count_utils
"""
_BROUGHT = {
    "": frozenset(f"{_AGENTS}{_MODELS}{_REST}".split()),
    "agentchat": frozenset(_AGENTS.split()),
    "oai": frozenset(_MODELS.split()),
    "coding": frozenset(_CODE.split()),
}
_NO_PART = frozenset({"Any", "io", "logger", "logging", "types"})  # of it by chance


def with_names(text: str, handed: Set[str]) -> str:
    """The text with names for the stars that are understood; ``handed`` others take from it."""
    stars = [*_STAR.finditer(text)] if "*" in text else []
    others = [each.start() for each in _OF_OTHERS.finditer(text)]
    if not stars or any(at > stars[0].start() and not _STAR.match(text, at) for at in others):
        return text
    try:
        wanted = _unbound(ast.parse(text)) | handed
    except (SyntaxError, ValueError, RecursionError):
        return text
    if wanted & _NO_PART:
        return text
    for star in reversed(stars):
        module = star[2].partition(".")[2]
        names = sorted(wanted & _BROUGHT.get(module, frozenset()))
        if names:
            text = f"{text[: star.start()]}{star[1]}{', '.join(names)}{text[star.end() :]}"
    return text


def _unbound(tree: ast.Module) -> set[str]:
    """Names that are read and nowhere bound."""
    nodes = [*ast.walk(tree)]
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return read - {name for node in nodes for name in _bound(node)}


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
