"""Instrumentors: what makes the calls of an unmodified program spans of its recording.

Found through the entry points `agentloupe.instrumentors`; nothing here imports AutoGen.
"""
