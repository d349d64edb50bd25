"""The watch over one runtime: who waits for what, and the end of waits that nothing ends.

It looks at the runtime about twice a second while there is something under way; between two looks
it costs nothing, and a message costs it nothing but the question whether it is armed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from msgspec import Struct
from msgspec.structs import replace

from ..tracer import conventions as c
from ..tracer.observer import Told
from ..tracer.recorder import LiveRun, LiveSpan, now_ns
from ..tracer.telling import tell
from ..tracer.waits import Wait
from . import rows, stories, teams
from .beat import Round, beat
from .deadletters import DeadLetters
from .deadlines import Deadlines, any_of
from .errors import Deadlock, Hang, Quiescent, TeamStalled
from .gate import Gate
from .letters import Delivery, Letter, in_order
from .options import Limits
from .rows import identity
from .scene import Scene, circle
from .standing import Standing

if TYPE_CHECKING:
    from .beat import Watched
    from .roster import Roster

TURNS: Final = 12  # of the event loop, more than a message has hops
QUIET: Final = 2  # looks that find nothing before it stops: between two messages there is nothing
STILL: Final = 4  # looks at the same await after which a wait has a span
SPANNED: Final = frozenset(
    {"turn", "mailbox", "lock", "queue", "event", "task", "timer", "thread", "future"}
)


class Post(Protocol):
    """The part of a runtime that delivers, as the watch sees it."""

    live: set[Delivery]
    dead_letters: DeadLetters

    @property
    def gate(self) -> Gate | None:
        """What holds deliveries back, where something may."""
        ...

    @property
    def running(self) -> bool:
        """Whether it was started, and not stopped since."""
        ...

    @property
    def prepares(self) -> bool:
        """Whether agents are being gathered for a message that is in no queue any more."""
        ...

    @property
    def last_failure(self) -> str:
        """What the last event handler that failed raised."""
        ...

    def queued(self) -> Sequence[Letter]:
        """Letters that are not handed out."""
        ...

    def busy(self) -> bool:
        """Whether a message is posted or handled, or an agent is being made for one."""
        ...

    def lost(self) -> Sequence[Letter]:
        """Letters whose reply is awaited and will not be given."""
        ...

    def idlers(self) -> Sequence[asyncio.Future[None]]:
        """Futures of whoever waits for the runtime to be idle."""
        ...

    def unfinished(self) -> int:
        """Letters that the idlers wait for."""
        ...

    def trouble(self) -> str:
        """Why it delivers nothing any more, "" if it does."""
        ...

    def drop(self, letter: Letter, reason: str, error: BaseException) -> None:
        """Make a letter that is not handed out a dead one; its sender gets `error`."""
        ...

    def end(self, delivery: Delivery, error: BaseException) -> None:
        """End a handler's run by cancelling it; its sender gets `error`."""
        ...

    def abandon(self, delivery: Delivery, error: BaseException) -> None:
        """Count a handler's run as over, though it goes on."""
        ...


class Seen(Struct):
    """What was seen of a delivery at the looks before."""

    since_ns: int
    leaf: int = 0  # id of the future it stood on
    looks: int = 0  # at the same one
    standing: Standing | None = None
    span: LiveSpan | None = None
    suspected: bool = False
    cancelled: int = 0  # looks at which it had been cancelled, wherever it stood


