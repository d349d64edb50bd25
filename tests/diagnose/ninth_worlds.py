"""The ninth bank, for tuning: small worlds whose state is in the agents' words. Beside it are
such as stand still: written to find out what the two have not in common.
"""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, fine, turn
from .spin import spin

FINE = Bank("ninth fine")


def told(rng: random.Random, agent: str, text: str) -> Turn:
    return turn(agent, spin(rng, text))


@FINE.family
def farm_year(rng: random.Random) -> Script:
    seasons = ["spring", "summer", "autumn", "winter"]
    fields = ["barley", "clover", "turnips", "nothing", "oats"]
    places = ["on the hill", "in the fold", "by the brook", "in the orchard"]
    steps: list[Turn] = []
    for at in range(10):
        steps.append(
            told(
                rng,
                "chronicle",
                f"It is {seasons[at % 4]}. In the long field there is {rng.choice(fields)}, the sheep are {rng.choice(places)}.",
            )
        )
        steps.append(
            told(
                rng,
                "farmer",
                f"{{Then we|We}} {rng.choice(['mend the fence', 'cut the hedge', 'shear the sheep', 'clear the ditch', 'thatch the barn', 'sow', 'bring in the hay'])} {{this week|now}}.",
            )
        )
    return fine(steps)


@FINE.family
def streets_to_buy(rng: random.Random) -> Script:
    streets = rng.sample(
        [
            "Mill Lane",
            "Church Street",
            "the Quay",
            "Station Road",
            "the Market",
            "Elm Walk",
            "Castle Hill",
            "Ropewalk",
            "Bridge End",
        ],
        9,
    )
    owner: dict[str, str] = {}
    words = "two three four five six seven eight nine ten eleven".split()
    steps: list[Turn] = []
    for at in range(16):
        who = ["red", "blue"][at % 2]
        street = rng.choice(streets)
        text = f"I roll {rng.choice(words)} and land on {street}."
        if street not in owner:
            owner[street] = who
            text += " I buy it."
        elif owner[street] != who:
            text += " I pay the rent."
        steps.append(turn(who, text))
    return fine(steps)


@FINE.family
def sea_battle(rng: random.Random) -> Script:
    cells = [f"{row}{column}" for row in "ABCDEFG" for column in range(1, 8)]
    shots = rng.sample(cells, 14)
    steps: list[Turn] = []
    for cell in shots:
        steps += [
            turn("attacker", rng.choice([f"{cell}.", f"I fire at {cell}."])),
            turn("defender", rng.choice(["Miss.", "Miss.", "Water.", "Hit.", "Hit and sunk."])),
        ]
    return fine(steps)


@FINE.family
def fares_in_a_town(rng: random.Random) -> Script:
    places = ["the pier", "the market", "the hospital", "the theatre", "the station", "the stadium"]
    cars = ["one", "two", "three"]
    steps: list[Turn] = []
    for _ in range(10):
        a, b = rng.sample(places, 2)
        car = rng.choice(cars)
        steps += [
            told(rng, "caller", f"{{A cab|One cab}} from {a} to {b}, please."),
            told(rng, "dispatch", f"Car {car} {{takes it|is on its way}} to {a}."),
            told(
                rng, f"car_{car}", f"{{Passenger dropped|Dropped off}} at {b}, {{free again|free}}."
            ),
        ]
    return fine(steps)


@FINE.family
def boats_through_a_lock(rng: random.Random) -> Script:
    boats = rng.sample(
        ["Anna", "Heron", "Old Tom", "Kestrel", "Marie", "Swift", "Duchess", "Wren"], 6
    )
    steps: list[Turn] = []
    for boat in boats:
        way = rng.choice(["up", "down"])
        steps += [
            turn("skipper", f"The {boat} asks to go {way}."),
            turn(
                "keeper",
                f"The {'lower' if way == 'up' else 'upper'} gate is open, the {boat} may come in.",
            ),
            turn(
                "keeper", f"The chamber is {'full' if way == 'up' else 'empty'}, the {boat} leaves."
            ),
        ]
    return fine(steps)


