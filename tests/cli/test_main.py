"""The group: help, unknown names, and what every kind of failure looks like from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from agentloupe.cli import main as main_module
from agentloupe.cli.commands import COMMANDS, Commands
from agentloupe.cli.commands import loupe as group
from agentloupe.cli.main import run
from agentloupe.tracer.errors import LoupeError

LISTING = "runs"


def test_help_lists_every_command_and_loads_none(loupe: Callable[..., object]) -> None:
    probe = (
        "import sys, agentloupe.cli.main as m\n"
        "assert m.run(['--help']) == 0\n"
        "heavy = {'textual', 'libcst', 'autogen_core', 'opentelemetry', 'pydantic', 'docker'}\n"
        "loaded = heavy & {name.split('.')[0] for name in sys.modules}\n"
        "loaded |= {n for n in sys.modules if n.startswith('agentloupe.cli.')} - {\n"
        "    'agentloupe.cli.main', 'agentloupe.cli.commands', 'agentloupe.cli.terminal',\n"
        "    'agentloupe.cli.notices'}\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    listed = [
        line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line
    ]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_list_says(name: str) -> None:
    context = click.Context(group)
    command = group.get_command(context, name)
    assert command is not None
    assert command.get_short_help_str(200).rstrip(".") + "." == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_explained(name: str, loupe: Callable[..., object]) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []
    assert run([name, "--help"]) == 0


def test_version(loupe) -> None:
    done = loupe("--version")
    assert (done.code, done.out) == (0, f"loupe {version('agentloupe')}\n")


def test_an_unknown_command_names_the_nearest(loupe) -> None:
    done = loupe("shwo", "@last")
    assert (done.code, done.out) == (2, "")
    assert "no command is called 'shwo'. Did you mean 'show'?" in done.err


@pytest.mark.parametrize(
    "arguments", [(), ("show",), ("runs", "--jsn"), ("check", "x", "--format", "xml")]
)
def test_wrong_usage_is_2_and_on_stderr(loupe, arguments: tuple[str, ...]) -> None:
    done = loupe(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: loupe" in done.err


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make every command raise."""

    def fail_with(error: BaseException) -> None:
        @click.command()
        def command() -> None:
            raise error

        monkeypatch.setattr(Commands, "get_command", lambda self, ctx, cmd_name: command)

    return fail_with


def test_our_errors_are_told_without_a_traceback(loupe, failing) -> None:
    failing(LoupeError("the file 'x' is full", "empty it"))
    done = loupe(LISTING)
    assert (done.code, done.err) == (2, "loupe: LP000 the file 'x' is full\n  empty it\n")


def test_errors_of_the_system_name_the_file(loupe, failing) -> None:
    failing(PermissionError(13, "Permission denied", "/closed"))
    done = loupe(LISTING)
    assert (done.code, done.err) == (2, "loupe: '/closed': Permission denied\n")


def test_a_defect_of_ours_is_2_and_shows_where(loupe, failing) -> None:
    failing(ZeroDivisionError("oh"))
    done = loupe(LISTING)
    assert done.code == 2
    assert "ZeroDivisionError: oh" in done.err
    assert "bug of agentloupe" in done.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_130_and_silent(loupe, failing, error: BaseException) -> None:
    failing(error)
    done = loupe(LISTING)
    assert (done.code, done.out.strip(), done.err.strip()) == (main_module.INTERRUPTED, "", "")


def test_a_closed_pipe_is_no_error(record, tmp_path: Path) -> None:
    """`loupe show … | head`: more than a pipe holds, and nobody reads it."""
    told = {
        "program": "long",
        "runs": [
            {
                "name": "long run",
                "trace_id": "aa" * 16,
                "times": 3000,
                "steps": [{"to": "a/default", "type": "Text", "body": {"content": "word " * 60}}],
            }
        ],
    }
    path = record(told)
    command = [sys.executable, "-m", "agentloupe.cli.main", "show", str(path), "--steps", "0.."]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), complaints) == (main_module.BROKEN_PIPE, b"")
