"""The pytest plugin: tests whose agents are recorded and judged.

    @pytest.mark.agentloupe(leaks=True, iterations=500)
    async def test_the_team_forgets(): ...

    async def test_the_team_ends(loupe_run):
        await team.run(task="...")
        loupe_run.no_loops()

pytest loads this module in every project that has agentloupe installed, so nothing of ours is
imported before a test asks for it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from .gate import Verdict

MARK: Final = "agentloupe"
NOTE: Final = (
    "agentloupe.note"  # the property by which a test says what the end of the output tells
)
FAMILIES: Final = ("leaks", "loops", "hangs")
SELECTORS: Final = {"leaks": ("leak",), "loops": ("loop",), "hangs": ("hang", "drop")}
ENOUGH: Final = 500  # iterations for a verdict on leaks

_again: Final = pytest.StashKey[bool]()  # the body is called once more to confirm a leak
_failed: Final = pytest.StashKey[bool]()
_run: Final = pytest.StashKey["LoupeRun"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("agentloupe", "agentloupe: agents recorded and judged")
    group.addoption("--loupe-record", action="store_true", help="record every test, and keep it")
    group.addoption(
        "--loupe-dir",
        metavar="DIR",
        help="where recordings of tests go: those of failed tests, or all with --loupe-record "
        "(.agentloupe/tests)",
    )
    group.addoption(
        "--loupe-baseline", metavar="FILE", help="findings that are known and accepted until a date"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "agentloupe(leaks=False, loops=True, hangs=True, iterations=1, select=(), ignore=(), "
        "confirm=True): record the test and fail it for what the rules find; `iterations` calls "
        "its body so many times (500 with leaks=True), `confirm` repeats a leak before it fails.",
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which tests could not be judged: silence would look like a pass."""
    lines = [
        f"{report.nodeid}: {text}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"  # they may come from other processes
        for name, text in report.user_properties
        if name == NOTE
    ]
    if lines:
        terminalreporter.section("agentloupe: inconclusive")
        for line in lines:
            terminalreporter.line(line)


# -- the marker ----------------------------------------------------------------------------------
class Plan:
    """What a marker asks for."""

    def __init__(
        self,
        *,
        leaks: bool = False,
        loops: bool = True,
        hangs: bool = True,
        iterations: int | None = None,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        confirm: bool = True,
    ) -> None:
        asked = {"leaks": leaks, "loops": loops, "hangs": hangs}
        families = [each for family in FAMILIES if asked[family] for each in SELECTORS[family]]
        self.select = (*families, *([select] if isinstance(select, str) else select))
        self.ignore = (ignore,) if isinstance(ignore, str) else tuple(ignore)
        self.iterations = iterations or (ENOUGH if leaks else 1)
        self.confirm = confirm

    @classmethod
    def of(cls, item: pytest.Item) -> Plan | None:
        marker = item.get_closest_marker(MARK)
        if marker is None:
            return None
        try:
            return cls(*marker.args, **marker.kwargs)
        except TypeError as error:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.{MARK}: {error}") from None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Record the test's body, as often as the marker says, and judge it."""
    plan = Plan.of(pyfuncitem)
    if _again in pyfuncitem.stash:
        return (yield)
    if plan is None:
        if not pyfuncitem.config.getoption("--loupe-record"):
            return (yield)
        with recorded(pyfuncitem):
            return (yield)
    body = pyfuncitem.obj
    with recorded(pyfuncitem) as run:
        pyfuncitem.obj = repeated(body, plan.iterations)
        try:
            result = yield
        finally:
            pyfuncitem.obj = body
        verdict = run.judge(plan.select, plan.ignore)
        if verdict.rates and plan.confirm and len(verdict.failing) == len(verdict.rates):
            verdict = _confirmed(pyfuncitem, plan, run, verdict)
        run.conclude(verdict)
    return result


def _confirmed(item: pytest.Function, plan: Plan, run: LoupeRun, first: Verdict) -> Verdict:
    """A leak counts if twice as many repetitions show it again: what fills up ends by then."""
    from .gate import Verdict

    body = item.obj
    item.obj = repeated(body, 2 * plan.iterations)
    item.stash[_again] = True
    try:
        run.restart()
        item.ihook.pytest_pyfunc_call(pyfuncitem=item)
    finally:
        item.obj = body
        del item.stash[_again]
    second = run.judge(plan.select, plan.ignore)
    again = tuple(
        each
        for each in second.failing
        if each.evidence.facts.get("counter") in (None, *first.rates)
    )
    if not again:
        run.note(f"grew once and not again: {', '.join(first.rates)}")
    return Verdict(second.report, again)


