"""Programs looked at before they run: faults where they stand, nothing where all is well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.diagnose.preflight import UnreadableProgram, preflight
from agentloupe.diagnose.preflight_flow import Edge, flow_faults

from .scripts import FIXTURES

PROGRAMS = FIXTURES / "preflight"


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("*.py")), ids=lambda path: path.stem)
def test_faults_stand_where_they_are_marked(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    marked = [
        (number, match.group(1))
        for number, line in enumerate(lines, 1)
        if (match := re.search(r"  # (PLUG\d+)$", line))
    ]
    assert [(fault.line, fault.code) for fault in preflight(path)] == marked


def test_nothing_of_the_program_is_run(tmp_path: Path) -> None:
    beside = tmp_path / "beside.py"
    beside.write_text("open('ran', 'w')\n", "utf-8")
    program = tmp_path / "app.py"
    program.write_text("import beside\nraise SystemExit(3)\n", "utf-8")
    assert preflight(program) == []
    assert not (tmp_path / "ran").exists()


DEEP = " + ".join(["a"] * 5000)


@pytest.mark.parametrize("text", ["x = (", "\0", None, b"\xff\xfe\xfa", DEEP], ids=range(5))
def test_what_is_no_program_is_said(tmp_path: Path, text: str | bytes | None) -> None:
    path = tmp_path / "app.py"
    if isinstance(text, bytes):
        path.write_bytes(text)
    elif text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(UnreadableProgram, match=r"app\.py"):
        preflight(path)


def test_modules_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("import app\nfrom app import client\n", "utf-8")
    app = tmp_path / "app.py"
    app.write_text("from other import client\nclient = client\n", "utf-8")
    assert preflight(app) == []


NODES = "abcde"
EDGES = st.builds(
    Edge,
    st.sampled_from(NODES),
    st.sampled_from(NODES),
    st.sampled_from([None, "yes", "no", "?"]),
    st.sampled_from(["", "again"]),
    st.booleans(),
)


@given(st.lists(EDGES, max_size=12), st.sampled_from([None, *NODES]))
def test_what_is_called_dead_is_started_by_nothing(edges: list[Edge], start: str | None) -> None:
    """Against the flow played out with every condition met, as AutoGen counts edges."""
    dead = {node for code, node, _ in flow_faults(NODES, edges, start) if code == "PLUG009"}
    entered = {edge.target for edge in edges}
    ran = {start} if start else set(NODES) - entered
    for _ in NODES:
        for node in NODES:
            groups: dict[str, list[Edge]] = {}
            for edge in edges:
                if edge.target == node:
                    groups.setdefault(edge.group or node, []).append(edge)
            for group in groups.values():
                enough = any if group[0].any else all
                if enough(edge.source in ran for edge in group):
                    ran.add(node)
    assert dead == set(NODES) - ran
