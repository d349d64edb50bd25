"""The eighth bank: games, bargains and small worlds whose state is in the agents' own words."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Script, Turn, call, fine, news, turn
from .eighth_fine import FINE
from .spin import spin


@FINE.family
def werewolf_nights(rng: random.Random) -> Script:
    players = rng.sample("Ana Bob Cem Dee Eli Fay Gus Hal".split(), 8)
    steps: list[Turn] = []
    while len(players) > 3:
        gone = players.pop(rng.randrange(len(players)))
        steps.append(
            turn("narrator", f"Night falls. In the morning {gone} is found dead. Discuss and vote.")
        )
        voters = rng.sample(players, min(3, len(players)))
        steps += [
            turn(who, f"I vote for {rng.choice([p for p in players if p != who])}.")
            for who in voters
        ]
    return fine(steps)


@FINE.family
def three_pegs_in_words(rng: random.Random) -> Script:
    names = rng.sample(["left", "middle", "right"], 3)
    moves: list[tuple[str, str, str]] = []

    def shift(count: int, a: str, b: str, c: str) -> None:
        if count:
            shift(count - 1, a, c, b)
            moves.append((["", "small", "medium", "large", "huge"][count], a, b))
            shift(count - 1, c, b, a)

    shift(4, names[0], names[2], names[1])
    return fine(
        [
            turn("solver", f"I move the {disk} disk from the {a} peg to the {b} peg.")
            for disk, a, b in moves
        ]
    )


@FINE.family
def a_house_by_rooms(rng: random.Random) -> Script:
    """A text adventure: rooms are seen again, things change hands."""
    rooms = {
        "hall": ["kitchen", "library"],
        "kitchen": ["hall", "cellar"],
        "library": ["hall", "tower"],
        "cellar": ["kitchen"],
        "tower": ["library"],
    }
    things = rng.sample(["lamp", "rope", "coin", "key", "map", "knife", "book", "bell"], 8)
    at, steps, carried = "hall", [], 0
    for _ in range(9):
        at = rng.choice(rooms[at])
        steps.append(turn("player", f"I go to the {at}."))
        text = f"You are in the {at}. Doors lead to the {' and the '.join(rooms[at])}."
        if carried < len(things) and rng.random() < 0.6:
            steps.append(turn("world", f"{text} There is a {things[carried]} here."))
            steps += [turn("player", f"I take the {things[carried]}."), turn("world", "Taken.")]
            carried += 1
        else:
            steps.append(turn("world", text))
    return fine(steps)


@FINE.family
def swap_of_goods(rng: random.Random) -> Script:
    mine = rng.sample(
        ["a goat", "two hens", "a saddle", "a barrel of cider", "a lantern", "a spade"], 6
    )
    yours = rng.sample(
        [
            "a plough",
            "a sack of rye",
            "a bolt of linen",
            "a copper kettle",
            "a cart wheel",
            "a scythe",
        ],
        6,
    )
    steps: list[Turn] = []
    for a, b in zip(mine[:5], yours[:5], strict=True):
        steps += [
            turn("farmer", spin(rng, f"{{I offer|I could give|You may have}} {a} for {b}.")),
            turn(
                "trader",
                spin(
                    rng,
                    f"{{Not for|I want more than}} {a}. {{Make it|Rather}} {rng.choice(mine)} {{as well|too}}.",
                ),
            ),
        ]
    return fine([*steps, turn("farmer", "Then let us shake hands on that.")])


@FINE.family
def hands_of_twenty_one(rng: random.Random) -> Script:
    cards = [
        "a two",
        "a three",
        "a four",
        "a five",
        "a six",
        "a seven",
        "an eight",
        "a nine",
        "a ten",
        "a jack",
        "a queen",
        "a king",
        "an ace",
    ]
    steps: list[Turn] = []
    for _ in range(4):
        for _ in range(rng.randrange(1, 4)):
            steps += [
                turn("player", rng.choice(["Hit me.", "Another card.", "Hit me."])),
                turn("dealer", f"You get {rng.choice(cards)}."),
            ]
        steps += [
            turn("player", "I stand."),
            turn("dealer", spin(rng, "{You win|The house wins|A draw}. New hand.")),
        ]
    return fine(steps)


@FINE.family
def auction_in_words(rng: random.Random) -> Script:
    words = [
        "two hundred",
        "two fifty",
        "three hundred",
        "three fifty",
        "four hundred",
        "four eighty",
        "five hundred",
        "five sixty",
        "six hundred",
    ]
    bidders = ["the lady in green", "the man by the door", "the phone"]
    steps: list[Turn] = []
    last = ""
    for word in words:
        who = rng.choice([b for b in bidders if b != last])
        last = who
        steps += [
            turn("auctioneer", f"Do I hear {word}?"),
            turn("room", f"{word.capitalize()} from {who}."),
        ]
    return fine([*steps, turn("auctioneer", f"Sold to {last}.")])


@FINE.family
def greenhouse_day(rng: random.Random) -> Script:
    """A controlled world: its states come back as the sun does, in no fixed order."""
    air = ["cool", "mild", "warm", "hot", "stuffy"]
    soil = ["dry", "moist", "wet"]
    level, wet = 1, 1
    steps: list[Turn] = []
    for _ in range(9):
        level = max(0, min(4, level + rng.choice([-1, 1])))
        wet = max(0, min(2, wet + rng.choice([-1, 0, 1])))
        steps.append(turn("sensor", f"The air is {air[level]} and the soil is {soil[wet]}."))
        steps.append(
            turn(
                "gardener",
                spin(
                    rng,
                    f"{['I close the vents', 'I leave the vents', 'I open one vent', 'I open both vents', 'I start the fan'][level]} and {['water the beds', 'do not water', 'stop the drip'][wet]}.",
                ),
            )
        )
    return fine(steps)


@FINE.family
def irregular_verbs(rng: random.Random) -> Script:
    verbs = {
        "sing": "sang, sung",
        "go": "went, gone",
        "write": "wrote, written",
        "bring": "brought, brought",
        "fly": "flew, flown",
        "choose": "chose, chosen",
        "swim": "swam, swum",
        "steal": "stole, stolen",
        "wake": "woke, woken",
        "tear": "tore, torn",
    }
    steps: list[Turn] = []
    for verb in rng.sample(list(verbs), 8):
        steps += [
            turn("tutor", f"What are the forms of '{verb}'?"),
            turn("pupil", f"{verb}, {verbs[verb]}."),
            turn("tutor", rng.choice(["Correct.", "Right.", "Very good."])),
        ]
    return fine(steps)


@FINE.family
def shelves_are_counted(rng: random.Random) -> Script:
    words = "three five seven eight nine ten eleven twelve fourteen twenty".split()
    things = ["boxes of tiles", "rolls of felt", "bags of plaster", "tins of paint"]
    return fine(
        [
            turn("counter", f"Shelf {row}{at}: {rng.choice(words)} {rng.choice(things)}.")
            for row in "AB"
            for at in range(1, 7)
        ]
    )


@FINE.family
def warmer_or_colder(rng: random.Random) -> Script:
    places = rng.sample(
        [
            "the sofa",
            "the stove",
            "the curtain",
            "the piano",
            "the coat rack",
            "the clock",
            "the basket",
            "the stairs",
            "the plant",
        ],
        8,
    )
    steps: list[Turn] = []
    for place in places[:-1]:
        steps += [
            turn("seeker", f"Is it behind {place}?"),
            turn("hider", rng.choice(["Cold.", "Warmer.", "Colder.", "Warm."])),
        ]
    return fine([*steps, turn("seeker", f"Is it behind {places[-1]}?"), turn("hider", "Yes!")])


@FINE.family
def two_jugs(rng: random.Random) -> Script:
    big, small, a, b = 7, 4, 0, 0
    steps: list[Turn] = []
    for _ in range(9):
        if a == 0:
            a, what = big, "I fill the big jug"
        elif b == small:
            b, what = 0, "I empty the small jug"
        else:
            poured = min(a, small - b)
            a, b, what = a - poured, b + poured, "I pour the big jug into the small one"
        steps.append(
            turn("solver", f"{what}. Now the big one holds {a} and the small one {b} litres.")
        )
    return fine(steps)


@FINE.family
def orders_at_the_counter(rng: random.Random) -> Script:
    dishes = rng.sample(
        [
            "a bowl of soup",
            "a cheese roll",
            "two coffees",
            "an apple cake",
            "a glass of milk",
            "a salad",
            "some olives",
            "a tea",
        ],
        7,
    )
    steps: list[Turn] = []
    for dish in dishes:
        steps += [
            turn("guest", spin(rng, f"{{I would like|I'll have|Can I get}} {dish}{{.|, please.}}")),
            turn(
                "waiter",
                spin(
                    rng,
                    "{Very well|Gladly|Of course}. {Anything else?|Will there be anything else?|What else?}",
                ),
            ),
        ]
    return fine(
        [*steps, turn("guest", "That is all."), turn("waiter", "It will be a few minutes.")]
    )


@FINE.family
def moves_with_letters(rng: random.Random) -> Script:
    squares = [f"{c}{r}" for c in "abcdefgh" for r in range(1, 9)]
    pieces = ["N", "B", "R", "Q", "K", ""]
    return fine(
        [
            turn("white" if at % 2 == 0 else "black", f"{rng.choice(pieces)}{square}")
            for at, square in enumerate(rng.sample(squares, 22))
        ]
    )


@FINE.family
def should_pupils_have_phones(rng: random.Random) -> Script:
    pro = rng.sample(
        [
            "They can call home in need.",
            "A phone is a dictionary as well.",
            "Forbidding makes it a treasure.",
            "Rules teach more than bans.",
            "Deaf pupils read along on them.",
            "Their parents want it.",
        ],
        5,
    )
    con = rng.sample(
        [
            "Nobody talks in the breaks any more.",
            "Theft has doubled.",
            "Films are made of teachers.",
            "The weakest readers lose most.",
            "A dictionary is on every shelf.",
            "Sleep suffers from it.",
        ],
        5,
    )
    steps: list[Turn] = []
    for a, b in zip(pro, con, strict=True):
        steps += [
            turn(
                "pro",
                f"{rng.choice(['I see it differently.', 'With respect:', 'That may be, but'])} {a}",
            ),
            turn("con", f"{rng.choice(['I do not agree.', 'On the contrary:', 'Even so,'])} {b}"),
        ]
    return fine([*steps, turn("judge", "Both sides have made their points.")])


@FINE.family
def story_by_three_hands(rng: random.Random) -> Script:
    ring = ["prologue", "middle", "end"]
    return fine(
        [turn(ring[at % 3], f"And then, as the lights went out, {news(rng)}") for at in range(12)]
    )


@FINE.family
def ferry_of_wolf_and_goat(rng: random.Random) -> Script:
    order = ["goat", "", "wolf", "goat", "cabbage", "", "goat"]
    if rng.random() < 0.5:
        order = ["goat", "", "cabbage", "goat", "wolf", "", "goat"]
    steps: list[Turn] = []
    for at, load in enumerate(order):
        bank = "far" if at % 2 == 0 else "near"
        steps += [
            turn(
                "ferryman", f"I row to the {bank} bank {f'with the {load}' if load else 'alone'}."
            ),
            turn(
                "judge",
                spin(rng, "{Nothing is eaten|Nobody is eaten}. {Go on|Continue|Next crossing}."),
            ),
        ]
    return fine([*steps, turn("judge", "All are across.")])


@FINE.family
def crossing_lights(rng: random.Random) -> Script:
    """A simulation with tools and words, a state a tick."""
    steps: list[Turn] = []
    queue = [rng.randrange(2, 9), rng.randrange(2, 9)]
    for tick in range(10):
        side = tick % 2
        left = min(queue[side], rng.randrange(1, 5))
        queue[side] += rng.randrange(0, 3) - left
        queue[1 - side] += rng.randrange(1, 4)
        way = ["north", "east"][side]
        steps.append(
            turn(
                "controller",
                f"Green for the {way}bound cars.",
                call("set_light", {"green": way}, {"passed": left, "waiting": list(queue)}),
            )
        )
        steps.append(
            turn(
                "observer",
                spin(
                    rng,
                    f"{{{left} cars passed|{left} went through}}, {sum(queue)} {{wait|are waiting}}.",
                ),
            )
        )
    return fine(steps)


@FINE.family
def crossword_by_clues(rng: random.Random) -> Script:
    clues = {
        "a river in Spain, four letters": "EBRO",
        "not asleep": "AWAKE",
        "a bird of night": "OWL",
        "it makes bread rise": "YEAST",
        "frozen water": "ICE",
        "a coat of a horse": "BAY",
        "king's seat": "THRONE",
        "opposite of ebb": "FLOW",
        "a baker's tool": "PEEL",
    }
    steps: list[Turn] = []
    for at, clue in enumerate(rng.sample(list(clues), 8), 1):
        steps += [
            turn("setter", f"{at} across: {clue}."),
            turn(
                "solver",
                rng.choice(
                    [f"{clues[clue]}.", f"That must be {clues[clue]}.", f"I say {clues[clue]}."]
                ),
            ),
            turn("setter", rng.choice(["It fits.", "Yes.", "It fits."])),
        ]
    return fine(steps)


@FINE.family
def all_hands_acknowledge(rng: random.Random) -> Script:
    """A broadcast to many workers."""
    workers = [f"worker_{at}" for at in range(1, 10)]
    return fine(
        [
            turn(
                "manager",
                "All workers: the input folder has moved to /srv/in, please restart your watchers.",
            ),
            *[
                turn(
                    who,
                    rng.choice(
                        [
                            "Acknowledged, restarting the watcher.",
                            "Understood, watcher restarted.",
                            "Acknowledged.",
                        ]
                    ),
                )
                for who in workers
            ],
            turn("manager", f"Thanks. {news(rng)}"),
            *[turn(who, news(rng)) for who in rng.sample(workers, 4)],
        ]
    )


@FINE.family
def asks_each_expert(rng: random.Random) -> Script:
    experts = rng.sample(["tax", "labour", "data", "building", "patent", "family"], 6)
    steps: list[Turn] = []
    for name in experts:
        steps += [
            turn(
                "moderator",
                f"{name}_expert, do you see any risk in the plan from the point of view of {name} law?",
            ),
            turn(
                f"{name}_expert",
                rng.choice([f"None. {news(rng)}", f"One: {news(rng)}", "None that I can see."]),
            ),
        ]
    return fine(steps)


@FINE.family
def rounds_with_checks(rng: random.Random) -> Script:
    """A pipeline of three agents over parts of a book, with the same words around each part."""
    titles = ["The Ferry", "A Letter", "Snow", "The Fair", "Two Brothers", "Harvest", "The Mill"]
    steps: list[Turn] = []
    for at, title in enumerate(rng.sample(titles, 6), 1):
        steps += [
            turn("author", f"Chapter {at}, {title}: {news(rng)} {news(rng)}"),
            turn(
                "checker",
                spin(
                    rng,
                    f"Chapter {at} {{is fine|has no errors|is correct}}, {{next|please go on}}.",
                ),
            ),
            turn("typist", f"Chapter {at} is set, {rng.randrange(8, 30)} pages."),
        ]
    return fine(steps)
