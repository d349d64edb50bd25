"""The thirteenth bank: what looks like a circle at desks, in code, in records and tables, and is none."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, fine, turn
from .spin import spin
from .thirteenth_loops import record, tool

FINE = Bank("thirteenth fine")

FOOT = "Thank you for contacting Lumen. Is there anything else I can help you with today? Our lines are open from 8 to 20."


@FINE.family
def tickets_with_one_ending(rng: random.Random) -> Script:
    asks = [
        (
            "My lamp flickers since Sunday.",
            "The driver of that series is faulty, a new one is on its way to you.",
        ),
        ("Where is my invoice for May?", "I sent the May invoice to your mail address just now."),
        ("Can I return the blue shade?", "Yes, within thirty days; the label is attached."),
        (
            "The app does not pair with the bulb.",
            "Hold the switch for ten seconds, then pair from the settings.",
        ),
        (
            "I moved, please change my address.",
            "Your address is changed, the next parcel goes to Elm Road.",
        ),
        ("Do you ship to Norway?", "We do, it takes five days and the customs are included."),
        ("I was charged twice.", "The second payment was a reservation and is released tomorrow."),
    ]
    rng.shuffle(asks)
    steps: list[Turn] = []
    for ask, answer in asks[:6]:
        steps += [turn("customer", ask), turn("desk", f"{answer} {FOOT}")]
    return fine(steps)


@FINE.family
def mails_with_a_signature(rng: random.Random) -> Script:
    sign = "\n\nBest regards,\nMira Holm\nHead of Operations, Holm & Sons\n12 Dock Street, Aarhus\nThis mail may hold confidential words; if it is not for you, delete it and tell us."
    bodies = [
        "The crane is booked for Thursday.", "Two drivers are ill, so the northern tour starts at noon.",
        "The customs papers for the Oslo load are signed.", "We owe the port 420 euros for the extra night.",
        "Pallets are short; please collect the empty ones in Vejle.", "The insurer wants photographs of the dented door.",
        "From Monday on the gate opens at six.",
    ]  # fmt: skip
    rng.shuffle(bodies)
    replies = ["Noted, thank you.", "Done.", "Will do.", "Good to know.", "I'll see to it."]
    steps: list[Turn] = []
    for body in bodies[:6]:
        steps += [turn("mira", f"Hello Jonas,\n\n{body}{sign}"), turn("jonas", rng.choice(replies))]
    return fine(steps)


@FINE.family
def expenses_in_fixed_form(rng: random.Random) -> Script:
    items = [
        ("train to Graz", 84),
        ("hotel in Graz", 231),
        ("printer paper", 19),
        ("fair ticket", 60),
        ("taxi at night", 27),
        ("team lunch", 148),
        ("two monitors", 512),
    ]
    rng.shuffle(items)
    steps: list[Turn] = []
    for what, cost in items:
        steps.append(
            turn(
                "assistant",
                f"Approval requested: {what}, {cost} euros, cost centre 4410. Please answer APPROVED or DECLINED.",
            )
        )
        steps.append(turn("manager", "DECLINED" if cost > 500 else "APPROVED"))
    return fine(steps)


@FINE.family
def questions_in_fixed_form(rng: random.Random) -> Script:
    asked = [
        ("colour of the door", "green"),
        ("width of the shelf", "eighty"),
        ("kind of the wood", "oak"),
        ("number of drawers", "three"),
        ("day of delivery", "Friday"),
        ("name on the bell", "Vogt"),
    ]
    rng.shuffle(asked)
    steps: list[Turn] = []
    for what, value in asked:
        steps.append(
            turn(
                "intake",
                f"For the order form I need one more thing from you. Please tell me the {what}, in a word.",
            )
        )
        steps.append(turn("client", spin(rng, "{$v|It is $v|That would be $v}.", v=value)))
    return fine(steps)


@FINE.family
def a_heater_finds_its_heat(rng: random.Random) -> Script:
    warm = 14.0
    steps: list[Turn] = []
    for tick in range(10):
        warm = round(warm + (21 - warm) * 0.35 + rng.uniform(-0.2, 0.2), 1)
        steps.append(turn("sensor", record(tick=tick, temp=warm)))
        steps.append(turn("valve", record(tick=tick, open=max(0, round((21 - warm) * 9)))))
    return fine(steps)


@FINE.family
def load_goes_up_and_down(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for _ in range(8):
        load = rng.randrange(31, 62)
        steps.append(
            turn(
                "probe",
                f"CPU {load} %, memory {rng.randrange(50, 58)} %, queue {rng.randrange(3, 40)}.",
            )
        )
        steps.append(turn("watcher", spin(rng, "{Within limits|Fine|No action}.")))
    return fine(steps)


@FINE.family
def orders_as_records(rng: random.Random) -> Script:
    goods = rng.sample("lamp chair shelf mirror rug vase desk clock".split(), 7)
    steps: list[Turn] = []
    for at, good in enumerate(goods):
        steps.append(
            turn("shop", record(event="order", id=5100 + at, item=good, qty=rng.randrange(1, 4)))
        )
        steps.append(
            turn(
                "stock",
                record(
                    event="reserved",
                    id=5100 + at,
                    item=good,
                    shelf=rng.choice("ABCD") + str(rng.randrange(1, 40)),
                ),
            )
        )
    return fine(steps)


@FINE.family
def votes_as_records(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for motion in rng.sample(
        [
            "longer opening",
            "a new logo",
            "no plastic",
            "later start",
            "a summer fair",
            "shared desks",
        ],
        5,
    ):
        steps.append(turn("chair", record(motion=motion)))
        steps += [
            turn(who, record(motion=motion, vote=rng.choice(["yes", "no"])))
            for who in ("kim", "lou", "max")
        ]
    return fine(steps)


@FINE.family
def the_standings_by_round(rng: random.Random) -> Script:
    points = dict.fromkeys(("Reds", "Blues", "Greens"), 0)
    steps: list[Turn] = []
    for at in range(1, 8):
        points[rng.choice(list(points))] += 3
        table = "| team | points |\n| --- | --- |\n" + "\n".join(
            f"| {name} | {score} |" for name, score in points.items()
        )
        steps.append(turn("scorer", f"After round {at}:\n\n{table}"))
        steps.append(turn("host", spin(rng, "{On to the next one|Next round|Thank you, next}.")))
    return fine(steps)


@FINE.family
def a_table_is_filled(rng: random.Random) -> Script:
    rows: list[str] = []
    steps: list[Turn] = []
    for town, river in rng.sample(
        [
            ("Basel", "Rhine"),
            ("Vienna", "Danube"),
            ("Dresden", "Elbe"),
            ("Lyon", "Rhone"),
            ("Turin", "Po"),
            ("Krakow", "Vistula"),
            ("Porto", "Douro"),
        ],
        6,
    ):
        rows.append(f"| {town} | {river} |")
        steps.append(turn("teacher", f"Which river flows through {town}?"))
        steps.append(turn("pupil", "| town | river |\n| --- | --- |\n" + "\n".join(rows)))
    return fine(steps)


@FINE.family
def scores_by_one_rubric(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for who in rng.sample("Anna Boris Carla Dario Elif Fatma Goran".split(), 6):
        marks = [rng.randrange(2, 6) for _ in range(3)]
        why = rng.choice(
            [
                "the middle part loses its thread",
                "a clear claim, well defended",
                "strong sources, weak ending",
                "lively, but two claims lack a source",
                "too short on the second question",
            ]
        )
        steps.append(
            tool(
                "grader",
                "read_essay",
                {"pupil": who},
                f"{who} writes about {rng.choice(['trains', 'bees', 'voting', 'sleep', 'oil'])} on {rng.randrange(2, 6)} pages.",
            )
        )
        steps.append(
            turn(
                "grader",
                f"{who}: structure {marks[0]}/5, sources {marks[1]}/5, style {marks[2]}/5. Remark: {why}.",
            )
        )
    return fine(steps)


@FINE.family
def cursors_through_a_list(rng: random.Random) -> Script:
    steps: list[Turn] = []
    cursor = "start"
    for at in range(7):
        after = f"c{rng.getrandbits(40):010x}"
        names = [
            f"{rng.choice(['oak', 'elm', 'fir', 'ash', 'yew'])}-{rng.randrange(100, 999)}"
            for _ in range(3)
        ]
        steps.append(
            tool(
                "sync",
                "list_assets",
                {"cursor": cursor, "limit": 3},
                {"items": names, "next": after if at < 6 else None},
            )
        )
        cursor = after
    return fine(steps)


@FINE.family
def migrations_in_order(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for at, what in enumerate(
        rng.sample(
            [
                "add_email",
                "drop_fax",
                "index_city",
                "split_name",
                "add_zone",
                "fill_zone",
                "rename_plan",
            ],
            6,
        ),
        1,
    ):
        steps.append(tool("dba", "migrate", {"version": f"{at:04}_{what}"}, "OK"))
    steps.append(turn("dba", "The schema is up to date."))
    return fine(steps)


@FINE.family
def sklad_po_polkam(rng: random.Random) -> Script:
    goods = rng.sample(["болты", "гайки", "шайбы", "петли", "замки", "ручки", "уголки"], 6)
    steps: list[Turn] = []
    for at, good in enumerate(goods, 1):
        steps.append(turn("кладовщик", f"Полка {at}: {good}, {rng.randrange(12, 400)} штук."))
        steps.append(
            turn("учётчик", spin(rng, "{Записал|Есть|Принято}, {дальше|следующая полка}."))
        )
    return fine(steps)


@FINE.family
def entretien_avec_un_potier(rng: random.Random) -> Script:
    pairs = [
        (
            "Comment avez-vous commencé ?",
            "Par hasard, dans l'atelier de ma tante, un été de pluie.",
        ),
        ("Quelle terre utilisez-vous ?", "Une argile rouge des collines, que je lave trois fois."),
        ("Et la cuisson ?", "Deux jours au bois de hêtre, puis on attend."),
        ("Que faites-vous des pièces ratées ?", "Je les casse et elles drainent mes rosiers."),
        ("Qui achète vos bols ?", "Des restaurants du port, et quelques mariés."),
        ("Un rêve pour demain ?", "Un four plus grand et un apprenti patient."),
    ]
    rng.shuffle(pairs)
    return fine(
        [each for ask, tell in pairs for each in (turn("journaliste", ask), turn("potier", tell))]
    )


@FINE.family
def kelime_calismasi(rng: random.Random) -> Script:
    words = rng.sample(
        [
            ("ev", "house"),
            ("su", "water"),
            ("kuş", "bird"),
            ("yol", "road"),
            ("gece", "night"),
            ("deniz", "sea"),
            ("ekmek", "bread"),
        ],
        6,
    )
    steps: list[Turn] = []
    for word, means in words:
        steps.append(turn("öğretmen", f"'{word}' ne demek?"))
        steps.append(turn("öğrenci", f"'{word}', '{means}' demek."))
    return fine(steps)


@FINE.family
def cheng_yu_wen_da(rng: random.Random) -> Script:
    pairs = rng.sample(
        [
            ("画龙点睛", "关键的一笔让整体生动"),
            ("守株待兔", "不努力而等着好运"),
            ("亡羊补牢", "出了问题马上补救还不晚"),
            ("对牛弹琴", "对不懂的人讲道理"),
            ("井底之蛙", "见识很窄的人"),
            ("掩耳盗铃", "自己骗自己"),
        ],
        5,
    )
    return fine(
        [
            each
            for ask, tell in pairs
            for each in (turn("老师", f"请解释{ask}。"), turn("学生", f"意思是{tell}。"))
        ]
    )


@FINE.family
def a_chat_with_small_talk(rng: random.Random) -> Script:
    work = [
        "The poster is at the printer's.", "Room two has no projector, so we swap with the choir.", "Lena brings the cables.",
        "The caterer wants the number of vegans.", "I counted nine vegans.", "The mayor will speak for five minutes.", "Parking is behind the mill.",
    ]  # fmt: skip
    small = [
        "How was your weekend?",
        "Lovely weather, isn't it?",
        "Thanks a lot!",
        "You are a star.",
        "Ha, good one.",
        "Coffee later?",
    ]
    rng.shuffle(work)
    steps: list[Turn] = []
    for at, text in enumerate(work):
        first, then = rng.choice(small), rng.choice(small)
        steps.append(turn("ina" if at % 2 else "tom", f"{first} {text}"))
        if rng.random() < 0.4:
            steps.append(turn("tom" if at % 2 else "ina", then))
    return fine(steps)


@FINE.family
def changelog_for_each_package(rng: random.Random) -> Script:
    steps: list[Turn] = []
    foot = "Upgrade with your package manager as usual; the documentation is on our site and questions are welcome in the forum."
    for name, news in rng.sample(
        [
            ("auth", "tokens may be revoked"),
            ("feed", "entries keep their order"),
            ("mail", "bounces are counted"),
            ("maps", "tiles load lazily"),
            ("jobs", "queues have names"),
            ("text", "hyphens by language"),
        ],
        5,
    ):
        steps.append(
            turn(
                "writer",
                f"Release of {name} {rng.randrange(1, 5)}.{rng.randrange(0, 9)}: {news}. {foot}",
            )
        )
        steps.append(turn("editor", spin(rng, "{Good|Fine by me|Ship it}.")))
    return fine(steps)
