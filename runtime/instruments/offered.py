"""What each instrumentor of ours watches: where the entry points `agentloupe.instrumentors` lead.

Not in the package itself, where a module that is imported takes the place of what has its name.
"""

from __future__ import annotations

from typing import Final

from ...tracer.instrumentor import Later

_HERE: Final = __package__

autogen_runtime = Later(
    "autogen-runtime",
    "agentloupe.runtime.instrument:instrumentor",
    "autogen_core",
    "autogen_agentchat.teams._group_chat._base_group_chat",
)
autogen_own_runtime = Later(
    "autogen-own-runtime",
    f"{_HERE}.observed:instrumentor",
    "autogen_core._single_threaded_agent_runtime",
)
autogen_agentchat = Later(
    "autogen-agentchat", f"{_HERE}.agentchat:instrumentor", "autogen_agentchat.base"
)
autogen_code = Later("autogen-code", f"{_HERE}.code:instrumentor", "autogen_core.code_executor")
autogen_grpc = Later(
    "autogen-grpc",
    f"{_HERE}.grpc_worker:instrumentor",
    "autogen_ext.runtimes.grpc._worker_runtime",
)
autogen_memory = Later("autogen-memory", f"{_HERE}.memory:instrumentor", "autogen_core.memory")
autogen_models = Later("autogen-models", f"{_HERE}.models:instrumentor", "autogen_core.models")
autogen_person = Later("autogen-person", f"{_HERE}.person:instrumentor", "autogen_agentchat.agents")
autogen_selection = Later(
    "autogen-selection",
    f"{_HERE}.selection:instrumentor",
    "autogen_agentchat.teams._group_chat._selector_group_chat",
)
autogen_tools = Later(
    "autogen-tools",
    f"{_HERE}.tools:instrumentor",
    "autogen_core.tools",
    "autogen_agentchat.agents",
)
autogen_classic = Later(
    "autogen-classic",
    f"{_HERE}.classic.wiring:instrumentor",
    "autogen.agentchat.conversable_agent",
    "autogen.agentchat.groupchat",
    "autogen.agentchat.chat",
    "autogen.oai.client",
    "autogen.oai.completion",
    "autogen.code_utils",
)
classic_memory = Later(
    "classic-memory",
    f"{_HERE}.recall:instrumentor",
    "autogen.agentchat.contrib.capabilities.teachability",
    "autogen.agentchat.contrib.retrieve_user_proxy_agent",
)
ag2 = Later("ag2", f"{_HERE}.ag2:instrumentor", "ag2.agent")
agent_framework = Later(
    "agent-framework", f"{_HERE}.agent_framework:instrumentor", "agent_framework.observability"
)
mcp_client = Later(
    "mcp-client",
    f"{_HERE}.mcp:instrumentor",
    "mcp.shared.session",
    "mcp.client.streamable_http",
    wakes=False,  # a server imports the first as well
)
model_libraries = Later(
    "model-libraries",
    f"{_HERE}.models:libraries",
    "httpx",
    "httpx2",  # openai 3
    "openai.resources.chat.completions",
    "anthropic.resources.messages.messages",
    "ollama._client",
    wakes=False,  # a process that only imports these is no agent program
)
asyncio_threads = Later(
    "asyncio-threads",
    f"{_HERE}.threads:instrumentor",
    "asyncio.base_events",
    wakes=False,  # a child process that uses asyncio is no agent program yet
)
