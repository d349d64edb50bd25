"""A handler raised, nobody was told, and what waited for it waited for ever.

The last thing that happened before the silence is a handler that ended with an exception or was
cancelled. Upstream's runtime only logs what an event handler raises, and with
`ignore_unhandled_exceptions=False` its loop ends without telling those who wait
(microsoft/autogen#4904); a participant of a team that ends with CancelledError answers to nobody.
"""

from __future__ import annotations

from ..rule import Rule
from ..standstill import StandstillDetector


def _title(who: str, waited: str) -> str:
    name = f"{who!r}" if who else "a handler"
    return f"{name} raised, and what waited for it waited {waited} in vain"


RULE = Rule(
    code="HANG004",
    slug="hang.handler-died",
    title="a handler raised and those who waited were not told",
    severity="error",
    about=__doc__,
    needs="deliveries with their errors, and the end of the run as the program saw it",
    doubt="the exception may be unrelated, and what is waited for may come from elsewhere",
    advice=(
        "catch in the handler what may happen, and answer in any case:\n"
        "    try:\n"
        "        return await self._work(message)\n"
        "    except Exception as error:\n"
        "        return Failed(str(error))"
    ),
    start=lambda context: StandstillDetector(context, lambda: RULE, "failure", _title),
)
