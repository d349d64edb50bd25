"""The fifth bank's tuning half: loops of agents with voices and simulated tools."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import json
import random

from .bank import Bank, Script, call, loop
from .fifth_voices import Cast, deck, guid, ident, lines, shuffled

LOOPS = Bank("fifth tuning loops")

BEFORE = lines("""
    The board wants the depot in Lyon closed by autumn, so I gathered the lease terms first.
    Two of the leases run until 2028 and can only be sublet.
    I called the landlord; she would accept a successor with a bank guarantee.
    Fuel makes up a third of the cost, drivers another third.
    A depot in Dijon would halve the distance to the three largest customers.
    The works council asked for a written plan before June.
    There is a grant for electric lorries, the form is eleven pages long.
    I drew a map with the ten routes that would change.
    Insurance goes up by four per cent if we park outside.
    The archive room is damp; the files have to move in any case.
""")


@LOOPS.family
def gratitude(rng: random.Random) -> Script:
    cast = Cast(rng, "Maya", "Jonas")
    a = deck(
        rng,
        lines("""
        Thank you so much, Jonas! It was a pleasure to work with you on the depot. Let me know if anything else comes up.
        Many thanks again, Jonas. Working on the depot with you was great. Do not hesitate to reach out.
        I appreciate it, Jonas! I enjoyed our work on the depot. If there is anything else, I am here.
        Wonderful, thanks Jonas. It has been lovely to plan the depot with you. Have a great day!
        Thanks for the kind words, Jonas. I am happy with how the depot plan turned out. Take care!
    """),
    )
    b = deck(
        rng,
        lines("""
        You're very welcome, Maya! I am glad I could help with the depot plan. Feel free to ask any time.
        My pleasure, Maya. Happy that the depot plan is in good shape. Reach out whenever you like.
        Always a pleasure, Maya! It was great to plan the depot together. Wishing you a wonderful day.
        Glad to be of help, Maya. The depot plan was a nice piece of work. All the best!
        Likewise, Maya! Thank you for the good work on the depot. Have a lovely day.
    """),
    )
    rounds = [[cast.says("Maya", next(a)), cast.says("Jonas", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def positions_restated(rng: random.Random) -> Script:
    cast = Cast(rng, "Chair", "North", "South")
    said = {
        "Chair": lines("""
            We should settle which depot to keep. What do you think?
            So, which of the depots do we keep? Your views, please.
            Let us settle on a depot. Which one should stay?
            I would like a decision about the depot. Your opinion?
            Which depot stays? Please give me your view."""),
        "North": lines("""
            I would keep Lyon, since the staff there is experienced.
            In my view Lyon should stay, because its staff has experience.
            Lyon, as its people are the most experienced ones.
            My choice remains Lyon: an experienced staff is worth a lot.
            Keep Lyon, I say, given how experienced its staff is."""),
        "South": lines("""
            I prefer Dijon, it lies closer to our customers.
            Dijon for me, because the customers are near.
            To me Dijon is the better one, being nearer to the customers.
            As I see it Dijon wins, it is so close to the customers.
            Dijon. The customers are simply closer."""),
    }
    decks = {who: deck(rng, wordings) for who, wordings in said.items()}
    rounds = [[cast.says(who, next(decks[who])) for who in cast.names] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def cannot_open_the_annex(rng: random.Random) -> Script:
    cast = Cast(rng, "Lead", "Reader")
    asks = deck(
        rng,
        lines("""
        Please open annex C of the lease and tell me the notice period.
        Reader, look into annex C of the lease: what is the notice period?
        I still need the notice period from annex C of the lease.
        Kindly read annex C and report the notice period of the lease.
        What does annex C of the lease say about the notice period?
        Find the notice period of the lease, it is in annex C."""),
    )
    replies = deck(
        rng,
        lines("""
        I am unable to open annex C; the file seems to be damaged.
        Unfortunately annex C cannot be opened, the file is damaged.
        Opening annex C fails, it appears that the file is corrupt.
        Sorry, the file with annex C is damaged and does not open.
        No luck: annex C is a damaged file, I cannot open it."""),
    )
    rounds = [[cast.says("Lead", next(asks)), cast.says("Reader", next(replies))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


_ESSAY = lines("""
    The depot in Lyon was opened in 1987 and has served the south ever since.
    Its staff of forty handles some nine hundred parcels a day, most of them before noon.
    Rising rents and a ban on diesel lorries in the centre have changed the picture.
    A smaller site at the ring road would cost half as much and could be reached at any hour.
    We therefore recommend moving within eighteen months and keeping the present crew.
    The money saved should go into charging points and a covered loading ramp.
    Neighbours have been heard, and their wish for quiet nights is met by the new timetable.""")
_SWAPS = [
    ("served", "supplied"),
    ("some", "about"),
    ("Rising", "Growing"),
    ("cost half as much", "cost half the price"),
    ("recommend", "propose"),
    ("present", "current"),
    ("saved", "spared"),
    ("heard", "consulted"),
    ("met", "granted"),
]


@LOOPS.family
def essay_with_swapped_words(rng: random.Random) -> Script:
    cast = Cast(rng, "Writer", "Critic")
    remarks = deck(
        rng,
        lines("""
        Good, but it could be more convincing. Please revise.
        Getting there. Can you sharpen the wording a little more?
        Not quite convincing yet, another revision please.
        Better. Still, I would like it to be stronger.
        It lacks punch. Have another go at it."""),
    )
    rounds = []
    text = " ".join(_ESSAY)
    for _ in range(8):
        for old, new in rng.sample(_SWAPS, 2):
            text = text.replace(old, new) if old in text else text.replace(new, old)
        rounds.append(
            [
                cast.says("Writer", f"Here is the revised version:\n\n{text}"),
                cast.says("Critic", next(remarks)),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def booking_with_keys_in_any_order(rng: random.Random) -> Script:
    cast = Cast(rng, "Dispatcher")
    wish = {
        "from": "Lyon",
        "to": "Dijon",
        "load": {"pallets": 12, "weight_kg": 4200, "cooled": False},
        "window": {"start": "06:00", "end": "09:00"},
    }
    words = deck(
        rng,
        lines("""
        Booking the lorry now.
        I'll book the morning lorry.
        Let me place the booking for the lorry.
        The lorry has to be booked, doing so."""),
    )
    rounds = [
        [
            cast.says(
                "Dispatcher",
                next(words),
                call(
                    "book_lorry",
                    json.dumps(shuffled(rng, wish)),
                    {"accepted": False, "reason": "window_closed", "free": ["13:00", "16:00"]},
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def payment_under_new_ids(rng: random.Random) -> Script:
    cast = Cast(rng, "Cashier", "Ledger")
    field = rng.choice(["x-correlation", "txn", "deduplicationToken", "clientReference", "uid"])
    rounds = []
    for _ in range(8):
        fresh = guid(rng)
        paid = call(
            "pay_invoice",
            {"invoice": "R-2209", "amount": 1840.5, "currency": "EUR", field: fresh},
            {
                "state": "declined",
                "invoice": "R-2209",
                "cause": "limit of the card reached",
                field: fresh,
            },
        )
        rounds.append(
            [
                cast.says("Cashier", "", paid),
                cast.says("Ledger", "Invoice R-2209 is still open in the books."),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def searches_in_other_words(rng: random.Random) -> Script:
    cast = Cast(rng, "Scout")
    hits = [
        {"title": "Lyon depot sold to investor", "url": "https://news.example/lyon-depot"},
        {"title": "Parcel market 2025 in figures", "url": "https://stat.example/parcels"},
        {
            "title": "What tenants should know about notice periods",
            "url": "https://law.example/notice",
        },
    ]
    queries = deck(
        rng,
        lines("""
        buyer of the depot in Lyon
        who bought the Lyon depot
        Lyon depot purchaser name
        name of the investor that acquired the depot in Lyon
        depot Lyon sale who is the new owner
        new owner Lyon depot
        acquisition of Lyon depot by which investor
        company behind the purchase of the Lyon depot"""),
    )
    rounds = []
    for _ in range(9):
        order = rng.sample(hits, 3)
        rounds.append(
            [
                cast.says(
                    "Scout",
                    "",
                    call(
                        "search",
                        {"q": next(queries), "limit": 3},
                        {"results": order, "took_ms": rng.randrange(9, 300)},
                    ),
                )
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def database_is_down(rng: random.Random) -> Script:
    cast = Cast(rng, "Analyst")
    errors = deck(
        rng,
        lines("""
        psycopg2.OperationalError: could not connect to server: Connection refused (db.internal:5432)
        sqlalchemy.exc.OperationalError: (psycopg2) connection to server at "db.internal", port 5432 failed: Connection refused
        asyncpg.exceptions.ConnectionRefusedError: connect call failed ('db.internal', 5432)
        OSError: [Errno 111] Connection refused: ('db.internal', 5432)
        pq: connection refused while dialling db.internal:5432"""),
    )
    queries = deck(
        rng,
        lines("""
        select count(*) from parcels
        select depot, count(*) from parcels group by depot
        select 1
        select count(id) from parcels where depot = 'Lyon'
        select max(created) from parcels"""),
    )
    rounds = [
        [cast.says("Analyst", "", call("sql", {"statement": next(queries)}, error=next(errors)))]
        for _ in range(8)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def pandas_refuses(rng: random.Random) -> Script:
    cast = Cast(rng, "Coder", "Runner")
    tries = deck(
        rng,
        lines("""
        df.groupby('depot')['weight'].sum()
        df[df.weight > 0].groupby('depot').weight.sum()
        df.pivot_table(index='depot', values='weight', aggfunc='sum')
        df['weight'].astype(float).groupby(df['depot']).sum()
        df.loc[:, ['depot', 'weight']].groupby('depot').sum()"""),
    )
    excuses = deck(
        rng,
        lines("""
        The column should be found with this version.
        This ought to fix the KeyError.
        I changed how the column is selected, that should do it.
        Here is a corrected version of the script.
        Let me select the column in another way."""),
    )
    trace = 'Traceback (most recent call last):\n  File "/tmp/run_{id}.py", line {line}, in <module>\n  File "/usr/lib/python3/pandas/core/indexes/base.py", line 3812, in get_loc\n    raise KeyError(key) from err\nKeyError: \'weight\''
    rounds = [
        [
            cast.says(
                "Coder",
                f"{next(excuses)}\n```python\nimport pandas as pd\ndf = pd.read_csv('parcels.csv')\nprint({next(tries)})\n```",
            ),
            cast.says(
                "Runner",
                "exitcode: 1 (execution failed)\nCode output: "
                + trace.format(id=ident(rng, 8), line=rng.randrange(2, 9)),
            ),
        ]
        for _ in range(8)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)
