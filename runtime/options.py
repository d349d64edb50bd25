"""What a runtime is told to allow and to forbid, and the process's own defaults."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TypedDict, cast

from msgspec import Struct

Policy = Literal["raise", "warn", "off"]
MailboxPolicy = Literal["block", "fail", "drop oldest"]


class Restart(Struct, frozen=True):
    """What becomes of an agent whose handler raised.

    It is made anew by its factory, with the state of its last checkpoint, unless that happened
    `limit` times within `within` seconds; then its messages are dead letters. Before the n-th
    restart it pauses for `backoff * 2 ** (n - 1)` seconds.
    """

    limit: int = 3
    within: float = 60.0
    backoff: float = 0.1
    checkpoint_every: int = 1  # handled messages between two checkpoints; 0: none


class Release(Struct, frozen=True):
    """What becomes of an agent that is not written to for `after` seconds.

    Its state goes into `states`, by `type/key`, and the agent is forgotten; the next message makes
    it anew with that state. `states` is any mapping: a dict of the runtime's own, a `shelve`.
    An agent without `save_state` and `load_state` of its own is kept, unless `forget` says that it
    may forget what it knows.
    """

    after: float = 600.0
    states: MutableMapping[str, Mapping[str, Any]] | None = None
    forget: bool = False


class Options(TypedDict, total=False):
    """Keyword arguments of `TracedRuntime`, all of them optional. Times are seconds."""

    hangs: Policy  # waits that nothing can end: raise (the default), warn, or off
    run_deadline: float | None  # for a team's run, or a message that the program posts
    send_deadline: float | None  # from posting to the reply
    handler_deadline: float | None  # for one handler's run
    grace: float  # for handlers that are cancelled, to clean up
    patience: float  # until a wait that perhaps never ends is told
    blocked_after: float  # until an event loop that does not turn is told
    beat: float  # between two looks
    mailbox: int | None  # messages that may wait for or be handled by one agent
    mailbox_policy: MailboxPolicy
    at_once: int | None  # messages that one agent handles at the same time
    max_steps: int | None  # of a run, as the next three
    max_tokens: int | None
    max_seconds: float | None
    max_memory: int | None  # bytes by which the process grew since the run began
    accounting: bool  # CPU, waiting, tokens and more of each agent, see `accounting.py`
    restart: Mapping[str, Restart] | Restart | None  # by agent type, or for all
    release: Mapping[str, Release] | Release | None  # the same


class Limits(Struct, frozen=True):
    """The same with every default in place."""

    hangs: Policy = "raise"
    run_deadline: float | None = None
    send_deadline: float | None = None
    handler_deadline: float | None = None
    grace: float = 1.0
    patience: float = 30.0
    blocked_after: float = 10.0
    beat: float = 0.5
    mailbox: int | None = None
    mailbox_policy: MailboxPolicy = "block"
    at_once: int | None = None
    max_steps: int | None = None
    max_tokens: int | None = None
    max_seconds: float | None = None
    max_memory: int | None = None
    accounting: bool = False
    restart: Mapping[str, Restart] | Restart | None = None
    release: Mapping[str, Release] | Release | None = None


_guard: dict[str, Any] = {}


def set_guard(options: Mapping[str, Any]) -> None:
    """What `loupe run --guard`, `--deadline`, `--release` and such ask for; explicit options of a
    runtime win. A release is given in seconds."""
    _guard.clear()
    _guard.update(options)
    if isinstance(options.get("release"), float):
        _guard["release"] = Release(after=options["release"])


def in_their_place() -> Options:
    """The options of a runtime that stands in for AutoGen's: by itself it only warns."""
    return cast("Options", {"hangs": "warn", **_guard})


def limits_of(options: Options) -> Limits:
    """The limits of a runtime: its options, else the process's, else the defaults.

    Raises:
        TypeError: an option is unknown. ValueError: one cannot be.
    """
    known = {*Limits.__struct_fields__}
    unknown = sorted(options.keys() - known)
    if unknown:
        raise TypeError(f"TracedRuntime() got an unexpected keyword argument {unknown[0]!r}")
    given: dict[str, Any] = {**_guard, **options}
    limits = Limits(**given)
    if limits.hangs not in ("raise", "warn", "off"):
        raise ValueError(f"hangs is {limits.hangs!r}; it is 'raise', 'warn' or 'off'")
    if limits.mailbox_policy not in ("block", "fail", "drop oldest"):
        raise ValueError(
            f"mailbox_policy is {limits.mailbox_policy!r}; it is 'block', 'fail' or 'drop oldest'"
        )
    for name, least in (("at_once", limits.at_once), ("mailbox", limits.mailbox)):
        if least is not None and least < 1:
            raise ValueError(f"{name} is {least!r}; it is at least 1")
    return limits
