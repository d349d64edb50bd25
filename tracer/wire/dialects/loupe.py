"""Our own spans, as `loupe export` and `--otlp` send them: read back as they were recorded."""

from __future__ import annotations

from typing import Final

from .. import own, own_in
from ..dialect import Dialect
from ..draft import Draft
from ..spans import WireSpan


class Loupe(Dialect):
    """agentloupe's own."""

    name = "agentloupe"
    rank = 0

    def speaks(self, span: WireSpan) -> bool:
        return isinstance(span.attributes.get(own.OP), str)

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        if own.PART in span.attributes:
            return None
        return own_in.draft(span, order)


DIALECT: Final = Loupe()
