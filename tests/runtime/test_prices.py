"""The user's price table."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.runtime.prices import Price, load, parsed, price_of

TABLE = '["gpt-4o"]\ninput = 2.5\noutput = 10\n\n["gpt-4o-mini"]\ninput = 0.15\noutput = 0.6\n'


def test_the_longest_name_that_fits_counts() -> None:
    prices = parsed(TABLE)
    assert price_of("gpt-4o-2024-11-20", prices) == Price(2.5, 10)
    assert price_of("gpt-4o-mini-2024-07-18", prices) == Price(0.15, 0.6)
    assert price_of("llama3", prices) is None
    assert Price(2.5, 10).of(1_000_000, 100_000) == pytest.approx(3.5)


@pytest.mark.parametrize(
    "text",
    [
        '["m"]\ninput = 1\n',
        '["m"]\ninput = "1"\noutput = 1\n',
        '["m"]\ninput = -1\noutput = 1\n',
        '["m"]\ninput = inf\noutput = 1\n',
        '["m"]\ninput = true\noutput = 1\n',
        "m = 3\n",
        "[[[",
    ],
)
def test_a_table_that_is_none_is_told_once_and_costs_are_unknown(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    monkeypatch.setenv("AGENTLOUPE_PRICES", str(path))
    told: list[str] = []
    assert load(told.append) == {}
    assert len(told) == 1
    assert str(path) in told[0]


def test_where_it_is_looked_for(
    tmp_path: Path, private_recordings_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    assert load(told.append) == {}
    assert told == []
    private_recordings_dir.mkdir()
    (private_recordings_dir / "prices.toml").write_text(TABLE)
    assert set(load(told.append)) == {"gpt-4o", "gpt-4o-mini"}
    monkeypatch.setenv("AGENTLOUPE_PRICES", str(tmp_path / "elsewhere.toml"))
    assert load(told.append) == {}
    assert "not there" in told[0]