@FINE.family
def rounds_on_a_ward(rng: random.Random) -> Script:
    words = ["stable", "slept well", "in some pain", "no fever", "eating again", "a little fever"]
    acts = ["carry on", "the same again", "half the dose", "home tomorrow", "another blood test"]
    return fine(
        [
            told(
                rng,
                "nurse" if at % 2 == 0 else "doctor",
                f"Bed {at // 2 + 1}: {rng.choice(words)}."
                if at % 2 == 0
                else f"{{Then|Well,}} {rng.choice(acts)}.",
            )
            for at in range(20)
        ]
    )


@FINE.family
def terms_of_a_strike(rng: random.Random) -> Script:
    points = rng.sample(
        [
            "the night shift",
            "the canteen",
            "the holidays",
            "the pay of apprentices",
            "the overtime",
            "the parental leave",
            "the work clothes",
        ],
        6,
    )
    steps: list[Turn] = []
    for at, point in enumerate(points[:-1]):
        steps += [
            told(
                rng,
                "union",
                f"{{We insist on|We cannot do without}} {point}. {{We could give way on|We would move on}} {points[at + 1]}.",
            ),
            told(
                rng,
                "board",
                f"{{Agreed on|We accept}} {point}, {{not on|but not}} {points[at + 1]}.",
            ),
        ]
    return fine([*steps, turn("union", "We put it to the vote.")])


@FINE.family
def three_lands(rng: random.Random) -> Script:
    lands = ["Ost", "West", "Mark"]
    goods = [
        "the salt road",
        "the island",
        "the two bridges",
        "the mines",
        "the forest",
        "the port",
    ]
    holds = {good: rng.choice(lands) for good in goods}
    steps: list[Turn] = []
    for at in range(15):
        who = lands[at % 3]
        theirs = [g for g in goods if holds[g] != who]
        good = rng.choice(theirs) if theirs else rng.choice(goods)
        mine = [g for g in goods if holds[g] == who]
        price = rng.choice(mine) if mine else "a treaty"
        steps.append(
            told(
                rng,
                who,
                f"{{I ask for|I want|My wish is}} {good} and {{give|offer}} {price}{{.| in return.}}",
            )
        )
        if rng.random() < 0.5:
            holds[good], holds[price] = who, holds[good]
    return fine(steps)


@FINE.family
def what_to_bring(rng: random.Random) -> Script:
    dishes = rng.sample(
        [
            "a salad",
            "bread",
            "plates",
            "juice",
            "a cake",
            "the grill",
            "chairs",
            "cheese",
            "music",
            "olives",
        ],
        9,
    )
    names = ["Ana", "Ben", "Caro"]
    return fine(
        [
            told(
                rng,
                names[at % 3],
                f"{{I bring|I can bring|I'll take care of}} {dish}. {{Who has the rest?|What else?|Next?}}",
            )
            for at, dish in enumerate(dishes)
        ]
    )


@FINE.family
def birds_seen(rng: random.Random) -> Script:
    birds = ["a heron", "two ducks", "a grebe", "a kingfisher", "three swans", "a rail"]
    spots = ["by the reeds", "on the far bank", "under the willow", "in the bay", "on the raft"]
    return fine(
        [
            told(
                rng,
                "watcher",
                f"{{Now|Again|And}} {rng.choice(birds)} {rng.choice(spots)}, {rng.choice(['feeding', 'asleep', 'calling', 'diving', 'preening'])}.",
            )
            for _ in range(16)
        ]
    )


@FINE.family
def blocks_of_a_line(rng: random.Random) -> Script:
    words = "one two three four five six".split()
    steps: list[Turn] = []
    for _ in range(9):
        block, train = (
            rng.choice(words),
            rng.choice(["the express", "the milk train", "the local", "the goods train"]),
        )
        steps += [
            told(rng, "driver", f"{train.capitalize()} is before block {block}."),
            told(rng, "box", f"Block {block} is {{clear|free}}, {train} may {{enter|go on}}."),
        ]
    return fine(steps)


@FINE.family
def pairs_of_cards(rng: random.Random) -> Script:
    animals = ["the fox", "the bear", "the owl", "the hare", "the toad", "the deer"]
    steps: list[Turn] = []
    for at in range(18):
        a, b = rng.choice(animals), rng.choice(animals)
        steps.append(
            turn(
                ["mia", "leo"][at % 2],
                f"I turn over {a} and {b}. {'A pair!' if a == b else 'No match.'}",
            )
        )
    return fine(steps)


