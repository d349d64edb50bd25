"""The documents that `--json` prints. `docs/schemas/` holds them as JSON Schemas.

Names and meanings here are stable: fields may be added, never renamed or reused. Times are ISO 8601
in UTC, durations seconds, sizes bytes; null is said where nobody told. Agents are plain names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

SCHEMA = 1

Scalar = str | int | float | bool


def iso(ns: int) -> str:
    """A time as these documents write it."""
    seconds, rest = divmod(ns, 1_000_000_000)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{rest // 1000:06d}Z"


def seconds(ns: int | None) -> float | None:
    """A duration as these documents write it."""
    return None if ns is None else round(ns / 1e9, 6)


@dataclass(frozen=True, slots=True)
class AgentRow:
    """What one agent did in a run. `busy` sums its handlers' durations."""

    name: str
    identity: str
    received: int
    sent: int
    busy: float
    input_tokens: int
    output_tokens: int
    errors: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `run` is its trace id, `selector` names it on the command line.

    Token counts are sums over the model calls that told them; `unknown_tokens` counts the others.
    """

    run: str
    selector: str
    number: int
    name: str
    status: str
    error: str | None
    start: str
    seconds: float | None
    steps: int
    spans: int
    dead_letters: int
    errors: int
    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    unknown_tokens: int
    peak_rss: int | None
    agents: list[AgentRow] = field(default_factory=list[AgentRow])


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One recording: the program, how it ended, and its runs.

    `exit_code` and `signal` are null while it runs and when nobody saw the end. `lost` counts
    spans that could not be written.
    """

    path: str
    program: str
    argv: list[str]
    python: str
    pid: int
    created: str
    ended: str | None
    exit_code: int | None
    signal: int | None
    lost: int
    versions: dict[str, str]
    runs: list[RunRow]


@dataclass(frozen=True, slots=True)
class RunsDocument:
    """`loupe runs --json`: recordings, newest first."""

    schema: int
    recordings: list[RecordingRow]


@dataclass(frozen=True, slots=True)
class InnerRow:
    """A call within a step that is no part of the recipient's own turn."""

    depth: int
    operation: str
    what: str
    seconds: float | None
    text: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step: who sent what to whom. `sender` is "" for the program itself.

    `inner` names the inner team or nested chat that the step is of, "" for the run's own; `within`
    is what was talked inside of it that has no steps: who speaks next, a ledger, an agent that is
    called as a tool.
    """

    step: int
    kind: str
    sender: str
    recipient: str
    type: str
    topic: str
    message_id: str
    start: str
    seconds: float | None
    error: str | None
    text: str
    reply_type: str | None
    inner: str = ""
    within: list[InnerRow] = field(default_factory=list[InnerRow])


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A body as recorded: JSON or text. `size` is its size in bytes before it was capped."""

    name: str
    size: int
    text: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened during a span: an exception, an attempt of a model client."""

    name: str
    at: str
    attributes: dict[str, Scalar | list[Scalar] | dict[str, Scalar]]


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One span. Ids are hexadecimal as in OpenTelemetry, `parent` is null for the run's root."""

    span: str
    parent: str | None
    operation: str
    name: str
    agent: str
    step: int | None
    start: str
    seconds: float | None
    error: str | None
    attributes: dict[str, Scalar | list[Scalar] | dict[str, Scalar]]
    events: list[EventRow]
    bodies: list[BodyRow] | None = None


@dataclass(frozen=True, slots=True)
class StepDetail:
    """One step in full: its message and the spans that belong to it, with their bodies."""

    step: StepRow
    spans: list[SpanRow]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One reading of the process's memory and resources, after `step` of the run.

    `messages` counts the deliveries of the whole process so far; `collected` says that a garbage
    collection came right before. Null: not read at this sample. `agent_blocks` is the net number
    of memory blocks that each agent's handlers allocated so far.
    """

    time: str
    step: int
    messages: int
    collected: bool
    rss: int
    blocks: int | None
    c_heap: int | None
    uss: int | None
    tasks: int | None
    threads: int | None
    fds: int | None
    children: int | None
    children_rss: int | None
    agent_blocks: dict[str, float]


@dataclass(frozen=True, slots=True)
class ToolRow:
    """All calls of one tool. `repeats` counts the calls whose arguments were those of an earlier
    call; `most_repeated` is the commonest argument text, `repeated_times` how often it came.
    `written` are the bytes of all results; `first_error` is the step of the first failure."""

    tool: str
    agents: list[str]
    calls: int
    errors: int
    unfinished: int
    p50: float | None
    p95: float | None
    repeats: int
    repeated_times: int
    most_repeated: str
    written: int = 0
    first_step: int | None = None
    first_error: int | None = None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What one agent did and cost. `busy` sums its handlers' durations; `waited` is the part of it
    in which others ran, or, where that was not counted, in which models, tools, code, people or
    replies were awaited. `cpu` is null where nobody counted. `context` is the size of its last
    model request, `context_tokens` the same as its provider counted it."""

    name: str
    identity: str
    handled: int
    failed: int
    sent: int
    bytes_in: int
    bytes_out: int
    busy: float
    waited: float
    cpu: float | None
    model_calls: int
    input_tokens: int
    output_tokens: int
    context: int | None
    context_tokens: int | None


