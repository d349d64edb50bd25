"""`TracedRuntime`: AutoGen's runtime protocol, recorded."""

from __future__ import annotations

import sys
from asyncio import Future, get_running_loop
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, Unpack
from weakref import finalize, ref

from autogen_core import (
    Agent,
    AgentId,
    AgentMetadata,
    AgentType,
    CancellationToken,
    InterventionHandler,
    MessageSerializer,
    Subscription,
    TopicId,
)
from opentelemetry.trace import TracerProvider

from ..tracer.observing import observe
from ..tracer.recorder import describe
from ..tracer.waits import Wait
from . import acting, events
from .accounting import Accounts
from .budgets import Budget
from .deadletters import DeadLetter
from .depths import Mailbox, mailboxes
from .direct import DirectPost
from .errors import MailboxFull, UnknownRecipient
from .gauges import enter
from .handling import Parts, log_posted
from .interventions import Interventions
from .letters import Letter, PublishToken, SendToken, current_delivery, fresh_id
from .options import Options, limits_of
from .otel import ProgramSpans
from .queued import QueuedPost
from .releasing import Releaser
from .roster import Roster
from .semantics import Compat, semantics_of
from .serialisers import SerialisersByClass, SerialisersByName
from .states import keep_seat
from .supervision import Supervisor
from .tape import Tape
from .tokens import link, unlink
from .topics import Topics

if TYPE_CHECKING:
    from ..tracer.observer import StepObserver
    from ..tracer.recorder import Recorder

T = TypeVar("T", bound=Agent)