class Watch:
    """Implements `Watched`."""

    def __init__(self, post: Post, roster: Roster, limits: Limits) -> None:
        self.post = post
        self.roster = roster
        self.limits = limits
        self.armed = limits.hangs == "off" and not any_of(limits)
        self.seconds = limits.beat
        self.blocked_after = limits.blocked_after
        self.deadlines = Deadlines(limits)
        self.held = False  # deliveries are held back by whoever controls the run
        self._seen: dict[Delivery, Seen] = {}
        self._told: set[object] = set()
        self._quiet = 0  # looks in a row that found nothing
        self.loop: asyncio.AbstractEventLoop | None = None
        self._gone: dict[Delivery, tuple[float, BaseException]] = {}  # cancelled, until when
        self._round = Round([])  # the last look
        self._stopped: dict[str, tuple[LiveRun, Hang]] = {}  # runs of teams, by the team's id

    def arm(self) -> None:
        """There is something under way: look at it until there is not."""
        self.armed = True
        self.loop = asyncio.get_running_loop()
        beat.arm(cast("Watched", self), self.loop)

    def rest(self) -> None:
        """The runtime was stopped: what has ended stands still no more."""
        for delivery in [each for each in self._seen if each not in self.post.live]:
            self._close(self._seen.pop(delivery))

    # -- a look --------------------------------------------------------------------------------
    def look(self, round: Round) -> bool:  # noqa: A002 as the protocol has it
        """As `Watched.look`. A look that fails is the last one; the program goes on."""
        try:
            self._round = round
            busy = self._look()
        except Exception as error:
            self.limits = Limits(hangs="off")
            told = Told("hang.watch", f"waits are not watched any more: {error!r}")
            tell(told, "warned", None)
            return False
        self._quiet = 0 if busy else self._quiet + 1
        if self._quiet < QUIET:
            return True
        self.armed = False
        self._quiet = 0
        self._seen.clear()
        self._told.clear()
        self._stopped.clear()
        return False

    def _look(self) -> bool:
        busy = bool(self.post.busy() or self.post.idlers() or self.post.lost())
        busy = busy or bool(teams.waiting(self.roster))
        busy = busy or (self.post.running and teams.unfinished(self.roster))
        scene = self._scene()
        now = now_ns()
        self._follow(scene, now)
        self.rest()
        self._reach(scene)
        for delivery, error in self.deadlines.passed(self.post, now):
            self.finish(delivery, error)
        self._finish_off()
        self._end_stopped(scene)
        self._round.urgent = self._round.urgent or bool(self._gone or self._stopped)
        if not self.held and self.limits.hangs != "off":
            self._judge(scene)
        releaser = self.roster.releaser
        if releaser is not None and self.post.running and releaser.look(self.post):
            return True
        return busy

    def _scene(self) -> Scene:
        """How the tasks of the loop stand; made once for all runtimes in it."""
        assert self.loop is not None
        if not isinstance(self._round.scene, Scene):
            watches = [each for each in self._round.watched if isinstance(each, Watch)]
            self._round.scene = _scene_of(self.loop, watches)
        return self._round.scene

    def _follow(self, scene: Scene, now: int) -> None:
        """Note where each handler stands."""
        for delivery in in_order(self.post.live):
            seen = self._seen.get(delivery)
            if seen is None:
                self._seen[delivery] = Seen(now)
                self.deadlines.begun(delivery, now)
                continue
            standing = _foremost(scene.of(delivery.task))
            leaf = id(standing.leaf) if standing.leaf is not None else 0
            if leaf == 0 or leaf != seen.leaf:
                self._close(seen)
                seen.leaf, seen.since_ns, seen.looks, seen.suspected = leaf, now, 0, False
            seen.looks += 1
            # a frame that is kept keeps all that it refers to
            seen.standing = replace(standing, frames=[], coroutines=[])
            if seen.looks == STILL and standing.on in SPANNED and delivery.span is not None:
                seen.span = self._open(delivery, standing, seen.since_ns, scene)

    def _open(
        self, delivery: Delivery, standing: Standing, since: int, scene: Scene
    ) -> LiveSpan | None:
        parent = delivery.span
        assert parent is not None
        span = parent.recorder.span(c.WAIT, f"{c.WAIT} {standing.on}", parent=parent)
        span.start_ns = max(since, parent.start_ns)
        span.set(c.WAIT_ON, standing.on)
        span.set(c.WAIT_WHAT, stories.what(standing, rows.awaits(scene, standing)))
        if standing.where:
            span.set(c.WAIT_WHERE, standing.where)
        if standing.within:
            span.set(c.WAIT_WITHIN, standing.within)
        awaits = rows.awaits(scene, standing)
        if awaits:
            span.set(c.WAIT_AWAITS, awaits)
        return span

    def _close(self, seen: Seen) -> None:
        if seen.span is not None:
            seen.span.end()
            seen.span = None

    # -- cancellation --------------------------------------------------------------------------
    def _reach(self, scene: Scene) -> None:
        """A cancelled token reaches handlers that do not heed it; so does a caller that was
        cancelled and, in some `finally`, waits for the runtime to be idle."""
        if self.limits.hangs == "off":
            return
        left = self._left_alone(scene)
        for delivery, seen in list(self._seen.items()):
            if not (left or delivery.letter.token.is_cancelled()):
                continue
            seen.cancelled += 1
            if self.limits.hangs == "raise":
                if seen.looks:
                    self.finish(delivery, asyncio.CancelledError("its caller was cancelled"))
            elif seen.cancelled > STILL and not seen.suspected and seen.standing is not None:
                seen.suspected = True
                told = stories.unheeded(identity(delivery), delivery.letter, seen.standing)
                tell(told, "warned", delivery.span or delivery.letter.span)

    def _left_alone(self, scene: Scene) -> bool:
        if not self.post.idlers():
            return False
        waiting = set(self.post.idlers())
        return any(
            task.cancelling() and any(each.leaf in waiting for each in scene.of(task))
            for task in scene.tasks
        )

    def finish(self, delivery: Delivery, error: BaseException) -> None:
        """Cancel a handler; if it does not end within the grace, count it as ended."""
        if delivery in self._gone or delivery not in self.post.live:
            return
        self.arm()
        assert self.loop is not None
        self._gone[delivery] = (self.loop.time() + self.limits.grace, error)
        self._round.scene = None
        self.post.end(delivery, error)

    def stop(self, team: str, run: LiveRun, error: Hang) -> None:
        """End a team's run as soon as it waits: now it has something to read."""
        self._stopped[team] = run, error
        self.arm()

    def _end_stopped(self, scene: Scene) -> None:
        if not self._stopped:
            return
        for team in teams.waiting(self.roster):
            run = teams.run_of(team, scene)
            stopped = self._stopped.get(team.key)
            if stopped is not None and run is not None and run.run is stopped[0]:
                self._round.scene = None
                team.end(stopped[1])
        going_on = {key: each for key, each in self._stopped.items() if each[0].end_ns is None}
        self._stopped = going_on

    def _finish_off(self) -> None:
        assert self.loop is not None
        now = self.loop.time()
        for delivery, (until, error) in list(self._gone.items()):
            if delivery not in self.post.live:
                del self._gone[delivery]
            elif now >= until:
                del self._gone[delivery]
                self.post.abandon(delivery, error)
        if self.limits.hangs != "raise":
            return
        for delivery in in_order(each for each in self.post.live if _never(each)):
            self.post.abandon(delivery, asyncio.CancelledError("cancelled before it began"))

    # -- verdicts ------------------------------------------------------------------------------
    def _judge(self, scene: Scene) -> None:
        mine = [each for each in in_order(self.post.live) if each.task in scene.stuck]
        if mine and not self._gone:
            self._stuck(scene, mine)
            return
        self._suspect()
        silence = self._silence()
        if silence is not None:
            self._listen(silence, TURNS)

    def _silence(self) -> object:
        """What is the same as long as nothing happens though somebody waits for the runtime
        itself or for a team; None when something is under way, or nobody waits."""
        stalled = teams.waiting(self.roster)
        lost = tuple(id(each) for each in self.post.lost())
        idlers = tuple(id(each) for each in self.post.idlers())
        if not (stalled or lost or idlers or self.post.trouble()):
            return None
        if not (lost or self.post.trouble()) and self.post.busy():
            return None
        return (tuple(each.getters for each in stalled), lost, idlers, self.post.unfinished())

    def _listen(self, silence: object, turns: int) -> None:
        """Messages hop through the loop unseen, under `compat="autogen"`: nothing is on its way
        when nothing turns up for more turns of the loop than a message has hops."""
        if self._silence() != silence or self.loop is None:
            return
        if turns:
            self.loop.call_soon(self._listen, silence, turns - 1)
            return
        trouble = self._trouble()
        if trouble:
            self._quiescent(trouble)
            return
        scene = Scene(self.loop, self.post.live, self.post.lost())
        for team in teams.waiting(self.roster):
            if not teams.on_its_way(team, self.post, scene):
                self._team(team, scene)

    def _trouble(self) -> str:
        """Why somebody who waits for the runtime itself waits in vain, "" if not."""
        post = self.post
        lost = [each for each in post.lost() if each.future is not None]
        if lost:
            return stories.lost(lost[0], post.trouble())
        if post.trouble() and post.queued():
            return stories.lost(post.queued()[0], post.trouble())
        if not post.busy() and post.idlers() and post.unfinished() > 0:
            return stories.uncounted(post.unfinished(), self.post.dead_letters.find())
        return ""

    def _quiescent(self, story: str) -> None:
        if story in self._told:
            return
        told = Told("hang.quiescent", story.splitlines()[0], story, severity="error")
        futures: list[asyncio.Future[Any]] = [
            each.future for each in self.post.lost() if each.future is not None
        ]
        if self.post.trouble():
            futures += [each.future for each in self.post.queued() if each.future is not None]
        if not futures:
            futures = list(self.post.idlers())
        span = next((each.span for each in self.post.lost() if each.span is not None), None)
        if self._raises(story, told, span or self.post.dead_letters.last_span):
            for future in futures:
                if not future.done():
                    future.set_exception(Quiescent(told))

    def _stuck(self, scene: Scene, mine: list[Delivery]) -> None:
        ring = [task for task in circle(scene, scene.stuck) if task in scene.deliveries]
        members = [scene.deliveries[task] for task in ring] or mine
        key = frozenset(id(each) for each in members)
        if key in self._told and self.limits.hangs != "raise":
            return  # where it is ended, they may have got stuck again
        kind, slug = (Deadlock, "hang.deadlock") if ring else (Quiescent, "hang.quiescent")
        told = stories.stuck(slug, members, self.waits(scene), [identity(each) for each in members])
        victim = self._victim(scene, members)
        spans = [each.span for each in members if each.span is not None]
        for each in members:
            seen = self._seen.get(each)
            if seen is not None and seen.span is not None:
                seen.span.set(c.WAIT_HOPELESS, True)
        if self._raises(key, told, victim.span or victim.letter.span, spans):
            self._break(scene, victim, kind(told))

    def _victim(self, scene: Scene, members: list[Delivery]) -> Delivery:
        """Whose wait is ended: one that stands on something else than a reply, the latest."""
        deep = [
            each for each in members if all(one.on != "reply" for one in scene.of(each.task))
        ] or members
        return max(deep, key=lambda each: (each.span.start_ns if each.span else 0, each.letter.id))

    def _break(self, scene: Scene, victim: Delivery, error: Hang) -> None:
        """Raise in the handler's own await; cancel it where there is no future to do it by."""
        for standing in scene.of(victim.task):
            leaf = standing.leaf
            if leaf is None or leaf.done() or isinstance(leaf, asyncio.Task):
                continue
            if type(leaf) is not asyncio.Future and not asyncio.isfuture(leaf):
                continue
            teams.leave_line(standing)
            leaf.set_exception(error)
            return
        self.finish(victim, error)

    def _team(self, team: teams.Stalled, scene: Scene) -> None:
        if team.key in self._told:
            return
        run = teams.run_of(team, scene)
        told = stories.team(team, self.post.dead_letters.find(), self.post.last_failure)
        if self._raises(team.key, told, run):
            team.end(TeamStalled(told))

    def _raises(
        self, key: object, told: Told, span: LiveSpan | None, about: Sequence[LiveSpan] = ()
    ) -> bool:
        self._told.add(key)
        raises = self.limits.hangs == "raise"
        if raises:
            self._round.scene = None
        tell(told, "ended" if raises else "warned", span, about)
        return raises

    def _suspect(self) -> None:
        """Nobody knows whether it ends; it has stood still for long."""
        patience = self.limits.patience * 1e9
        now = now_ns()
        for delivery, seen in self._seen.items():
            standing = seen.standing
            if standing is None or seen.suspected or standing.external or seen.leaf == 0:
                continue
            if standing.on not in SPANNED or now - seen.since_ns < patience:
                continue
            seen.suspected = True
            told = stories.suspected(identity(delivery), delivery.letter, standing, now, seen)
            tell(told, "warned", delivery.span or delivery.letter.span)

    # -- asked ---------------------------------------------------------------------------------
    def waits(self, scene: Scene | None = None) -> list[Wait]:
        """Everything that is not over. Call it in the loop's own thread."""
        if scene is None:
            scene = _scene_of(asyncio.get_running_loop(), [self])
        since = {delivery: seen.since_ns for delivery, seen in self._seen.items()}
        return rows.of(scene, self.post, since, held=self.held)

    def blocked(self, frame: FrameType, seconds: float) -> None:
        """As `Watched.blocked`."""
        if self.limits.hangs == "off":
            return
        task = None if self.loop is None else asyncio.tasks._current_tasks.get(self.loop)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]  another thread's current task has no other name
        delivery = next((each for each in self.post.live if each.task is task), None)
        told = stories.blocked(frame, seconds, "" if delivery is None else identity(delivery))
        tell(told, "warned", None if delivery is None else delivery.span)


def _scene_of(loop: asyncio.AbstractEventLoop, watches: list[Watch]) -> Scene:
    boxed: dict[object, list[Delivery]] = {}
    revocable: dict[object, Letter] = {}
    needs: dict[object, list[asyncio.Task[Any]]] = {}
    for post in (each.post for each in watches):
        if post.gate is not None:
            boxed |= post.gate.boxed()
            revocable |= post.gate.revocable()
        at_work = [each.task for each in in_order(post.live) if each.task is not None]
        needs |= dict.fromkeys(post.idlers(), at_work)
    for roster in (each.roster for each in watches):
        needs |= {waiting: [maker] for waiting, maker in roster.made_by().items()}
    live = [delivery for each in watches for delivery in in_order(each.post.live)]
    lost = [letter for each in watches for letter in each.post.lost()]
    return Scene(loop, live, lost, boxed, needs, revocable)


def _never(delivery: Delivery) -> bool:
    """Somebody cancelled its task before that began: by asyncio.all_tasks(), say."""
    return delivery.task is not None and delivery.task.done()


def _foremost(standings: list[Standing]) -> Standing:
    """Of several things that are gathered, one that is not about to end by itself."""
    return next((each for each in standings if not each.external), standings[0])
