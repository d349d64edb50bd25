"""Reports for the machines of CI: JUnit XML, SARIF 2.1.0, GitHub workflow commands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

from ..tracer.text import visible
from .catalogue import rules
from .finding import SEVERITIES, Finding, Severity
from .render_text import costs
from .report import WORST_FIRST, Report, RunReport
from .rule import Rule

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
RESULTS: Final = 5000  # that GitHub keeps of one SARIF run
HANDFUL: Final = 8  # runs of one source that get a suite each
ANNOTATIONS: Final = 10  # of each kind that GitHub shows of one step
_LEVEL: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}
_COMMAND: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "notice"}


# -- JUnit -------------------------------------------------------------------------------------
def junit(report: Report) -> str:
    """One suite a run, one case a rule: passed, failed or skipped with what it would need.

    A source with more than a handful of runs is one suite: a case then tells of all of them.
    """
    root = Xml.Element("testsuites", name="agentloupe")
    sources: dict[str, list[RunReport]] = {}
    for run in report.runs:
        sources.setdefault(run.source, []).append(run)
    for runs in sources.values():
        for run in runs if len(runs) <= HANDFUL else [_as_one(runs)]:
            root.append(_suite(run))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _as_one(runs: Sequence[RunReport]) -> RunReport:
    """Many runs of one source as one: what any of them found, and what none could judge."""
    checked = dict.fromkeys(code for run in runs for code in run.checked)
    silent = {entry.code: entry for run in runs for entry in run.not_applicable}
    findings = [
        finding.model_copy(update={"title": f"{run.place}: {finding.title}"})
        for run in runs
        for finding in run.findings
    ]
    verdicts = {run.verdict for run in runs}
    return RunReport(
        run="",
        source=runs[0].source,
        verdict=next(verdict for verdict in WORST_FIRST if verdict in verdicts),
        checked=tuple(checked),
        not_applicable=tuple(entry for code, entry in silent.items() if code not in checked),
        findings=tuple(findings),
    )


def _suite(run: RunReport) -> Xml.Element:
    name = run.place
    suite = Xml.Element("testsuite", name=_xml(name))
    names = {rule.code: rule.slug for rule in rules()}
    failures = errors = 0
    for code in run.checked:
        case = Xml.SubElement(suite, "testcase", classname=_xml(name), name=_named(code, names))
        found = [finding for finding in run.findings if finding.code == code]
        failures += bool(found)
        for finding in found:
            failure = Xml.SubElement(case, "failure", type=code, message=_xml(finding.title))
            failure.text = _xml(plain(finding))
    silent = [entry for entry in run.not_applicable if entry.code not in run.checked]
    for entry in silent:
        case = Xml.SubElement(
            suite, "testcase", classname=_xml(name), name=_named(entry.code, names)
        )
        broken = run.verdict == "error"
        errors += broken
        Xml.SubElement(case, "error" if broken else "skipped", message=_xml(f"needs {entry.needs}"))
    suite.set("tests", str(len(run.checked) + len(silent)))
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    suite.set("skipped", str(len(silent) - errors))
    return suite


def _named(code: str, names: dict[str, str]) -> str:
    return f"{code} {names[code]}" if code in names else code


def _xml(text: str) -> str:
    """Text without what XML 1.0 cannot hold."""
    return visible(text)


def plain(finding: Finding) -> str:
    """A finding on a few plain lines."""
    evidence = finding.evidence
    lines = [
        f"agents: {', '.join(finding.agents)}" if finding.agents else "",
        _steps(finding),
        f"cost: {costs(finding.cost)}" if costs(finding.cost) else "",
        *(f"step {q.step} {q.agent}: {q.text}" for q in evidence.quotes),
        evidence.counterfactual,
        f"this may be wrong: {evidence.doubt}" if evidence.doubt else "",
        f"help: {finding.advice}" if finding.advice else "",
    ]
    return "\n".join(line for line in lines if line)


def _steps(finding: Finding) -> str:
    if finding.first_step is None:
        return ""
    return f"steps: {finding.first_step} to {finding.last_step}"


# -- SARIF -------------------------------------------------------------------------------------
def sarif(report: Report) -> str:
    """One SARIF run with every finding as a result; its location is the recording."""
    known = rules()
    index = {rule.code: place for place, rule in enumerate(known)}
    found = [(finding, run) for run in report.runs for finding in run.findings]
    found.sort(key=lambda each: -SEVERITIES.index(each[0].severity))  # what is cut off is the least
    results = [_result(finding, run, index) for finding, run in found[:RESULTS]]
    log = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(known)},
                "columnKind": "utf16CodeUnits",
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _driver(known: tuple[Rule, ...]) -> dict[str, object]:
    return {
        "name": "agentloupe",
        "semanticVersion": _version(),
        "rules": [
            {
                "id": rule.code,
                "name": rule.slug,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.docs},
                "help": {"text": f"{rule.advice}\n\nThis may be wrong: {rule.doubt}"},
                "defaultConfiguration": {"level": _LEVEL[rule.severity]},
            }
            for rule in known
        ],
    }


def _version() -> str:
    try:
        return version("agentloupe")
    except PackageNotFoundError:
        return "0.0.0"


def _result(finding: Finding, run: RunReport, index: dict[str, int]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": _LEVEL[finding.severity],
        "message": {"text": f"{finding.title}\n{plain(finding)}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(run.source)}},
                "logicalLocations": [{"name": agent, "kind": "object"} for agent in finding.agents],
            }
        ],
        "properties": {
            "run": run.run,
            "firstStep": finding.first_step,
            "lastStep": finding.last_step,
            "confidence": finding.confidence,
            "certainty": finding.certainty,
        },
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    if finding.fingerprint:
        result["partialFingerprints"] = {"agentloupe/v1": finding.fingerprint}
    return result


def _uri(source: str) -> str:
    path = Path(source)
    return path.as_uri() if path.is_absolute() else path.as_posix()


# -- GitHub ------------------------------------------------------------------------------------
def github(report: Report) -> str:
    """Workflow commands: the first ten findings of each severity, then how many were left out."""
    shown: dict[Severity, int] = {"error": 0, "warning": 0, "info": 0}
    lines: list[str] = []
    for run in report.runs:
        for finding in run.findings:
            shown[finding.severity] += 1
            if shown[finding.severity] <= ANNOTATIONS:
                lines.append(_annotation(finding, run))
    lines.extend(_left_out(shown))
    return "\n".join(lines) + "\n" if lines else ""


def _left_out(shown: dict[Severity, int]) -> Iterator[str]:
    for severity, count in shown.items():
        if count > ANNOTATIONS:
            yield f"{count - ANNOTATIONS} more findings of severity {severity} are in the report"


def _annotation(finding: Finding, run: RunReport) -> str:
    command = _COMMAND[finding.severity]
    title = _property(f"{finding.code} {finding.slug}")
    at = "" if finding.first_step is None else f"@{finding.first_step}"
    where = f"{run.place}{at}"
    message = _data(f"{finding.title} ({where})\n{plain(finding)}")
    return f"::{command} title={title}::{message}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