class TracedRuntime:
    """An `autogen_core.AgentRuntime` on asyncio that records every message.

    A drop-in for `SingleThreadedAgentRuntime`: pass it to teams or register agents on it. It
    records into what is being recorded already, else it begins a recording with its first message.

    Args:
        intervention_handlers: as upstream's.
        tracer_provider: for the program's own OpenTelemetry spans, as upstream makes them.
        ignore_unhandled_exceptions: True: exceptions of event handlers are only logged and
            recorded. False: the first is raised by `stop`, `stop_when_idle`, `stop_when`, `close`
            or `process_next`. By default `stop` and `close` do not raise it; and under
            `compat="autogen"` nothing does.
        compat: "strict" for the documented semantics, "autogen" for those that AutoGen's runtime
            really has: `docs/runtime.md` lists the differences.
        record: False to record nothing.
        options: what is allowed and forbidden, see `options.py`: hangs, deadlines, mailboxes,
            budgets, supervision.

    Raises:
        TypeError: an option is unknown. ValueError: one cannot be.
    """

    def __init__(
        self,
        *,
        intervention_handlers: list[InterventionHandler] | None = None,
        tracer_provider: TracerProvider | None = None,
        ignore_unhandled_exceptions: bool | None = None,
        compat: Compat = "strict",
        record: bool = True,
        **options: Unpack[Options],
    ) -> None:
        limits = limits_of(options)
        if not record and options.get("run_deadline") is not None:
            raise ValueError("run_deadline goes by what is recorded: leave record=False out")
        semantics = semantics_of(compat)
        roster = Roster(self, semantics)
        registry = SerialisersByClass() if semantics.full_names else SerialisersByName()
        spans = ProgramSpans(tracer_provider, registry, roster.seats)
        self._semantics = semantics
        self._roster = roster
        self._registry = registry
        self._topics = Topics(semantics)
        self._tape = Tape(record=record)
        self._spans = spans
        self._parts = Parts(
            semantics,
            roster,
            self._topics,
            self._tape,
            spans,
            registry,
            Interventions(intervention_handlers, semantics, spans),
        )
        self._limits = limits
        if limits.restart is not None:
            roster.supervisor = Supervisor(limits.restart, roster, self._topics)
        if limits.release is not None:
            roster.releaser = Releaser(limits.release, roster, self._topics)
        self._observes = False
        kind = DirectPost if semantics.accounted_drops else QueuedPost
        self._post: DirectPost | QueuedPost = kind(
            self._parts, ignore_failures=ignore_unhandled_exceptions, limits=limits
        )
        enter(self)
        acting.ready()

    # -- messages --------------------------------------------------------------------------------
    async def send_message(
        self,
        message: Any,
        recipient: AgentId,
        *,
        sender: AgentId | None = None,
        cancellation_token: CancellationToken | None = None,
        message_id: str | None = None,
    ) -> Any:
        """Post a message to one agent and return its reply.

        Raises:
            MailboxFull: the agent's mailbox has no room, and by policy nobody waits for it.
            Hang: nothing would have ended the wait, or a deadline passed.
            UndeliverableException: no such agent type, or the runtime was stopped meanwhile.
            CantHandleException: the recipient has no handler for the message's type.
            MessageDroppedException: an intervention handler dropped it.
            CancelledError: the token was cancelled. Whatever the handler raises.
        """
        future: Future[Any] = get_running_loop().create_future()
        token = cancellation_token or SendToken(future)
        letter = Letter(message, sender, recipient, None, token, message_id or fresh_id(), future)
        letter.seat = self._roster.seats.get(recipient)
        tape: Tape | None = self._tape
        error: BaseException | None = None
        around = self._spans.create(letter) if self._spans.wanted() else None
        if around is not None:
            around.__enter__()
        try:
            self._posted(letter)
            if letter.seat is None and recipient.type not in self._roster.kinds:
                self._unknown(letter)
            if self._post.gate is not None:
                await self._room(letter)
            self._hand_over(letter)
            if cancellation_token is not None:
                link(cancellation_token, future)
            return await future
        except GeneratorExit:
            tape = None  # nobody waits any more, and nothing came: the span stays open
            raise
        except BaseException as raised:
            error = raised
            raise
        finally:
            if cancellation_token is not None and self._semantics.unlinked_tokens:
                unlink(cancellation_token, future)
            if tape is not None:
                tape.answered(letter, error)
            if around is not None:  # no `with`: one around nothing costs each message two calls
                around.__exit__(*sys.exc_info())

    def _posted(self, letter: Letter) -> None:
        poster, sender = current_delivery.get(), letter.sender
        letter.poster = poster
        if sender is not None:
            seat = None if poster is None else poster.seat
            if seat is not None and seat.id is sender:
                letter.home, letter.who = seat, seat.identity
            else:
                letter.who = f"{sender.type}/{sender.key}"
        if events.wanted():
            letter.logged = True
            log_posted(self._parts, letter)
        self._tape.posted(letter)

    def _hand_over(self, letter: Letter) -> None:
        try:
            self._post.post(letter)
        except BaseException as error:
            self._tape.refused(letter, error)
            raise

    async def _room(self, letter: Letter) -> None:
        """Wait for room in the mailboxes of all who get it; what finds none is a dead letter."""
        gate = self._post.gate
        assert gate is not None
        recipients = (letter.recipient,) if letter.topic is None else self._recipients(letter.topic)
        try:
            for recipient in recipients:
                if recipient is not None and recipient != letter.sender:
                    await gate.room(recipient, letter)
        except BaseException as error:
            full = isinstance(error, MailboxFull)
            self._tape.dead(letter, f"mailbox full: {error}" if full else describe(error))
            self._tape.refused(letter, error)
            raise

    def _recipients(self, topic: TopicId) -> tuple[AgentId, ...]:
        try:
            return self._topics.route(topic).recipients
        except Exception:
            return ()  # a subscription raises: told when it is posted

    def _unknown(self, letter: Letter) -> None:
        assert letter.recipient is not None
        self._tape.dead(letter, f"unknown recipient: no agent type {letter.recipient.type!r}")
        self._tape.over(letter)
        if not self._semantics.documented_errors:
            raise Exception("Recipient not found")  # what upstream raises
        raise UnknownRecipient(
            f"no agent type {letter.recipient.type!r} is registered; "
            f"there are {sorted(self._roster.kinds)}"
        )

    async def publish_message(
        self,
        message: Any,
        topic_id: TopicId,
        *,
        sender: AgentId | None = None,
        cancellation_token: CancellationToken | None = None,
        message_id: str | None = None,
    ) -> None:
        """Post a message to all subscribers of a topic, but not to its sender.

        Raises:
            RuntimeStopped: the poster is a handler that outlived a stop of the runtime.
        """
        letter = Letter(
            message,
            sender,
            None,
            topic_id,
            cancellation_token or PublishToken(),
            message_id or fresh_id(),
            None,
        )
        if self._spans.wanted():
            with self._spans.create(letter):
                self._posted(letter)
                if self._post.gate is not None:
                    await self._room(letter)
                self._hand_over(letter)
            return
        self._posted(letter)  # without a `with`, which each message would pay for
        if self._post.gate is not None:
            await self._room(letter)
        self._hand_over(letter)

    def waits(self) -> list[Wait]:
        """Who waits for what: a row for every message that is not over.

        Raises:
            RuntimeError: no event loop runs in this thread.
        """
        return self._post.watch.waits()

    def mailboxes(self) -> dict[str, Mailbox]:
        """How full each agent's mailbox is, by identity; empty ones are left out."""
        return mailboxes(self._post)

    def dead_letters(self, reason: str = "") -> list[DeadLetter]:
        """The last hundred messages that nobody took, those whose reason begins so."""
        return self._tape.dead_letters.find(reason)

    # -- life ------------------------------------------------------------------------------------
    @property
    def unprocessed_messages_count(self) -> int:
        """Messages that wait for their delivery to begin."""
        return self._post.waiting

    def holds(self) -> tuple[Collection[AgentId], int, int, int]:
        """Ids of its agents, number of topics it knows, messages waiting, deliveries under way."""
        return self._roster.seats, len(self._parts.topics), self._post.waiting, len(self._post.live)

    def settle(self) -> None:
        """Let go of what is over and watched still."""
        self._post.watch.rest()

    def start(self) -> None:
        """Begin to deliver.

        Raises:
            RuntimeError: it was started before, or no event loop runs; it has a budget, and
                nothing is recorded.
        """
        if self._post.running:
            raise RuntimeError("Runtime is already started")
        self._budget()
        self._post.start()

    def account(self) -> Accounts | None:
        """Count what each agent does and costs, from now on; None when nothing is recorded."""
        recorder = self._tape.recorder()
        if self._parts.accounts is None and recorder is not None:
            self._parts.accounts = Accounts()
            self._asked(recorder, self._parts.accounts)
        return self._parts.accounts

    def _budget(self) -> None:
        """A budget is held to step by step, by what is recorded."""
        if self._limits.accounting:
            self.account()
        if self._observes or not Budget.given(self._limits):
            return
        recorder = self._tape.recorder()
        if recorder is None:
            raise RuntimeError(
                "budgets (max_steps, max_tokens, max_seconds, max_memory) are counted by the "
                "recorder, and nothing is recorded: leave record=False out"
            )
        self._observes = True
        me = ref(self)

        def mine() -> bool:
            runtime = me()
            return runtime is not None and current_delivery.get() in runtime._post.live

        self._asked(recorder, Budget(self._limits, mine))

    def _asked(self, recorder: Recorder, observer: StepObserver) -> None:
        """Have an observer asked for as long as the runtime is there: a team makes one of its own,
        and programs make teams by the thousand."""
        finalize(self, observe(recorder, observer)).atexit = False

    def _must_run(self) -> None:
        if not self._post.running:
            raise RuntimeError("Runtime is not started")

    async def stop(self) -> None:
        """Stop now: messages that wait are dropped, handlers that run are cancelled.

        It returns once they have ended, or after the grace that they have for it. Under
        `compat="autogen"` handlers go on.

        Raises:
            RuntimeError: it is not started. An event handler's exception, unless ignored.
        """
        self._must_run()
        await self._post.stop()

    async def stop_when_idle(self) -> None:
        """Stop once no message waits and no handler runs. Raises as `stop` does."""
        self._must_run()
        await self._post.stop_when_idle()

    async def stop_when(self, condition: Callable[[], bool], check_period: float = 1.0) -> None:
        """Stop once `condition()` holds, asked every `check_period` seconds. Raises as `stop`."""
        self._must_run()
        await self._post.stop_when(condition, check_period)

    async def close(self) -> None:
        """Stop if need be, and close every agent."""
        if self._post.running:
            await self.stop()
        await self._roster.close()

    async def process_next(self) -> None:
        """Deliver the next message by hand. Raises an event handler's exception, unless ignored."""
        await self._post.process_next()

    _process_next = process_next  # AutoGen's own tests step the runtime by this name

    # -- agents ----------------------------------------------------------------------------------
    async def register_factory(
        self,
        type: str | AgentType,  # noqa: A002 the protocol's name
        agent_factory: Callable[[], T | Awaitable[T]],
        *,
        expected_class: type[T] | None = None,
    ) -> AgentType:
        """Register how agents of a type are made, when they are first needed."""
        return self._roster.add_factory(type, agent_factory, expected_class)

    async def register_agent_instance(self, agent_instance: Agent, agent_id: AgentId) -> AgentId:
        """Register an agent that is there already."""
        return await self._roster.add_instance(agent_instance, agent_id)

    async def try_get_underlying_agent_instance(
        self,
        id: AgentId,  # noqa: A002 the protocol's name
        type: type[T] = Agent,  # noqa: A002  # pyright: ignore[reportArgumentType]  as upstream
    ) -> T:
        """The agent itself.

        Raises:
            LookupError: its type is not registered.
            TypeError: it is not of the class asked for.
        """
        return await self._roster.instance(id, type)

    async def get(
        self, id_or_type: AgentId | AgentType | str, /, key: str = "default", *, lazy: bool = True
    ) -> AgentId:
        """The id of an agent, which is made at once unless `lazy`."""
        if isinstance(id_or_type, AgentId):
            agent_id = id_or_type
        else:
            kind = id_or_type if isinstance(id_or_type, str) else id_or_type.type
            agent_id = AgentId(kind, key)
        if not lazy:
            await self._roster.seat(agent_id)
        return agent_id

    async def agent_metadata(self, agent: AgentId) -> AgentMetadata:
        """An agent's type, key and description."""
        return (await self._roster.seat(agent)).agent.metadata

    async def agent_save_state(self, agent: AgentId) -> Mapping[str, Any]:
        """One agent's state."""
        seat = await self._roster.seat(agent)
        state = await seat.agent.save_state()
        keep_seat(seat.identity, seat.agent, state, "saved")
        return state

    async def agent_load_state(self, agent: AgentId, state: Mapping[str, Any]) -> None:
        """Give one agent its state back."""
        await (await self._roster.seat(agent)).agent.load_state(state)

    async def save_state(self) -> Mapping[str, Any]:
        """The state of every agent that is there, by `type/key`."""
        return await self._roster.save()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        """The counterpart of `save_state`; types that are not registered are passed over."""
        await self._roster.load(state)

    # -- topics ----------------------------------------------------------------------------------
    async def add_subscription(self, subscription: Subscription) -> None:
        """Raises ValueError when an equal one is there."""
        self._topics.add(subscription)

    async def remove_subscription(self, id: str) -> None:  # noqa: A002 the protocol's name
        """Raises LookupError when there is none with that id."""
        self._topics.remove(id)

    def add_message_serializer(
        self, serializer: MessageSerializer[Any] | Sequence[MessageSerializer[Any]]
    ) -> None:
        """Serializers are used for log records only: messages pass by reference."""
        self._registry.add_serializer(serializer)
