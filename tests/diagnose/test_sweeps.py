"""Failures that are answers about one thing after another, and such as no other thing will help."""

from __future__ import annotations

import pytest

from agentloupe.diagnose.results import opened
from agentloupe.diagnose.sweeps import sweeps

from .bank import Turn, call, turn
from .test_recurrence import loops

MIRRORS = (
    "ftp.aachen.example",
    "init7.example",
    "kernel.example",
    "umu.example",
    "cologne.example",
)
TABLES = ("orders", "customers", "invoices", "addresses", "payments", "refunds", "parcels")


def steps(tool: str, row: list[dict[str, object]], result: str = "", error: str = "") -> list[Turn]:
    more = {"error": error} if error else {}
    return [turn("worker", "", call(tool, args, result, **more)) for args in row]


@pytest.mark.parametrize(
    "work",
    [
        steps(
            "download",
            [{"url": f"https://{each}/22.04.iso"} for each in MIRRORS],
            error="TimeoutError: timed out after 30 s",
        ),
        steps(
            "shell",
            [{"cmd": f"curl -fsS -m 30 -O https://{each}/22.04.iso"} for each in MIRRORS],
            "curl: (28) Connection timed out after 30001 milliseconds",
        ),
        steps(
            "connect",
            [{"host": "10.0.3.7", "port": port} for port in (22, 25, 80, 143, 443, 993)],
            error="ConnectionRefused: connection refused",
        ),
        steps(
            "run_sql",
            [{"sql": f"ALTER TABLE {each} ADD COLUMN archived boolean"} for each in TABLES],
            "0 rows affected",
        ),
    ],
)
def test_one_failure_at_each_of_a_row_of_things_is_no_loop(work: list[Turn]) -> None:
    assert loops(work) == []


@pytest.mark.parametrize(
    "futile",
    [
        steps(  # the mirrors again
            "download",
            [{"url": f"https://{each}/22.04.iso"} for each in (*MIRRORS[:2] * 4,)],
            error="TimeoutError: timed out after 30 s",
        ),
        [  # no other file fits on a full disk
            each
            for name in ("a7", "b21", "c9", "d4", "e77", "f30")
            for each in steps(
                "write_file",
                [{"path": f"/out/{name}.csv"}],
                error=f"No space left: /out/{name}.csv",
            )
        ],
        [  # numbers are tried on a lock
            each
            for code in range(4711, 4718)
            for each in steps(
                "open", [{"code": str(code)}], error=f"PermissionError: {code} is not accepted"
            )
        ],
        steps(  # numbers drift, and what stays is what it fails of
            "query",
            [{"sql": f"SELECT * FROM sales LIMIT {10 * at}"} for at in range(7)],
            error="ProgrammingError: relation sales does not exist",
        ),
    ],
)
def test_where_no_other_thing_helps_it_is_a_loop(futile: list[Turn]) -> None:
    assert [found.agents for found in loops(futile)] == [("worker",)]


def test_things_made_of_the_same_parts_are_guesses() -> None:
    paths = ["src/conf.yml", "lib/conf.yml", "lib/conf.toml", "src/conf.toml", "src/lib.toml"]
    assert not sweeps([f'{{"path": "{path}"}}' for path in paths], "no such file")
    others = ["anna.txt", "ben.txt", "carl.txt", "dora.txt"]
    assert sweeps([f'{{"path": "{path}"}}' for path in others], "no such file")


def test_values_of_any_form_are_things_and_questions_are_not() -> None:
    odd = ["", "-1", "NaN", "'; --", "1e309"]
    assert sweeps([f'{{"text": "{each}"}}' for each in odd], "valueerror: not an amount")
    asked = ["logo of the firm", "firm logo", "the firm's logo as a picture"]
    assert not sweeps([f'{{"query": "{each}"}}' for each in asked], "no such picture")


def test_an_envelope_may_call_its_result_as_it_likes() -> None:
    assert opened('{"ms": 31, "ok": true, "reply_text": "7 rows"}') == ("7 rows", False)
    kept = '{"error": "quota", "size_mb": 7}'
    assert opened(kept) == (kept, True)


def test_code_that_is_wrong_is_wrong_for_every_seed() -> None:
    error = "KeyError: 'river_id'"
    steps = [turn("dev", "", call("run", {"seed": at}, error=error)) for at in range(6)]
    assert loops(steps)
    refused = [turn("dev", "", call("run", {"port": at}, error="refused")) for at in range(6)]
    assert loops(refused) == []
