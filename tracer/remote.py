"""Clients of the control protocol: `Remote` for scripts, `AsyncRemote` for an event loop.

with Remote(recording) as remote:
    remote.ask(AddBreak(recipient="coder"))
    remote.ask(DoResume())
    stopped = remote.event(timeout=30)
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ValidationError

from .control import EVENT, ControlError, Hello, Line, Refused, Request, SayHello, socket_path
from .doorway import connected, streams


def encode(number: int, request: Request) -> bytes:
    """A request as a line."""
    return json.dumps({"seq": number, **request.model_dump(mode="json")}).encode() + b"\n"


def decode(line: bytes) -> Any:
    """A line of the server: a `Line` that answers, or an event; None for an event of later date.

    Raises:
        ControlError: it is neither.
    """
    try:
        document = json.loads(line)
        if "event" not in document:
            return Line.model_validate(document)
        with contextlib.suppress(ValidationError):
            return EVENT.validate_python(document)
        return None
    except (ValueError, TypeError) as error:
        raise ControlError(f"the program answers {line[:200]!r}: {error}") from error


def _outcome(request: Request, line: Line) -> Any:
    if line.error is not None:
        error = Refused(line.error.what, line.error.advice)
        error.code = line.error.code  # pyright: ignore[reportAttributeAccessIssue]  this one's own
        raise error
    return request.answer.model_validate(line.ok)


def _absent(path: Path, error: OSError) -> ControlError:
    return ControlError(
        f"no program can be controlled at {str(path)!r}: {error.strerror or error}",
        "it must be running, and started with: loupe run --live app.py",
    )


def _gone() -> ControlError:
    return ControlError("the program has ended, or closed the connection")


class Remote:
    """Talks to a program from a thread that may wait. One request at a time.

    Args:
        recording: the recording that the program writes.
        timeout: seconds to wait for an answer.

    Raises:
        ControlError: nobody is there to be controlled.
    """

    def __init__(self, recording: Path, *, timeout: float = 10.0) -> None:
        path = socket_path(recording)
        self._timeout = timeout
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._events: deque[Any] = deque()
        try:
            self._socket = connected(path, timeout)
        except OSError as error:
            raise _absent(path, error) from error
        self.hello: Hello = self.ask(SayHello())

    def ask(self, request: Request) -> Any:
        """Ask, and wait for the answer, of the class `request.answer`.

        Raises:
            Refused: the program does not do it. ControlError: it is gone, or does not answer.
        """
        number = next(self._numbers)
        end = time.monotonic() + self._timeout
        try:
            self._socket.settimeout(self._timeout)
            self._socket.sendall(encode(number, request))
        except OSError as error:
            raise _gone() from error
        while True:
            told = self._line(end)
            if told is None:
                raise ControlError(f"the program does not answer {request.named!r}")
            if isinstance(told, Line):
                if told.seq == number:
                    return _outcome(request, told)
            else:
                self._events.append(told)

    def event(self, timeout: float) -> Any:
        """The next event, None when there is none within `timeout` seconds.

        Raises:
            ControlError: the program is gone.
        """
        if self._events:
            return self._events.popleft()
        end = time.monotonic() + timeout
        while (told := self._line(end)) is not None:
            if not isinstance(told, Line):
                return told
        return None

    def _line(self, end: float) -> Any:
        while True:
            head, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                told = decode(head)
                if told is not None:
                    return told
                continue
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                more = self._socket.recv(1 << 16)
            except TimeoutError:
                return None
            except OSError as error:
                raise _gone() from error
            if not more:
                raise _gone()
            self._buffer += more

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Remote:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncRemote:
    """The same on an event loop: `await AsyncRemote.connect(recording)`, `async for` its events."""

    hello: Hello

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Line]] = {}
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._over = False
        self._listener = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def connect(cls, recording: Path) -> AsyncRemote:
        """Raises ControlError when nobody is there to be controlled."""
        path = socket_path(recording)
        try:
            reader, writer = await streams(path)
        except OSError as error:
            raise _absent(path, error) from error
        remote = cls(reader, writer)
        remote.hello = await remote.ask(SayHello())
        return remote

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                told = decode(line)
                if isinstance(told, Line):
                    asked = self._asked.pop(told.seq, None)
                    if asked is not None and not asked.done():
                        asked.set_result(told)
                elif told is not None:
                    self._events.put_nowait(told)
        except (OSError, ValueError, ControlError):
            pass  # as good as gone
        finally:
            self._over = True
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(_gone())
            self._events.put_nowait(None)

    async def ask(self, request: Request, *, timeout: float = 10.0) -> Any:
        """Ask, and wait for the answer. Raises as `Remote.ask` does."""
        if self._over:
            raise _gone()
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(encode(number, request))
            async with asyncio.timeout(timeout):
                return _outcome(request, await asked)
        except TimeoutError as error:
            raise ControlError(f"the program does not answer {request.named!r}") from error
        except OSError as error:
            raise _gone() from error
        finally:
            self._asked.pop(number, None)

    async def events(self) -> AsyncIterator[Any]:
        """Events as they come, until the program ends."""
        while (told := await self._events.get()) is not None:
            yield told

    async def close(self) -> None:
        self._listener.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
