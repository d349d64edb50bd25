"""The tuning bank's hard families: loops in disguise, and work that looks like loops."""

from __future__ import annotations

import random

from .bank import Bank, Script, call, fine, healthy, loop, news, page, turn

LOOPS = Bank("tuning hard loops")
FINE = Bank("tuning hard fine")


# -- loops -----------------------------------------------------------------------------------------
@LOOPS.family
def one_cause_many_errors(rng: random.Random) -> Script:
    errors = [
        "ConnectionError: connection refused by db.internal",
        "TimeoutError: db.internal did not answer",
        "OperationalError: could not connect to server db.internal",
        "Error: host db.internal is unreachable",
    ]
    rounds = [
        [turn("agent", news(rng), call("query", {"sql": "SELECT 1"}, rng.choice(errors)))]
        for _ in range(12)
    ]
    return loop(healthy(rng, ["agent"], 3), rounds, ["agent"])


@LOOPS.family
def restated_request(rng: random.Random) -> Script:
    ask = [
        "Please open the annual report of the company and read the revenue of 2021.",
        "Read the revenue of 2021 from the annual report of the company, please.",
        "I need you to open the company's annual report and find the 2021 revenue in it.",
        "Open the annual report of the company again and look for the revenue of 2021.",
    ]
    cannot = [
        "I could not open the annual report because the page asks for a login.",
        "The page with the annual report asks for a login, so I could not open it.",
        "The annual report could not be opened because the page still asks for a login.",
    ]
    rounds = [
        [turn("lead", rng.choice(ask)), turn("surfer", rng.choice(cannot))] for _ in range(10)
    ]
    return loop(healthy(rng, ["lead", "surfer"], 4), rounds, ["lead", "surfer"])


@LOOPS.family
def chinese(rng: random.Random) -> Script:
    rounds = [
        [
            turn("作者", "请您审阅这份报告并给出修改意见。"),
            turn("审稿人", "报告缺少数据来源，请补充后再提交。"),
        ]
        for _ in range(8)
    ]
    return loop(healthy(rng, ["作者"], 2), rounds, ["作者", "审稿人"])


@LOOPS.family
def chinese_near(rng: random.Random) -> Script:
    tails = ["谢谢", "麻烦了", "辛苦了", "拜托了"]
    rounds = [
        [
            turn("left", f"请尽快确认明天下午的会议时间和地点，{rng.choice(tails)}。"),
            turn("right", f"好的，我会尽快确认会议的时间和地点，{rng.choice(tails)}。"),
        ]
        for _ in range(10)
    ]
    return loop([], rounds, ["left", "right"])


@LOOPS.family
def nothing_said(rng: random.Random) -> Script:
    """Messages on a runtime whose text is empty."""
    rounds = [[turn("left", " "), turn("right", " ")] for _ in range(16)]
    return loop(healthy(rng, ["left", "right"], 2), rounds, ["left", "right"]) | {
        "shape": "messages"
    }


@LOOPS.family
def walking_to_and_fro(rng: random.Random) -> Script:
    rounds = [
        [
            turn("robot", "I go north.", call("move", {"way": "north"}, "you are at 3,4")),
            turn("robot", "I go south.", call("move", {"way": "south"}, "you are at 3,3")),
        ]
        for _ in range(9)
    ]
    return loop(healthy(rng, ["robot"], 2), rounds, ["robot"])


@LOOPS.family
def json_status(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "a", f'{{"message_id": "{rng.getrandbits(64):x}", "status": "waiting", "for": "b"}}'
            ),
            turn(
                "b", f'{{"message_id": "{rng.getrandbits(64):x}", "status": "waiting", "for": "a"}}'
            ),
        ]
        for _ in range(9)
    ]
    return loop(healthy(rng, ["a", "b"], 4), rounds, ["a", "b"])


@LOOPS.family
def same_code_comments(rng: random.Random) -> Script:
    code = "def total(rows):\n    return sum(row['price'] for row in rows)\n"
    notes = ["# fixed", "# now correct", "# final", "# corrected version", "# updated"]
    rounds = [
        [
            turn("coder", f"```python\n{rng.choice(notes)}\n{code}```"),
            turn("runner", "exitcode: 1\nKeyError: 'price' in line 2 of the script"),
        ]
        for _ in range(8)
    ]
    return loop(healthy(rng, ["coder", "runner"], 2), rounds, ["coder", "runner"])


@LOOPS.family
def long_cycle_of_nine(rng: random.Random) -> Script:
    texts = [news(rng) for _ in range(9)]
    rounds = [
        [turn(("ann", "bob", "cyd")[at % 3], t) for at, t in enumerate(texts)] for _ in "abcde"
    ]
    return loop(healthy(rng, ["ann", "bob", "cyd"], 3), rounds, ["ann", "bob", "cyd"])


