"""What a v0.2 program means: who may speak, who starts, what ends it, what is remembered.

No name of a target API appears here; an emitter reads this and the source, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import libcst as cst

Human = Literal["ALWAYS", "TERMINATE", "NEVER"]


DECLINED = "nobody wants it migrated"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a part of the program has to stay as it is."""

    code: str
    node: cst.CSTNode
    message: str


@dataclass(frozen=True, slots=True)
class Ends:
    """Predicate over a received message that ends a chat.

    ``test`` is a Python expression over ``{text}`` and ``{source}``; ``word`` is set as well when
    it only looks for a word. ``function`` is source code of the program's own predicate over a
    message as a dictionary, for what could not be put into ``test``.
    """

    test: str = ""
    word: str = ""
    exact: bool = False
    function: str = ""


DEFAULT_END = Ends(test="{text} == 'TERMINATE'", word="TERMINATE", exact=True)
DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """A count: a number, or source code when the program computes it."""

    number: int | None
    code: str = ""

    @property
    def known(self) -> bool:
        return self.number is not None


@dataclass(slots=True, eq=False)
class CodeExecution:
    """Where a speaker runs code it is given, and how far back it looks for it."""

    options: dict[str, cst.BaseExpression]
    docker: bool | None
    executor: cst.BaseExpression | None = None
    look_back: int | None = None


@dataclass(slots=True, eq=False)
class Tool:
    """A function one speaker may call and another runs."""

    function: cst.BaseExpression | cst.FunctionDef
    caller: Speaker | None
    executor: Speaker | None
    name: str | None = None
    description: str | None = None
    name_code: str = ""
    description_code: str = ""
    legacy: bool = False
    schema: cst.BaseExpression | None = None
    schema_place: str = ""
    registrations: list[cst.CSTNode] = field(default_factory=list[cst.CSTNode])


@dataclass(slots=True, eq=False)
class Speaker:
    """One participant: how it answers, when it stops, what it may call."""

    call: cst.Call
    kind: str
    args: dict[str, cst.Arg]
    variable: str | None = None
    target: cst.CSTNode | None = None
    name: str | None = None
    name_code: str = ""
    model: cst.BaseExpression | None = None
    human: Human = "NEVER"
    returns: bool = False  # other chats go on when its human leaves one
    ends: Ends | None = None
    limit: Limit = field(default_factory=lambda: Limit(DEFAULT_LIMIT))
    code: CodeExecution | None = None
    auto_reply: str = ""
    auto_reply_code: str = ""
    tools: list[Tool] = field(default_factory=list[Tool])
    runs: list[Tool] = field(default_factory=list[Tool])
    chats: list[Chat] = field(default_factory=list["Chat"])
    groups: list[Group] = field(default_factory=list["Group"])
    asks: list[Ask] = field(default_factory=list["Ask"])
    nested: list[Nested] = field(default_factory=list["Nested"])
    teaching: Teaching | None = None
    recalls: Recall | None = None
    retrieval: Retrieval | None = None
    hosted: Hosted | None = None
    own_model: OwnModel | None = None
    watchers: list[Watcher] = field(default_factory=list["Watcher"])
    reads: list[cst.CSTNode] = field(default_factory=list[cst.CSTNode])
    obstacles: list[Obstacle] = field(default_factory=list[Obstacle])

    @property
    def sees(self) -> bool:
        """Takes the images that messages name."""
        return self.kind == "MultimodalConversableAgent"

    @property
    def silent(self) -> bool:
        """Says nothing of its own: no model, no human, no code, no fixed text."""
        return (
            self.model is None
            and self.human == "NEVER"
            and self.code is None
            and not self.auto_reply
            and not self.auto_reply_code
            and not self.nested
        )


@dataclass(slots=True, eq=False)
class Chooser:
    """The program's own function that names the next speaker, with what it reads."""

    function: cst.FunctionDef
    last: str
    group: str
    speakers: list[tuple[cst.Name, Speaker]] = field(default_factory=list[tuple[cst.Name, Speaker]])
    last_reads: list[cst.Name] = field(default_factory=list[cst.Name])
    group_reads: list[cst.CSTNode] = field(default_factory=list[cst.CSTNode])


@dataclass(slots=True, eq=False)
class Group:
    """Several speakers under one rule of who speaks next."""

    call: cst.Call
    args: dict[str, cst.Arg]
    target: cst.CSTNode | None = None
    variable: str | None = None
    members: list[Speaker] = field(default_factory=list[Speaker])
    rounds: Limit = field(default_factory=lambda: Limit(10))
    selection: str = "auto"
    selector: cst.BaseExpression | None = None
    repeat: bool = True
    transitions: cst.BaseExpression | None = None
    transitions_allowed: bool = True
    followers: dict[str, list[Speaker]] | None = None
    chooser: Chooser | None = None
    manager: cst.Call | None = None
    manager_args: dict[str, cst.Arg] = field(default_factory=dict[str, cst.Arg])
    manager_target: cst.CSTNode | None = None
    manager_variable: str | None = None
    model: cst.BaseExpression | None = None
    ends: Ends | None = None
    chats: list[Chat] = field(default_factory=list["Chat"])
    message_reads: list[cst.CSTNode] = field(default_factory=list[cst.CSTNode])
    resets: list[cst.Call] = field(default_factory=list[cst.Call])
    obstacles: list[Obstacle] = field(default_factory=list[Obstacle])


