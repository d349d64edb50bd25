"""The thirteenth bank: what agents with tools do again and again as they get on."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Script, Turn, fine, turn
from .thirteenth_fine import FINE
from .thirteenth_loops import code_before, tool


@FINE.family
def fewer_tests_fail(rng: random.Random) -> Script:
    tests = [
        "test_rounding",
        "test_merge",
        "test_empty",
        "test_unicode",
        "test_zone",
        "test_limit",
        "test_sort",
    ]
    rng.shuffle(tests)
    steps = code_before(rng, "dev")
    for at, name in enumerate(tests):
        rest = tests[at + 1 :]
        steps.append(
            tool(
                "dev",
                "edit",
                {
                    "path": "src/ledger.py",
                    "old": f"return {name[5:]}(row)",
                    "new": f"return {name[5:]}(row, strict=True)",
                },
                "ok, 1 replacement",
            )
        )
        told = "\n".join(f"FAILED tests/test_ledger.py::{each}" for each in rest)
        steps.append(
            tool(
                "dev",
                "bash",
                {"command": "pytest -q"},
                f"{told}\n{len(rest)} failed, {at + 1} passed in 0.{rng.randrange(10, 99)}s",
            )
        )
    return fine(steps)


@FINE.family
def lints_file_after_file(rng: random.Random) -> Script:
    names = rng.sample("api auth cache cli codec feed graph hooks index jobs keys".split(), 8)
    steps = code_before(rng, "dev")
    for name in names:
        steps.append(
            tool(
                "dev", "bash", {"command": f"ruff check --fix src/{name}.py"}, "All checks passed!"
            )
        )
        if rng.random() < 0.5:
            steps.append(tool("dev", "bash", {"command": f"git add src/{name}.py"}, ""))
    return fine(steps)


@FINE.family
def commits_in_a_row(rng: random.Random) -> Script:
    parts = rng.sample("fees dates rounding names limits zones retries".split(), 6)
    steps: list[Turn] = []
    for part in parts:
        steps.append(
            tool(
                "dev",
                "edit",
                {"path": f"src/{part}.py", "old": "pass", "new": f"return apply_{part}(row)"},
                "ok, 1 replacement",
            )
        )
        steps.append(
            tool(
                "dev",
                "bash",
                {"command": f"git commit -qam 'Apply {part}'"},
                f"[main {rng.getrandbits(28):07x}] Apply {part}\n 1 file changed, 1 insertion(+), 1 deletion(-)",
            )
        )
    return fine(steps)


@FINE.family
def looks_for_the_symbol(rng: random.Random) -> Script:
    steps = code_before(rng, "dev")
    for path in rng.sample(
        ["src/core", "src/web", "src/jobs", "tests", "scripts", "vendor", "docs"], 6
    ):
        steps.append(tool("dev", "grep", {"pattern": "legacy_fee", "path": path}, ""))
    steps.append(
        tool(
            "dev",
            "grep",
            {"pattern": "legacy_fee", "path": "plugins"},
            "plugins/tax.py:31: legacy_fee(row)",
        )
    )
    steps.append(turn("dev", "It is used by the tax plugin alone, so I move it there."))
    return fine(steps)


@FINE.family
def three_runs_a_setting(rng: random.Random) -> Script:
    steps: list[Turn] = []
    best = 900
    for workers in rng.sample([1, 2, 4, 8, 16], 4):
        command = {"command": f"./bench --workers {workers}"}
        times = [best - 20 * workers + rng.randrange(-9, 9) for _ in range(3)]
        steps += [tool("perf", "bash", command, f"{each} ms") for each in times]
        steps.append(
            turn(
                "perf",
                f"With {workers} workers that is about {best - 20 * workers} ms in the middle of three runs.",
            )
        )
    return fine(steps)


@FINE.family
def a_flaky_test_is_set_aside(rng: random.Random) -> Script:
    steps = code_before(rng, "dev")
    for _ in range(3):
        steps.append(
            tool(
                "dev",
                "bash",
                {"command": "pytest -q tests/test_feed.py"},
                "1 failed: test_clock TimeoutError",
            )
        )
    steps.append(
        tool(
            "dev",
            "edit",
            {
                "path": "tests/test_feed.py",
                "old": "def test_clock",
                "new": "@flaky\ndef test_clock",
            },
            "ok, 1 replacement",
        )
    )
    steps.append(
        tool("dev", "bash", {"command": "pytest -q tests/test_feed.py"}, "8 passed, 1 rerun")
    )
    steps.append(turn("dev", "The suite is green; I opened an issue about the clock."))
    return fine(steps)


@FINE.family
def services_roll_one_by_one(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for name in rng.sample("api web auth mail search feed billing".split(), 6):
        pod = f"{name}-7c{rng.randrange(10, 99)}b-{rng.getrandbits(20):05x}"
        steps.append(
            tool(
                "operator",
                "kubectl",
                {"args": f"rollout restart deploy/{name}"},
                f"deployment.apps/{name} restarted",
            )
        )
        steps.append(
            tool(
                "operator",
                "kubectl",
                {"args": f"get pods -l app={name}"},
                f"NAME {pod}  READY 1/1  STATUS Running  RESTARTS 0  AGE {rng.randrange(5, 40)}s",
            )
        )
    return fine(steps)


@FINE.family
def codes_for_many_people(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for who in rng.sample("ada ben cleo dan eva finn gus hana".split(), 6):
        code = f"{rng.randrange(10**6):06}"
        steps.append(tool("clerk", "send_code", {"user": who}, {"sent": True}))
        steps.append(tool("clerk", "confirm", {"user": who, "code": code}, {"confirmed": True}))
    return fine(steps)
