"""The few words that recorder and reader share, and what identities of agents are called.

Apart from `model`, since every recorded program loads this, and none of the classes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | Mapping[str, Scalar]

#: Where a body lies: inline text, the number of a stored body, or a model request's context
#: (number of a stored list of bodies).
BodyRef = str | int | tuple[Literal["context"], int]

#: Ends `Holder.what` where it is a type whose instances are more and more.
INSTANCES: Final = " instances"
#: Of a holder's first step: it is a coroutine or generator that waits.
SUSPENDED: Final = "(), suspended"


def plain_name(identity: str) -> str:
    """The name the program gave an agent.

    AgentChat teams register participants as `NAME_TEAMID/TEAMID`; the plain name is NAME. The
    key of other agents is kept unless it is "default".

    >>> plain_name("writer_4f2a/4f2a"), plain_name("writer/default"), plain_name("writer/s1")
    ('writer', 'writer', 'writer/s1')
    """
    kind, _, key = identity.rpartition("/")
    if not kind:
        return identity
    if kind.endswith(f"_{key}"):
        return kind[: -len(key) - 1]
    return kind if key == "default" else identity


def plain_type(identity: str) -> str:
    """The same without the key: one name for all sessions of an agent.

    >>> plain_type("writer_4f2a/4f2a"), plain_type("writer/s1"), plain_type("writer")
    ('writer', 'writer', 'writer')
    """
    kind, _, key = identity.rpartition("/")
    if not kind:
        return identity
    return kind[: -len(key) - 1] if kind.endswith(f"_{key}") else kind