@LOOPS.family
def same_search_same_hits(rng: random.Random) -> Script:
    hits = page(rng, 60)
    queries = ["red lamp price", "price of red lamp", "red lamps, price", "the price of a red lamp"]
    rounds = [
        [turn("shopper", "", call("search", {"q": rng.choice(queries)}, hits))] for _ in range(9)
    ]
    return loop(healthy(rng, ["shopper"], 2), rounds, ["shopper"])


@LOOPS.family
def same_plan_new_words(rng: random.Random) -> Script:
    verbs = ["collect", "gather", "compile", "assemble"]
    rounds = [
        [
            turn(
                "planner",
                f"Next we {rng.choice(verbs)} the survey data and then write the summary.",
            ),
            turn("worker", "The survey data has not been released yet, so nothing can be done."),
        ]
        for _ in range(9)
    ]
    return loop(healthy(rng, ["planner", "worker"], 4), rounds, ["planner", "worker"])


@LOOPS.family
def stuck_after_long_run(rng: random.Random) -> Script:
    a, b = news(rng), news(rng)
    return loop(healthy(rng, ["a", "b"], 60), [[turn("a", a), turn("b", b)]] * 6, ["a", "b"])


@LOOPS.family
def scrolling_the_end(rng: random.Random) -> Script:
    text = page(rng, 300)
    rounds = [
        [turn("surfer", "Scrolling down.", call("scroll", {"down": 1}, text))] for _ in range(9)
    ]
    return loop(healthy(rng, ["surfer"], 3), rounds, ["surfer"])


@LOOPS.family
def refused_again(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "agent",
                f"Trying once more. {news(rng)}",
                call("pay", {"amount": 20 + at}, "PermissionError: not allowed for role guest"),
            )
        ]
        for at in range(8)
    ]
    return loop(healthy(rng, ["agent"], 2), rounds, ["agent"])


# -- look-alikes -----------------------------------------------------------------------------------
@FINE.family
def dice(rng: random.Random) -> Script:
    return fine(
        [turn(("ann", "bob")[at % 2], f"I rolled a {rng.randint(1, 6)}.") for at in range(40)]
    )


@FINE.family
def rock_paper_scissors(rng: random.Random) -> Script:
    pick = ["rock", "paper", "scissors"]
    return fine(
        [
            turn(("ann", "bob")[at % 2], f"Round {at // 2 + 1}: I choose {rng.choice(pick)}.")
            for at in range(40)
        ]
    )


@FINE.family
def trading(rng: random.Random) -> Script:
    steps, price = [], 100.0
    for at in range(20):
        price *= rng.uniform(0.97, 1.03)
        word = rng.choice(["hold", "buy", "sell"])
        steps.append(turn("market", f"Day {at}: the price is {price:.2f}."))
        steps.append(turn("trader", f"I {word} at this price."))
    return fine(steps)


@FINE.family
def elevator(rng: random.Random) -> Script:
    steps = []
    for _ in range(18):
        floor = rng.randint(1, 9)
        steps.append(turn("caller", f"Somebody waits on floor {floor}."))
        steps.append(turn("lift", f"Moving to floor {floor}, doors open."))
    return fine(steps)


@FINE.family
def tests_pass_each_time(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "coder",
                news(rng),
                call("edit", {"text": news(rng)}, "ok"),
                call("test", {}, "42 passed"),
            )
            for _ in range(12)
        ]
    )


@FINE.family
def two_approvers(rng: random.Random) -> Script:
    return fine(
        [
            t
            for _ in range(9)
            for t in (
                turn("author", news(rng)),
                turn("legal", "Looks good to me, no legal concerns."),
                turn("style", "Looks good to me, the style is fine."),
            )
        ]
    )


@FINE.family
def labelling(rng: random.Random) -> Script:
    return fine(
        [
            t
            for _ in range(12)
            for t in (
                turn("feeder", news(rng)),
                turn("labeller", f"Label: {rng.choice(['positive', 'negative'])}"),
            )
        ]
    )


@FINE.family
def mail_watch(rng: random.Random) -> Script:
    steps = []
    for at in range(9):
        steps.append(turn("mail", "", call("check_mail", {}, "no new mail")))
        steps.append(turn("worker", news(rng), call("work", {"item": at}, page(rng, 15))))
    return fine(steps)


@FINE.family
def form_filling(rng: random.Random) -> Script:
    fields = "name street town phone age job hobby size colour animal".split()
    return fine(
        [
            t
            for f in fields
            for t in (
                turn("form", f"What is your {f}?"),
                turn("user", f"My {f} is {rng.getrandbits(20)}."),
            )
        ]
    )


@FINE.family
def yes_no_survey(rng: random.Random) -> Script:
    return fine(
        [
            t
            for _ in range(14)
            for t in (
                turn("poll", news(rng).replace(".", "?")),
                turn("voter", rng.choice(["Yes.", "No."])),
            )
        ]
    )


