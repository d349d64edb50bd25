"""Our own spans, as `loupe export` and `--otlp` send them: read back as they were recorded."""

from __future__ import annotations

from typing import Final

from .. import own, own_in
from ..dialect import Dialect, Joiner
from ..draft import Draft
from ..merge import Merge
from ..spans import WireSpan


class Loupe(Dialect):
    """agentloupe's own."""

    name = "agentloupe"
    rank = 0
    signs = (own.OP,)

    def speaks(self, span: WireSpan) -> bool:
        return isinstance(span.attributes.get(own.OP), str)

    def joiner(self, merge: Merge) -> Joiner:
        return _Joined(merge)

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        if own.PART in span.attributes:
            return None
        return own_in.draft(span, order)


class _Joined(Joiner):
    """A run that the export cut into several traces."""

    def see(self, span: WireSpan) -> None:
        run = own_in.hex_id(span.attributes.get(own.RUN))
        if run is not None and run != span.trace_id:
            self.merge.add(run, 0)
            self.merge.join(run, span.trace_id)


DIALECT: Final = Loupe()