def repeated(body: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The body of a test, called so many times with the same fixtures."""
    if times == 1:
        return body
    if inspect.iscoroutinefunction(body):

        @functools.wraps(body)
        async def again(*args: Any, **kwargs: Any) -> None:
            for _ in range(times):
                await body(*args, **kwargs)

        return again

    @functools.wraps(body)
    def over(*args: Any, **kwargs: Any) -> None:
        for _ in range(times):
            body(*args, **kwargs)

    return over


# -- one recorded test -----------------------------------------------------------------------------
class LoupeRun:
    """A test while it is recorded. Each check judges what was recorded up to then."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._stack = ExitStack()
        self.path = Path()
        self._start()

    def _start(self) -> None:
        from ..tracer import record
        from ..tracer.locate import fresh_path

        wanted = fresh_path(self._item.name, _folder(self._item.config))
        self._recorder = self._stack.enter_context(
            record(self._item.name, path=wanted, collect=True)
        )
        self.path = self._recorder.path
        self._own = self.path == wanted  # else somebody records all of pytest

    def restart(self) -> None:
        """Throw away what was recorded and begin anew."""
        self._stack.close()
        if self._own:
            _remove(self.path)
        self._start()

    def judge(self, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> Verdict:
        """What the rules say of the recording so far, less what the baseline accepts."""
        from .gate import judge

        self._recorder.flush()
        baseline: str | None = self._item.config.getoption("--loupe-baseline")
        return judge(self.path, select=select, ignore=ignore, baseline=baseline)

    def no_loops(self) -> None:
        """Fail if agents repeated themselves without getting anywhere."""
        __tracebackhide__ = True
        self._none(SELECTORS["loops"])

    def no_leaks(self) -> None:
        """Fail if memory or resources grew with every message."""
        __tracebackhide__ = True
        self._none(SELECTORS["leaks"])

    def no_hangs(self) -> None:
        """Fail if something waited in vain, or a message reached nobody."""
        __tracebackhide__ = True
        self._none(SELECTORS["hangs"])

    def no_findings(self, *select: str) -> None:
        """Fail for anything that the rules named by `select` find, all rules by default."""
        __tracebackhide__ = True
        self._none(select)

    def _none(self, select: tuple[str, ...]) -> None:
        __tracebackhide__ = True
        self.conclude(self.judge(select))

    def conclude(self, verdict: Verdict) -> None:
        """Fail the test for what was found; note what could not be judged."""
        __tracebackhide__ = True
        for counter, rate in verdict.rates.items():
            self._property(f"agentloupe.{counter}_per_message", rate)
        if verdict.failing:
            pytest.fail(f"{verdict.text()}\n\nrecording: {self.shown_path}", pytrace=False)
        if verdict.undecided:
            self.note(f"inconclusive: {verdict.undecided}")

    def note(self, text: str) -> None:
        """A line for the end of pytest's output."""
        self._property(NOTE, text)

    @property
    def shown_path(self) -> str:
        """Where the recording lies, as one would type it."""
        from os.path import relpath

        return min(relpath(self.path), str(self.path), key=len)

    def _property(self, name: str, value: object) -> None:
        self._item.user_properties.append((name, value))

    def close(self, *, failed: bool) -> None:
        """End the recording; it is kept if the test failed or all are to be kept."""
        self._stack.close()
        if failed or self._item.config.getoption("--loupe-record"):
            self._property("agentloupe.recording", str(self.path))
        elif self._own:
            _remove(self.path)


def _folder(config: pytest.Config) -> Path:
    from ..tracer.locate import recordings_dir

    chosen: str | None = config.getoption("--loupe-dir")
    folder = Path(chosen) if chosen else recordings_dir() / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


def _remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink(missing_ok=True)


@contextmanager
def recorded(item: pytest.Item) -> Generator[LoupeRun]:
    """Record a test; one recording a test, however many ask for it."""
    outer = item.stash.get(_run, None)
    if outer is not None:
        yield outer
        return
    run = item.stash[_run] = LoupeRun(item)
    failed = True
    try:
        yield run
        failed = item.stash.get(_failed, False)
    finally:
        del item.stash[_run]
        run.close(failed=failed)


@pytest.fixture
def loupe_run(request: pytest.FixtureRequest) -> Generator[LoupeRun]:
    """The test, recorded: `no_loops()`, `no_leaks()`, `no_hangs()`, `no_findings(...)`."""
    with recorded(request.node) as run:
        yield run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failed call for the fixture, which ends after it."""
    report = yield
    if report.failed:
        item.stash[_failed] = True
    run = item.stash.get(_run, None)
    if report.failed and run is not None:
        report.sections.append(("agentloupe", f"recording: {run.shown_path}"))
    return report
