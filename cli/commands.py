"""The commands of `loupe`, each imported when it is used."""

from __future__ import annotations

import importlib
import sys
from keyword import iskeyword
from typing import Final

import click

from .terminal import colors_wanted

#: Commands in the order of `--help`: name and summary. Each is `command` of the module of its name.
COMMANDS: Final = {
    "demo": "Record, diagnose and show a team that loops and leaks.",
    "run": "Run a Python program and record what its agents do: messages, model calls, tools, "
    "memory.",
    "runs": "List recordings and their runs, newest first.",
    "show": "Show a run, or one step of it, as text or JSON.",
    "tail": "Follow a run while it is recorded: its steps, or who waits for what.",
    "view": "Look at runs in the terminal, step by step.",
    "check": "Diagnose runs.",
    "diff": "Compare two runs: where they part, and by how much they differ.",
    "import": "Make recordings of trace files.",
    "export": "Export a run, or all runs of a recording, to a file or an OTLP endpoint.",
    "serve": "Receive OTLP traces on this machine into a recording.",
    "explain": "Say what a rule or migration code means, how it is decided, and what to do.",
    "rules": "List the rules of the diagnosis and of the migration.",
    "migrate": "Rewrite AutoGen v0.2 programs for AutoGen 0.7.",
    "prune": "Remove old recordings.",
    "doctor": "Check this environment, and programs before they run.",
}


class Commands(click.Group):
    """The group of all commands. A command's module is imported when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f".{name}", __package__)
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"no command is called {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="agentloupe", prog_name="loupe", message="%(prog)s %(version)s")
@click.pass_context
def loupe(ctx: click.Context) -> None:
    """Record AutoGen programs, look at what their agents did, diagnose it, migrate from v0.2.

    \b
    RUN names a run: path[#run], the beginning of a trace id, @last, or -N (the N-th last
    recording); RUN@step names a step of it.
    """
    ctx.color = colors_wanted()


def invoke(words: list[str]) -> int | None:
    """Read a command line and carry it out; returns the exit code, None when somebody gave up.

    2 is the code of a command line that cannot be understood, which is told.
    """
    try:
        # Not `loupe.main`: it turns a closed pipe into exit code 1, which means findings here.
        with loupe.make_context("loupe", words) as ctx:
            code: object = loupe.invoke(ctx)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        return None
