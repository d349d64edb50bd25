"""`-N` as the name of a run: the N-th last recording, where other commands would see an option."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import click

from ..tracer.locate import parse_run

NTH: Final = re.compile(r"(-\d+)([#@].*)?")


class RunCommand(click.Command):
    """A command whose arguments are runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(self._named(args)))

    def _named(self, words: Sequence[str]) -> Iterator[str]:
        """The words, with the recording's path in the place of `-N`.

        Raises:
            NoSuchRun: there are not so many recordings.
        """
        valued = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        for before, word in pairwise(("", *words)):
            match = NTH.fullmatch(word)
            if match is None or before in valued:
                yield word
            else:
                yield f"{parse_run(match.group(1)).path}{match.group(2) or ''}"
