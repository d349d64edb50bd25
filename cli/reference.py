"""docs/cli.md and docs/schemas, made from the commands themselves.

`python -m agentloupe.cli.reference docs` writes them; a test holds the files to it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final, cast

import click
import msgspec

from .commands import COMMANDS, loupe
from .prune import PruneDocument
from .runs import MatchesDocument
from .shapes import (
    DiffDocument,
    DoctorDocument,
    MigrateDocument,
    RulesDocument,
    RunsDocument,
    ShowDocument,
)

DOCUMENTS: Final = {
    "runs": RunsDocument,
    "matches": MatchesDocument,
    "show": ShowDocument,
    "diff": DiffDocument,
    "rules": RulesDocument,
    "migrate": MigrateDocument,
    "prune": PruneDocument,
    "doctor": DoctorDocument,
}
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

PREFACE: Final = """\
# Command line

<!-- Made by `python -m agentloupe.cli.reference docs`. Change the commands, not this file. -->

`loupe` is also installed as `agentloupe`. Results go to stdout, everything else to stderr. Colours
and progress bars appear on a terminal only; `NO_COLOR` is honoured. Documents that `--json` prints
are described by the JSON Schemas in [schemas](schemas).

## Naming runs

| RUN | names |
| --- | --- |
| `app.loupe` or `app` | a recording: a file, or one of the project's `.agentloupe` folder |
| `app#2` | run 2 of that recording |
| `4bf92f35` | the run whose trace id begins so |
| `@last`, `-2` | the last recording, the one before it |
| `app#2@61` | step 61 of a run |
| `app#2#LOOP001` | a finding of a run |

## Exit codes

| code | means |
| --- | --- |
| 0 | nothing to report |
| 1 | findings; runs that differ (`diff`); files that would change (`migrate --check`) |
| 2 | wrong usage, something that cannot be read or written, or an error of ours |
| 3 | `migrate --write` left TODOs |
| 130 | interrupted |

`loupe run` passes the program's own code on.
"""


def reference() -> str:
    """docs/cli.md."""
    return "\n".join([PREFACE, "## Commands", "", *_commands()])


def _commands() -> Iterator[str]:
    context = click.Context(loupe, info_name="loupe", **loupe.context_settings)
    for name in COMMANDS:
        command = loupe.get_command(context, name)
        if command is None or command.hidden:
            continue
        own = click.Context(command, info_name=name, parent=context)
        usage = " ".join(["loupe", name, *command.collect_usage_pieces(own)])
        yield from (f"### loupe {name}", "", f"    {usage}", "")
        yield from (cleandoc(command.help or "").replace("\b\n", ""), "")
        yield from ("| option | |", "| --- | --- |")
        for parameter in command.get_params(own):
            record = parameter.get_help_record(own)
            if record is not None:
                names, text = (part.replace("|", "\\|") for part in record)
                if "--help" in parameter.opts:  # click keeps that of the first time it was asked
                    names = ", ".join(own.help_option_names)
                yield f"| `{names}` | {text} |"
        yield ""


def schemas() -> dict[str, dict[str, Any]]:
    """docs/schemas: the JSON Schema of each document, by file name."""
    from ..diagnose.report import Report
    from ..tracer import control

    check = Report.model_json_schema(by_alias=True, mode="serialization")
    made = {f"{name}.json": msgspec.json.schema(shape) for name, shape in DOCUMENTS.items()}
    made["check.json"] = check
    made["control.json"] = control.schema()
    return {name: {"$schema": DIALECT, **_undented(schema)} for name, schema in made.items()}


def _undented(part: Any) -> Any:
    """Docstrings keep their indentation up to Python 3.12."""
    if isinstance(part, dict):
        schema = cast("dict[str, Any]", part)
        return {
            key: cleandoc(value)
            if key == "description" and isinstance(value, str)
            else _undented(value)
            for key, value in schema.items()
        }
    if isinstance(part, list):
        return [_undented(item) for item in cast("list[Any]", part)]
    return part


def write(folder: Path) -> None:
    """Write all of it into the docs folder."""
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "cli.md").write_text(reference(), "utf-8")
    for name, schema in schemas().items():
        (folder / "schemas" / name).write_text(json.dumps(schema, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
