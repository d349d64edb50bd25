"""An MCP server: tools that work, fail, take their time, or end the server.

    python server.py [stdio | http PORTFILE] [silent]

`silent` answers no `tools/list`. With OTEL_EXPORTER_OTLP_ENDPOINT it makes a span of each `add`,
a child of the one whose context came with the request.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import Any

import uvicorn
from mcp.server.fastmcp import Context, FastMCP
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

server = FastMCP("arithmetic", log_level="ERROR")


def tracer() -> trace.Tracer:
    provider = TracerProvider()
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("arithmetic")


@server.tool()
async def add(a: int, b: int, ctx: Context[Any, Any, Any]) -> int:
    """Add two numbers."""
    meta = ctx.request_context.meta
    carrier = {"traceparent": str(getattr(meta, "traceparent", ""))}
    around = TraceContextTextMapPropagator().extract(carrier)
    with tracer().start_as_current_span("tools/call add", around, trace.SpanKind.SERVER) as span:
        span.set_attribute("mcp.method.name", "tools/call")
        return a + b


@server.tool()
def fail() -> str:
    """Never works."""
    raise ValueError("no such table: 'orders'")


@server.tool()
async def wait(seconds: float) -> str:
    """Take a while."""
    await asyncio.sleep(seconds)
    return "waited"


@server.tool()
def crash() -> str:
    """End the server at once."""
    os._exit(3)


@server.resource("notes://today")
def today() -> str:
    """What there is to do."""
    return "buy milk"


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Say hello to {name}."


def main(transport: str = "stdio", *rest: str) -> None:
    if "silent" in rest:

        async def never() -> Any:
            await asyncio.Event().wait()

        server._mcp_server.list_tools()(never)  # pyright: ignore[reportPrivateUsage]  no public way to be silent
    if transport == "stdio":
        server.run("stdio")
        return
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    app = server.streamable_http_app()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


main(*sys.argv[1:])