@dataclass(slots=True, eq=False)
class Chat:
    """One conversation: who starts it with what, with whom, for how long, remembering or not."""

    call: cst.Call
    args: dict[str, cst.BaseExpression]
    is_async: bool
    starter: Speaker | None = None
    partner: Speaker | Group | None = None
    turns: Limit | None = None
    clear: bool = True
    silent: bool = False
    sent: bool = False
    nested: bool = False
    typed: bool = False
    maker: MessageMaker | None = None
    summary: Literal["last_msg", "reflection_with_llm"] = "last_msg"
    summary_prompt: str = ""
    ignored: list[str] = field(default_factory=list[str])
    result: cst.CSTNode | None = None
    result_reads: list[tuple[cst.CSTNode, str]] = field(
        default_factory=list[tuple[cst.CSTNode, str]]
    )
    queue: list[Chat] = field(default_factory=list["Chat"])
    obstacles: list[Obstacle] = field(default_factory=list[Obstacle])


@dataclass(slots=True, eq=False)
class MessageMaker:
    """The program's own function that makes a first message out of what it needs to know.

    Of its parameters only ``kept`` is used; ``histories`` are calls that look up the same thing.
    """

    function: cst.FunctionDef
    kept: str
    histories: list[cst.Call] = field(default_factory=list[cst.Call])
    context: list[tuple[str, cst.BaseExpression]] = field(
        default_factory=list[tuple[str, cst.BaseExpression]]
    )


@dataclass(frozen=True, slots=True)
class Watcher:
    """A function of the program's own that looks at what a speaker has heard, and answers not."""

    call: cst.Call
    function: cst.BaseExpression
    config: cst.BaseExpression | None


@dataclass(slots=True, eq=False)
class OwnModel:
    """A model client class of the program's own that answers for a speaker."""

    call: cst.Call
    arguments: list[cst.Arg]


@dataclass(slots=True, eq=False)
class Teaching:
    """What lets a speaker learn from those it talks to, and where it keeps that."""

    made: cst.Call
    options: dict[str, cst.BaseExpression]
    variable: str
    statements: list[cst.CSTNode]


@dataclass(slots=True, eq=False)
class Hosted:
    """An assistant that its provider keeps: which one it is, and what it can do there."""

    assistant_id: cst.BaseExpression | None
    abilities: list[str]
    resources: cst.BaseExpression | None
    written: cst.CSTNode | None  # the statement that names its configuration


@dataclass(slots=True, eq=False)
class Retrieval:
    """What documents a speaker sends with its questions, and how they are asked."""

    options: dict[str, cst.BaseExpression]
    written: cst.CSTNode | None = None  # the statement that names the options
    how: dict[str, str] = field(default_factory=dict[str, str])
    posed: list[cst.Call] = field(default_factory=list[cst.Call])  # chats with no message


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of what was said a speaker knows when it answers.

    ``shared`` are the statements that make the limit, which other speakers may have as well.
    """

    made: cst.Call
    limiter: cst.Call
    kind: Literal["last", "first and last", "tokens"]
    size: cst.BaseExpression
    adding: cst.Call
    shared: list[cst.Call]


@dataclass(slots=True, eq=False)
class Nested:
    """Chats a speaker holds before it answers certain others; how they end is its answer."""

    call: cst.Call
    speaker: Speaker
    queue: list[Chat]
    triggers: list[Speaker]
    listed: cst.CSTNode | None = None


# What reads an answer, as its text or a list of its texts, and the answer in it.
AnswerRead = tuple[cst.BaseExpression, Literal["text", "texts"], cst.BaseExpression]


@dataclass(slots=True, eq=False)
class ModelAsk:
    """One question to models without a speaker, and where its answer is read."""

    call: cst.Call
    messages: cst.BaseExpression
    options: dict[str, cst.BaseExpression]
    reads: list[AnswerRead] = field(default_factory=list[AnswerRead])


@dataclass(slots=True, eq=False)
class ModelAsker:
    """What asks models without a speaker: its configuration, its questions, reads of its usage."""

    call: cst.Call
    variable: str
    asks: list[ModelAsk]
    usage: list[cst.Call]


@dataclass(slots=True, eq=False)
class Ask:
    """One question to a speaker outside of any chat, or the order to forget what it heard."""

    call: cst.Call
    speaker: Speaker
    kind: Literal["reply", "reset"]
    messages: cst.BaseExpression | None = None
    text_reads: list[cst.Subscript] = field(default_factory=list[cst.Subscript])


@dataclass(slots=True, eq=False)
class HistoryRead:
    """A look at what a speaker and another said: all of it, or the last message."""

    node: cst.BaseExpression
    speaker: Speaker
    chats: list[Chat]
    kind: Literal["all", "last", "last_text"]


@dataclass(frozen=True, slots=True)
class Logging:
    """Where the program starts to write its model calls into a database, or stops."""

    call: cst.Call
    starts: bool
    database: cst.BaseExpression | None = None


@dataclass(frozen=True, slots=True)
class ChatCache:
    """Where the answers of every model are kept while a block of the program runs."""

    kind: Literal["disk", "redis"]
    seed: str
    place: str


@dataclass(slots=True, eq=False)
class Program:
    """Everything of v0.2 that one file does."""

    speakers: list[Speaker] = field(default_factory=list[Speaker])
    groups: list[Group] = field(default_factory=list[Group])
    chats: list[Chat] = field(default_factory=list[Chat])
    tools: list[Tool] = field(default_factory=list[Tool])
    asks: list[Ask] = field(default_factory=list[Ask])
    model_askers: list[ModelAsker] = field(default_factory=list[ModelAsker])
    history: list[HistoryRead] = field(default_factory=list[HistoryRead])
    logging: list[Logging] = field(default_factory=list[Logging])
    cache: ChatCache | None = None
    cache_blocks: list[cst.With] = field(default_factory=list[cst.With])
    strays: list[Obstacle] = field(default_factory=list[Obstacle])
    unseen: Obstacle | None = None
    handled: bool = False  # other files talk to agents that they are handed
