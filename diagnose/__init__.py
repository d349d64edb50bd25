"""Diagnosis: rules over the trace model. The same code runs live, offline and in pytest."""

from __future__ import annotations

from .check import check
from .finding import Finding

__all__ = ["Finding", "check"]
