"""Traces in and out: files, OTLP, the dialects of other instrumentations. `docs/wire.md`."""
