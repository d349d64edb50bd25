"""Instrumentors: what makes the calls of an unmodified program spans of its recording.

`offered` says what each of them watches; its code is loaded once the program imports that. Nothing
here imports AutoGen.
"""
