"""The cyclic garbage collector was off while the program worked.

Every message on AutoGen's runtime leaves reference cycles (tasks, futures, contexts); with the
collector off they stay for good. A fact of the samples, each of which notes whether it was on.
"""

from __future__ import annotations

import hashlib

from ..finding import Evidence, Finding
from ..rule import AtEnd, Ending, Outcome, Rule

LEAST = 3  # samples: a program may switch it off for a moment


class CollectorDetector(AtEnd):
    """Looks at the samples once the process is done with its runs."""

    def end(self, ending: Ending) -> Outcome:
        samples = ending.samples
        if samples is None:
            return Outcome(needs=f"the whole process: it is judged with run {ending.judged_at}")
        if not samples:
            return Outcome(needs="memory samples (recorded by loupe run, not imported)")
        off = [sample for sample in samples if not sample.gc_enabled]
        if len(off) < LEAST or len(off) * 2 < len(samples) or samples[-1].gc_enabled:
            return Outcome()
        return Outcome([_finding(len(off), len(samples))])


def _finding(off: int, samples: int) -> Finding:
    return RULE.finding(
        f"the garbage collector is off: {off} of {samples} samples found it so",
        agents=(),
        confidence=1.0,
        fingerprint=hashlib.sha256(b"LEAK002").hexdigest()[:16],
        evidence=Evidence(facts={"samples": samples, "samples_off": off}),
    )


RULE = Rule(
    code="LEAK002",
    slug="leak.collector-off",
    title="the garbage collector is off",
    severity="warning",
    about=__doc__,
    needs="memory samples (recorded by loupe run)",
    doubt="a program may switch it off on purpose and collect by hand at quiet moments",
    advice="remove gc.disable(), or follow it by gc.freeze() and gc.enable()",
    start=lambda context: CollectorDetector(),
)
