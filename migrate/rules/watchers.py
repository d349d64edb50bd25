"""A reply function that never answers is shown what its agent has heard.

v0.2 calls reply functions before an agent answers; many only print, and return (False, None) on
every way out. In a group chat the file gets a function `watch` that does the same: before each
turn of the agent it calls them with the messages as dictionaries. One that answers, or that looks
at more of the agents than their names, is left; so is one in a chat of two, where v0.2 also shows
the message that ends it.
"""

from __future__ import annotations

from ..context import Context
from ..model import Group, Obstacle, Speaker, Watcher
from ..plan import Render
from ..reader import Reader
from . import Example, RuleInfo


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        alone = any(not isinstance(chat.partner, Group) for chat in speaker.chats)
        if speaker.watchers and (alone or not speaker.groups):
            text = "has a reply function that looks, in a chat of two"
            speaker.obstacles.append(Obstacle("MIG056", speaker.watchers[0].call, text))


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if ctx.standing.moves(speaker):
            for watcher in speaker.watchers:
                _watch(ctx, speaker, watcher)


def _watch(ctx: Context, speaker: Speaker, watcher: Watcher) -> None:
    helper = ctx.helper("watch")
    function = ctx.rendered(watcher.function)
    config = ctx.rendered(watcher.config) if watcher.config is not None else None

    def code(render: Render) -> str:
        last = config(render) if config is not None else "None"
        return f"{helper}({speaker.variable}, {function(render)}, {last})"

    ctx.plan.replace(*ctx.source.span(watcher.call), code)
    ctx.note("MIG056", watcher.call, "migrated", "is shown what the agent has heard")


RULE = RuleInfo(
    code="MIG056",
    slug="watching-reply",
    title="A reply function that only looks is shown what its agent hears",
    level="todo",
    v02="`agent.register_reply([Agent, None], look)`",
    v07="`watch(agent, look, config)`, a function in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            "writer.register_reply([autogen.Agent, None], reply_func=show, config=None)",
            "watch(writer, show, None)",
        ),
    ),
    order=416,
    check=check,
    apply=apply,
)
