"""The eighteenth bank's look-alikes: talk that keeps its form and gets on. See eighteenth_talk.

Every other family is in view of whoever mends the rules; of the others only the rates are looked at.
"""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, fine
from .eighteenth_talk import Voice

VIEW = Bank("eighteenth look-alikes in view")
KEPT = Bank("eighteenth look-alikes kept")
TOWNS = "Arlund Bexhoe Cotram Dorvik Elmare Fessin Gorlitz Hadley Ilmen Jarrow Kolby Lunden".split()
NAMES = "Priya Tomas Ingrid Malik Chiara Owen Sunniva Rashid Noor Felix Agata Bruno".split()
PARTS = "header footer search-box basket login-form price-table gallery map newsletter-form sitemap cookie-note language-switch".split()
HOSTS = "atlas borea ceres dione eos fauna gaia hebe iris juno klio leda".split()
DISHES = "dumplings, ratatouille, ceviche, borscht, falafel, pierogi, tagine, laksa, goulash, paella, ramen, moussaka".split(
    ", "
)


def every(v: Voice, agents: list[str], rounds: list[list[Turn]]) -> Script:
    return fine([*v.begin(*agents), *(entry for one in rounds for entry in one)])


@VIEW.family
def stand_up(rng: random.Random) -> Script:
    v = Voice(rng)
    names = rng.sample(NAMES, 9)
    did = rng.sample(
        [
            "the tax form",
            "two tickets of billing",
            "the flaky upload",
            "a spike on caching",
            "interviews",
            "the icon set",
            "the import of readers",
            "a hotfix",
            "the onboarding page",
            "log rotation",
        ],
        9,
    )
    return every(
        v,
        ["host", "notes"],
        [
            [
                v.says(
                    "host",
                    "{Next up|Now} $n: {what did you get done|what was done} {yesterday|since the last time}?",
                    n=n,
                ),
                v.says(
                    "notes",
                    "$n {worked on|dealt with|finished} $d; {no blockers|nothing is in the way}.",
                    n=n,
                    d=d,
                ),
            ]
            for n, d in zip(names, did, strict=True)
        ],
    )


@KEPT.family
def changelog_lines(rng: random.Random) -> Script:
    v = Voice(rng)
    what = rng.sample(
        [
            "dark mode",
            "CSV export",
            "keyboard shortcuts",
            "offline drafts",
            "two-factor login",
            "undo",
            "bulk delete",
            "tags",
            "full-text search",
            "reminders",
        ],
        9,
    )
    return every(
        v,
        ["dev", "scribe"],
        [
            [
                v.says("dev", "{Merged|I merged}: $w.", w=w),
                v.says("scribe", "{Added to|Noted in} the changelog under {Added|New}: $w.", w=w),
            ]
            for w in what
        ],
    )


@VIEW.family
def kanban(rng: random.Random) -> Script:
    v = Voice(rng)
    cards = rng.sample(PARTS, 8)
    return every(
        v,
        ["board", "maker"],
        [
            [
                v.says("maker", "{I take|Taking} the card {for|about} the $c.", c=c),
                v.says(
                    "board",
                    "{Moved|I moved} $c {to|into} In progress, $k {to|into} Done.",
                    c=c,
                    k=cards[at - 1],
                ),
            ]
            for at, c in enumerate(cards)
        ],
    )


@KEPT.family
def short_orders(rng: random.Random) -> Script:
    v = Voice(rng)
    dishes = rng.sample(DISHES, 10)
    return every(
        v,
        ["waiter", "kitchen"],
        [
            [
                v.says("waiter", "{One|Two|Three} $d, {please|for table four}.", d=d),
                v.says("kitchen", "$d {coming|on its way|up}.", d=d.capitalize()),
            ]
            for d in dishes
        ],
    )


