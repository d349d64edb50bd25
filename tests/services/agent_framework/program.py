"""An agent with a tool, one whose tool fails, a workflow; with `own`, on a provider of its own.

Says what its exporter got, and writes its log to stdout.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from agent_framework import Agent, WorkflowBuilder
from agent_framework.openai import OpenAIChatCompletionClient
from scripted import call, last, serve

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(levelname)s %(message)s")
for noisy in ("httpcore2", "httpx2", "openai", "asyncio"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)


def script(request: dict) -> object:
    if request.get("tools") and request["messages"][-1]["role"] != "tool":
        return call(request["tools"][0]["function"]["name"], '{"a": 1, "b": 2}', 1)
    return f"said after {last(request)[:20]}"


def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


def fails(a: int, b: int) -> int:
    """Fails."""
    raise RuntimeError("secret detail")


def own_provider() -> object:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


async def main() -> None:
    exporter = own_provider() if "own" in sys.argv else None
    client = OpenAIChatCompletionClient(model="gpt-4o", api_key="none", base_url=serve(script))
    print(await Agent(client, "You add.", name="adder", tools=[add]).run("Add 1 and 2."))
    print(await Agent(client, "You fail.", name="failer", tools=[fails]).run("Fail."))
    writer, critic = Agent(client, "Write.", name="writer"), Agent(client, "Crit.", name="critic")
    builder = WorkflowBuilder(name="review", start_executor=writer)
    builder.add_edge(writer, critic)
    print(len(list(await builder.build().run("Write about the sea."))))
    if exporter is not None:
        for span in exporter.get_finished_spans():
            print(span.name, json.dumps(sorted(span.attributes)))


asyncio.run(main())
