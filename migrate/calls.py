"""Edits of the arguments of one call that keep the layout and comments of those that stay."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from .context import WIDTH, Context, indent
from .plan import Render, Text

Value = Text | None


@dataclass(slots=True)
class CallEdit:
    """Collects what happens to each argument, then writes the edits once."""

    ctx: Context
    call: cst.Call
    _dropped: set[int] = field(default_factory=set[int])
    _set: dict[int, tuple[str, Value]] = field(default_factory=dict[int, tuple[str, Value]])
    _added: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def function(self, name: str) -> None:
        start, end = self.ctx.source.full_span(self.call.func)
        self.ctx.plan.replace(start, end, name)

    def drop(self, arg: cst.Arg) -> None:
        self._dropped.add(id(arg))

    def set(self, arg: cst.Arg, keyword: str, value: Value = None) -> None:
        """Pass an argument under this keyword, with another value if one is given."""
        self._set[id(arg)] = (keyword, value)

    def add(self, keyword: str, value: str) -> None:
        self._added.append((keyword, value))

    def write(self) -> None:
        args = list(self.call.args)
        if self._too_long(args):
            self._spread(args)
            return
        for arg in args:
            if id(arg) in self._set and id(arg) not in self._dropped:
                self._rewrite(arg, *self._set[id(arg)])
        kept = [arg for arg in args if id(arg) not in self._dropped]
        for index, arg in enumerate(args):
            if (
                id(arg) in self._dropped
                and index + 1 < len(args)
                and any(id(later) not in self._dropped for later in args[index + 1 :])
            ):
                self._cut(arg, args[index + 1])
        if not kept:
            self._replace_all(args)
            return
        last_kept, last = kept[-1], args[-1]
        tail = self._arg_end(last_kept)
        if last_kept is not last:
            self.ctx.plan.replace(tail, self._arg_end(last), "")
        if self._added:
            lead = self._lead(args)
            text = "".join(
                f",{lead}{key}={indent_value(value, lead)}" for key, value in self._added
            )
            self.ctx.plan.insert(tail, self.ctx.plan.lines(text))

    def _too_long(self, args: list[cst.Arg]) -> bool:
        """A call on one line that would not fit there any more."""
        if not args:
            return False
        start, end = self.ctx.source.span(self.call)
        code = self.ctx.source.text[start:end]
        if "\n" in code:
            return False
        line = self.ctx.source.text[self.ctx.source.line_start(start) : end]
        more = sum(len(key) + len(value) + 3 for key, value in self._added)
        for arg in args:
            first, last = self.ctx.source.span(arg)
            if id(arg) in self._dropped:
                more -= last - first
        return more > 0 and len(line) + more > WIDTH

    def _spread(self, args: list[cst.Arg]) -> None:
        """One argument a line."""
        kept = [arg for arg in args if id(arg) not in self._dropped]
        for arg in args:
            if id(arg) in self._dropped:
                self.ctx.plan.replace(self.ctx.source.span(arg)[0], self._arg_end(arg), "")
            elif id(arg) in self._set:
                self._rewrite(arg, *self._set[id(arg)])
        start, end = self.ctx.source.span(args[0])[0], self.ctx.source.span(self.call)[1] - 1
        spans = [(self.ctx.source.span(arg)[0], self._arg_end(arg)) for arg in kept]
        lead = self.ctx.source.indentation(self.call)
        deep = lead + self.ctx.source.indent_unit

        def code(render: Render) -> str:
            items = [render(*span) for span in spans]
            items += [f"{key}={indent_value(value, chr(10) + deep)}" for key, value in self._added]
            body = "".join(f"{deep}{item},\n" for item in items)
            return self.ctx.plan.lines(f"\n{body}{lead}")

        self.ctx.plan.wrap(start, end, code)

    def _rewrite(self, arg: cst.Arg, keyword: str, value: Value) -> None:
        start, _ = self.ctx.source.span(arg)
        first, last = self.ctx.source.full_span(arg.value)
        self.ctx.plan.replace(start, first, f"{keyword}=")
        if value is not None:
            self.ctx.plan.replace(first, last, value)

    def _arg_end(self, arg: cst.Arg) -> int:
        return self.ctx.source.full_span(arg.value)[1]

    def _cut(self, arg: cst.Arg, following: cst.Arg) -> None:
        """Remove an argument with its comma; comments on lines of their own stay."""
        start, stop = self.ctx.source.span(arg)[0], self.ctx.source.span(following)[0]
        gap = self.ctx.source.text[self._arg_end(arg) : stop]
        _, newline, rest = gap.partition(self.ctx.plan.newline)
        kept = rest.lstrip(" \t") if newline and "#" in rest else ""
        self.ctx.plan.replace(start, stop, kept)

    def _replace_all(self, args: list[cst.Arg]) -> None:
        text = ", ".join(f"{key}={value}" for key, value in self._added)
        if args:
            start, end = self.ctx.source.span(args[0])[0], self._arg_end(args[-1])
            self.ctx.plan.replace(start, end, text)
        else:
            self.ctx.plan.insert(self.ctx.source.span(self.call)[1] - 1, text)

    def _lead(self, args: list[cst.Arg]) -> str:
        """Whitespace before an argument: a new line where the call has one argument a line."""
        source = self.ctx.source
        first = source.span(args[0])[0]
        start = source.line_start(first)
        before = source.text[start:first]
        if len(args) > 1 and not before.strip():
            return "\n" + before
        if len(args) == 1 and not before.strip() and before:
            return "\n" + before
        second = source.span(args[1])[0] if len(args) > 1 else first
        aligned = source.text[source.line_start(second) : second]
        if len(args) > 1 and not aligned.strip():
            return "\n" + aligned
        return " "


def indent_value(value: str, lead: str) -> str:
    """A generated value of several lines, moved to where its argument stands."""
    if "\n" not in value:
        return value
    spaces = lead.lstrip("\n") if lead.startswith("\n") else ""
    first, rest = value.split("\n", 1)
    return first + "\n" + indent(rest, spaces)
