"""How agents take turns: one event loop, plain functions beside it, and a stream of messages."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import inspect
import queue
import re
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    TextMessage,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import FunctionExecutionResult

Message = dict[str, Any]
Result = TypeVar("Result")

Calls = queue.SimpleQueue[Callable[[], None] | None]
Said = asyncio.Queue[BaseAgentEvent | BaseChatMessage | None]

_calls: contextvars.ContextVar[Calls | None] = contextvars.ContextVar("calls", default=None)
_said: contextvars.ContextVar[Said | None] = contextvars.ContextVar("said", default=None)
_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True, name="agents").start()
CLOSING = 5  # seconds that the end of the program waits for connections to be closed


@atexit.register
def _shut_down() -> None:
    """What still runs on the loop ends, clients of models among it."""
    closing = asyncio.run_coroutine_threadsafe(_loop.shutdown_asyncgens(), _loop)
    with contextlib.suppress(TimeoutError):
        closing.result(CLOSING)


def wait(work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for a coroutine from code that is not async, notebooks and callbacks included.

    It runs on one event loop of the agents; plain functions it calls run here, in the thread that
    waits, as they did in v0.2.
    """
    calls: Calls = queue.SimpleQueue()

    async def run() -> Result:
        _calls.set(calls)
        try:
            return await work
        finally:
            calls.put(None)

    if threading.current_thread().name == "agents":
        raise RuntimeError("this is called from a coroutine of the agents: await its a_ twin")
    future = asyncio.run_coroutine_threadsafe(run(), _loop)
    try:
        while (function := calls.get()) is not None:
            function()
    except BaseException:
        future.cancel()
        raise
    return future.result()


async def call(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a function of the program, in the thread that waits; a coroutine function is awaited."""
    calls = _calls.get()
    if calls is None or inspect.iscoroutinefunction(function):
        result = function(*args, **options)
    else:
        future: Future[Any] = Future()
        context = contextvars.copy_context()

        def run() -> None:
            try:
                future.set_result(context.run(function, *args, **options))
            except Exception as error:
                future.set_exception(error)

        calls.put(run)
        result = await asyncio.wrap_future(future)
    return await result if inspect.isawaitable(result) else result


async def call_apart(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a function of the program; what agents send in it is a conversation of its own."""
    token = _said.set(None)
    try:
        return await call(function, *args, **options)
    finally:
        _said.reset(token)


def waiting() -> bool:
    """Whether code that is not async waits for what is going on: v0.2's chats without `a_`."""
    return _calls.get() is not None


def talking() -> bool:
    """Whether there is a conversation that what is said belongs to."""
    return _said.get() is not None


def as_message(message: Any) -> Message:
    """A message as v0.2's dictionary."""
    return {"content": message} if isinstance(message, str) else dict(message)


def identifier(name: str) -> str:
    """The nearest name that 0.7 accepts."""
    safe = re.sub(r"\W", "_", name)
    return f"_{safe}" if safe[:1].isdigit() or not safe else safe


def model_name(name: str) -> str:
    """The nearest name that model clients of 0.7 accept: letters of ASCII, digits, _ and -."""

    def spelled(match: re.Match[str]) -> str:
        return f"u{ord(match[0]):x}" if match[0].isalnum() else "_"

    return re.sub(r"[^A-Za-z0-9_-]", spelled, name)[:64] or "agent"


def content_text(content: Any) -> str:
    """The text of a message's content, which may be a list of parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list | tuple):  # no message, but what a program takes for a prompt
        return str(content)
    parts = cast("list[dict[str, str]]", content)
    return "".join(part.get("text", "<image>") for part in parts)


class Conversation(BaseChatAgent):
    """One exchange as an agent of 0.7, so that consoles and traces see every message of it."""

    def __init__(self, name: str, talk: Callable[[], Awaitable[object]]) -> None:
        super().__init__(identifier(name), "A conversation of agents.")
        self._talk = talk

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        async for item in self.on_messages_stream(messages, cancellation_token):
            if isinstance(item, Response):
                return item
        raise AssertionError("the stream ends with a response")

    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        said: Said = asyncio.Queue()

        async def talk() -> None:
            _said.set(said)
            try:
                await self._talk()
            finally:
                said.put_nowait(None)

        task = asyncio.create_task(talk())
        cancellation_token.link_future(task)
        while (message := await said.get()) is not None:
            yield message
            said.task_done()
        await task
        yield Response(chat_message=TextMessage(content="", source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Nothing is kept here: the agents have the history."""


async def converse(name: str, talk: Callable[[], Awaitable[Result]]) -> Result:
    """Run an exchange; what is said inside another one's exchange is a conversation of its own."""
    results: list[Result] = []

    async def run() -> None:
        results.append(await talk())

    async for _ in Conversation(name, run).run_stream():
        pass
    return results[0]


async def say(message: Message, source: str) -> None:
    """Put a message on the stream of the running conversation, and go on when it was seen."""
    said = _said.get()
    assert said is not None
    calls = list(message.get("tool_calls") or [])
    if message.get("function_call"):
        calls.append({"id": "", "function": message["function_call"]})
    text = content_text(message.get("content"))
    results: list[Message] = message.get("tool_responses") or []
    if message.get("role") == "function":
        results = [message]
    if calls:
        wanted = [
            FunctionCall(
                id=str(each.get("id") or ""),
                name=each["function"]["name"],
                arguments=each["function"].get("arguments") or "{}",
            )
            for each in calls
        ]
        said.put_nowait(ToolCallRequestEvent(content=wanted, source=source))
    if results:
        found = [
            FunctionExecutionResult(
                call_id=str(each.get("tool_call_id") or ""),
                content=str(each.get("content") or ""),
                name=str(each.get("name") or ""),
            )
            for each in results
        ]
        said.put_nowait(ToolCallExecutionEvent(content=found, source=source))
    elif text or not calls:
        said.put_nowait(TextMessage(content=text, source=source))
    await said.join()
