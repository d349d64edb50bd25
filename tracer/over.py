"""Spans of agents, models, tools and messages that are over, on their way to be packed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

from .bodies import Body, Context
from .packing import Record, pack_all, record_of, referred
from .together import Together
from .withholding import without_texts

if TYPE_CHECKING:
    from .intake import Intake
    from .names import BodyRef
    from .recorder import LiveSpan

_LATER: Record = ()  # the writer's to make
_RUN = attrgetter("run")


class Over(Together["LiveSpan"]):
    """They wait here. For any thread."""

    def __init__(self, intake: Intake, *, withheld: bool) -> None:
        super().__init__(intake)
        self._withheld = withheld

    def _packed(self, spans: Sequence[LiveSpan], light: float) -> list[bytes]:
        refer = self._all_refs if light == inf else self.refs
        records: list[Record] = []
        for span in spans:
            bodies = span.bodies
            refs = None if bodies is None else refer(bodies)
            records.append(_LATER if refs is None and bodies is not None else record_of(span, refs))
        packed = pack_all([*map(without_texts, records)] if self._withheld else records)
        if _LATER in records:
            later = [at for at, record in enumerate(records) if record is _LATER]
            for at in later:
                packed[at] = b""
            spans = [span for at, span in enumerate(spans) if at not in later]
        for run, some in groupby(spans, _RUN):
            self._intake.totals(run).count(some)
        return packed

    def refs(self, bodies: dict[str, Body | Context]) -> dict[str, BodyRef] | None:
        """What is stored of bodies, None if one of them is the writer's to look at."""
        numbering = self._intake.numbering
        refs: dict[str, BodyRef] = {}
        for key, body in bodies.items():
            if not isinstance(body, Body):
                return None
            data = body.data  # first: it is let go once there is a reference
            ref = body.ref
            if ref is None:
                if len(data) >= numbering.light:
                    return None
                ref = body.ref = numbering.store(data)
                body.data = b""
            refs[key] = ref
        return refs

    def _all_refs(self, bodies: dict[str, Body | Context]) -> dict[str, BodyRef]:
        return referred(bodies, self._intake.numbering.refer)

    def record(self, span: LiveSpan) -> bytes:
        """Its record as it is now. To be called by the writer, with the intake's `packing`."""
        (record,) = self._packed((span,), inf)
        return record

    def _weight(self, span: LiveSpan) -> int:
        return 0  # large ones have been, when they were made