@dataclass(frozen=True, slots=True)
class LoopRow:
    """Rows that repeat word for word: `times` turns of `rows` rows (a broadcast is one row), steps
    `first_step` to `last_step`. `deviation` is the step that broke it, null if none has. `grown` is
    by how many bytes the process grew over it, null when memory was not sampled."""

    times: int
    rows: int
    first_step: int
    last_step: int
    deviation: int | None
    seconds: float
    tokens: int
    grown: int | None
    agents: list[str]


@dataclass(frozen=True, slots=True)
class WaitRow:
    """A span that was open: `agent` waits for `awaited`, for `seconds` up to the moment that was
    asked for. `awaits` is the agent that is waited for, if it is one; `stuck`: it never ends."""

    agent: str
    awaited: str
    operation: str
    span: str
    step: int | None
    since: str
    seconds: float
    awaits: str | None = None
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in brief; `loupe check --format json` has all of it."""

    code: str
    slug: str
    severity: str
    title: str
    agents: list[str]
    first_step: int | None


@dataclass(frozen=True, slots=True)
class ShowDocument:
    """`loupe show --json`: the run, and the parts that were asked for; the others are null.

    `findings` is null when nobody looked for them.
    """

    schema: int
    source: str
    run: RunRow
    stop_reason: str | None = None
    findings: list[FindingRow] | None = None
    step: StepDetail | None = None
    steps: list[StepRow] | None = None
    spans: list[SpanRow] | None = None
    memory: list[SampleRow] | None = None
    tools: list[ToolRow] | None = None
    waits: list[WaitRow] | None = None
    loops: list[LoopRow] | None = None
    agents: list[AccountRow] | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `kind` is "diagnosis" or "migration"; `level` is the severity of a finding, or the
    strongest mark a migration leaves (migrated, caveat, todo)."""

    code: str
    slug: str
    kind: str
    level: str
    title: str


@dataclass(frozen=True, slots=True)
class RulesDocument:
    """`loupe rules --json`: diagnosis rules, then migration rules, each by code."""

    schema: int
    rules: list[RuleRow]


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One place that a migration rule had something to say about. `kind` is "migrated", "caveat" or
    "todo"; `cell` is the cell of a notebook, null in a script."""

    line: int
    code: str
    kind: str
    message: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class FileError:
    """Why a file was left alone."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file. `status` is "unchanged", "changed" or "error"."""

    path: str
    status: str
    chat_sites_total: int
    chat_sites_migrated: int
    todos: int
    error: FileError | None
    sites: list[SiteRow]


@dataclass(frozen=True, slots=True)
class MigrateDocument:
    """`loupe migrate --report json`. `passed` counts the files that never mention AutoGen; they are
    not among the results. `rules` counts sites by code and kind."""

    schema: int
    files: int
    passed: int
    changed: int
    errors: int
    chat_sites_total: int
    chat_sites_migrated: int
    todos: int
    rules: dict[str, dict[str, int]]
    results: list[FileRow]


@dataclass(frozen=True, slots=True)
class DoctorRow:
    """One check of the environment, or a fault of a program with its rule's code and its place.

    `status` is "ok", "notice" or "problem".
    """

    check: str
    status: str
    found: str
    advice: str = ""
    code: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class DoctorDocument:
    """`loupe doctor --json`."""

    schema: int
    checks: list[DoctorRow]


@dataclass(frozen=True, slots=True)
class DeltaRow:
    """One figure of both runs as people read it; `change` is "" when it is none or not known."""

    name: str
    a: str
    b: str
    change: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """A stretch of the alignment. `like`: "=" the same in both, "~" the same but for what was
    said, "-" only in A, "+" only in B. `a` and `b` are half-open ranges of steps."""

    like: str
    a: list[int]
    b: list[int]


@dataclass(frozen=True, slots=True)
class DiffDocument:
    """`loupe diff --json`. `first_divergence` are the steps of A and B where they part first."""

    schema: int
    a: str
    b: str
    differs: bool
    first_divergence: list[int] | None
    figures: list[DeltaRow]
    parts: list[PartRow]
