"""Model calls: `chat` spans around `create` and `create_stream` of every model client class.

A client that hands the same request on to another one (a cache, a retry, a router) makes one call:
what the inner clients did are its attempts, noted as events. HTTP requests made during a call, the
client library's silent retries among them, are events as well.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final, cast

from ...tracer import conventions as c
from ...tracer.bodies import Body, Context
from ...tracer.names import Value
from ...tracer.recorder import LiveSpan, Recorder, current_span, now_ns
from ..prices import UNKNOWN, Prices, load, price_of
from . import troubles
from .messages import answer, model_message, tool_definitions
from .selection import Selection
from .watching import Args, Call, Kwargs, Watch, blocking, call_of

ALLOWED: Final = "agentloupe.attempts.allowed"
STREAMED: Final = "agentloupe.streamed"
TOOLS_OFFERED: Final = "agentloupe.tools.offered"
TOOL_CHOICE: Final = "agentloupe.tools.choice"
SERVER: Final = "server.address"
DURATION_MS: Final = "agentloupe.duration_ms"

_PROVIDERS: Final = (
    ("azure", "azure.ai.openai"),
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("ollama", "ollama"),
    ("llama_cpp", "llama_cpp"),
    ("replay", "autogen.replay"),
)


#: The client whose call is an attempt of another's.
_attempting: ContextVar[object] = ContextVar("agentloupe_attempting", default=None)


class ChatCall(Call):
    """One model call."""

    __slots__ = ("_answered", "_asking", "_prices", "messages")

    def __init__(
        self,
        owner: object,
        span: LiveSpan,
        messages: Sequence[Any],
        asking: Call | None,
        prices: Prices = UNKNOWN,
    ) -> None:
        super().__init__(owner, span)
        self._prices = prices
        self._asking = asking if isinstance(asking, Selection) else None
        self.messages = messages
        self._answered = False

    def item(self, value: Any) -> None:
        span = self.span
        if span.attributes is None or c.TIME_TO_FIRST_CHUNK not in span.attributes:
            span.set(STREAMED, True)
            span.set(c.TIME_TO_FIRST_CHUNK, (now_ns() - span.start_ns) / 1e9)
        if not isinstance(value, str):
            self.result(value)

    def result(self, value: Any) -> None:
        if value is not None and not self._answered and hasattr(value, "finish_reason"):
            self._answered = True
            self.span.body(c.OUTPUT_MESSAGES, answer(value))
            if self._asking is not None:
                self._asking.answered(str(value.content))
            _describe_result(self.span, value)
            self._trouble(troubles.of_result(value))
            self._price(value)

    def failed(self, error: BaseException) -> None:
        super().failed(error)
        self._trouble(troubles.of_error(error))

    def _trouble(self, found: str | None) -> None:
        if found is not None:
            self.span.set(c.MODEL_TROUBLE, found)

    def _price(self, result: Any) -> None:
        usage = _usage(result)
        if not self._prices or usage is None or getattr(result, "cached", False):
            return
        told = self.span.attributes or {}
        model = str(told.get(c.RESPONSE_MODEL) or told.get(c.REQUEST_MODEL) or "")
        price = price_of(model, self._prices)
        if price is not None:
            self.span.set(c.COST, price.of(*usage))

    def left(self) -> None:
        if not self._answered:
            super().left()


class Attempt(Call):
    """A call that another client made for the recorded one: an event of its span."""

    __slots__ = ("_before", "_facts", "_started", "_token")

    def __init__(self, owner: object, span: LiveSpan, model: str) -> None:
        self.owner = owner
        self.span = span
        self._before = attempts_of(span)
        self._token = _attempting.set(owner)
        self._started = time.perf_counter_ns()
        self._facts: dict[str, Value] = {c.CLIENT_CLASS: type(owner).__name__}
        if model:
            self._facts[c.REQUEST_MODEL] = model

    def item(self, value: Any) -> None:
        if not isinstance(value, str):
            self.result(value)

    def result(self, value: Any) -> None:
        usage = _usage(value)
        if usage is not None:
            self._facts[c.INPUT_TOKENS], self._facts[c.OUTPUT_TOKENS] = usage

    def failed(self, error: BaseException) -> None:
        self._facts[c.ERROR_TYPE] = type(error).__name__
        self._facts[c.EXCEPTION_MESSAGE] = str(error)[:500]

    def left(self) -> None:
        pass

    def end(self) -> None:
        self._facts[DURATION_MS] = (time.perf_counter_ns() - self._started) / 1e6
        note_client(self.span, self._facts, self._before)
        with contextlib.suppress(ValueError):  # an abandoned stream is closed elsewhere
            _attempting.reset(self._token)


def attempts_of(span: LiveSpan) -> int:
    """How many attempts are noted on a span."""
    return sum(name == c.ATTEMPT for name, _, _ in span.events or ())


def note_client(span: LiveSpan, facts: Mapping[str, Value], before: int) -> None:
    """A client was asked. It is an attempt of its own only if none was seen inside of it: whoever
    counts them would take a request and the client that made it for two.
    """
    span.event(c.ATTEMPT if attempts_of(span) == before else c.CLIENT, facts)


def _describe_result(span: LiveSpan, result: Any) -> None:
    usage = _usage(result)
    cached = bool(getattr(result, "cached", False))
    if cached:
        span.set(c.CACHED, True)
    if usage is not None:
        note_usage(span, *usage, cached=cached)
    span.set(c.FINISH_REASONS, (str(result.finish_reason),))


def note_usage(span: LiveSpan, sent: int, got: int, *, cached: bool) -> None:
    """The tokens of an answer. One from a cache has used none, whoever adds them up; what it once
    took is told apart.
    """
    if cached:
        span.set(c.CACHED_INPUT_TOKENS, sent)
        span.set(c.CACHED_OUTPUT_TOKENS, got)
        sent = got = 0
    span.set(c.INPUT_TOKENS, sent)
    span.set(c.OUTPUT_TOKENS, got)


def _usage(result: Any) -> tuple[int, int] | None:
    """Tokens of prompt and answer; None when the server did not say (AutoGen then has 0 and 0)."""
    usage = getattr(result, "usage", None)
    sent, got = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(sent, int) or not isinstance(got, int) or (sent == 0 and got == 0):
        return None
    return sent, got


def model_of(client: Any, extra: Any) -> str:
    """The model's name, "" when the client does not tell."""
    for arguments in (extra, getattr(client, "_create_args", None)):
        if isinstance(arguments, Mapping):
            model: object = cast("Mapping[str, object]", arguments).get("model")
            if isinstance(model, str):
                return model
    for name in ("model", "_model", "model_name", "_model_name"):
        value = getattr(client, name, None)
        if isinstance(value, str):
            return value
    return ""