@FINE.family
def mail_merge(rng: random.Random) -> Script:
    names = "Ann Bob Cyd Dan Eve Fay Gus Hal Ida Jon Kim Lou".split()
    body = "thank you for your order of last week, which we have sent to you today by post"
    return fine([turn("mailer", f"Dear {n}, {body}. Yours, the shop.") for n in names])


@FINE.family
def working_through_rows(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "etl",
                f"Row {at} is done.",
                call("insert", {"id": at, "v": rng.random()}, {"inserted": 1}),
            )
            for at in range(20)
        ]
    )


@FINE.family
def same_tool_new_hits(rng: random.Random) -> Script:
    return fine(
        [
            turn("scout", "Searching again.", call("search", {"q": news(rng)}, page(rng, 40)))
            for _ in range(10)
        ]
    )


@FINE.family
def rising_bids(rng: random.Random) -> Script:
    return fine(
        [
            turn(f"bidder_{at % 3}", f"I bid {100 + at * 10} euros for the painting.")
            for at in range(20)
        ]
    )


@FINE.family
def drafts_that_change(rng: random.Random) -> Script:
    steps = []
    for _ in range(7):
        steps.append(turn("author", " ".join(news(rng) for _ in range(5))))
        steps.append(turn("critic", f"Please revise it: {news(rng)}"))
    return fine(steps)


@FINE.family
def typing_a_table(rng: random.Random) -> Script:
    return fine(
        [
            turn("scribe", f"| {at} | {rng.randrange(1000)} | {rng.randrange(1000)} |")
            for at in range(15)
        ]
    )


@FINE.family
def chinese_debate(rng: random.Random) -> Script:
    parts = list("天地人山水火风云雨雪春夏秋冬东西南北花鸟鱼虫金木土日月星辰")
    return fine(
        [
            turn(("正方", "反方")[at % 2], "我不同意：" + "".join(rng.sample(parts, 14)) + "。")
            for at in range(14)
        ]
    )


@FINE.family
def cards(rng: random.Random) -> Script:
    deck = [
        f"{v} of {s}"
        for v in "two three four five six seven".split()
        for s in ("hearts", "spades", "clubs")
    ]
    rng.shuffle(deck)
    return fine([turn(("ann", "bob")[at % 2], f"I play the {c}.") for at, c in enumerate(deck)])


@FINE.family
def three_fetch_errors_then_other_sites(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "crawler",
                "",
                call("get", {"url": f"http://{w}.example/"}, f"Error: {w}.example not found"),
            )
            for w in "ash birch cedar elm fir hazel larch maple oak pine".split()
        ]
    )


@FINE.family
def poll_then_done(rng: random.Random) -> Script:
    steps = [turn("ci", "", call("job", {"id": 9}, {"state": "running"})) for _ in range(6)]
    return fine([*steps, turn("ci", "The job is done.", call("job", {"id": 9}, {"state": "done"}))])


@FINE.family
def countdown_in_words(rng: random.Random) -> Script:
    words = "ten nine eight seven six five four three two one".split()
    return fine(
        [
            turn(("ann", "bob")[at % 2], f"{w.title()} bottles hanging on the wall.")
            for at, w in enumerate(words)
        ]
    )


@FINE.family
def story_with_refrain(rng: random.Random) -> Script:
    return fine(
        [
            turn(("ann", "bob")[at % 2], f"{news(rng)} And the wind blew on and on.")
            for at in range(16)
        ]
    )


@FINE.family
def handing_over_work(rng: random.Random) -> Script:
    steps = []
    for at in range(6):
        steps.append(turn("triage", "", call("transfer_to_expert", {}, "Transferred to expert.")))
        steps.append(turn("expert", news(rng), call("solve", {"case": at}, page(rng, 20))))
        steps.append(turn("expert", "", call("transfer_to_triage", {}, "Transferred to triage.")))
        steps.append(turn("triage", f"Case {at} is closed. {news(rng)}"))
    return fine(steps)


@FINE.family
def poll_with_plateaus(rng: random.Random) -> Script:
    done = sorted(rng.randrange(7) for _ in range(18))
    return fine(
        [
            turn("batch", "Not there.", call("print_progress", {"job": 3}, f"{at} of 6 printed"))
            for at in done
        ]
    )


@FINE.family
def service_desk_with_users(rng: random.Random) -> Script:
    """What the users say is in the model requests only."""
    tail = "Is there anything else that I can help you with today?"
    return fine([turn("desk", tail, heard=news(rng)) for _ in range(9)])


@LOOPS.family
def service_desk_heard(rng: random.Random) -> Script:
    ask, tell = news(rng), news(rng)
    rounds = [[turn("desk", tell, heard=ask), turn("guest", ask, heard=tell)] for _ in range(7)]
    return loop(healthy(rng, ["desk", "guest"], 4), rounds, ["desk", "guest"])
