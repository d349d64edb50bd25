"""The socket at which a run can be controlled: `<recording>.sock`, for its owner alone."""

from __future__ import annotations

import atexit
import contextlib
import hmac
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from ..tracer import control as t
from ..tracer.doorway import LONGEST, listening_at
from ..tracer.errors import LoupeError
from ..tracer.recorder import active
from .desk import Desk

_AT_ONCE: Final = getattr(socket, "MSG_DONTWAIT", 0)  # Windows has no such flag
WAITING: Final = 1 << 20  # bytes of events that a client may leave unread before it is let go


class Listening:
    """Serves the desk to its clients, a thread each.

    Raises:
        OSError: the socket cannot be made.
    """

    def __init__(self, path: Path, pause_at: list[str]) -> None:
        self._path = path
        self._clients: list[_Client] = []
        self._lock = threading.Lock()
        self._socket, self._token = listening_at(path)
        self.desk = Desk(self._say, pause_at)
        self._pid = os.getpid()
        threading.Thread(target=self._accept, name="agentloupe-control", daemon=True).start()
        atexit.register(self.close)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            client = _Client(connection, self.desk, self._token)
            with self._lock:
                self._clients.append(client)
            threading.Thread(target=client.serve, name="agentloupe-client", daemon=True).start()

    def _say(self, event: BaseModel) -> None:
        line = event.model_dump_json().encode() + b"\n"
        with self._lock:
            self._clients = [each for each in self._clients if each.alive]
            for client in self._clients:
                client.tell(event, line)

    def close(self) -> None:
        """Tell the clients, and take the socket away."""
        if os.getpid() != self._pid:
            return
        self._say(t.Ended())
        self._socket.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


class _Client:
    """One connection. Events are sent by other threads than answers."""

    def __init__(self, connection: socket.socket, desk: Desk, token: bytes) -> None:
        self.alive = True
        self._token = token  # what it must send first
        self._connection = connection
        self._desk = desk
        self._known = not token
        self._lock = threading.Lock()
        self._order = threading.Lock()
        self._told: BaseModel | None = None
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING)
        connection.settimeout(None)

    def serve(self) -> None:
        """Answer requests until the client goes."""
        try:
            with self._connection.makefile("rb") as lines:
                shown = lines.readline(len(self._token)) if self._token else b""
                if not hmac.compare_digest(shown, self._token):
                    return
                self._known = True
                while line := lines.readline(LONGEST):
                    self.send(self._answer(line))
                    if b'"hello"' in line and self._desk.stopped is not None:
                        stopped = self._desk.stopped
                        self.tell(stopped, stopped.model_dump_json().encode() + b"\n")
        except OSError:
            pass
        finally:
            self.alive = False
            self._connection.close()

    def tell(self, event: BaseModel, line: bytes) -> None:
        """Send an event, unless it was the last one sent."""
        with self._order:
            if not self._known:
                return
            if event is not self._told:
                self._told = event
                self.send(line)

    def _answer(self, line: bytes) -> bytes:
        number = 0
        try:
            document: Any = json.loads(line)
            number = int(document.get("seq", 0))
            request = t.REQUEST.validate_python(document)
            answer = t.Line(seq=number, ok=self._desk.answer(request).model_dump(mode="json"))
        except LoupeError as error:
            answer = _trouble(number, error.what, error.advice, error.code)
        except ValidationError as error:
            answer = _trouble(number, f"that is no request: {error.errors()[0]['msg']}", "")
        except Exception as error:
            answer = _trouble(number, f"{type(error).__name__}: {error}", "")
        return answer.model_dump_json(exclude_none=True).encode() + b"\n"

    def send(self, line: bytes) -> None:
        """Whoever does not read is let go: the program does not wait for them."""
        if not self.alive:
            return
        with self._lock:
            try:
                sent = self._connection.send(line, _AT_ONCE)
                if sent < len(line):
                    self._connection.settimeout(1.0)
                    self._connection.sendall(line[sent:])
            except OSError:
                self.alive = False
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)


def _trouble(number: int, what: str, advice: str, code: str = "LP300") -> t.Line:
    return t.Line(seq=number, error=t.Trouble(code=code, what=what, advice=advice))


listening: Listening | None = None


def listen(pause_at: list[str]) -> None:
    """Let the recording that goes on in this process be controlled; a failure is only told."""
    global listening
    recorder = active()
    if recorder is None or listening is not None:
        return
    try:
        listening = Listening(t.socket_path(recorder.path), pause_at)
    except OSError as error:
        recorder.notice(f"the run cannot be controlled: {error}")