def provider_of(client: object) -> str:
    """The provider, by the module and name of the client's class, "" when it is not a known one."""
    return _provider_of(type(client))


@lru_cache(256)
def _provider_of(kind: type) -> str:
    for cls in kind.__mro__:
        where = f"{cls.__module__}.{cls.__qualname__}".lower()
        if where.startswith("autogen_ext."):
            for word, provider in _PROVIDERS:
                if word in where:
                    return provider
    return ""


def _messages(args: Args, kwargs: Kwargs) -> Sequence[Any]:
    messages: Any = kwargs.get("messages", args[0] if args else ())
    return list(messages)


def _same_request(outer: ChatCall, messages: Sequence[Any]) -> bool:
    return len(outer.messages) == len(messages) and all(
        a is b or a == b for a, b in zip(outer.messages, messages, strict=True)
    )


class _HttpAttempt(Call):
    """An HTTP request made during a model call."""

    __slots__ = ("_facts", "_started")

    def __init__(self, span: LiveSpan, request: Any) -> None:
        self.owner = None
        self.span = span
        self._started = time.perf_counter_ns()
        host = getattr(getattr(request, "url", None), "host", None)
        self._facts: dict[str, Value] = {SERVER: str(host)} if host else {}

    def result(self, value: Any) -> None:
        status = getattr(value, "status_code", None)
        if isinstance(status, int):
            self._facts[c.HTTP_STATUS] = status
            if status >= 400:
                self._facts[c.ERROR_TYPE] = str(status)

    def failed(self, error: BaseException) -> None:
        self._facts[c.ERROR_TYPE] = type(error).__name__

    def left(self) -> None:
        pass

    def end(self) -> None:
        self._facts[DURATION_MS] = (time.perf_counter_ns() - self._started) / 1e6
        self.span.event(c.ATTEMPT, self._facts)


