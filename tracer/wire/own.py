"""Names that our own spans carry over the wire, so that nothing is lost on the way back.

They say what the standard's attributes leave open: whose identity, which parent when the tree was
drawn along the messages, which run when a huge one was cut into several traces.
"""

from __future__ import annotations

from typing import Final

from .. import conventions as c

OP: Final = "agentloupe.op"
AGENT: Final = "agentloupe.agent"
OPEN: Final = "agentloupe.open"  # it never ended; the end is the last moment known of the run
ERROR: Final = "agentloupe.error"
NAME: Final = "agentloupe.name"  # of a run: the span's name has the operation before it
BOUNDARY: Final = "agentloupe.boundary"  # the span is a step, not just in one
MESSAGE_KIND: Final = "agentloupe.message.kind"
TOPIC: Final = "agentloupe.topic"
POSTED: Final = "agentloupe.posted_ns"
PARENT: Final = "agentloupe.parent"  # hex id, where another parent is drawn
RUN: Final = "agentloupe.run"  # hex trace id, where the run is cut into several traces
PART: Final = "agentloupe.part"  # of a made-up root: the number of its trace among the run's
BODIES: Final = "agentloupe.bodies"  # attributes that are bodies
ADDED: Final = "agentloupe.added"  # attributes that the export added for others to read
VERSIONS: Final = "agentloupe.versions"
CREATED: Final = "agentloupe.created_ns"

SDK: Final = "agentloupe"

MARKS: Final = frozenset(
    {
        OP,
        AGENT,
        OPEN,
        ERROR,
        NAME,
        BOUNDARY,
        MESSAGE_KIND,
        TOPIC,
        POSTED,
        PARENT,
        RUN,
        PART,
        BODIES,
        ADDED,
    }
)

#: Fields of a memory sample: attribute, key in the store's row.
SAMPLE_FIELDS: Final = (
    (c.MEMORY_USAGE, "rss"),
    (c.SAMPLE_COLLECTED, "collected"),
    (c.SAMPLE_AT_REST, "rest"),
    (c.GC_ENABLED, "gc"),
    (c.ALLOCATED_BLOCKS, "blocks"),
    (c.C_HEAP, "c_heap"),
    (c.UNIQUE_MEMORY, "uss"),
    (c.TASK_COUNT, "tasks"),
    (c.THREAD_COUNT, "threads"),
    (c.FD_COUNT, "fds"),
    (c.CHILD_COUNT, "children"),
    (c.CHILD_MEMORY, "children_rss"),
    (c.TOPIC_COUNT, "topics"),
    (c.QUEUED_COUNT, "queued"),
    (c.IN_FLIGHT_COUNT, "in_flight"),
    (c.LEARNED_COUNT, "learned"),
)
#: Counts by agent.
SAMPLE_COUNTS: Final = (
    (c.AGENT_INSTANCES, "instances"),
    (c.AGENT_MAILBOXES, "mailboxes"),
    (c.AGENT_MAILBOX_AGES, "mailbox_ages"),
    (c.AGENT_IN_FLIGHT, "agent_in_flight"),
    (c.AGENT_TEMP_FILES, "temp_files"),
    (c.AGENT_FILES, "agent_files"),
    (c.AGENT_TASKS, "agent_tasks"),
    (c.AGENT_SOCKETS, "agent_sockets"),
    (c.AGENT_THREADS, "agent_threads"),
    (c.AGENT_CHILDREN, "agent_children"),
)
