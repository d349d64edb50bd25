"""`loupe view --web`: the terminal UI in a browser on this machine.

textual-serve carries the terminal; what it leaves open is closed here. It listens on loopback. The
URL holds a token that nobody can guess, without which neither the page nor the terminal is given;
a Host or an Origin other than ours is refused, so that no page of another site can talk to it. The
page is our own and asks nobody else for anything.
"""

from __future__ import annotations

import asyncio
import html
import secrets
import shlex
import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

PAGE = Path(__file__).with_name("page.html")
HOSTS = ("127.0.0.1", "localhost")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
    " img-src 'self' data:; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)

Middleware = Callable[..., Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Served(Server):
    """Serves a command to whoever has the token."""

    def __init__(self, command: Sequence[str], port: int, title: str) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] a bare PathLike in it
            shlex.join(command), HOSTS[0], port, title
        )
        self.token = secrets.token_urlsafe(24)
        self._shown: set[asyncio.Task[object]] = set()

    @property
    def url(self) -> str:
        """What to open."""
        return f"http://{self.host}:{self.port}/?token={self.token}"

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard()])
        app.on_shutdown.append(self._end)
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/ws/{token}", self._terminal),
                web.static("/static", self.statics_path),
            ]
        )
        return app

    def _guard(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self._ours(request):
                raise web.HTTPForbidden(text="not for this host\n")
            if not request.path.startswith("/static/"):
                given = request.match_info.get("token") or request.query.get("token", "")
                if not secrets.compare_digest(given.encode(), self.token.encode()):
                    raise web.HTTPForbidden(text="open the URL that loupe printed, all of it\n")
            return await handler(request)

        return guard

    def _ours(self, request: web.Request) -> bool:
        """Whether the request was made to us, by a page of ours or by none."""
        known = {f"{name}:{self.port}" for name in HOSTS}
        origin = request.headers.get("Origin")
        return request.host in known and (origin is None or urlsplit(origin).netloc in known)

    async def _page(self, request: web.Request) -> web.Response:
        size = request.query.get("fontsize", "16")
        text = PAGE.read_text(encoding="utf-8")
        for name, value in (
            ("title", self.title),
            ("websocket", f"ws://{request.host}/ws/{self.token}"),
            ("size", size if size.isdecimal() else "16"),
        ):
            text = text.replace("{" + name + "}", html.escape(value))
        headers = {
            "Content-Security-Policy": POLICY.format(host=request.host),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _terminal(self, request: web.Request) -> web.WebSocketResponse:
        task = asyncio.current_task()
        assert task is not None
        self._shown.add(task)
        try:
            return await self.handle_websocket(request)
        finally:
            self._shown.discard(task)

    async def _end(self, app: web.Application) -> None:
        """End the programs that are shown before the loop ends that they are read on."""
        shown = list(self._shown)
        for task in shown:
            task.cancel()
        await asyncio.gather(*shown, return_exceptions=True)

    def initialize_logging(self) -> None:
        """Nothing: what is asked for holds the token."""

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: the URL is printed before."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOSTS[0], 0))
        port: int = probe.getsockname()[1]
    return port


def serve(command: Sequence[str], title: str, told: Callable[[str], None], port: int = 0) -> None:
    """Serve a command until interrupted; `told` gets the URL first.

    Raises:
        OSError: the port cannot be listened on.
    """
    server = Served(command, port or free_port(), title)
    told(server.url)
    server.serve()
