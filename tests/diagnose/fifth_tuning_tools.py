"""The fifth bank's tuning half: loops around tools, settings and plans."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Script, call, loop
from .fifth_tuning_loops import BEFORE, LOOPS
from .fifth_voices import Article, Cast, Store, deck, ident, lines, stamp


@LOOPS.family
def rueckfragen(rng: random.Random) -> Script:
    cast = Cast(rng, "Planung", "Einkauf")
    a = deck(
        rng,
        lines("""
        Könnt ihr uns bitte sagen, welche Menge ihr für den Standort bestellen wollt?
        Wir brauchen noch die Menge, die ihr für den Standort bestellen möchtet.
        Welche Menge soll für den Standort bestellt werden?
        Bitte nennt uns die Bestellmenge für den Standort.
        Ohne die Menge für den Standort können wir nicht planen, bitte teilt sie uns mit."""),
    )
    b = deck(
        rng,
        lines("""
        Das hängt von eurer Planung ab, schickt uns bitte zuerst den Plan.
        Dafür brauchen wir erst euren Plan, bitte schickt ihn uns.
        Zuerst müsste uns der Plan vorliegen, könnt ihr ihn schicken?
        Schickt uns doch bitte den Plan, davon hängt es ab.
        Ohne euren Plan geht das nicht, bitte zuerst den Plan schicken."""),
    )
    rounds = [[cast.says("Planung", next(a)), cast.says("Einkauf", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def esperando(rng: random.Random) -> Script:
    cast = Cast(rng, "Ana", "Luis")
    a = deck(
        rng,
        lines("""
        Todavía estoy esperando los datos del almacén para continuar.
        Sigo a la espera de los datos del almacén, sin ellos no puedo continuar.
        Necesito los datos del almacén antes de poder continuar.
        Para continuar me faltan todavía los datos del almacén.
        No puedo continuar sin los datos del almacén, sigo esperando."""),
    )
    b = deck(
        rng,
        lines("""
        Los enviaré en cuanto tengas listo el formulario.
        En cuanto el formulario esté listo, te los envío.
        Primero tiene que estar listo el formulario, después los envío.
        Te los mando cuando esté listo el formulario.
        Cuando tengas el formulario listo los enviaré enseguida."""),
    )
    rounds = [[cast.says("Ana", next(a)), cast.says("Luis", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def shuttling_between_pages(rng: random.Random) -> Script:
    cast = Cast(rng, "Boss", "Surfer")
    first, second = Article(rng, "depots in france"), Article(rng, "rail freight")
    asks = deck(
        rng,
        lines("""
        Look for the year in which the second ramp was built.
        Please find when the second ramp was built.
        We need the year of the second ramp.
        When was the second ramp built? Please look it up."""),
    )
    rounds = []
    for _ in range(6):
        rounds.append(
            [
                cast.says("Boss", next(asks)),
                cast.says(
                    "Surfer",
                    "",
                    call("visit", {"url": "https://portal.example/depots"}, first.visit()),
                ),
                cast.says(
                    "Surfer",
                    "",
                    call("visit", {"url": "https://portal.example/rail"}, second.visit()),
                ),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def settings_war(rng: random.Random) -> Script:
    cast = Cast(rng, "Speed", "Safety")
    store = Store(limit=80)
    why = {
        "Speed": deck(
            rng,
            lines("""
            The limit slows down deliveries, raising it.
            Deliveries are too slow, so the limit goes up.
            Raising the limit because deliveries take too long.
            I raise the limit again, deliveries are slow."""),
        ),
        "Safety": deck(
            rng,
            lines("""
            The limit is unsafe, lowering it.
            That limit is not safe, so it goes down.
            For safety I lower the limit again.
            Lowering the limit, it violates the safety rules."""),
        ),
    }
    rounds = []
    for _ in range(8):
        each = []
        for who, value in (("Speed", 110), ("Safety", 80)):
            done = store.set("limit", value)
            each.append(
                cast.says(
                    who,
                    next(why[who]),
                    call(
                        "set_option",
                        done,
                        {
                            "saved": True,
                            **done,
                            "revision": store.version,
                            "at": stamp(store.version * 7),
                        },
                    ),
                )
            )
        rounds.append(each)
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def counted_reminders(rng: random.Random) -> Script:
    cast = Cast(rng, "Clock", "Desk")
    rounds = []
    elapsed = 30
    for at in range(9):
        elapsed += rng.randrange(20, 60)
        rounds.append(
            [
                cast.says(
                    "Clock",
                    f"Reminder {at + 1}: the customs form is due. Open since {elapsed} seconds. Ref {ident(rng, 8)}.",
                ),
                cast.says(
                    "Desk",
                    f"Noted (message {2 * at + 4}, {stamp(elapsed)}): the customs form will be done.",
                ),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def transfers_with_apologies(rng: random.Random) -> Script:
    names = ["Sales", "Returns", "Repairs"]
    cast = Cast(rng, *names)
    sorry = deck(
        rng,
        lines("""
        I apologise, this is not my department.
        Sorry about that, a colleague has to take over.
        That is outside of what I can do, passing you on.
        Please bear with us, I am forwarding you.
        My apologies, somebody else is in charge of this."""),
    )
    rounds = []
    for _ in range(7):
        each = []
        for at, who in enumerate(names):
            to = names[(at + 1) % 3]
            each.append(
                cast.says(
                    who,
                    next(sorry),
                    call(
                        f"transfer_to_{to.lower()}",
                        {},
                        f"Transferred to {to}, adopting the role of {to} immediately.",
                    ),
                )
            )
        rounds.append(each)
    return loop(cast.talk(BEFORE), rounds, names)


@LOOPS.family
def plan_in_another_order(rng: random.Random) -> Script:
    cast = Cast(rng, "Planner", "Checker")
    steps = lines("""
        Collect the lease contracts of all depots
        Compute the yearly cost per parcel
        Ask the works council for its opinion
        Compare the routes of Lyon and Dijon
        Write a recommendation for the board""")
    heads = deck(
        rng,
        ["Here is the new plan:", "Revised plan:", "The plan, updated:", "This is the plan now:"],
    )
    verdicts = deck(
        rng,
        lines("""
        The plan is not ready yet. Please plan again.
        I do not think the plan works, make a new one.
        Not there yet; please rework the plan.
        The plan needs another pass."""),
    )
    rounds = []
    for _ in range(7):
        order = rng.sample(steps, len(steps))
        text = next(heads) + "\n" + "\n".join(f"{at}. {step}" for at, step in enumerate(order, 1))
        rounds.append([cast.says("Planner", text), cast.says("Checker", next(verdicts))])
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def never_short_enough(rng: random.Random) -> Script:
    cast = Cast(rng, "Author", "Editor")
    slogans = deck(
        rng,
        lines("""
        Your parcel, our promise.
        Our promise: your parcel.
        We promise your parcel.
        Your parcel is our promise.
        Promise: your parcel is ours to bring."""),
    )
    no = deck(
        rng,
        lines("""
        Nice, but it does not sound right yet. Another slogan please.
        Hmm, it still does not sound right. Give me another slogan.
        Not right yet, please try another slogan.
        I am not satisfied with the slogan, try again."""),
    )
    rounds = [[cast.says("Author", next(slogans)), cast.says("Editor", next(no))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def two_of_four_are_stuck(rng: random.Random) -> Script:
    cast = Cast(rng, "Key", "Map", "Guard", "Cook")
    asks = deck(
        rng,
        lines("""
        Guard, please unlock the east gate for the delivery.
        The delivery is waiting, could Guard unlock the east gate?
        East gate is locked still, Guard, please open it.
        We need the east gate unlocked, Guard."""),
    )
    noes = deck(
        rng,
        lines("""
        I may not unlock the east gate without a permit.
        No permit, no unlocking of the east gate.
        The east gate needs a permit, I cannot unlock it.
        Without a permit the east gate stays locked."""),
    )
    news = iter(rng.sample(_WORK, len(_WORK)))
    rounds = [
        [
            cast.says("Key", next(asks)),
            cast.says("Map", next(news)),
            cast.says("Guard", next(noes)),
            cast.says("Cook", next(news)),
        ]
        for _ in range(9)
    ]
    return loop(cast.talk(BEFORE), rounds, ["Key", "Guard"])


_WORK = lines("""
    The north wing is drawn, scale one to fifty.
    Soup for sixty is on the stove.
    I added the fire exits to the second floor.
    Bread arrived late, two crates are missing.
    The cellar has no windows on the plan of 1954.
    Dessert will be plums, the cherries were bad.
    Contour lines are taken from the survey of Mrs Adler.
    We are out of butter until Thursday.
    The staircase is narrower than drawn, 82 centimetres.
    Twelve guests are vegetarians, I changed the menu.
    The legend now explains the hatched areas.
    One oven fails above 200 degrees.
    Parking for buses is marked in green.
    I wrote the shopping list for the weekend.
    The wall towards the river is a listed monument.
    Coffee is served on the terrace if it stays dry.
    Trees with a girth over 90 centimetres are protected.
    Allergens are printed on the back of the menu.
    I corrected the north arrow by eleven degrees.
    The dishwasher was repaired this morning.""")
