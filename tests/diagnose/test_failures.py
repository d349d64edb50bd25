"""One cause that each command tells in other words is a loop; a row of things is none."""

from __future__ import annotations

from itertools import permutations

from .bank import Turn, call, turn
from .test_recurrence import loops

FULL = [
    ("make all", "cc: fatal error: can't write out.o: No space left on device"),
    ("cp in.csv /srv/a.csv", "cp: error writing '/srv/a.csv': No space left on device"),
    ("sqlite3 /srv/x.db .import", "Error: database or disk is full"),
    ("python pack.py", "OSError: [Errno 28] ENOSPC while flushing"),
    ("tar cf /srv/b.tar in", "tar: /srv/b.tar: Wrote only 4096 of 10240 bytes: disk full"),
    ("split in.csv /srv/p", "split: /srv/paa: No space left on device"),
]
EXPIRED = [
    ("git push", "fatal: Authentication failed for 'https://git.example/a.git/'"),
    ("git-cli status", "the token in GIT_TOKEN is no longer valid: bad credentials"),
    ("curl -H auth https://git.example/api", '{"message": "Bad credentials", "status": "401"}'),
    ("git-cli release new", "HTTP 401: Bad credentials"),
    ("git ls-remote", "remote: Invalid username or password."),
]
CROPS = ["oats", "rye", "wheat", "barley", "maize", "millet", "rice"]
DIFFERENT = [
    ("run web", "error: invalid reference format"),
    ("run web:2", "error: port is already allocated"),
    ("run -p 8080 web:2", "error: mount denied: /srv is not shared"),
    ("run -v /opt:/opt web:2", "error: unknown flag: --cpu"),
    ("run --net front web:2", "error: network front not found"),
    ("run --entry sh web:2", "error: image web:2 does not exist"),
]


def tries(row: list[tuple[str, str]]) -> list[Turn]:
    return [turn("hand", "", call("shell", {"cmd": cmd}, error=error)) for cmd, error in row]


def test_a_full_disk_is_one_cause_whatever_tells_of_it() -> None:
    assert [f.agents for f in loops(tries(FULL))] == [("hand",)]


def test_a_token_that_is_no_longer_valid_is_one_cause() -> None:
    assert loops(tries(EXPIRED))


def test_failures_that_each_tell_something_else_are_work() -> None:
    assert loops(tries(DIFFERENT)) == []


def test_one_kind_of_failure_of_a_row_of_things_is_work() -> None:
    absent = [(f"head {n}.csv", f"head: cannot open '{n}.csv': No such file") for n in CROPS]
    assert loops(tries(absent)) == []
    columns = ["region", "amount", "store_key", "sold_on", "clerk"]
    unknown = [(f"select {c}, x.n from x", f'column "{c}" does not exist') for c in columns]
    assert loops(tries(unknown)) == []


def test_a_failure_that_comes_back_after_other_failures_is_a_loop() -> None:
    """What was tried in between came to nothing, so it is no progress."""
    other = iter(DIFFERENT)
    row: list[tuple[str, str]] = []
    for _ in range(4):
        row += [("make test", "error: undefined reference to `inflate'"), next(other)]
    assert loops(tries(row))
    worked = tries(row)
    for at in (3, 6, 9):
        worked.insert(at, turn("hand", "", call("edit", {"line": at}, f"wrote {at} lines")))
    assert loops(worked) == []


ASKED = """who built the mill at the burn|builder of the burn mill|burn mill built by whom
mill at the burn, who built it|the builder of the mill|burn mill construction, builder""".replace(
    "\n", "|"
).split("|")


def searches(results: list[str]) -> list[Turn]:
    return [
        turn("reader", "", call("search", {"query": query}, results[at % len(results)]))
        for at, query in enumerate(ASKED)
    ]


def test_nothing_is_nothing_however_it_is_put() -> None:
    empty = ["No results found.", "Your search did not match any documents.", '{"hits": []}']
    assert loops(searches(empty))


def test_nothing_is_nothing_where_it_is_told_as_an_error() -> None:
    steps = searches(["0 matches", "No matching entries."])
    told = call("search", {"query": ASKED[3]}, error="SearchError: could not find any entry")
    steps[3] = turn("reader", "", told)
    assert loops(steps)


def test_the_same_hits_in_another_order_are_no_news() -> None:
    hits = ["mills of the north <list>", "the burn: walks and bridges", "grain prices by year"]
    shown = [
        "\n".join(f"{at}. {hit}" for at, hit in enumerate(order)) for order in permutations(hits)
    ]
    assert loops(searches(shown))
    more = [f"{shown[0]}\n4. the mill in {year}" for year in range(1790, 1796)]
    assert loops(searches(more)) == []


def test_a_long_page_is_the_same_whatever_its_foot_suggests() -> None:
    body = " ".join(f"{word} stands by the {other}" for word in CROPS for other in CROPS)
    ends = ["Bridges", "Wells", "Gates", "Walls", "Fords"]
    steps = [
        turn(
            "reader", "", call("open", {"url": f"https://lex.example/mill{at}"}, f"{body} See {e}")
        )
        for at, e in zip(["", "#top", "?full=1", "#end", ""], ends, strict=True)
    ]
    assert loops(steps)
    log = [
        turn("reader", "", call("tail", {"path": "run.log"}, f"{body} then {e} was found, and {o}"))
        for e, o in zip(ends, ends[1:] + ends[:1], strict=True)
    ]
    assert loops(log) == []


def test_a_call_out_of_habit_beside_new_text_is_no_loop() -> None:
    style = {"tense": "present", "person": "third", "tone": "dry", "readers": "adults of any age"}
    habit = call("get_style", {"book": 4}, style)
    chapters = [
        "Mira finds a key in a loaf and hides it from the baker, who counts his spoons.",
        "A cupboard on the ferry opens; inside, a parrot sleeps on folded charts.",
        "It knows the names of dead captains and whistles when a lamp goes out.",
        "Her grandfather drowned off Skye, says a clerk, and burns the letter.",
        "Ashes hold a stamp from Porto, so she signs on as cook for the winter.",
    ]
    assert loops([turn("author", text, habit) for text in chapters]) == []
    again = ["Let me look at the style.", "What was the style again?", "The style, once more."]
    assert loops([turn("author", again[at % 3], habit) for at in range(6)])
