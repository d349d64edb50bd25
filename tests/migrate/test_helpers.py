"""What the functions do that a migrated file gets of its own."""

from __future__ import annotations

from typing import Any

from agentloupe.migrate.helpers import HELPERS


def test_a_model_without_a_name_is_left_to_the_server_to_refuse() -> None:
    helper = HELPERS["create_model_client"]
    lines = [f"from {module} import {name}\n" for module, name in helper.imports if name]
    names: dict[str, Any] = {}
    exec("".join(["import os\n", *lines, helper.code]), names)

    client = names["create_model_client"]({"model": None, "api_key": "key"})

    assert client.model_info["family"] == "unknown"
