"""Reads code_execution_config: whether a speaker runs code, where, and how far back it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import CodeExecution, Obstacle, Speaker
from .syntax import dict_items, literal, string

if TYPE_CHECKING:
    from .reader import Reader


def read_code_execution(reader: Reader, speaker: Speaker) -> None:
    arg = speaker.args.get("code_execution_config")
    if arg is None:
        if speaker.kind == "UserProxyAgent":
            speaker.code = CodeExecution({}, None)
        return
    value: cst.BaseExpression = arg.value
    if literal(value) in (False, None):
        return
    if isinstance(value, cst.Name):
        bound = reader.source.bound_value(value)
        if bound is not None and literal(bound[1]) in (False, None):
            return
        value = bound[1] if bound is not None else value
    if not isinstance(value, cst.Dict):
        speaker.obstacles.append(
            Obstacle("MIG023", speaker.call, "code_execution_config is not a literal")
        )
        return
    _read_code_options(speaker, value)


def _read_code_options(speaker: Speaker, value: cst.Dict) -> None:
    code = CodeExecution({}, None)
    items = dict_items(value)
    given = any(key == "executor" and string(item) is None for key, item in items)
    for key, item in items:
        if key in ("work_dir", "timeout"):
            code.options[key] = item
        elif key == "use_docker":
            docker = literal(item)
            if isinstance(docker, str):
                code.options["image"] = item
            elif docker is not None and not isinstance(docker, bool):
                speaker.obstacles.append(
                    Obstacle("MIG023", speaker.call, "use_docker is not a literal")
                )
            code.docker = True if isinstance(docker, str) else docker
            if not isinstance(docker, bool | str | None):
                code.docker = None
        elif key == "last_n_messages":
            count = literal(item)
            code.look_back = count if isinstance(count, int) else None
        elif key == "executor" and string(item) is None:
            code.executor = item
        elif key == "executor" and string(item) == "commandline-local":
            code.docker = False
        elif not (given and key):  # beside an executor v0.2 takes no notice of others
            speaker.obstacles.append(
                Obstacle("MIG023", speaker.call, f"code_execution_config has {key or '**'!r}")
            )
    speaker.code = code
