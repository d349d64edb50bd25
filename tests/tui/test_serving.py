"""Who gets the terminal UI in a browser: whoever has the whole URL, and nobody else."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from aiohttp.test_utils import TestServer

from agentloupe.tui.serving import Served

pytestmark = pytest.mark.filterwarnings("ignore:.*NotAppKeyWarning")


@pytest.fixture
async def served():
    server = Served(["true"], 0, "loupe view <a&b>")
    async with TestServer(await server._make_app(), host="127.0.0.1") as running:
        assert running.port is not None
        server.port = running.port
        yield server


async def status(url: str, **headers: str) -> tuple[int, str]:
    async with ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_the_whole_url_opens_the_page(served: Served) -> None:
    code, page = await status(served.url)
    assert code == 200
    assert "loupe view &lt;a&amp;b&gt;" in page
    assert f"ws://127.0.0.1:{served.port}/ws/{served.token}" in page
    assert not re.search(r"https?://", page), "the page asks somebody else"
    assert 'data-font-size="16"' in page
    assert 'data-font-size="22"' in (await status(f"{served.url}&fontsize=22"))[1]
    assert 'data-font-size="16"' in (await status(f"{served.url}&fontsize=9%22x"))[1]


async def test_nothing_without_the_token(served: Served) -> None:
    base = f"http://127.0.0.1:{served.port}"
    for url in (
        f"{base}/",
        f"{base}/?token=",
        f"{served.url}x",
        f"{base}/ws/x",
        f"{base}/?token=%ff",
    ):
        assert (await status(url))[0] == 403, url


async def test_no_other_host_and_no_other_origin(served: Served) -> None:
    assert (await status(served.url, Host=f"evil.example:{served.port}"))[0] == 403
    assert (await status(served.url, Origin="http://evil.example"))[0] == 403
    assert (await status(served.url, Origin=f"http://127.0.0.1:{served.port}"))[0] == 200
    socket = f"http://127.0.0.1:{served.port}/ws/{served.token}"
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(socket, headers={"Origin": "http://evil.example"})


async def test_what_the_page_needs_is_ours(served: Served) -> None:
    base = f"http://127.0.0.1:{served.port}"
    _, page = await status(served.url)
    needed = re.findall(r'(?:src|href)="(static/[^"]+)"|url\("(static/[^"]+)"\)', page)
    assert len(needed) == 3
    for each in needed:
        async with ClientSession() as session, session.get(f"{base}/{''.join(each)}") as answer:
            assert answer.status == 200
    assert (await status(f"{base}/static/"))[0] in (403, 404)
