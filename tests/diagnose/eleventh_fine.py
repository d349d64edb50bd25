"""The eleventh bank: look-alikes that no other bank has, written without a look at the rules."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, fine
from .eleventh_room import Room

FINE = Bank("eleventh fine")


def names(rng: random.Random, count: int, left: str, right: str) -> list[str]:
    both = [f"{a}{b}" for a in left.split() for b in right.split()]
    return rng.sample(both, count)


@FINE.family
def bridge_is_bid(rng: random.Random) -> Script:
    """Four bid at bridge: mostly passes."""
    r = Room(rng)
    bids = [
        "1 club",
        "1 heart",
        "1 spade",
        "2 clubs",
        "2 diamonds",
        "2 spades",
        "3 hearts",
        "3 no trump",
        "4 spades",
    ]
    steps, at = [], 0
    for deal in range(rng.randrange(2, 4)):
        steps.append(
            r.say("table", f"Board {deal + 1}, dealer {('North', 'East', 'South', 'West')[deal]}.")
        )
        mine = sorted(rng.sample(range(len(bids)), 4))
        for number in mine:
            for who in ("north", "east"):
                at += 1
                steps.append(
                    r.say(
                        who if at % 2 else {"north": "south", "east": "west"}[who],
                        bids[number] if who == "north" else "{Pass|Pass|Pass.}",
                    )
                )
        steps += [r.say(who, "{Pass|Pass.}") for who in ("south", "west", "north")]
        steps.append(
            r.say("table", f"Contract {bids[mine[-1]]}, {rng.randrange(7, 12)} tricks made.")
        )
    return fine([*r.begin("table", "north", "east"), *steps])


@FINE.family
def poker_streets(rng: random.Random) -> Script:
    """Checks and calls, hand after hand."""
    r, pot = Room(rng), 30
    steps: list[Turn] = []
    for hand in range(4):
        for street in ("flop", "turn", "river"):
            cards = " ".join(
                rng.choice("23456789TJQKA") + rng.choice("shdc")
                for _ in range(3 if street == "flop" else 1)
            )
            steps.append(r.say("dealer", f"Hand {hand + 1}, {street}: {cards}. The pot is {pot}."))
            if rng.random() < 0.6:
                steps += [r.say("ada", "{I check|Check}."), r.say("bo", "{Check|I check too}.")]
            else:
                bet = rng.randrange(10, 60)
                pot += 2 * bet
                steps += [r.say("ada", f"I bet {bet}."), r.say("bo", "{Call|I call}.")]
        steps.append(r.say("dealer", f"{rng.choice(['Ada', 'Bo'])} wins {pot}."))
        pot = 30
    return fine([*r.begin("dealer", "ada", "bo"), *steps])


@FINE.family
def before_take_off(rng: random.Random) -> Script:
    """A checklist by challenge and response."""
    r = Room(rng)
    items = "Parking brake|Flaps|Trim|Fuel pumps|Altimeters|Transponder|Seat belts|Doors|Anti-ice|Beacon|Flight controls|Radios".split(
        "|"
    )
    rng.shuffle(items)
    steps = [
        entry
        for item in items
        for entry in (
            r.say("copilot", f"{item}?"),
            r.say("captain", "{Set|Checked|Set and checked}."),
        )
    ]
    return fine(
        [*r.begin("tower", "captain", "copilot"), *steps, r.say("copilot", "Checklist complete.")]
    )


@FINE.family
def which_answer_is_better(rng: random.Random) -> Script:
    """A judge compares pairs of answers."""
    r = Room(rng)
    things = names(
        rng,
        10,
        "why-does- how-do- when-did- what-makes-",
        "bread-rise tides-work amber-form bees-dance glass-bend ice-float",
    )
    steps = [
        entry
        for at, t in enumerate(things)
        for entry in (
            r.say(
                "runner",
                f"Pair {at + 1}: question {t}. A has {rng.randrange(80, 300)} words, B {rng.randrange(80, 300)}.",
            ),
            r.say(
                "judge",
                "{Answer A is better|I prefer A|A}."
                if rng.random() < 0.7
                else "{Answer B is better|I prefer B|B}.",
            ),
        )
    ]
    return fine([*r.begin("runner", "judge"), *steps])


@FINE.family
def clauses_are_agreed(rng: random.Random) -> Script:
    """Two parties go through a contract by clauses."""
    r = Room(rng)
    topics = "liability termination payment delivery warranty confidentiality insurance notices assignment audit".split()
    rng.shuffle(topics)
    steps: list[Turn] = []
    for at, topic in enumerate(topics):
        steps.append(
            r.say(
                "seller_counsel",
                f"Clause {at + 1}, {topic}: we {{propose|suggest|ask for}} {rng.choice(['thirty days', 'mutual consent', 'the usual cap', 'written form', 'two copies'])}.",
            )
        )
        steps.append(
            r.say(
                "buyer_counsel",
                "{Agreed|Accepted|Fine with us}."
                if rng.random() < 0.7
                else f"{{Agreed, but|Only if}} {rng.choice(['both sides sign', 'costs are shared', 'it ends in May'])}.",
            )
        )
    return fine([*r.begin("seller_counsel", "buyer_counsel"), *steps])


@FINE.family
def collatz(rng: random.Random) -> Script:
    """Two agents walk a number down."""
    r, n = Room(rng), rng.choice([27, 31, 41, 47, 54, 55, 62, 63])
    steps: list[Turn] = []
    while n != 1 and len(steps) < 24:
        if n % 2:
            steps.append(
                r.say(
                    "odd",
                    f"{{{n} is odd|{n}: odd}}, {{three times and one|times three plus one}} is {3 * n + 1}.",
                )
            )
            n = 3 * n + 1
        else:
            steps.append(
                r.say("even", f"{{{n} is even|{n}: even}}, {{half of it|halved it}} is {n // 2}.")
            )
            n //= 2
    return fine([*r.begin("odd", "even"), *steps])


@FINE.family
def pantoum(rng: random.Random) -> Script:
    """A poem whose form repeats every line once."""
    r = Room(rng)
    lines = rng.sample(
        "The river keeps its silver to itself|A heron stands where nobody has been|We left our letters on the window shelf|The evening folds the orchard in its green|Somebody's ladder leans against the moon|The ferry bell forgets the other side|I count the stairs and lose the count too soon|And what we said goes outward with the tide|The lamps are few along the harbour wall|A dog is barking at a passing cloud|The apples wait a little, then they fall|The wind reads all our early drafts aloud".split(
            "|"
        ),
        12,
    )
    steps: list[Turn] = []
    for at in range(0, 10, 2):
        four = [lines[at], lines[at + 1], lines[(at + 2) % 12], lines[(at + 3) % 12]]
        body = "\n".join([four[0], four[2], four[1], four[3]])
        steps.append(
            r.say(
                "poet_one" if at % 4 else "poet_two",
                "{Next stanza|My stanza|Here it goes}:\n" + body,
            )
        )
    return fine(
        [
            *r.begin("publisher", "poet_one", "poet_two"),
            *steps,
            r.say("publisher", "It closes well."),
        ]
    )


@FINE.family
def litany(rng: random.Random) -> Script:
    """Petition and response."""
    r = Room(rng)
    things = names(
        rng, 9, "sailors farmers nurses teachers bakers", "_at_night _in_winter _far_away _in_need"
    )
    answer = rng.choice(["Hear us.", "Remember them.", "Keep them well."])
    steps = [
        entry
        for t in things
        for entry in (r.say("cantor", f"For the {t.replace('_', ' ')},"), r.say("choir", answer))
    ]
    return fine([*r.begin("dean", "cantor", "choir"), *steps])


@FINE.family
def reflective_listening(rng: random.Random) -> Script:
    """A counsellor mirrors what the client says, which goes on."""
    r = Room(rng)
    story = [
        "my new boss moved my desk next to the door",
        "since then I sleep badly and wake at four",
        "at four I think of my father's shop",
        "he closed it when I was eleven",
        "I never told him that I had wanted to run it",
        "my brother did tell him, and they did not speak for a year",
        "now my brother asks whether I want to open a shop with him",
        "I said maybe, and was happy for an hour",
        "then I remembered the rent in our street",
    ]
    steps = [
        entry
        for line in story
        for entry in (
            r.say("client", f"{{Well, |You know, |}}{line}."),
            r.say(
                "counsellor",
                "{It sounds as if that|I hear that it|It seems that this} {weighs on you|stays with you|matters to you}. {What comes next|What then|Tell me more}?",
            ),
        )
    ]
    return fine([*r.begin("intake", "counsellor"), *steps])


@FINE.family
def golf_of_code(rng: random.Random) -> Script:
    """A program gets shorter."""
    r = Room(rng)
    parts = [
        "import sys",
        "lines = sys.stdin.read().split('\\n')",
        "total = 0",
        "for line in lines:",
        "    number = int(line or 0)",
        "    total += number",
        "print(total)",
    ]
    versions = [
        "\n".join(parts),
        "\n".join(parts).replace("number", "n"),
        "import sys\nt=0\nfor l in sys.stdin:t+=int(l or 0)\nprint(t)",
        "import sys\nprint(sum(int(l or 0)for l in sys.stdin))",
        "import sys\nprint(sum(map(int,sys.stdin)))",
        "print(sum(map(int,open(0))))",
    ]
    steps = [
        entry
        for v in versions
        for entry in (
            r.say(
                "golfer",
                f"{{Shorter|Here is the next one|Down to}}:\n```python\n{v}\n```\n{len(v)} bytes",
            ),
            r.say(
                "caddie", "{Can you save more|Any more bytes to save|Still some bytes left in it}?"
            ),
        )
    ]
    return fine([*r.begin("caddie", "golfer"), *steps])


@FINE.family
def changelogs_with_one_ending(rng: random.Random) -> Script:
    """Notes on each module, with the same head and foot."""
    r = Room(rng)
    modules = names(rng, 8, "auth billing search export", "-api -ui -worker")
    foot = "\n\nPlease report trouble to the support team. Upgrade notes are in the handbook, chapter nine. Thank you for using our software!"
    steps = [
        entry
        for m in modules
        for entry in (
            r.say(
                "writer",
                f"## Release notes for {m}\n\n- {rng.choice(['Faster start', 'Fewer retries', 'New filters', 'Dark mode'])} and {rng.choice(['a fix for dates', 'smaller files', 'clearer errors', 'sorted lists'])}{foot}",
            ),
            r.say("publisher", "{Published, next module|Online, the next one|Out}."),
        )
    ]
    return fine([*r.begin("publisher", "writer"), *steps])


@FINE.family
def change_board(rng: random.Random) -> Script:
    """Each change is put to the board and let through."""
    r = Room(rng)
    changes = names(
        rng, 9, "switch-in- printer-in- router-for- camera-at-", "lab hall yard office gate"
    )
    steps = [
        entry
        for c in changes
        for entry in (
            r.say(
                "engineer",
                "{May I|Request to|Can we} replace the $c {tonight|after hours|this evening}?",
                c=c.replace("-", " "),
            ),
            r.say("board", "{Approved, go ahead|You may go ahead|Go ahead, approved}."),
        )
    ]
    return fine([*r.begin("engineer", "board"), *steps])


@FINE.family
def driver_and_navigator(rng: random.Random) -> Script:
    """A pair writes a program line by line, with set phrases around it."""
    r = Room(rng)
    lines = [
        "def read(path):",
        "    rows = []",
        "    with open(path) as file:",
        "        for line in file:",
        "            rows.append(line.split(';'))",
        "    return rows",
        "def total(rows, column):",
        "    return sum(float(row[column]) for row in rows)",
        "print(total(read('a.csv'), 2))",
    ]
    steps = [
        entry
        for line in lines
        for entry in (
            r.say("navigator", "{Next line, please|And the next line|What comes next}?"),
            r.say(
                "driver",
                f"{{I typed|Typed|Now there is}} `{line.strip()}`. {{Ready for the next one|What is next}}?",
            ),
        )
    ]
    return fine([*r.begin("lead", "navigator", "driver"), *steps])


@FINE.family
def rewrites_with_new_facts(rng: random.Random) -> Script:
    """A notice is sent round; every round brings a fact, the rest stays."""
    r = Room(rng)
    facts = [
        "doors at six",
        "the band is Larks",
        "tickets are nine euros",
        "children go free",
        "no dogs",
        "soup is sold",
        "the last bus leaves at eleven",
    ]
    rng.shuffle(facts)
    head = "Village dance on Saturday in the old mill. Everybody is welcome; bring shoes for a wooden floor"
    steps: list[Turn] = []
    for at in range(1, len(facts) + 1):
        steps.append(
            r.say(
                "scribe",
                f"{{Here is the notice|The notice now|Updated}}: {head}; {'; '.join(facts[:at])}.",
            )
        )
        if at < len(facts):
            steps.append(r.say("committee", f"{{Please add|Add|We forgot}}: {facts[at]}."))
    return fine([*r.begin("committee", "scribe"), *steps])


@FINE.family
def svensk_inventering(rng: random.Random) -> Script:
    """Swedish: rooms are gone through."""
    r = Room(rng)
    rooms = rng.sample(
        "köket hallen biblioteket verkstaden källaren vinden garaget kontoret".split(), 8
    )
    steps = [
        entry
        for room in rooms
        for entry in (
            r.say("chef", f"{{Hur ser det ut i|Och i|Vad finns i}} {room}?"),
            r.say(
                "assistent",
                f"{{I {room} finns|Där finns|Jag räknade till}} {rng.randrange(2, 40)} {rng.choice(['stolar', 'lampor', 'lådor', 'böcker', 'hyllor'])}, {{inget saknas|allt är på plats|det stämmer med listan}}.",
            ),
        )
    ]
    return fine([*r.begin("chef", "assistent"), *steps])
