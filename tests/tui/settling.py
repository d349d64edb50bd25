"""Waiting for all that a key leads to, instead of for a processor that seems idle.

Textual's own pilot sleeps after each key until the process has used no time for a while: on a busy
machine that is so at once, before anything has been done, and else it takes its time. Here each
queue says itself when it has come to what was put in it: the app's, the screen's, those of its
widgets, and the screen once more when it has been painted.
"""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Callable

from textual import events
from textual.app import App
from textual.keys import (
    REPLACED_KEYS,
    _character_to_key,
    _get_unicode_name_from_key,
)
from textual.message_pump import MessagePump
from textual.pilot import Pilot

PATIENCE = 60.0  # seconds


def key_event(name: str) -> events.Key:
    """The event of a key, by a character or by Textual's name of it."""
    if len(name) == 1 and not name.isalnum():
        name = _character_to_key(name)
    try:
        unicode_name = _get_unicode_name_from_key(REPLACED_KEYS.get(name, name))
        character = unicodedata.lookup(unicode_name)
    except KeyError:
        character = name if len(name) == 1 else None
    return events.Key(name, character)


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys, each when the one before has been taken; wait for what they lead to."""
    app = pilot.app
    for name in keys:
        app.post_message(key_event(name))
        await _through(app, app)
        await _through(app, app.screen if app.screen_stack else app)
    await settled(app)


async def pause(pilot: Pilot[int], delay: float | None = None) -> None:
    """Wait for what is on its way, or for so many seconds."""
    if delay is not None:
        await asyncio.sleep(delay)
    await settled(pilot.app)


async def settled(app: App[int]) -> None:
    """Wait until a round through all queues has begun nothing new to paint."""
    for _ in range(2):
        await _through(app, app)
        await _resized(app)
        if not app.screen_stack:
            return
        screen = app.screen
        for widget in (screen, *screen.walk_children()):
            await _through(app, widget)
        await _told(app, screen.call_after_refresh)


async def _resized(app: App[int]) -> None:
    """Wait until the screens have been told of a new size: the app puts that off for a moment."""
    deadline = time.monotonic() + PATIENCE
    while app._resize_event is not None and app.is_running:
        assert time.monotonic() < deadline, "nobody is told of the new size"
        await asyncio.sleep(0.005)


async def _through(app: App[int], pump: MessagePump) -> None:
    """Wait until a queue has come to its present end."""
    if pump.is_running:
        await _told(app, pump.call_later)


async def _told(app: App[int], call: Callable[[Callable[[], None]], object]) -> None:
    done, deadline = asyncio.Event(), time.monotonic() + PATIENCE
    if call(done.set) is False:  # it is closing
        return
    while not done.is_set() and app.is_running and not app._exit:
        assert time.monotonic() < deadline, "it does not settle"
        try:
            await asyncio.wait_for(done.wait(), 0.1)
        except TimeoutError:
            continue
