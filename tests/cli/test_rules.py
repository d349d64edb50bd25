"""`loupe rules` and `loupe explain`."""

from __future__ import annotations

import pytest

from agentloupe.diagnose.catalogue import rules
from agentloupe.migrate.catalogue import catalogue


def test_every_rule_is_listed(loupe, valid) -> None:
    told = loupe("rules", "--json").json
    valid("rules", told)
    codes = [rule["code"] for rule in told["rules"]]
    assert codes == [rule.code for rule in rules()] + [rule.code for rule in catalogue()]
    assert {rule["kind"] for rule in told["rules"]} == {"diagnosis", "migration"}
    lines = loupe("rules").out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == codes


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_every_diagnosis_is_explained(loupe, rule) -> None:
    done = loupe("explain", rule.code.lower())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{rule.code} {rule.slug} ({rule.severity})\n{rule.title}\n")
    for heading in ("How it is decided", "What a trace must hold", "Why it may be", "What to do"):
        assert f"\n{heading}" in done.out
    assert loupe("explain", rule.slug.upper()).out == done.out


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_every_migration_is_explained(loupe, rule) -> None:
    done = loupe("explain", rule.slug)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{rule.code} {rule.slug} ({rule.level})\n{rule.title}\n")
    for text in (rule.v02, rule.v07):
        assert all(word in done.out for word in text.split())


def test_an_unknown_code_names_the_nearest(loupe) -> None:
    done = loupe("explain", "LOOP01")
    assert (done.code, done.out) == (2, "")
    assert "no rule is called 'LOOP01'" in done.err
    assert "did you mean 'LOOP001'" in done.err
    assert "did you mean" not in loupe("explain", "zzz").err


def test_explaining_a_diagnosis_parses_no_code(loupe) -> None:
    import subprocess
    import sys

    probe = (
        "import sys; from agentloupe.cli.main import run\n"
        "assert run(['explain', 'LOOP001']) == 0\n"
        "assert 'libcst' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
