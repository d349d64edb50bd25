"""What an index of rows asks of a step: `model.Step` has it, and the quicker `glance.Glance`."""

from __future__ import annotations

from ..tracer.glance import Glance
from ..tracer.model import Step

BriefStep = Step | Glance