@FINE.family
def colours_and_numbers(rng: random.Random) -> Script:
    colours = ["red", "green", "blue", "yellow"]
    words = "one two three four five six seven eight nine".split()
    return fine(
        [
            turn(
                ["kay", "lee", "mo"][at % 3],
                rng.choice(
                    [
                        f"I play a {rng.choice(colours)} {rng.choice(words)}.",
                        f"{rng.choice(colours).capitalize()} {rng.choice(words)}.",
                        "I draw a card.",
                        f"I skip you with a {rng.choice(colours)} card.",
                    ]
                ),
            )
            for at in range(24)
        ]
    )


@FINE.family
def orders_to_armies(rng: random.Random) -> Script:
    towns = ["Munich", "Berlin", "Kiel", "Ruhr", "Burgundy", "Tyrolia"]
    steps: list[Turn] = []
    for _ in range(8):
        for who in ("north", "south"):
            a, b = rng.sample(towns, 2)
            steps.append(
                turn(
                    who,
                    rng.choice(
                        [f"Army {a} moves to {b}.", f"Army {a} holds.", f"Army {a} supports {b}."]
                    ),
                )
            )
        steps.append(
            turn(
                "umpire",
                rng.choice(["The moves succeed.", "They stand off.", "One army is pushed back."]),
            )
        )
    return fine(steps)


@FINE.family
def answers_to_a_poll(rng: random.Random) -> Script:
    things = rng.sample(
        [
            "the bus",
            "the library",
            "the pool",
            "the park",
            "the museum",
            "the council",
            "the schools",
            "the bins",
            "the lights",
        ],
        9,
    )
    steps: list[Turn] = []
    for thing in things:
        steps += [
            told(rng, "caller", f"{{How content are you with|Are you content with}} {thing}?"),
            told(
                rng,
                "citizen",
                "{Very.|Not at all.|More or less.|I cannot complain.|It could be better.}",
            ),
        ]
    return fine(steps)


@FINE.family
def rooms_are_cleaned(rng: random.Random) -> Script:
    rooms = rng.sample(
        [
            "the kitchen",
            "the hall",
            "the bath",
            "the study",
            "the attic",
            "the cellar",
            "the porch",
            "the nursery",
        ],
        7,
    )
    steps: list[Turn] = []
    for room in rooms:
        steps += [
            told(
                rng,
                "robot",
                f"{{I am in|Now in}} {room}. {{It is dusty|There is dust|It is clean}} {{here|in the corners}}.",
            ),
            told(
                rng,
                "planner",
                "{Clean it|Sweep it|Sweep there}, then {go on|move on} to the next{.| one.}",
            ),
        ]
    return fine(steps)


@FINE.family
def a_quarrel_is_settled(rng: random.Random) -> Script:
    asks = [
        "the hedge is cut",
        "the dog is kept in",
        "the bins are moved",
        "the drums stop at eight",
        "the drive is kept free",
    ]
    steps: list[Turn] = []
    for wish in rng.sample(asks, 5):
        steps += [
            told(rng, "left", f"{{I want that|I ask that|It matters to me that}} {wish}."),
            told(
                rng,
                "right",
                f"{{If|Only if}} {rng.choice(['you pay half', 'it ends there', 'the letters stop', 'the fence is mended', 'you ask first'])}, {{then|I agree that}} {wish}.",
            ),
            told(rng, "mediator", "{Good|That is something}. {What else?|The next point.|Go on.}"),
        ]
    return fine(steps)


@FINE.family
def flights_are_led_in(rng: random.Random) -> Script:
    calls = rng.sample(
        ["Alfa Nine", "Delta Two", "Kilo Four", "Mike One", "Oscar Six", "Tango Five"], 6
    )
    steps: list[Turn] = []
    for name in calls:
        steps += [
            turn("pilot", f"{name}, ready to land."),
            told(
                rng,
                "tower",
                f"{name}, {{cleared to land|you may land}}, runway {rng.choice(['left', 'right'])}.",
            ),
            turn("pilot", f"Runway as told, {name}."),
        ]
    return fine(steps)
