"""Words that agents use for one another when they say the same thing again.

Paraphrases of one request or courtesy share few words and all meanings; moves of a game share most
words and no meaning. So words of one row count as one. The rows are the everyday talk about work:
asking, checking, handing over, thanking, waiting, failing. A word stands in one row only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

#: One meaning a line; the first word names it. Inflections are made from them.
_ROWS: Final = """
check verify validate review inspect examine confirm audit recheck assess proofread test
fix repair correct amend adjust revise rework rewrite refine improve polish modify tweak edit alter
fix rectify resolve redo fine-tune
send submit deliver forward provide supply transmit hand pass supplied
ask inquire contact consult defer refer escalate question
answer reply respond response
find locate seek discover determine identify search look
open visit navigate browse access
page website site webpage homepage
report document file paper
number figure numbers figures value values
start begin commence initiate launch
finish complete conclude finalize end
wait hold pause moment minute second patience momentarily shortly hurry rush
help assist support aid assistance
thank thanks grateful appreciate gratitude thx
glad welcome pleasure happy delighted pleased
bye goodbye farewell cheers
hello hi hey greetings
sorry apologize apologise apology apologies regret pardon excuse
error mistake problem issue failure fault bug trouble
fail crash
missing absent lacking lack
good great nice excellent fine perfect wonderful lovely
wrong incorrect inaccurate
explain describe clarify elaborate specify specific detail precise
need require
want wish
use employ utilize utilise apply
make create build produce generate write compose prepare
delete remove erase
fetch retrieve obtain receive collect gather
try attempt
unable impossible
allowed permitted
user customer client
account profile
agree accept approve
refuse reject decline deny
idea suggestion proposal
talk speak mention say tell said told spoke discuss discussed
meeting session
cost price
company firm business
buy purchase
cheap affordable inexpensive
near close nearby beside
picture image photo
job task assignment
move proceed continue carry
available accessible reachable
include contain
quick fast rapid
big large huge
small little tiny
child kid
person individual
choose select pick
mean referring
important crucial essential
team group
result outcome
whole entire
usual same before earlier previous previously prior
note record
mend patch
"""

#: Said around a request or an answer, and no part of it.
FILLERS: Final = frozenset(
    """please kindly just again still yet once really quite simply maybe perhaps however indeed
    certainly absolutely course definitely anyway oh hmm sure alright
    i'm i'll i've it's that's let's you're we're don't can't couldn't cannot could would
    already also too very much many lot always often soon today back here there ahead forward
    kind team everyone all regarding concerning about""".split()
)


def _forms(word: str) -> Iterator[str]:
    yield word
    base = word[:-1] if word.endswith("e") else word
    yield from (f"{word}s", f"{base}ed", f"{base}ing", f"{word}es")
    if word.endswith("y"):
        yield from (f"{word[:-1]}ies", f"{word[:-1]}ied")


ROOT: Final = 6  # letters
_ENDINGS: Final = ("ing", "ed", "es", "s")
_LAST: Final = frozenset("gds")


def root(word: str) -> str:
    """The first letters of a word without its ending: what inflections have in common.

    >>> root("files"), root("opened"), root("opening"), root("abbreviations")
    ('fil', 'open', 'open', 'abbrev')
    """
    if word[-1:] in _LAST:
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) >= len(ending) + 3 and not word.endswith("ss"):
                word = word[: -len(ending)]
                break
    return (word[:-1] if word[-1:] == "e" and len(word) > 3 else word)[:ROOT]


def _table() -> dict[str, str]:
    """Each form of each word to the name of its meaning; the first row that has it counts."""
    table: dict[str, str] = {}
    for row in _ROWS.strip().splitlines():
        name, *others = row.split()
        for word in (name, *others):
            for form in _forms(word):
                table.setdefault(form, name)
    return table


_MEANING: Final = _table()
MEANINGS: Final = frozenset(_MEANING.values())


def stem(word: str) -> str:
    """What a word means, or what it begins with: enough to fold its inflections.

    >>> stem("works") == stem("worked") == stem("working")
    True
    """
    return _MEANING.get(word) or root(word)


#: Meanings that say nothing about the work: a message made of nothing else is empty talk.
EMPTY_TALK: Final = frozenset(
    stem(word)
    for word in """
    a thank glad bye hello sorry wait help good usual talk mean explain ask check find answer
    one ones thing day days time take care see later know like let else anything something luck
    best wish words line touch evening morning night weekend sense understand understood
    happen confusion confused inconvenience never mind appreciated hope forward listen hear worry
    welcome working progress ready keep posted finish almost
    team together teamwork collaboration collaborating job work folks guys everyone reach hesitate
    proud amazing incredible fantastic awesome congratulations celebrate well done need
    honor""".split()
)
