"""Names of attributes and operations: the GenAI and messaging conventions, pinned, and our own.

Pinned to the state of open-telemetry/semantic-conventions-genai of autumn 2026 (all "Development")
and messaging of semantic-conventions 1.44. The incubating package moves names between releases, so
the strings live here. `agentloupe.*` is used only where no standard name exists.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "genai-2026-09+messaging-1.44"

# -- GenAI -----------------------------------------------------------------------------------
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
WORKFLOW: Final = "gen_ai.workflow.name"
CONVERSATION: Final = "gen_ai.conversation.id"
AGENT_ID: Final = "gen_ai.agent.id"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_DESCRIPTION: Final = "gen_ai.agent.description"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"
TRANSFER_TARGET: Final = "gen_ai.transfer.target.name"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
CHUNKS: Final = "agentloupe.chunks"  # parts of a streamed answer

# -- messaging ---------------------------------------------------------------------------------
MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_OPERATION: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
DESTINATION: Final = "messaging.destination.name"
DESTINATION_TEMPLATE: Final = "messaging.destination.template"
MESSAGE_ID: Final = "messaging.message.id"
BODY_SIZE: Final = "messaging.message.body.size"

# -- general -----------------------------------------------------------------------------------
ERROR_TYPE: Final = "error.type"
HTTP_STATUS: Final = "http.response.status_code"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
EXIT_CODE: Final = "process.exit.code"
CONTAINER_ID: Final = "container.id"
CONTAINER_IMAGE: Final = "container.image.name"
CONTAINER_MEMORY: Final = "container.memory.usage"  # bytes; on the samples of an execution
MEMORY_USAGE: Final = "process.memory.usage"
THREAD_COUNT: Final = "process.thread.count"
FD_COUNT: Final = "process.unix.file_descriptor.count"

# -- the extensions: MCP servers, the agents' own memory ---------------------------------------
MCP_METHOD: Final = "mcp.method.name"
MCP_SESSION: Final = "mcp.session.id"
MCP_PROTOCOL: Final = "mcp.protocol.version"
MCP_RESOURCE: Final = "mcp.resource.uri"
JSONRPC_ID: Final = "jsonrpc.request.id"
TRANSPORT: Final = "network.transport"  # "pipe" (stdio) or "tcp"
STORE_ID: Final = "gen_ai.memory.store.id"
STORE_NAME: Final = "gen_ai.memory.store.name"
RECORD_COUNT: Final = "gen_ai.memory.record.count"  # found, or written
QUERY: Final = "gen_ai.memory.query.text"  # body
RECORDS: Final = "gen_ai.memory.records"  # body: the records found or written

# -- ours: nothing standard exists ---------------------------------------------------------------
SENDER: Final = "agentloupe.sender"  # identity of the agent (or "" for the program) that posted
RECIPIENT: Final = "agentloupe.recipient"  # identity of the agent that handled
MESSAGE_TYPE: Final = "agentloupe.message.type"
MESSAGE_BODY: Final = "agentloupe.message.body"
REPLY_TYPE: Final = "agentloupe.reply.type"
REPLY_BODY: Final = "agentloupe.reply.body"
STEP: Final = "agentloupe.step"
QUEUED_NS: Final = "agentloupe.queued_ns"
FAN_OUT: Final = "agentloupe.fan_out"
HANDLER_CPU: Final = "agentloupe.handler.cpu_ns"  # of the process span's handler, where counted
HANDLER_RAN: Final = "agentloupe.handler.ran_ns"  # of its time, in which it ran itself
DEAD_LETTER: Final = "agentloupe.dead_letter"  # why nobody took the message
SPAN_KIND: Final = "agentloupe.span.kind"  # client, server, producer or consumer; of foreign spans
REMOTE_PARENT: Final = "agentloupe.remote.parent"  # hex: the other process's span, of a run's part
LINK_KIND: Final = "agentloupe.link.kind"  # "message", "reply_to"
SAMPLE_COLLECTED: Final = "agentloupe.sample.collected"  # right after a full collection
SAMPLE_AT_REST: Final = "agentloupe.sample.at_rest"  # no run was under way
SAMPLE_MESSAGES: Final = "agentloupe.sample.messages"  # deliveries of the process so far
ALLOCATED_BLOCKS: Final = "agentloupe.memory.allocated_blocks"
C_HEAP: Final = "agentloupe.memory.c_heap"  # bytes, by mallinfo2
UNIQUE_MEMORY: Final = "agentloupe.memory.uss"  # bytes
CHILD_COUNT: Final = "agentloupe.children.count"
CHILD_MEMORY: Final = "agentloupe.children.memory"  # bytes, RSS summed
TASK_COUNT: Final = "agentloupe.asyncio.tasks"
GC_ENABLED: Final = "agentloupe.gc.enabled"
AGENT_BLOCKS: Final = "agentloupe.agent.net_blocks"  # by agent, see Sample
AGENT_HEAP: Final = "agentloupe.agent.net_c_heap"
AGENT_DELIVERIES: Final = "agentloupe.agent.deliveries"
AGENT_MAILBOXES: Final = "agentloupe.agent.mailboxes"
AGENT_MAILBOX_AGES: Final = "agentloupe.agent.mailbox_ages"  # nanoseconds
AGENT_IN_FLIGHT: Final = "agentloupe.agent.in_flight"
AGENT_INSTANCES: Final = "agentloupe.agent.instances"
AGENT_TEMP_FILES: Final = "agentloupe.agent.temp_files"
AGENT_FILES: Final = "agentloupe.agent.files"
AGENT_TASKS: Final = "agentloupe.agent.tasks"
AGENT_SOCKETS: Final = "agentloupe.agent.sockets"
AGENT_THREADS: Final = "agentloupe.agent.threads"
AGENT_CHILDREN: Final = "agentloupe.agent.children"
#: JSON: [what, size, grew, path, agent, [[messages, size], ...], bound] each.
HOLDERS: Final = "agentloupe.memory.holders"
#: JSON: [file, line, blocks, bytes] each.
ALLOCATED_AT: Final = "agentloupe.memory.allocated_at"
TOPIC_COUNT: Final = "agentloupe.runtime.topics"
QUEUED_COUNT: Final = "agentloupe.runtime.queued"
IN_FLIGHT_COUNT: Final = "agentloupe.runtime.in_flight"
LEARNED_COUNT: Final = "agentloupe.sample.learned"  # modules, patterns, files that Python keeps

# -- ours, of teams and group chats ------------------------------------------------------------
STOP_REASON: Final = "agentloupe.stop_reason"
TEAM_CLASS: Final = "agentloupe.team.class"
PARTICIPANTS: Final = "agentloupe.team.participants"
CONDITIONS: Final = "agentloupe.team.conditions"
EDGES: Final = "agentloupe.team.edges"

# -- ours, of model calls --------------------------------------------------------------------------
ATTEMPT: Final = "agentloupe.attempt"  # event: a model client asked once
CLIENT: Final = "agentloupe.client"  # event: a client that others asked for, done with its attempts
CLIENT_CLASS: Final = "agentloupe.client.class"
CACHED: Final = "agentloupe.cached"  # a cache answered, which uses no tokens
CACHED_INPUT_TOKENS: Final = "agentloupe.cached.input_tokens"  # that the answer once took
CACHED_OUTPUT_TOKENS: Final = "agentloupe.cached.output_tokens"
COST: Final = "agentloupe.cost"  # US dollars, by the user's price table or the client's own list
MODEL_TROUBLE: Final = "agentloupe.model.trouble"  # in one word for all clients: "rate limit", ...

# -- ours, of executions of code ---------------------------------------------------------------
EXECUTOR_CLASS: Final = "agentloupe.executor.class"
SANDBOX: Final = "agentloupe.executor.sandbox"  # "container", "kernel" (Jupyter) or "none"
LEASED: Final = "agentloupe.executor.leased"  # its container ends with the program, however
TIMEOUT: Final = "agentloupe.timeout"  # seconds it was given
TIMED_OUT: Final = "agentloupe.timed_out"
OOM_KILLED: Final = "agentloupe.oom_killed"  # the kernel killed a process of it for its memory
OOM_SIGNS: Final = "agentloupe.oom_signs"  # "counter", "event", "state": what told of it
MEMORY_PEAK: Final = "agentloupe.memory.peak"  # bytes
PEAK_SOURCE: Final = "agentloupe.memory.peak_source"  # "counter": exact; "samples": at least this
MEMORY_LIMIT: Final = "agentloupe.memory.limit"  # bytes; 0: none
OUTPUT_SIZE: Final = "agentloupe.output.size"  # bytes it wrote, kept or not
OUTPUT_OMITTED: Final = "agentloupe.output.omitted"  # bytes of it that the result leaves out
CHILDREN_LEFT: Final = "agentloupe.children.left"  # processes alive when the code had ended
CHILDREN_KILLED: Final = "agentloupe.children.killed"  # of these, by the executor

# -- ours, of memory stores ----------------------------------------------------------------------
RECORDS_SIZE: Final = "agentloupe.store.bytes"  # of the texts found or written
STORE_SIZE: Final = "agentloupe.store.records"  # records in the store, where it tells
STORE_ASKED: Final = "agentloupe.store.asked"  # searches so far, whichever run they were in
STORE_FOUND: Final = "agentloupe.store.found"  # records found so far
STORE_WRITTEN: Final = "agentloupe.store.written"  # records written since it was cleared
STORE_FIRST: Final = "agentloupe.store.first"  # records found by the first search since then
CONTEXT_ADDED: Final = "agentloupe.context.added"  # messages added to the model context
CONTEXT_ADDED_SIZE: Final = "agentloupe.context.added_bytes"
CONTEXT_MEMORY: Final = "agentloupe.context.memory_bytes"  # of it, what memories added
CONTEXT_SIZE: Final = "agentloupe.context.bytes"  # of the whole model context afterwards
MCP_SERVER: Final = "agentloupe.mcp.server"  # what the server calls itself
MCP_CANCELLED: Final = "agentloupe.mcp.cancelled"  # called off before it ended
DEADLINE: Final = "agentloupe.deadline"  # seconds that the caller waits at most
WAIT_ON: Final = "agentloupe.wait.on"  # as `Wait.on`, see waits.py
WAIT_WHAT: Final = "agentloupe.wait.what"  # in words
WAIT_WHERE: Final = "agentloupe.wait.where"  # "app.py:31 in look"
WAIT_WITHIN: Final = "agentloupe.wait.within"  # "tool search"
WAIT_AWAITS: Final = "agentloupe.wait.awaits"  # identities
WAIT_HOPELESS: Final = "agentloupe.wait.hopeless"
FINDING_SLUG: Final = "gen_ai.evaluation.name"  # of the event, as the next three
FINDING_LABEL: Final = "gen_ai.evaluation.score.label"  # severity
FINDING_STORY: Final = "gen_ai.evaluation.explanation"
FINDING_EVENT: Final = "gen_ai.evaluation.result"
FINDING_CODE: Final = "agentloupe.finding.code"
FINDING_TITLE: Final = "agentloupe.finding.title"
FINDING_AGENTS: Final = "agentloupe.finding.agents"
FINDING_ACTION: Final = "agentloupe.finding.action"  # warned, injected, paused, ended
AGENT_STATE: Final = "agentloupe.agent.state"  # body: what `save_state` returned
STATE_WHY: Final = "agentloupe.agent.state.why"  # saved, checkpoint, asked, stopped, end of the run

#: Operations, as `Span.op`. The standard's names where it has one.
RUN: Final = "invoke_workflow"
SEND: Final = "send"
PUBLISH: Final = "publish"
PROCESS: Final = "process"
AGENT: Final = "invoke_agent"
CHAT: Final = "chat"
TOOL: Final = "execute_tool"
SAMPLE: Final = "sample_memory"
CODE: Final = "execute_code"  # code execution: exported as execute_tool
HUMAN: Final = "await_human"  # a wait for a person's input
MCP: Final = "mcp"  # a request to an MCP server
SEARCH_MEMORY: Final = "search_memory"
UPSERT_MEMORY: Final = "upsert_memory"
DELETE_MEMORY: Final = "delete_memory"
EXECUTOR: Final = "code_executor"  # one start, stop or restart of what executes code
WAIT: Final = "wait"  # a delivery stands still for something that has no span of its own
FINDING: Final = "finding"  # something was found while the run went on; of no duration
STATE: Final = "save_state"  # what an agent was found to keep; of no duration

#: Attributes that hold bodies: capped, masked, stripped on export unless opted in.
BODIES: Final = frozenset(
    {
        MESSAGE_BODY,
        REPLY_BODY,
        INPUT_MESSAGES,
        OUTPUT_MESSAGES,
        SYSTEM_INSTRUCTIONS,
        TOOL_DEFINITIONS,
        TOOL_ARGUMENTS,
        TOOL_RESULT,
        QUERY,
        RECORDS,
        AGENT_STATE,
    }
)
