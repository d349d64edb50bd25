"""What an agent knew at a step, and whether that is recorded or derived."""

from __future__ import annotations

from collections.abc import Callable

from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import LiveSpan
from agentloupe.tui.knowledge import knows
from agentloupe.tui.pieces import plain
from agentloupe.tui.session import Session

from .scenes import CODER, EXECUTOR, Stage, text


def asked(stage: Stage) -> None:
    """The coder is asked for its state in its second delivery, the executor never."""
    stage.run("asked")

    def keep(span: LiveSpan) -> None:
        with stage.part(span, c.STATE, f"{c.STATE} coder", {c.STATE_WHY: "saved"}) as state:
            state.agent = CODER
            state.body(c.AGENT_STATE, {"notes": ["the separator is ;"]})

    for number, inside in enumerate((None, keep, None)):
        stage.message(EXECUTOR, CODER, "Note", text(f"note {number}", "executor"), inside=inside)
    stage.message(CODER, EXECUTOR, "Note", text("thanks", "coder"))
    stage.end()


def known(session: Session, step: int) -> str:
    return "\n".join(plain(line) for line in knows(session, session.step(step)))


def test_the_last_state_before_a_step_is_shown(opened: Callable[[object], Session]) -> None:
    session = opened(asked)
    later = known(session, 2)
    assert "recorded in #1 (saved), 1 message before the one here" in later
    assert "the separator is ;" in later
    assert "derived, 3 messages" in later
    assert "recorded in #1 (saved)\n" in known(session, 1)


def test_a_state_from_later_says_so(opened: Callable[[object], Session]) -> None:
    assert "recorded in #1, after this step (saved)" in known(opened(asked), 0)


def test_who_was_never_asked_is_not_guessed_at(opened: Callable[[object], Session]) -> None:
    told = known(opened(asked), 3)
    assert "Not captured: nobody asked it for its state." in told
    assert "separator" not in told
