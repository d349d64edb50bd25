"""One cause that each command tells in other words is a loop; a row of things is none."""

from __future__ import annotations

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