@VIEW.family
def desk_of_guests(rng: random.Random) -> Script:
    """Courtesies around another matter each time."""
    v = Voice(rng)
    asked = rng.sample(
        [
            "a late check-out",
            "an extra pillow",
            "the way to the tram",
            "a quiet room",
            "the password of the wireless",
            "a taxi at six",
            "a vegan breakfast",
            "an umbrella",
            "a receipt",
            "a cot for the baby",
        ],
        9,
    )
    return every(
        v,
        ["guest", "desk"],
        [
            [
                v.says(
                    "guest", "{Good evening|Hello}, {could I ask for|might I have} $a, please?", a=a
                ),
                v.says(
                    "desk",
                    "{Of course|Certainly|With pleasure}! {I have arranged|I'll see to} $a. {Anything else|Is there anything else} I can do for you?",
                    a=a,
                ),
            ]
            for a in asked
        ],
    )


@KEPT.family
def thank_you_cards(rng: random.Random) -> Script:
    v = Voice(rng)
    gifts = rng.sample(
        [
            "the vase",
            "the cookbook",
            "the scarf",
            "the chess set",
            "the lamp",
            "the tea",
            "the puzzle",
            "the blanket",
            "the tickets",
        ],
        8,
    )
    names = rng.sample(NAMES, 8)
    return every(
        v,
        ["writer", "reader"],
        [
            [
                v.says(
                    "writer",
                    "Dear $n, {thank you so much|many thanks} for $g! {It was very kind of you|You are too kind}.",
                    n=n,
                    g=g,
                ),
                v.says("reader", "{Lovely|That is fine}, {next one|on to the next}, please."),
            ]
            for n, g in zip(names, gifts, strict=True)
        ],
    )


@VIEW.family
def component_by_component(rng: random.Random) -> Script:
    v = Voice(rng)
    return every(
        v,
        ["dev"],
        [
            [
                v.does(
                    "dev",
                    call(
                        "write_file",
                        {
                            "path": f"src/{p}.tsx",
                            "content": f"export function {p.title().replace('-', '')}() {{ return <div className='{p}' /> }}",
                        },
                        "ok",
                    ),
                    say=v.text("{Next|Now} the $p component.", p=p),
                ),
            ]
            for p in PARTS[:10]
        ],
    )


@KEPT.family
def region_by_region(rng: random.Random) -> Script:
    v = Voice(rng)
    return every(
        v,
        ["release"],
        [
            [
                v.does(
                    "release",
                    call(
                        "deploy",
                        {"region": f"{t.lower()}-1", "image": "demo:41", "strategy": "rolling"},
                        {"status": "succeeded"},
                    ),
                    say=v.text("{Rolling out to|Deploying to} $t.", t=t),
                ),
            ]
            for t in rng.sample(TOWNS, 9)
        ],
    )


@VIEW.family
def errors_get_fewer(rng: random.Random) -> Script:
    v = Voice(rng)
    files = rng.sample(PARTS, 9)
    return every(
        v,
        ["dev"],
        [
            [
                v.does(
                    "dev",
                    call(
                        "typecheck",
                        {"project": "."},
                        error="\n".join(
                            f"src/{f}.tsx: error TS2322: Type 'string' is not assignable to type 'number'."
                            for f in files[at:]
                        ),
                    ),
                    say=v.text("{Let me see what is left|Checking what remains}."),
                ),
                v.does("dev", call("edit", {"path": f"src/{f}.tsx"}, "edited")),
            ]
            for at, f in enumerate(files)
        ],
    )


@KEPT.family
def one_host_after_another(rng: random.Random) -> Script:
    v = Voice(rng)
    return every(
        v,
        ["ops"],
        [
            [
                v.does(
                    "ops", call("ssh", {"host": h, "cmd": "systemctl restart node-exporter"}, "")
                ),
                v.does(
                    "ops",
                    call("ssh", {"host": h, "cmd": "systemctl is-active node-exporter"}, "active"),
                ),
            ]
            for h in rng.sample(HOSTS, 8)
        ],
    )


