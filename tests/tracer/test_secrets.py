"""Secrets never reach the disk; ordinary text is left alone."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from pydoc_data.topics import topics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer import screening
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.screening import WORTH
from agentloupe.tracer.secrets import mask, mask_text, use_patterns

from .secret_bank import bank
from .secret_scenes import LOOK_ALIKES, scenes
from .secret_vendors import HARMLESS, vendors

# Put together here, so that no scanner takes this file for a leak.
BODY = "A1b2C3d4E5f6G7h8I9j0K1l2"
SECRETS = {
    "openai": "sk-" + BODY,
    "openai project": "sk-proj-" + BODY,
    "anthropic": "sk-ant-api03-" + BODY,
    "aws": "AKIA" + "ABCDEFGHIJKLMNOP",
    "github": "ghp_" + BODY,
    "github fine": "github_pat_" + BODY,
    "slack": "xoxb-" + "1234567890-abcdef",
    "google": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "google refresh": "1//0" + BODY + "-_" + BODY,
    "sentry": "sntrys_" + BODY + "/+" + BODY,
    "airtable": "patAbCdEfGhIjKlMn." + "0123456789abcdef" * 4,
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + BODY,
}
SECRETS |= {
    "grafana": "glsa_" + BODY + "_0a1b2c3d",
    "planetscale": "pscale_tkn_" + BODY,
    "tailscale": "tskey-auth-" + "kA1b2C3CNTRL-" + BODY,
    "twilio": "SK" + "0123456789abcdef" * 2,
    "openshift": "sha256~" + BODY + BODY,
    "discord bot": "MTE4" + BODY + "." + "GaBcDe" + "." + BODY + "abcdef",
    "entra": "a1B" + "8Q~" + BODY + "abcdefghij",
    "plaid": "access-production-" + "01234567-89ab-cdef-0123-456789abcdef",
    "dynatrace": "dt0c01." + "ABCDEFGHIJKLMNOPQRST1234" + "." + BODY,
}
NAMED = {
    'password": "': '"password": "%s"',
    "api_key=": "api_key=%s&x=1",
    "OPENAI_API_KEY=": "export OPENAI_API_KEY='%s'",
    "escaped": '{"arguments": "{\\"client_secret\\": \\"%s\\"}"}',
    "discord": "DISCORD_TOKEN=%s",
    "bearer": "Authorization: Bearer %s",
    "url": "postgresql://user:%s@localhost:5432/db",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_shapes(secret: str) -> None:
    for text in (secret, f"the key is {secret}.", json.dumps({"k": secret}), f"({secret})"):
        masked = mask_text(text)
        assert secret not in masked
        assert secret[-12:] not in masked
        assert "***" in masked


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED)
def test_named(text: str) -> None:
    secret = "hunter2-XyZ-0987654321"
    assert secret not in mask_text(text % secret)


def test_private_keys_even_when_cut_off() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----"
    assert "MIIEow" not in mask_text(f"x {key} y")
    assert mask_text(f"x {key} y").endswith(" y")
    assert "MIIEow" not in mask_text(key[:50])


@pytest.mark.parametrize(
    "prose",
    [
        "The password must have eight characters; reset your password if it is lost.",
        "max_tokens: 4096, input_tokens=12, token_count = 77",
        "Ask the asia desk about the ski-resort task-force; the key finding is risk-adjusted.",
        "The secret to good soup is time. Tokens are cheap; api keys are not shown.",
        "see https://example.org/a:b@c/path and mailto:me@example.org at 10:30",
        '{"role": "user", "content": "bearer of bad news", "finish_reason": "stop"}',
        "sk-learn is a package; disk-based and risk-free",
        "monkey = 5; keyboard=1234567; turnkey: yes",
    ],
)
def test_prose_is_left_alone(prose: str) -> None:
    assert mask_text(prose) == prose


@given(st.text(max_size=200), st.sampled_from(sorted(SECRETS.values())), st.text(max_size=200))
def test_json_stays_json_and_the_rest_stays(before: str, secret: str, after: str) -> None:
    text = json.dumps({"text": f"{before} {secret} {after}"})
    masked = mask(text.encode()).decode()
    assert secret not in masked
    assert set(json.loads(masked)) == {"text"}


@given(st.binary(max_size=300))
def test_masking_twice_is_masking_once(data: bytes) -> None:
    once = mask(data)
    assert mask(once) == once


@pytest.mark.parametrize("worth", [0, WORTH], ids=["scanned", "looked through"])
def test_nothing_secret_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth: int
) -> None:
    monkeypatch.setattr(screening, "WORTH", worth)
    path = tmp_path / "r.loupe"
    secret = SECRETS["openai"]
    with Recorder(path, program="x", argv=("app.py", f"--key={secret}")) as recorder:
        with pytest.raises(ValueError, match="sk-"), recorder.record(c.TOOL, "t") as span:
            span.set("note", f"key {secret}")
            span.set("notes", ("one", f"key {secret}"))
            span.event("said", {"text": secret})
            span.body(c.TOOL_ARGUMENTS, {"api_key": secret})
            span.body(c.TOOL_RESULT, f"{secret} " * 100)
            span.name = f"tool {secret}"
            span.agent = f"agent {secret}"
            raise ValueError(f"bad key {secret}")
        root = recorder.program_run()
        root.body("said", f"pwd={secret}")
        root.body("short", "pwd=ab1234")
        root.set("note", f"key {secret}")
        for _ in range(3):  # the scanner looks from the second commit on
            with recorder.record(c.TOOL, f"t {secret}") as span:
                span.body(c.TOOL_RESULT, f"{secret} in a few words")
            recorder.flush()
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes()
    assert secret.encode() not in path.read_bytes()
    assert b"ab1234" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def _leaks(secret: str, text: str) -> bool:
    masked = mask_text(text)
    return secret in masked or (len(secret) > 20 and secret[-12:] in masked)


@pytest.mark.parametrize(("held_out", "least"), [(False, 0.995), (True, 0.955)])
def test_recall_on_a_bank(held_out: bool, least: float) -> None:
    """When it was first run, the bank that was held out gave 0.956."""
    told = list(bank(7, 12, held_out=held_out))
    missed = [kind for kind, secret, text in told if _leaks(secret, text)]
    assert 1 - len(missed) / len(told) >= least, sorted(set(missed))


WRAPPED: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: json.dumps({"content": text}),
    lambda text: json.dumps({"arguments": json.dumps({"command": text})}),
)


@pytest.mark.parametrize(("kept", "least"), [(False, 0.85), (True, 0.7)])
def test_recall_of_scenes(kept: bool, least: float) -> None:
    """By themselves and in JSON. At first 0.43 of one half were masked in all of these, 0.50 of the
    other, which was never looked at while that was mended."""
    told = list(scenes(5, kept=kept))
    missed = {kind for kind, secret, text in told for wrap in WRAPPED if _leaks(secret, wrap(text))}
    assert 1 - len(missed) / len(told) >= least, sorted(missed)


def test_recall_of_services() -> None:
    told = list(vendors(3))
    missed = [form for form, secret, text in told if _leaks(secret, text)]
    assert 1 - len(missed) / len(told) >= 0.94, Counter(missed)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_sounds_like_a_secret_is_left_alone(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_are_left_alone(text: str) -> None:
    for wrap in WRAPPED:
        assert mask_text(wrap(text)) == wrap(text)


@pytest.mark.parametrize("kept", [False, True])
def test_scenes_in_json_stay_json_and_masking_is_done_once(kept: bool) -> None:
    for _, _, text in scenes(6, kept=kept):
        masked = mask_text(json.dumps({"content": text}))
        assert set(json.loads(masked)) == {"content"}
        assert mask_text(masked) == masked


def test_python_s_own_documentation_and_that_of_packages_is_left_alone() -> None:
    """What is masked in a megabyte of prose are examples of secrets."""
    packages = ("pytest", "hypothesis", "click", "pydantic", "textual", "opentelemetry-sdk")
    prose = [*topics.values(), *(distribution(p).read_text("METADATA") or "" for p in packages)]
    lines = [line for text in prose for line in text.splitlines()]
    masked = [line for line in lines if mask_text(line) != line]
    assert sum(map(len, lines)) > 500_000
    assert masked == []


@pytest.mark.parametrize(
    "unit",
    [
        *("a_", "a-", "--a-", "password", "key: ", "eyJ.", "://a:", "sk-", "'", "-----BEGIN "),
        *(
            "curl -u ",
            "curl ",
            "mysql -p",
            "echo x|",
            "cookie: a=b;",
            "auth=('",
            "token: ",
            "A_KEY",
        ),
        *("herokuKey = ", "token :", "A3-", "ab-us", "pwd>\n", "x.y~"),
        *("machine x login ", "$6$", "authorization: ", "name: X_KEY value ", "login("),
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    """A thousand times as much may take a thousand times as long, and little more."""

    def cost(data: bytes) -> float:
        return min(_timed(mask, data) for _ in range(3))

    short, long = f"secret key {unit * 2_000}", f"secret key {unit * 20_000}"
    assert cost(long.encode()) < 40 * max(cost(short.encode()), 1e-4)


def _timed(call: Callable[[bytes], bytes], data: bytes) -> float:
    start = time.process_time()
    call(data)
    return time.process_time() - start


def test_patterns_of_one_s_own() -> None:
    use_patterns([r"ACME-\d{4}", r"(?i)project falcon"])
    try:
        assert mask_text("see ACME-1234 of Project Falcon") == "see *** of ***"
    finally:
        use_patterns([])
    assert mask_text("see ACME-1234") == "see ACME-1234"
