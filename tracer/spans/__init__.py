"""OpenTelemetry spans of the program: light ones of our own, and those of its own providers.

Imported only once the program has imported OpenTelemetry; `instrument` is the entrance.
"""
