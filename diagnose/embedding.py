"""Vectors of texts, from a package that the project chose, for paraphrases that share no words.

Nothing is imported unless a project names an embedding:

    [tool.agentloupe]
    embedding = "minilm"

A package offers one as an entry point of the group `agentloupe.embeddings`, a function from a text
to a vector: any length, the same for all texts. It runs in this process, for every message that
words alone do not settle, so it should be local and quick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Final, cast

from .config import BadConfig

Embedding = Callable[[str], Sequence[float]]

GROUP: Final = "agentloupe.embeddings"
NEAR: Final = 0.7  # cosine from which on two messages mean the same


def named(name: str) -> Embedding | None:
    """The embedding of that name, None for "".

    Raises:
        BadConfig: no package that is installed here offers it, or it cannot be loaded.
    """
    if not name:
        return None
    offered = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none"
        raise BadConfig(
            f"no embedding is called {name!r}",
            f"installed packages offer in the group {GROUP}: {known}",
        )
    try:
        return cast(Embedding, offered[name].load())
    except Exception as error:
        raise BadConfig(f"the embedding {name!r} cannot be loaded: {error}") from error


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """How alike two vectors point, 0 where one is nothing.

    >>> cosine([1, 0], [2, 0]), cosine([1, 0], [0, 1])
    (1.0, 0.0)
    """
    size = math.sqrt(math.fsum(x * x for x in one) * math.fsum(y * y for y in other))
    return math.fsum(x * y for x, y in zip(one, other, strict=True)) / size if size else 0.0
