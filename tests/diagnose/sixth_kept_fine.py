"""The sixth bank's kept half: other work that looks like a loop."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, fine
from .sixth_scene import Scene

FINE = Bank("sixth kept fine")

FARMS = "Ashby Birkdale Coldharbour Dunmore Eastfield Foxhill Greenhow Hollin Inglewood Kirkby Longacre Moorside".split()


@FINE.family
def lists_many_folders(rng: random.Random) -> Script:
    """Folder after folder is looked into; several are empty."""
    scene = Scene(rng, "agent")
    steps: list[Turn] = []
    for name in rng.sample(FARMS, 10):
        files = (
            "\n".join(f"{name.lower()}_{n}.jpg" for n in range(rng.randrange(0, 4))) or "(empty)"
        )
        steps.append(
            scene.says(
                "agent",
                "{Next folder|Now}: $n.",
                scene.tool("list_dir", {"path": f"/photos/{name}"}, files),
                n=name,
            )
        )
    return fine(steps)


@FINE.family
def rows_inserted(rng: random.Random) -> Script:
    """A load in batches: the same call but for its offset, the same answer."""
    scene = Scene(rng, "loader")
    return fine(
        [
            scene.says(
                "loader",
                "{Batch|Loading batch} $n.",
                scene.tool(
                    "insert_batch",
                    {"table": "yields", "offset": 200 * at, "size": 200},
                    "200 rows inserted",
                ),
                n=at + 1,
            )
            for at in range(14)
        ]
    )


@FINE.family
def mastermind(rng: random.Random) -> Script:
    """Guess and answer with four colours; answers come again."""
    scene = Scene(rng, "breaker", "maker")
    colours = ["red", "blue", "green", "yellow", "white", "black"]
    secret = [rng.choice(colours) for _ in range(4)]
    steps: list[Turn] = []
    for _ in range(10):
        guess = [rng.choice(colours) for _ in range(4)]
        exact = sum(a == b for a, b in zip(guess, secret, strict=True))
        common = sum(min(guess.count(c), secret.count(c)) for c in colours) - exact
        steps += [
            scene.says("breaker", "{I guess|My guess is} $g.", g=", ".join(guess)),
            scene.says(
                "maker", "$e {in place|right}, $c {elsewhere|misplaced}.", e=exact, c=common
            ),
        ]
    return fine(steps)


@FINE.family
def traffic_lights(rng: random.Random) -> Script:
    """A simulation that is periodic by nature, under a clock and with cars that move on."""
    scene = Scene(rng, "lights", "traffic")
    steps: list[Turn] = []
    waiting = 5
    for tick in range(18):
        state = ("green", "amber", "red")[tick % 3]
        arrived, left = rng.randrange(0, 4), rng.randrange(1, 5) if state == "green" else 0
        waiting = max(0, waiting + arrived - left)
        steps += [
            scene.says("lights", "{Tick|Time} $t: {the light is|light} $s.", t=tick, s=state),
            scene.says(
                "traffic", "$w {cars|vehicles} are waiting, $a arrived.", w=waiting, a=arrived
            ),
        ]
    return fine(steps)


@FINE.family
def flash_cards(rng: random.Random) -> Script:
    """Vocabulary; cards that were missed come again once."""
    scene = Scene(rng, "tutor", "pupil")
    cards = {
        "barn": "Scheune",
        "plough": "Pflug",
        "hay": "Heu",
        "fence": "Zaun",
        "rye": "Roggen",
        "hen": "Henne",
        "goat": "Ziege",
        "mill": "Mühle",
        "well": "Brunnen",
    }
    order = rng.sample(list(cards), len(cards))
    missed = set(rng.sample(order, 3))
    steps: list[Turn] = []
    for word in [*order, *(w for w in order if w in missed)]:
        wrong = word in missed
        missed.discard(word)
        steps.append(scene.says("tutor", "{What is|Translate} '$w'?", w=word))
        steps.append(
            scene.says("pupil", "{I don't know|No idea}." if wrong else "$a.", a=cards[word])
        )
        steps.append(
            scene.says(
                "tutor",
                f"{{It is|That would be}} {cards[word]}. We will see it again."
                if wrong
                else "{Correct|Right}!",
            )
        )
    return fine(steps)


@FINE.family
def delegates_many_tasks(rng: random.Random) -> Script:
    """A manager gives one task after another to the same coworker, who delivers."""
    scene = Scene(rng, "manager", "analyst")
    steps: list[Turn] = []
    for farm in rng.sample(FARMS, 8):
        steps.append(
            scene.says(
                "manager",
                "{This is for|I leave this to} the analyst.",
                scene.tool(
                    "delegate_work_to_coworker",
                    {
                        "coworker": "analyst",
                        "task": f"Estimate the yield of {farm} farm",
                        "context": "We need it for the contract with the mill.",
                    },
                    f"{farm}: {rng.randrange(20, 90)} tons of oats, {rng.randrange(5, 40)} of rye.",
                ),
            )
        )
    return fine(steps)


@FINE.family
def asks_three_times_then_human(rng: random.Random) -> Script:
    """No answer, two reminders in other words, and then another way that works."""
    scene = Scene(rng, "coordinator", "mill")
    return fine(
        [
            scene.says(
                "coordinator",
                "{Could you confirm|Please confirm} the {delivery|collection} on Friday?",
            ),
            scene.says(
                "mill",
                "{The office is closed|We are out}. {Your message was received|We have your message}.",
            ),
            scene.says(
                "coordinator",
                "{Once more|A reminder}: {could you confirm|please confirm} Friday's {delivery|collection}?",
            ),
            scene.says(
                "mill",
                "{The office is closed|We are out}. {Your message was received|We have your message}.",
            ),
            scene.says(
                "coordinator",
                "{I call the miller at home instead|Then I try his mobile number}.",
                scene.tool(
                    "phone",
                    {"number": "555 0199"},
                    "Miller: Friday at seven is fine, bring the long trailer.",
                ),
            ),
            scene.says(
                "coordinator",
                "Friday at seven, with the long trailer. {I tell the driver|The driver knows}.",
            ),
            scene.says("mill", "We open on Monday and have the slip ready by then."),
        ]
    )


@FINE.family
def weather_station(rng: random.Random) -> Script:
    """Readings every ten minutes; the comment is nearly always the same."""
    scene = Scene(rng, "watcher")
    steps: list[Turn] = []
    for at in range(14):
        entry = scene.says(
            "watcher",
            "{All within limits|Everything normal}.",
            scene.tool(
                "read_station",
                {"id": "north"},
                {"temperature": round(rng.uniform(8, 19), 1), "wind": rng.randrange(0, 60)},
            ),
        )
        entry["at"] = at * 600.0
        steps.append(entry)
    return fine(steps)


@FINE.family
def elevator(rng: random.Random) -> Script:
    """A lift in a house of six floors: few sentences, many states."""
    scene = Scene(rng, "lift", "passengers")
    floor, steps = 1, []
    for _ in range(14):
        target = rng.choice([f for f in range(1, 7) if f != floor])
        steps.append(
            scene.says(
                "passengers",
                "{Somebody|A passenger} on floor $f wants to go to $t.",
                f=floor,
                t=target,
            )
        )
        steps.append(
            scene.says(
                "lift",
                "{Going|Moving} $d to floor $t. Doors {open|opening}.",
                d="up" if target > floor else "down",
                t=target,
            )
        )
        floor = target
    return fine(steps)


@FINE.family
def bids(rng: random.Random) -> Script:
    """An auction of several lots; every bid is a little higher."""
    scene = Scene(rng, "auctioneer", "anna", "boris", "chen")
    steps: list[Turn] = []
    for lot in ("a plough", "two churns", "a hay rake"):
        price = rng.randrange(20, 60)
        steps.append(
            scene.says("auctioneer", "Next lot: $l. Who {offers|bids} $p?", l=lot, p=price)
        )
        for _ in range(rng.randrange(4, 7)):
            price += rng.choice([5, 10])
            steps.append(
                scene.says(rng.choice(["anna", "boris", "chen"]), "{I bid|I offer} $p.", p=price)
            )
            steps.append(
                scene.says("auctioneer", "$p {I have|is bid}. {Any more|Anyone else}?", p=price)
            )
    return fine(steps)


@FINE.family
def gradient_descent(rng: random.Random) -> Script:
    """Loss goes down, stays, goes down: an optimiser in words and calls."""
    scene = Scene(rng, "trainer", "critic")
    loss, steps = 3.2, []
    for epoch in range(12):
        loss *= rng.choice([0.82, 0.9, 1.0])
        steps.append(
            scene.says(
                "trainer",
                "{I train|Training} one more epoch.",
                scene.tool(
                    "train", {"epochs": 1, "lr": 0.01}, {"epoch": epoch + 1, "loss": round(loss, 3)}
                ),
            )
        )
        steps.append(
            scene.says(
                "critic",
                "{Continue|Go on} {as long as|while} it {falls|improves}. {Now at|It is} $l.",
                l=round(loss, 3),
            )
        )
    return fine(steps)


@FINE.family
def mails_to_growers(rng: random.Random) -> Script:
    """The same letter to one farm after another."""
    scene = Scene(rng, "secretary")
    return fine(
        [
            scene.says(
                "secretary",
                "{Writing to|A letter to} $f.",
                scene.tool(
                    "send_email",
                    {
                        "to": f"office@{farm.lower()}.example",
                        "subject": "Delivery dates",
                        "body": f"Dear {farm} farm, please send us your delivery dates by Friday. Kind regards, the mill",
                    },
                    "Email sent.",
                ),
                f=farm,
            )
            for farm in rng.sample(FARMS, 9)
        ]
    )


@FINE.family
def proof_reading(rng: random.Random) -> Script:
    """Page after page is read; most have no mistakes."""
    scene = Scene(rng, "reader", "editor")
    steps: list[Turn] = []
    for page in range(1, 11):
        found = rng.choice(
            [
                "no mistakes",
                "no mistakes",
                f"'{rng.choice(FARMS)}' is misspelt",
                "a comma is missing",
            ]
        )
        steps.append(scene.says("reader", "{Page|On page} $p: $f.", p=page, f=found))
        if found != "no mistakes":
            steps.append(scene.says("editor", "{Corrected|Mended}."))
    return fine(steps)


@FINE.family
def votes_in_turn(rng: random.Random) -> Script:
    """Eight members vote on three motions, mostly with yes."""
    scene = Scene(rng, "chair", *(f.lower() for f in FARMS[:6]))
    steps: list[Turn] = []
    for motion in (
        "buy a second drier",
        "raise the fee by two per cent",
        "open the shop on Sundays",
    ):
        steps.append(scene.says("chair", "{We vote on|The motion is}: $m.", m=motion))
        steps += [
            scene.says(role, "{Yes|In favour}." if rng.random() < 0.8 else "{No|Against}.")
            for role in scene.roles[1:]
        ]
    return fine(steps)


@FINE.family
def backs_off_and_gets_it(rng: random.Random) -> Script:
    """A service is overloaded; the pauses grow until it answers."""
    scene = Scene(rng, "fetcher")
    at, steps = 0.0, []
    for wait in (2, 4, 8, 16, 32, 64):
        entry = scene.says(
            "fetcher",
            "{I try again|Another try} {after|in} $w seconds.",
            scene.fails("get_prices", {"market": "oats"}, "503 Service Unavailable"),
            w=wait,
        )
        entry["at"] = at
        at += wait + 3
        steps.append(entry)
    last = scene.says(
        "fetcher",
        "{Here they are|Got them}.",
        scene.tool("get_prices", {"market": "oats"}, {"oats": 231.5, "rye": 198.0}),
    )
    last["at"] = at
    return fine([*steps, last, scene.says("fetcher", "Oats are at 231.5, rye at 198.")])