@VIEW.family
def twenty_questions(rng: random.Random) -> Script:
    v = Voice(rng)
    asked = rng.sample(
        [
            "an animal",
            "bigger than a breadbox",
            "found in kitchens",
            "made of metal",
            "older than cars",
            "used by musicians",
            "something you wear",
            "able to float",
            "sold by weight",
            "round",
            "electric",
        ],
        10,
    )
    return every(
        v,
        ["guesser", "keeper"],
        [
            [
                v.says("guesser", "Is it $a?", a=a),
                v.says("keeper", rng.choice(["No.", "Yes.", "Not really.", "Sometimes."])),
            ]
            for a in asked
        ],
    )


@KEPT.family
def hangman(rng: random.Random) -> Script:
    v = Voice(rng)
    word, seen, steps = rng.choice(["waterworks", "locomotive", "newsletter"]), set[str](), []
    for letter in rng.sample("etaoinsrwklmvc", 12):
        seen.add(letter)
        steps.append(
            [
                v.says("player", "{I try|I guess|Letter} $x.", x=letter.upper()),
                v.says(
                    "host",
                    "{Board|The board}: $b",
                    b=" ".join(x if x in seen else "_" for x in word),
                ),
            ]
        )
    return every(v, ["player", "host"], steps)


@VIEW.family
def labels(rng: random.Random) -> Script:
    v = Voice(rng)
    kinds = ["positive", "negative", "neutral"]
    texts = rng.sample(
        [
            "The tour was a delight",
            "Too loud to hear the guide",
            "We came by bus",
            "My kids loved the engine",
            "The café was shut",
            "It is open on Mondays",
            "Best brick hall ever",
            "Signs are hard to read",
            "Tickets cost nine",
        ],
        9,
    )
    return every(
        v,
        ["feeder", "rater"],
        [
            [
                v.says("feeder", '{Review|Next review}: "$t."', t=t),
                v.says("rater", "{Label|I label it|This is} $k.", k=rng.choice(kinds)),
            ]
            for t in texts
        ],
    )


@KEPT.family
def moderation(rng: random.Random) -> Script:
    v = Voice(rng)
    posts = rng.sample(range(1000, 9999), 10)
    return every(
        v,
        ["queue", "mod"],
        [
            [
                v.says(
                    "queue",
                    "Post $p by $n {is waiting|awaits a decision}.",
                    p=p,
                    n=rng.choice(NAMES),
                ),
                v.says(
                    "mod",
                    rng.choice(
                        [
                            "Approve.",
                            "Remove: advertising.",
                            "Approve.",
                            "Approve with a note.",
                            "Remove: off topic.",
                        ]
                    ),
                ),
            ]
            for p in posts
        ],
    )


@VIEW.family
def pick_list(rng: random.Random) -> Script:
    v = Voice(rng)
    items = rng.sample(
        [
            "hose clamps",
            "gaskets",
            "drill bits",
            "brackets",
            "fuses",
            "hinges",
            "anchors",
            "washers",
            "springs",
            "rivets",
        ],
        9,
    )
    return every(
        v,
        ["caller", "picker"],
        [
            [
                v.says(
                    "caller",
                    "Aisle $a, {bin|shelf} $b: $i.",
                    a=rng.choice("ABCDEF"),
                    b=rng.randrange(1, 60),
                    i=i,
                ),
                v.says("picker", "{Picked|Got} $i.", i=i),
            ]
            for i in items
        ],
    )


@KEPT.family
def clipped_setters(rng: random.Random) -> Script:
    v = Voice(rng)
    keys = rng.sample(
        [
            "cache_ttl",
            "max_conn",
            "log_level",
            "pool_size",
            "retries",
            "gzip",
            "timeout",
            "workers",
            "batch",
            "region",
        ],
        9,
    )
    return every(
        v,
        ["admin"],
        [
            [
                v.does(
                    "admin",
                    call("conf", f"{k}={rng.choice(['on', 'off', '8', '32', 'eu', 'info'])}", "ok"),
                )
            ]
            for k in keys
        ],
    )