class _LibraryAnswer(Call):
    """The client library's own answer, which says more than AutoGen passes on."""

    def __init__(self, span: LiveSpan) -> None:
        self.owner = None
        self.span = span

    def result(self, value: Any) -> None:
        for key, name in ((c.RESPONSE_MODEL, "model"), (c.RESPONSE_ID, "id")):
            told = getattr(value, name, None)
            if isinstance(told, str):
                self.span.set(key, told)
        if getattr(value, "done_reason", None) == "length":  # AutoGen's Ollama client drops it
            self.span.set(c.MODEL_TROUBLE, troubles.CUT_OFF)

    def failed(self, error: BaseException) -> None:
        pass

    def left(self) -> None:
        pass

    def end(self) -> None:
        pass


def _chat_span() -> LiveSpan | None:
    span = current_span()
    return span if span is not None and span.op == c.CHAT else None


class ModelInstrumentor:
    """Watches model clients: AutoGen's and the program's own."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch `ChatCompletionClient` and what derives from it."""
        watch = Watch(recorder)

        prices = load(recorder.notice)

        def opener(client: Any, args: Args, kwargs: Kwargs) -> Call | None:
            return _opened(recorder, client, args, kwargs, prices)

        watch.family(module.ChatCompletionClient, {"create": opener, "create_stream": opener})
        return watch.undo


class ClientLibraryInstrumentor:
    """Watches what the clients stand on, as far as a model call is going on."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch HTTP requests, or a library's answers."""
        watch = Watch(recorder)
        if module.__name__.startswith("httpx"):
            watch.methods(module.AsyncClient, {"send": _http_attempt})
            watch.methods(module.Client, {"send": _http_attempt}, wrap=blocking)
        for name in ("AsyncCompletions", "AsyncMessages"):
            asked: Any = getattr(module, name, None)
            if asked is not None:
                watch.methods(asked, {"create": _library_answer, "parse": _library_answer})
        if module.__name__ == "ollama._client":
            watch.methods(module.AsyncClient, {"chat": _library_answer})
        return watch.undo


def _http_attempt(client: object, args: Args, kwargs: Kwargs) -> Call | None:
    span = _chat_span()
    return None if span is None else _HttpAttempt(span, kwargs.get("request") or args[0])


def _library_answer(client: object, args: Args, kwargs: Kwargs) -> Call | None:
    span = _chat_span()
    if span is None:
        return None
    note_limit(span, kwargs)
    return _LibraryAnswer(span)


def note_limit(span: LiveSpan, asked: Mapping[str, Any]) -> None:
    """How many tokens a reply may have, where the program says so: one that is cut there was meant
    to be."""
    for name in ("max_completion_tokens", "max_tokens"):
        limit = asked.get(name)
        if isinstance(limit, int):  # else None, or what the library takes for "not given"
            span.set(c.REQUEST_MAX_TOKENS, limit)


def _opened(
    recorder: Recorder, client: Any, args: Args, kwargs: Kwargs, prices: Prices
) -> Call | None:
    messages = _messages(args, kwargs)
    model = model_of(client, kwargs.get("extra_create_args"))
    outer = call_of(_chat_span())
    if isinstance(outer, ChatCall) and _same_request(outer, messages):
        if _attempting.get() is client:
            return None  # its class passes the attempt on to the one it derives from
        return Attempt(client, outer.span, model)
    asking = call_of(current_span())
    kind = type(client).__name__
    told: dict[str, Value] = {c.CLIENT_CLASS: kind}
    if model:
        told[c.REQUEST_MODEL] = model
    provider = provider_of(client)
    if provider:
        told[c.PROVIDER] = provider
    span = recorder.span(c.CHAT, f"{c.CHAT} {model or kind}", attributes=told)
    retries = getattr(getattr(client, "_client", None), "max_retries", None)  # OpenAI, Anthropic
    if isinstance(retries, int):
        span.set(ALLOWED, retries + 1)
    bodies: list[Body] = [model_message(message) for message in messages]
    span.body(c.INPUT_MESSAGES, Context(span.agent or f"client {id(client)}", bodies))
    _describe_tools(span, kwargs)
    return ChatCall(client, span, messages, asking, prices)


def _describe_tools(span: LiveSpan, kwargs: Kwargs) -> None:
    tools: Any = kwargs.get("tools")
    if tools:
        span.set(TOOLS_OFFERED, len(tools))
        span.body(c.TOOL_DEFINITIONS, tool_definitions(tools))
    choice: Any = kwargs.get("tool_choice", "auto")
    if choice != "auto":
        span.set(TOOL_CHOICE, choice if isinstance(choice, str) else str(choice.name))


instrumentor = ModelInstrumentor()
libraries = ClientLibraryInstrumentor()
