"""Parts of AutoGen are installed in versions that do not belong together.

A fact of the environment: autogen-core, autogen-agentchat and autogen-ext are released together and
rely on one another's internals. Of different minor versions they fail in the middle of a run, when
a message or a client's method is not what the other part expects; other differences are told as a
warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..course import quote, told
from ..rule import AtEnd, Context, Ending, Outcome, Rule

PARTS: Final = ("autogen-core", "autogen-agentchat", "autogen-ext")


def skew(versions: Mapping[str, str | None]) -> str:
    """The versions when they differ, "" when they do not."""
    found = {name: number for name in PARTS if (number := versions.get(name))}
    same = len(set(found.values())) < 2
    return "" if same else ", ".join(f"{name} {number}" for name, number in found.items())


class VersionSkewDetector(AtEnd):
    """Compares the versions that the recording notes."""

    def __init__(self, context: Context) -> None:
        pass

    def end(self, ending: Ending) -> Outcome:
        versions = ending.recording.versions
        if not any(name in versions for name in PARTS):
            return Outcome(needs="the versions of AutoGen's parts (recorded by loupe run)")
        what = skew(versions)
        if not what or ending.root is None:
            return Outcome()
        minors = {tuple(versions[name].split(".")[:2]) for name in PARTS if name in versions}
        severity = "error" if len(minors) > 1 else "warning"
        return Outcome(
            [
                told(
                    RULE,
                    f"parts of AutoGen do not belong together: {what}",
                    agents=[],
                    quotes=[quote(ending.root, what, "installed")],
                    confidence=0.97,
                    severity=severity,
                    key=what,
                    detected=0,
                    counterfactual="would have shown before the first message",
                )
            ]
        )


RULE = Rule(
    code="PLUG006",
    slug="plug.version-skew",
    title="parts of AutoGen in different versions",
    severity="error",
    about=__doc__,
    needs="the versions of AutoGen's parts (recorded by loupe run)",
    doubt="a patch release of one part alone may fit the others",
    advice=(
        "install them together:\n"
        "    pip install -U autogen-core==0.7.5 autogen-agentchat==0.7.5 autogen-ext==0.7.5"
    ),
    start=VersionSkewDetector,
)
