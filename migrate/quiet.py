"""What Python warns of where it parses a program is the affair of that program, and not said."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quiet() -> Generator[None, None, None]:
    """As a context or a decorator; of escapes such as "\\d" Python warns at each reading."""
    with warnings.catch_warnings():
        for kind in (SyntaxWarning, DeprecationWarning):
            warnings.simplefilter("ignore", kind)
        yield
