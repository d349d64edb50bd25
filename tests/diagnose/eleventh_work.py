"""The eleventh bank: work with tools that looks like a loop."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Script, Turn, fine
from .eleventh_fine import FINE, names
from .eleventh_room import Room


@FINE.family
def hosts_by_playbook(rng: random.Random) -> Script:
    """A playbook over many hosts, each of which is as it should be."""
    r = Room(rng)
    hosts = names(rng, 12, "web- db- mq- cache- lb-", "oslo bern riga cork graz lyon")
    return fine(
        [
            *r.begin("ops", "lead"),
            *(
                r.say(
                    "ops",
                    "{Next|Now|On to} $h.",
                    r.tool(
                        "ansible",
                        {"limit": h, "play": "site.yml"},
                        "ok=14 changed=0 unreachable=0 failed=0",
                    ),
                    h=h,
                )
                for h in hosts
            ),
            r.say("ops", "All hosts are as they should be."),
        ]
    )


@FINE.family
def personal_data_by_page(rng: random.Random) -> Script:
    """A scan over scanned pages that finds nothing, and once something."""
    r, hit = Room(rng), rng.randrange(9, 13)
    steps = [
        r.does(
            "scanner",
            r.tool(
                "find_personal_data",
                {"page": at},
                "no findings" if at != hit else "1 finding: an address",
            ),
        )
        for at in range(1, 15)
    ]
    return fine(
        [*r.begin("counsel", "scanner"), *steps, r.say("scanner", "One page has to be redacted.")]
    )


@FINE.family
def resolvers_do_not_know_yet(rng: random.Random) -> Script:
    """A new name is asked of many resolvers, one after another, each its own failure."""
    r = Room(rng)
    hosts = rng.sample(
        [
            "1.1.1.1",
            "8.8.8.8",
            "9.9.9.9",
            "208.67.222.222",
            "64.6.64.6",
            "77.88.8.8",
            "94.140.14.14",
            "185.228.168.9",
        ],
        7,
    )
    steps = [
        r.does(
            "netops",
            r.fails("dig", {"name": "new.shop.example", "server": h}, "NXDOMAIN: new.shop.example"),
        )
        for h in hosts
    ]
    steps.append(
        r.does(
            "netops",
            r.tool(
                "dig",
                {"name": "new.shop.example", "server": "ns1.shop.example"},
                "new.shop.example. 300 IN A 203.0.113.9",
            ),
        )
    )
    return fine(
        [
            *r.begin("lead", "netops"),
            *steps,
            r.say("netops", "Only our own name server has it: propagation has not begun."),
        ]
    )


@FINE.family
def ports_one_by_one(rng: random.Random) -> Script:
    """A scan of ports."""
    r = Room(rng)
    ports = rng.sample(
        [21, 22, 23, 25, 53, 80, 110, 143, 389, 443, 587, 993, 3306, 5432, 6379, 8080], 11
    )
    steps = [
        r.say(
            "auditor",
            "{Port|Checking port|Now} $p.",
            r.fails(
                "connect", {"host": "10.0.3.7", "port": p}, "ConnectionRefused: connection refused"
            ),
            p=p,
        )
        for p in ports
    ]
    steps.append(r.say("auditor", "All of the ports are closed, as the policy wants."))
    return fine([*r.begin("lead", "auditor"), *steps])


@FINE.family
def stock_by_barcode(rng: random.Random) -> Script:
    """Barcodes are scanned, each answered alike."""
    r = Room(rng)
    steps = [
        r.does(
            "stocktaker", r.tool("scan", {"barcode": f"40{rng.randrange(10**11):011}"}, "counted")
        )
        for _ in range(rng.randrange(14, 22))
    ]
    return fine(
        [*r.begin("lead", "stocktaker"), *steps, r.say("stocktaker", "The shelf is counted.")]
    )


@FINE.family
def titration(rng: random.Random) -> Script:
    """Drops are added until the colour turns."""
    r, v = Room(rng), 0.0
    steps: list[Turn] = []
    for at in range(12):
        v += 0.5
        steps.append(
            r.say(
                "chemist",
                "{Another half millilitre|Half a millilitre more|Adding 0.5 ml}.",
                r.tool(
                    "add_base",
                    {"ml": 0.5},
                    {"total_ml": v, "colour": "pink" if at == 11 else "colourless"},
                ),
            )
        )
    return fine(
        [*r.begin("professor", "chemist"), *steps, r.say("chemist", f"It turned at {v} ml.")]
    )


@FINE.family
def canary(rng: random.Random) -> Script:
    """A release goes out in shares."""
    r = Room(rng)
    steps = [
        entry
        for share in (1, 2, 5, 10, 20, 35, 50, 75, 90, 100)
        for entry in (
            r.say(
                "release_bot",
                f"{{Raising the share to {share} %|{share} % of the traffic next}}.",
                r.tool("set_share", {"percent": share}, "ok"),
            ),
            r.say(
                "watch_bot",
                "{Error rate is normal, go on|No alarms, please continue|All healthy, next step}.",
            ),
        )
    ]
    return fine([*r.begin("release_bot", "watch_bot"), *steps])


@FINE.family
def no_match_in_memory(rng: random.Random) -> Script:
    """Segments are looked up in a translation memory that does not know them, and translated."""
    r = Room(rng)
    nouns = names(
        rng, 10, "garden kitchen workshop cellar harbour", "-door -lamp -clock -map -sign"
    )
    steps: list[Turn] = []
    for at, noun in enumerate(nouns):
        text = f"The {noun.replace('-', ' ')} {rng.choice(['must be closed', 'is new', 'belongs to us', 'was sold', 'needs paint'])}."
        steps.append(
            r.say(
                "translator",
                f"{{Segment|No.}} {at + 1}",
                r.tool("lookup", {"text": text}, "no match"),
                r.tool("store", {"text": text, "to": text[::-1]}, "stored"),
            )
        )
    return fine([*r.begin("client", "translator"), *steps])


@FINE.family
def requirements_are_there(rng: random.Random) -> Script:
    """Every package of a list turns out to be installed."""
    r = Room(rng)
    packages = rng.sample(
        "attrs click jinja2 rich httpx anyio idna numpy scipy orjson typer toml lxml pillow redis boto3".split(),
        10,
    )
    steps = [
        r.say(
            "setup",
            "{Installing|Next:|Now} $p.",
            r.tool("shell", {"cmd": f"pip install {p}"}, f"Requirement already satisfied: {p}"),
            p=p,
        )
        for p in packages
    ]
    return fine([*r.begin("dev", "setup"), *steps, r.say("setup", "All were there already.")])


@FINE.family
def pick_and_place(rng: random.Random) -> Script:
    """A robot arm with a cycle of four calls."""
    r = Room(rng)
    steps: list[Turn] = []
    for _ in range(9):
        x, y = rng.randrange(400), rng.randrange(300)
        steps.append(
            r.does(
                "arm",
                r.tool("move_to", {"x": x, "y": y}, "ok"),
                r.tool("close_grip", {}, "ok"),
                r.tool("move_to", {"x": 500 + rng.randrange(60), "y": rng.randrange(300)}, "ok"),
                r.tool("open_grip", {}, "ok"),
            )
        )
    return fine([*r.begin("cell", "arm"), *steps, r.say("arm", "The tray is full.")])


@FINE.family
def valves_in_turn(rng: random.Random) -> Script:
    """Beds are watered one after another."""
    r = Room(rng)
    beds = rng.sample(
        ["roses", "beans", "tomatoes", "herbs", "lawn", "hedge", "peas", "lilies", "maize", "figs"],
        8,
    )
    steps: list[Turn] = []
    for bed in beds:
        steps.append(
            r.say(
                "gardener",
                "{Water for the $b|The $b next|Now the $b}.",
                r.tool("valve", {"bed": bed, "to": "open"}, "ok"),
                b=bed,
            )
        )
        steps.append(
            r.say(
                "gardener",
                "{Enough|Done|That will do}.",
                r.tool("valve", {"bed": bed, "to": "closed"}, "ok"),
            )
        )
    return fine([*r.begin("owner", "gardener"), *steps])


@FINE.family
def options_are_measured(rng: random.Random) -> Script:
    """An option is set, measured and taken back, for each option."""
    r = Room(rng)
    options = rng.sample(
        ["O3", "lto", "jemalloc", "pgo", "hugepages", "zstd", "no-gil", "mimalloc"], 6
    )
    steps: list[Turn] = []
    for option in options:
        steps.append(
            r.say(
                "bencher",
                "{Trying|Let us measure|Now} $o.",
                r.tool("set_option", {"name": option, "on": True}, "saved"),
                r.tool("bench", {"suite": "all"}, {"ms": round(rng.uniform(60, 140), 1)}),
                o=option,
            )
        )
        steps.append(
            r.say(
                "bencher",
                "{Taking it back|Back to the base|Reverting}.",
                r.tool("reset_options", {}, "saved"),
            )
        )
    return fine([*r.begin("lead", "bencher"), *steps])


@FINE.family
def log_is_silent_for_long(rng: random.Random) -> Script:
    """Every minute a log is asked for news; then they come."""
    r = Room(rng)
    steps = [
        r.does("watcher", r.tool("tail_log", {"since": f"12:{at:02}"}, ""), at=60.0 * at)
        for at in range(12)
    ]
    steps.append(
        r.does(
            "watcher", r.tool("tail_log", {"since": "12:12"}, "12:12:31 job 77 started"), at=720.0
        )
    )
    return fine([*r.begin("lead", "watcher"), *steps, r.say("watcher", "The job has started.")])


@FINE.family
def lease_is_renewed(rng: random.Random) -> Script:
    """A lease is renewed every half minute while work goes on."""
    r, at = Room(rng), 0.0
    steps: list[Turn] = []
    files = names(rng, 12, "jan feb mar apr", ".a .b .c .d")
    for name in files:
        at += 30
        steps.append(r.does("worker", r.tool("renew_lease", {"lock": "import"}, "renewed"), at=at))
        steps.append(
            r.say(
                "worker",
                "{Imported|Read|Took in} $f.",
                r.tool("import_file", {"name": name}, f"{rng.randrange(100, 9000)} rows"),
                f=name,
            )
        )
    return fine([*r.begin("lead", "worker"), *steps])


@FINE.family
def wrong_numbers_until_found(rng: random.Random) -> Script:
    """Each extension of a switchboard is tried; the right person sits at the last."""
    r = Room(rng)
    steps: list[Turn] = []
    numbers = rng.sample(range(200, 299), 8)
    steps += [
        r.say(
            "caller",
            "{Trying|Dialling|Next,} extension $n.",
            r.tool("dial", {"extension": n}, "not the right department"),
            n=n,
        )
        for n in numbers[:-1]
    ]
    steps.append(
        r.say(
            "caller",
            f"Extension {numbers[-1]}.",
            r.tool("dial", {"extension": numbers[-1]}, "connected to Ms Okoye, customs"),
        )
    )
    return fine([*r.begin("boss", "caller"), *steps, r.say("caller", "I have reached customs.")])
