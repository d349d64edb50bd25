"""A run that may be controlled from its start: the desk opens once the program uses agents.

People that are asked by a program's `UserProxyAgent` can be answered at the desk too; whoever
answers first is heard. A program whose standard input is closed or empty waits for the desk.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any
from uuid import uuid4

import wrapt

from ..tracer.names import plain_name
from .instruments.agentchat import identity_of
from .instruments.watching import unseen


def follow(pause_at: list[str]) -> None:
    """Open the desk as soon as the program imports autogen_core."""

    def opened(module: Any) -> None:
        from .listening import listen

        listen(pause_at)

    wrapt.register_post_import_hook(opened, "autogen_core")
    wrapt.register_post_import_hook(_people, "autogen_agentchat.agents")


def _people(module: Any) -> None:
    wrapt.wrap_function_wrapper(module, "UserProxyAgent._get_input", _asked)


@unseen
async def _asked(method: Any, agent: Any, args: Any, kwargs: Any) -> str:
    from .listening import listening

    if listening is None:
        return await method(*args, **kwargs)
    desk = listening.desk
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    wait_id = uuid4().hex[:12]

    def take(text: str) -> None:
        loop.call_soon_threadsafe(_settle, answer, text)

    prompt = str(kwargs.get("prompt", args[0] if args else ""))
    who = identity_of(agent.name)
    desk.ask(wait_id, plain_name(who), prompt, take)
    program = asyncio.ensure_future(_program(method, agent, prompt, args, kwargs))
    token = kwargs.get("cancellation_token", args[1] if len(args) > 1 else None)
    if token is not None:
        token.link_future(answer)
    try:
        await asyncio.wait({answer, program}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() and isinstance(program.exception(), EOFError | RuntimeError):
            await asyncio.wait({answer})  # nobody is at the terminal
        return answer.result() if answer.done() else program.result()
    finally:
        program.cancel()
        answer.cancel()
        desk.asked(wait_id)


def _settle(answer: asyncio.Future[str], text: str) -> None:
    if not answer.done():
        answer.set_result(text)


async def _program(method: Any, agent: Any, prompt: str, args: Any, kwargs: Any) -> str:
    """The program's own way to ask. The console is read in a thread that nobody waits for."""
    ask = agent.input_func
    if getattr(ask, "__name__", "") != "cancellable_input" or inspect.ismethod(ask):
        return await method(*args, **kwargs)
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        try:
            text = input(prompt)
        except Exception as error:
            told = RuntimeError(f"Failed to get user input: {error}")
            _from_thread(loop, lambda: line.done() or line.set_exception(told))
        else:
            _from_thread(loop, lambda: _settle(line, text))

    threading.Thread(target=read, name="agentloupe-console", daemon=True).start()
    return await line


def _from_thread(loop: asyncio.AbstractEventLoop, call: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
