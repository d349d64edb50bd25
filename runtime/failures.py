"""What event handlers raised, kept for whoever stops the runtime."""

from __future__ import annotations

from ..tracer.recorder import describe


class Failures:
    """The first of them and how many there are. `ignore` None: a plain `stop` does not raise it."""

    def __init__(self, *, ignore: bool | None) -> None:
        self.last = ""  # in words
        self._ignore = ignore
        self._first: BaseException | None = None
        self._count = 0

    def note(self, error: BaseException) -> None:
        """An event handler failed."""
        self.last = describe(error)
        if self._ignore:
            return
        self._count += 1
        if self._first is None:
            self._first = error

    def leave(self) -> None:
        """Forget them, unless the program asked for them."""
        if self._ignore is None:
            self._first, self._count = None, 0

    def tell(self) -> None:
        """Raise the first one, if there is any."""
        error, count = self._first, self._count
        self._first, self._count = None, 0
        if error is None:
            return
        if count > 1:
            error.add_note(f"{count - 1} more event handlers failed: see the log or the recording")
        raise error
