"""Model calls: `chat` spans around `OpenAIWrapper.create`, however many clients it tries.

The wrapper asks its cache, then one client after the other. A call that no client answered was
answered by the cache. Each client's attempt is an event where there are several clients or one
fails; what the client library does on its own is there through its HTTP requests.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Mapping
from typing import Any, Final

from ....tracer import conventions as c
from ....tracer.bodies import Body, Context, snapshot
from ....tracer.names import Value
from ....tracer.recorder import LiveSpan, Recorder, current_span, now_ns
from ..models import (
    ALLOWED,
    DURATION_MS,
    STREAMED,
    TOOLS_OFFERED,
    ChatCall,
    attempts_of,
    note_client,
    note_limit,
    note_usage,
)
from ..selection import SELECT
from ..troubles import of_said
from ..watching import Args, Call, Kwargs, Opener, Watch, Watched, blocking, call_of, unseen
from .groups import SpeakerSelection
from .messages import answers, request_message
from .naming import class_of, is_mapping, name_of

ESTIMATED: Final = "agentloupe.usage.estimated"
CACHE_SEED: Final = 41  # the wrapper's default: it caches unless it is told not to
PROVIDERS: Final = (
    ("azure", "azure.ai.openai"),
    ("anthropic", "anthropic"),
    ("gemini", "gcp.gemini"),
    ("mistral", "mistral_ai"),
    ("groq", "groq"),
    ("bedrock", "aws.bedrock"),
    ("cohere", "cohere"),
    ("ollama", "ollama"),
    ("together", "together"),
    ("cerebras", "cerebras"),
    ("openai", "openai"),
)


class WrapperCall(ChatCall):
    """One call of the wrapper."""

    __slots__ = ("_caches", "_chooses", "_clients", "answering")

    def __init__(
        self, owner: Any, span: LiveSpan, messages: Any, clients: int, caches: bool, asking: Any
    ) -> None:
        super().__init__(owner, span, messages, None)
        self._clients = clients
        self._caches = caches
        self._chooses = asking if isinstance(asking, SpeakerSelection) else None
        self.answering: Any = None  # the client that gave the answer

    def tries_several(self) -> bool:
        """Whether another client follows one that fails."""
        return self._clients > 1

    def result(self, value: Any) -> None:
        span = self.span
        said = answers(value)
        span.body(c.OUTPUT_MESSAGES, snapshot(said))
        self._trouble(of_said(said))
        if self._chooses is not None and said:
            texts = [part.get("content") for part in said[0]["parts"] if part["type"] == "text"]
            self._chooses.answered("\n".join(str(text) for text in texts))
        reasons = [str(each["finish_reason"]) for each in said if "finish_reason" in each]
        if reasons:
            span.set(c.FINISH_REASONS, tuple(reasons))
        for key, name in ((c.RESPONSE_MODEL, "model"), (c.RESPONSE_ID, "id")):
            told = getattr(value, name, None)
            if isinstance(told, str):
                span.set(key, told)
        if self._caches:
            span.set(c.CACHED, self.answering is None)
        if self.answering is not None:
            span.set(c.CLIENT_CLASS, type(self.answering).__name__)
        self._usage(value)

    def _usage(self, value: Any) -> None:
        usage = getattr(value, "usage", None)
        sent, got = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
        cached = bool((self.span.attributes or {}).get(c.CACHED))
        if isinstance(sent, int) and (sent or got):
            note_usage(self.span, sent, got if isinstance(got, int) else 0, cached=cached)
        cost = getattr(value, "cost", None)
        if isinstance(cost, int | float) and cost and not cached:
            self.span.set(c.COST, float(cost))


class ClientAttempt(Call):
    """A client is asked for the wrapper."""

    __slots__ = ("_before", "_call", "_facts", "_failed", "_started")

    def __init__(self, owner: object, call: WrapperCall, params: Any) -> None:
        self.owner = owner
        self.span = call.span
        self._call = call
        self._before = attempts_of(call.span)
        self._failed = False
        self._started = time.perf_counter_ns()
        self._facts: dict[str, Value] = {c.CLIENT_CLASS: type(owner).__name__}
        told: Mapping[str, Any] = params if is_mapping(params) else {}
        note_limit(self.span, told)
        model = told.get("model")
        if isinstance(model, str):
            self._facts[c.REQUEST_MODEL] = model
        if told.get("stream"):
            self.span.set(STREAMED, True)
            self.span.set(ESTIMATED, True)  # the client counts chunks and tokens by itself

    def result(self, value: Any) -> None:
        self._call.answering = self.owner

    def failed(self, error: BaseException) -> None:
        self._failed = True
        self._facts[c.ERROR_TYPE] = type(error).__name__
        self._facts[c.EXCEPTION_MESSAGE] = str(error)[:500]

    def left(self) -> None:
        pass

    def end(self) -> None:
        if self._failed or self._call.tries_several():
            self._facts[DURATION_MS] = (time.perf_counter_ns() - self._started) / 1e6
            note_client(self.span, self._facts, self._before)


def _chunks(raw: Any, function: Any, opener: Opener, recorder: Recorder, inside: bool) -> Any:
    """Wrap what gives the chunks of a stream: the first one is noted."""

    @unseen
    def noted(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        stream = method(*args, **kwargs)
        call = call_of(current_span())
        return _first(stream, call.span) if isinstance(call, WrapperCall) else stream

    return Watched(raw, noted)


@unseen
def _first(stream: Generator[Any], span: LiveSpan) -> Generator[Any]:
    for chunk in stream:
        span.set(c.TIME_TO_FIRST_CHUNK, (now_ns() - span.start_ns) / 1e9)
        yield chunk
        break
    yield from stream


class Wrappers:
    """Opens model calls."""

    def __init__(self, recorder: Recorder, watch: Watch) -> None:
        self._recorder = recorder
        self._watch = watch
        self._watched: set[type] = set()

    def create(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`OpenAIWrapper.create` is called."""
        around = current_span()
        asking = call_of(around)
        if isinstance(asking, WrapperCall) and asking.owner is owner:
            return None
        clients: list[Any] = getattr(owner, "_clients", None) or []
        for client in clients:
            self._watch_client(class_of(client))
        configs: list[Any] = getattr(owner, "_config_list", None) or [{}]
        config: dict[str, Any] = {**kwargs, **configs[0]}
        span, messages = self.asked(owner, config, name_of(kwargs.get("agent")), clients)
        allowed = [_attempts(client) for client in clients]
        if allowed and None not in allowed:
            span.set(ALLOWED, sum(each or 0 for each in allowed))
        caches = config.get("cache") is not None or config.get("cache_seed", CACHE_SEED) is not None
        return WrapperCall(owner, span, messages, len(clients), caches, asking)

    def asked(
        self, owner: object, config: Mapping[str, Any], agent: str, clients: list[Any]
    ) -> tuple[LiveSpan, Any]:
        """The span of a call with what it asks, and the messages."""
        around = current_span()
        span = self._span(config, agent, clients, around)
        messages = config.get("messages")
        who = span.agent or f"client {id(owner)}"
        if around is not None and around.op == SELECT:
            who = f"{who} selects"
        if messages:
            bodies: list[Body] = [request_message(message) for message in messages]
            span.body(c.INPUT_MESSAGES, Context(who, bodies))
        elif config.get("prompt") is not None:
            span.body(c.INPUT_MESSAGES, snapshot(config["prompt"]))
        self._offer(span, config)
        return span, messages

    def _span(
        self, config: Mapping[str, Any], agent: str, clients: list[Any], around: LiveSpan | None
    ) -> LiveSpan:
        model = config.get("model")
        name = model if isinstance(model, str) else "unknown"
        if around is not None and around.op == SELECT:
            agent = ""  # the selector is made for this; the manager asks
        span = self._recorder.span(c.CHAT, f"{c.CHAT} {name}", agent=agent)
        if isinstance(model, str):
            span.set(c.REQUEST_MODEL, model)
        provider = _provider(config, clients)
        if provider:
            span.set(c.PROVIDER, provider)
        return span

    def _offer(self, span: LiveSpan, config: Mapping[str, Any]) -> None:
        offered = [*(config.get("tools") or ()), *(config.get("functions") or ())]
        if offered:
            span.set(TOOLS_OFFERED, len(offered))
            span.body(c.TOOL_DEFINITIONS, snapshot(offered))

    def _watch_client(self, cls: type) -> None:
        """Clients are of any class that has `create`: each is watched when it is first met."""
        if cls in self._watched:
            return
        if not self._watched:
            streams: Any = getattr(sys.modules.get("openai._streaming"), "Stream", None)
            if isinstance(streams, type):
                self._watch.methods(streams, {"__stream__": self.attempt}, wrap=_chunks)
        self._watched.add(cls)
        for each in cls.__mro__:
            if "create" in each.__dict__:
                self._watch.methods(each, {"create": self.attempt}, inside=True, wrap=blocking)
                return

    def attempt(self, client: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """A client's `create` is called."""
        call = call_of(current_span())
        if not isinstance(call, WrapperCall):
            return None
        return ClientAttempt(client, call, args[0] if args else kwargs.get("params"))


def _attempts(client: Any) -> int | None:
    """How often a client's library may send a request, None where it does not say."""
    retries = getattr(getattr(client, "_oai_client", None), "max_retries", None)
    return retries + 1 if isinstance(retries, int) else None


def _provider(config: Mapping[str, Any], clients: list[Any]) -> str:
    where = str(config.get("api_type") or "").lower()
    if clients:
        cls = class_of(clients[0])
        library = type(getattr(clients[0], "_oai_client", None)).__name__
        if cls.__module__.startswith("autogen."):
            where = f"{where} {cls.__name__} {library}".lower()
    return next((provider for word, provider in PROVIDERS if word in where), "")
