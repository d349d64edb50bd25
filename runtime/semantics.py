"""Where AutoGen's runtime does not do what it documents, and which of the two ways a runtime goes.

Each flag is one difference; `tests/runtime/test_semantics.py` shows each of them on AutoGen's own
runtime and on ours. `AUTOGEN` is for programs that must not notice the exchange (`loupe run`),
`STRICT` for programs that choose `TracedRuntime` themselves.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Compat = Literal["strict", "autogen"]


class Semantics(Struct, frozen=True):
    """True is what we hold to be right, False is what autogen-core 0.7.5 does."""

    #: Each intervention handler gets what the one before it returned; else each gets the original,
    #: and only the last one's change survives.
    chained_interventions: bool
    #: None from an intervention handler leaves the message as it is; else None is delivered.
    none_is_unchanged: bool
    #: A message that is dropped counts as handled; else `stop_when_idle` waits for it for ever.
    accounted_drops: bool
    #: `stop` gives every sender that still waits a `RuntimeStopped`; else they wait for ever.
    resolved_on_stop: bool
    #: An event handler's exception does not end the runtime; it is raised by `stop*` and `close`
    #: unless the program asked to ignore it. Else it vanishes, or it ends the loop unseen.
    surfaced_failures: bool
    #: First messages that arrive together make one agent; else one each, of which one is kept.
    single_flight_factories: bool
    #: A token forgets a send that is over; else it keeps a callback of every send for its life.
    unlinked_tokens: bool
    #: `UndeliverableException`, `CantHandleException`, `LookupError` where they are documented.
    documented_errors: bool
    #: Recipients are remembered for a bounded number of topics; else for every topic ever seen.
    bounded_topics: bool
    #: A handler runs in the context variables of whoever posted; else in those of `start`.
    carried_context: bool
    #: Serialisers go by class; else by bare name, and of two classes of one name the last has it.
    full_names: bool


STRICT: Final = Semantics(*(True,) * 11)
AUTOGEN: Final = Semantics(*(False,) * 11)


def semantics_of(compat: str) -> Semantics:
    """The flags that `compat` stands for.

    Raises:
        ValueError: `compat` is neither "strict" nor "autogen".
    """
    if compat == "strict":
        return STRICT
    if compat == "autogen":
        return AUTOGEN
    raise ValueError(
        f"compat is {compat!r}; it is 'strict' (documented semantics) or 'autogen' "
        "(those of SingleThreadedAgentRuntime)"
    )
