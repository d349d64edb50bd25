"""Messages as spans: a send or publish under whoever posted it, a process span for each delivery.

A process span is a step of its run. Its parent is the run and it links to the send, so that a
parent never outlives its children and a conversation of ten thousand turns stays two levels deep.
What runs inside a handler finds the process span as the current one; what it posts carries it on,
whichever task or runtime delivers it. The run a message belongs to is therefore that of its
poster; a message that nobody's run covers begins a run of its own, which ends with its last
delivery.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any, Final

from ..tracer import conventions as c
from ..tracer import recording
from ..tracer.bodies import snapshot
from ..tracer.errors import StoreError
from ..tracer.recorder import (
    LiveSpan,
    Recorder,
    active,
    current_span,
    describe,
    epoch,
    set_current,
    span_bits,
)
from ..tracer.sampler import Sampler
from .chunks import ENVELOPE, count, is_chunk
from .deadletters import DeadLetters
from .letters import Delivery, Letter
from .roster import Seat

SEND: Final = "send"
PUBLISH: Final = "publish"


class Tape:
    """Records the messages of one runtime into the process's recorder.

    When nothing is being recorded, the first message starts a recording that goes on until the
    process ends; once a recording that somebody else began is over, none is started.
    """

    def __init__(self, *, record: bool) -> None:
        self._on = record
        self.dead_letters = DeadLetters()
        self._attached = False  # to a recorder that is not ours to replace

    def recorder(self) -> Recorder | None:
        """Where messages posted now are recorded."""
        found = active() if self._on else None
        if found is not None:
            self._attached = True
            return found
        if self._attached or not self._on:
            return None
        self._attached = True
        try:
            return recording.start()
        except StoreError as error:
            self._on = False
            _complain(error)
            return None

    # -- posting ---------------------------------------------------------------------------------
    def posted(self, letter: Letter) -> None:
        """A letter begins its way: its span, its body, and a hold on its run."""
        recorder = active() if self._on else None
        if recorder is None or not self._attached:
            recorder = self.recorder()
            if recorder is None:
                return
        message = letter.message
        name = type(message).__name__
        send = letter.future is not None
        op = SEND if send else PUBLISH
        parent = current_span()
        if parent is None or parent.recorder is not recorder:
            parent = recorder.auto_run(f"{op} {name}")
        elif name == ENVELOPE and is_chunk(message):
            count(parent)
            return
        who, topic = letter.who, letter.topic
        run = parent.run
        now = epoch + perf_counter_ns()  # `now_ns`, which each message would call
        span = LiveSpan(recorder, op, "", who, parent.id, parent.step, run, span_bits(64), now)
        run.held += 2 if send else 1  # a send is over when it was handled and its sender went on
        span.message = (
            op,
            who,
            _recipient(letter) if topic is None else "",
            name,
            "" if topic is None else f"{topic.type}/{topic.source}",
            letter.id,
            now,
        )
        letter.bodies = span.bodies = {c.MESSAGE_BODY: snapshot(message)}
        letter.span = span
        run.put(span)

    def changed(self, letter: Letter) -> None:
        """Intervention handlers had the message: deliveries show what they made of it."""
        if letter.span is not None:
            letter.bodies = {c.MESSAGE_BODY: snapshot(letter.message)}

    def answered(self, letter: Letter, error: BaseException | None) -> None:
        """The sender goes on, with a reply or with an error of its own."""
        span = letter.span
        if span is None:
            return
        if error is not None and span.error is None and not letter.handled:
            span.error = describe(error)
        run = span.run
        if error is not None and run.auto and span.parent == run.id:
            run.error = describe(error)  # the run is this send, and it failed
        span.end()
        run.release()

    def spread(self, letter: Letter, deliveries: int) -> None:
        """A publish was matched with its subscribers."""
        if letter.span is not None:
            letter.span.set(c.FAN_OUT, deliveries)

    def fanned_out(self, letter: Letter, deliveries: int) -> None:
        """The same, and it is over with that: whatever else there is to say has been said."""
        span = letter.span
        if span is not None:
            if span.attributes is None:
                span.attributes = {c.FAN_OUT: deliveries}
            else:
                span.attributes[c.FAN_OUT] = deliveries
            span.end()

    def dead(self, letter: Letter, reason: str) -> None:
        """Nobody takes the letter, or what came back of it."""
        if letter.dead:  # the first reason counts
            return
        letter.dead = True
        self.dead_letters.note(letter, reason)
        if letter.span is not None:
            letter.span.set(c.DEAD_LETTER, reason)

    def refused(self, letter: Letter, error: BaseException) -> None:
        """The runtime does not take the letter: the poster gets the error."""
        span = letter.span
        if span is not None:
            self.dead(letter, f"refused: {describe(error)}")
            span.error = describe(error)
            self.delivered(letter)
            self.over(letter)

    def delivered(self, letter: Letter) -> None:
        """All handlers of a letter began, or none will: a publish is over with that."""
        span = letter.span
        if span is not None and span.end_ns is None and letter.future is None:
            span.end()

    def over(self, letter: Letter) -> None:
        """The last handler of a letter ended, or it was given up."""
        if not letter.over:
            letter.over = True
            if letter.span is not None:
                letter.span.run.release()

    def done(self, letter: Letter) -> None:
        """Both: all handlers of a letter began, and the last one ended."""
        letter.over = True
        span = letter.span
        if span is not None:
            if span.end_ns is None and letter.future is None:
                span.end()
            span.run.release()

    # -- handling --------------------------------------------------------------------------------
    def begin(self, delivery: Delivery, seat: Seat) -> Sampler:
        """The handler starts: the process span, current from now on."""
        letter = delivery.letter
        sent = letter.span
        assert sent is not None
        assert sent.message is not None
        recorder, run = sent.recorder, sent.run
        who, message = seat.identity, sent.message
        if letter.bodies is not sent.bodies:  # changed on its way
            kind, sender, _, _, topic, message_id, posted = message[:7]
            name = type(letter.message).__name__
            message = (kind, sender, who, name, topic, message_id, posted)
        elif message[2] != who:
            kind, sender, _, name, topic, message_id, posted = message[:7]
            message = (kind, sender, who, name, topic, message_id, posted)
        step = run.next_step
        run.next_step = step + 1
        # by position, as keywords cost every message
        span = LiveSpan(
            recorder,
            c.PROCESS,
            "",
            who,
            run.id,
            step,
            run,
            span_bits(64),
            epoch + perf_counter_ns(),
            True,
            message,
            None,
            letter.bodies,
            ((sent.id, "message"),),
        )
        run.put(span)
        set_current(span)
        delivery.span = span
        return recorder.sampler

    def end(self, span: LiveSpan, letter: Letter, reply: Any) -> None:
        """The handler returned."""
        if letter.future is not None and span.message is not None:
            span.message = (*span.message[:7], type(reply).__name__)
            if reply is not None and letter.bodies is not None:
                span.bodies = {**letter.bodies, c.REPLY_BODY: snapshot(reply)}
        span.end()


def _recipient(letter: Letter) -> str:
    if letter.seat is not None:
        return letter.seat.identity
    to = letter.recipient
    return "" if to is None else f"{to.type}/{to.key}"


def _complain(error: StoreError) -> None:
    import sys

    print(  # noqa: T201 the one notice
        f"agentloupe: nothing is recorded: {error}", file=sys.stderr
    )
