"""Watching methods: those of classes that exist, and of classes a program will define.

A watched coroutine or asynchronous generator runs as before, with a span around it. Three things
keep it from being noticed by the program: the span is current only while the method's own code
runs, never between two items of a stream; the frames of this module are left out of tracebacks
(agents send tracebacks as messages) and of what `warnings.warn(stacklevel=...)` counts; and nothing
that recording does may raise.
"""

from __future__ import annotations

import copy
import functools
import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextvars import Token
from types import CoroutineType, FunctionType, TracebackType
from typing import Any, Final, TypeVar, cast

import wrapt

from ...tracer import conventions as c
from ...tracer.interrupts import interrupts
from ...tracer.recorder import LiveSpan, Recorder, active, current_span, reset_current, set_current
from ..driver import Measured, Slices, measured

#: `warnings` passes over frames whose file names both of these modules.
UNSEEN: Final = "<agentloupe, passed over like importlib._bootstrap>"

LEFT: Final = "CancelledError: the program stopped reading before the end"

F = TypeVar("F", bound=FunctionType)
Args = tuple[Any, ...]
Kwargs = dict[str, Any]

_calls: dict[LiveSpan | None, Call] = {}  # by their spans; none for None


def unseen(function: Any) -> Any:
    """Make a function's frames invisible to `warnings.warn(stacklevel=...)`."""
    function.__code__ = function.__code__.replace(co_filename=UNSEEN)
    return function


unseen(Slices.__next__)
unseen(Slices.send)
unseen(Slices.throw)


class Call:
    """A watched call while it goes on: its span and the object it was made on.

    Subclasses add what the arguments, items and result say.
    """

    __slots__ = ("owner", "span")

    @property
    def extra(self) -> Mapping[str, Any]:
        """Keyword arguments that the call gets besides its own; coroutine functions only."""
        return {}

    def __init__(self, owner: object, span: LiveSpan) -> None:
        self.owner = owner
        self.span = span
        _calls[span] = self

    def item(self, value: Any) -> None:
        """A stream gave an item."""

    def result(self, value: Any) -> None:
        """The call returned; None at the end of a stream."""

    def failed(self, error: BaseException) -> None:
        """The call raised."""
        self.span.fail(error)

    def left(self) -> None:
        """Nobody waits for the rest of it."""
        self.span.error = LEFT

    def end(self) -> None:
        """It is over, one way or the other."""
        _calls.pop(self.span, None)
        self.span.end()


#: Starts the record of a call from (object, arguments, keyword arguments); None: it needs none.
Opener = Callable[[Any, Args, Kwargs], Call | None]


def call_of(span: LiveSpan | None) -> Call | None:
    """The call that `span` records, None when it is no watched call's."""
    return _calls.get(span)


def within(owner: object) -> bool:
    """Whether the code that asks runs directly inside a recorded call of `owner` itself."""
    call = call_of(current_span())
    return call is not None and owner is not None and call.owner is owner


def told(function: Callable[..., Any], *values: object) -> Any:
    """Recording must not disturb: what fails in it is reported once, the program goes on."""
    try:
        return function(*values)
    except Exception as error:
        _untold(function, error)
    return None


def _untold(function: object, error: Exception) -> None:
    if interrupts(error):
        raise error
    recorder = active()
    if recorder is not None:
        where = getattr(function, "__qualname__", repr(function))
        recorder.notice(f"{where} could not record: {type(error).__name__}: {error}")


Tokens = tuple[Token[LiveSpan | None], Token[Measured] | None]


def _enter(call: Call | None, own: Measured = None) -> Tokens | None:
    if call is None:
        return None
    return set_current(call.span), None if own is None else measured.set(own)


def _leave(tokens: Tokens | None) -> None:
    if tokens is not None:
        try:
            reset_current(tokens[0])
            if tokens[1] is not None:
                measured.reset(tokens[1])
        except ValueError:
            pass  # thrown away, it is closed in whatever context the collector runs in


def _opened(opener: Opener, owner: object, args: Args, kwargs: Kwargs) -> tuple[Call | None, Any]:
    """The call, and what it is measured for. As `told`, which costs each call more."""
    try:
        call = opener(owner, args, kwargs)
    except Exception as error:
        _untold(opener, error)
        return None, None
    if call is None or call.span.op != c.AGENT:
        return call, None
    return call, told(_own, call)


def _over(call: Call, value: object) -> None:
    """It returned, or its stream is at its end."""
    try:
        call.result(value)
    except Exception as error:
        _untold(call.result, error)


def _end(call: Call) -> None:
    try:
        call.end()
    except Exception as error:
        _untold(call.end, error)


def _own(call: Call) -> Measured:
    """What a turn is measured for that no delivery to its agent is around: it was called by the
    program, or by another agent as its tool."""
    around, who = current_span(), call.span.agent
    if around is not None and around.step is not None and around.agent == who:
        return None
    sampler = call.span.recorder.sampler
    tally = sampler.measures(who, call.span.start_ns)
    return None if tally is None else (sampler, tally)


def _without_us(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == UNSEEN:
        trace = trace.tb_next
    return trace


def raised(call: Call | None, error: BaseException) -> None:
    """An exception passes: it is told to the call, and our frames are taken off it."""
    if call is not None:
        if isinstance(error, GeneratorExit):
            told(call.left)
        else:
            told(call.failed, error)
    error.__traceback__ = _without_us(error.__traceback__)


def _driven(awaitable: Awaitable[Any]) -> Awaitable[Any]:
    """Measured for the agent, also in a task of its own: tools are called under `gather`."""
    of = measured.get()
    if of is None or not isinstance(awaitable, CoroutineType):
        return awaitable
    return Slices(cast("CoroutineType[Any, Any, Any]", awaitable), *of)


@unseen
async def _awaited(
    make: Callable[..., Awaitable[Any]], opener: Opener, owner: object, args: Args, kwargs: Kwargs
) -> Any:
    call, own = _opened(opener, owner, args, kwargs)
    tokens = _enter(call, own)
    try:
        result = await _driven(make() if call is None else make(**call.extra))
        if call is not None:
            _over(call, result)
        return result
    except BaseException as error:
        raised(call, error)
        raise
    finally:
        _leave(tokens)
        if call is not None:
            _end(call)


@unseen
async def _streamed(
    make: Callable[[], AsyncIterator[Any]],
    opener: Opener,
    owner: object,
    args: Args,
    kwargs: Kwargs,
) -> AsyncGenerator[Any, Any]:
    call = None
    try:
        stream: Any = make()
        call, own = _opened(opener, owner, args, kwargs)
        step = stream.__anext__()
        while True:
            tokens = _enter(call, own)
            try:
                item = await (step if own is None else Slices(step, *own))
            except StopAsyncIteration:
                break
            finally:
                _leave(tokens)
            try:
                if call is not None:
                    call.item(item)
            except Exception as error:
                _untold(call.item, error)  # pyright: ignore[reportOptionalMemberAccess]  it raised
            try:
                sent = yield item
            except GeneratorExit:
                tokens = _enter(call)
                if hasattr(stream, "aclose"):
                    await stream.aclose()
                _leave(tokens)
                raise
            except BaseException as thrown:
                step = stream.athrow(thrown)
            else:
                step = stream.__anext__() if sent is None else stream.asend(sent)
        if call is not None:
            _over(call, None)
    except BaseException as error:
        raised(call, error)
        raise
    finally:
        if call is not None:
            _end(call)


def named(running: Any, method: Any) -> Any:
    """Messages about a coroutine ("was never awaited") name the program's own method."""
    running.__name__ = method.__name__
    running.__qualname__ = method.__qualname__
    return running


def _given(made: Any) -> Callable[[], Any]:
    return lambda: made


def _wrapper(
    function: Any, opener: Opener, recorder: Recorder, *, inside: bool
) -> Callable[..., Any]:
    """What is called in place of `function`, in the form wrapt wants it."""

    def passed_by(owner: Any) -> bool:
        if active() is not recorder:
            return True
        if inside or owner is None:
            return False
        around = _calls.get(current_span())  # as `within`
        return around is not None and around.owner is owner

    @unseen
    def coroutine(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        if passed_by(owner):
            return method(*args, **kwargs)
        make = functools.partial(method, *args, **kwargs)
        return named(_awaited(make, opener, owner, args, kwargs), method)

    @unseen
    def stream(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        if passed_by(owner):
            return method(*args, **kwargs)
        make = functools.partial(method, *args, **kwargs)
        return named(_streamed(make, opener, owner, args, kwargs), method)

    @unseen
    def plain(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        made = method(*args, **kwargs)
        if passed_by(owner):
            return made
        if inspect.isasyncgen(made):
            return named(_streamed(_given(made), opener, owner, args, kwargs), method)
        if isinstance(made, CoroutineType):
            return named(_awaited(_given(made), opener, owner, args, kwargs), method)
        return made

    if inspect.iscoroutinefunction(function):
        return coroutine
    return stream if inspect.isasyncgenfunction(function) else plain


def _blocking_wrapper(opener: Opener, recorder: Recorder, *, inside: bool) -> Callable[..., Any]:
    """The same for a method that returns its result and no awaitable.

    All in one function: what it calls can be recursive, and each frame brings the limit nearer.
    """

    @unseen
    def blocking(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        if active() is not recorder or (not inside and within(owner)):
            return method(*args, **kwargs)
        call, own = _opened(opener, owner, args, kwargs)
        tokens = _enter(call, own)
        slice_ = 0 if own is None else own[0].begin(own[1])
        try:
            result = method(*args, **kwargs)
            if call is not None:
                _over(call, result)
            return result
        except BaseException as error:
            raised(call, error)
            raise
        finally:
            if own is not None:
                own[0].end(slice_)
            _leave(tokens)
            if call is not None:
                _end(call)

    return blocking


class _Bound(wrapt.BoundFunctionWrapper):  # pyright: ignore[reportMissingTypeArgument]  older ones take none
    """A watched method as an object or its class hands it out: copied, it is the program's own."""

    def __copy__(self) -> Any:
        return self.__wrapped__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  any method

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copy.deepcopy(self.__wrapped__, memo)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]  any method

    def __reduce_ex__(self, protocol: object) -> Any:
        return _itself, (self.__wrapped__,)  # pyright: ignore[reportUnknownMemberType]  any method


class Watched(wrapt.FunctionWrapper):  # pyright: ignore[reportMissingTypeArgument]  older ones take none
    """A watched method. Pickled by value (cloudpickle), it is the program's own again."""

    __bound_function_wrapper__ = _Bound

    def __reduce_ex__(self, protocol: object) -> Any:
        return _itself, (self.__wrapped__,)  # pyright: ignore[reportUnknownMemberType]  any function


def _itself(function: Any) -> Any:
    return function


#: How a method is wrapped: (as found in the class, the function, opener, recorder, inside).
Wrap = Callable[[Any, FunctionType, Opener, Recorder, bool], Any]


def awaited(raw: Any, function: Any, opener: Opener, recorder: Recorder, inside: bool) -> Any:
    """Wrap a method that gives an awaitable or an asynchronous generator."""
    return Watched(raw, _wrapper(function, opener, recorder, inside=inside))


def blocking(raw: Any, function: Any, opener: Opener, recorder: Recorder, inside: bool) -> Any:
    """Wrap a method that may be plain: it is over when it returns."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return awaited(raw, function, opener, recorder, inside)
    return Watched(raw, _blocking_wrapper(opener, recorder, inside=inside))


class Watch:
    """A set of watched methods, which can be let go together."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._undo: list[Callable[[], None]] = []

    def family(
        self,
        base: type,
        openers: Mapping[str, Opener],
        *,
        inside: bool = False,
        wrap: Wrap = awaited,
    ) -> None:
        """Watch methods of `base` and of every class derived from it, now or later.

        With `inside`, calls that an object makes on itself within a recorded call count too.
        """
        for cls in (base, *_descendants(base)):
            self.methods(cls, openers, inside=inside, wrap=wrap)
        self._follow(base, openers, inside=inside, wrap=wrap)

    def methods(
        self,
        cls: type,
        openers: Mapping[str, Opener],
        *,
        inside: bool = False,
        wrap: Wrap = awaited,
    ) -> None:
        """Watch methods as far as `cls` itself defines them."""
        for name, opener in openers.items():
            raw = cls.__dict__.get(name)
            function = raw.__func__ if isinstance(raw, staticmethod | classmethod) else raw  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  any function
            if not isinstance(function, FunctionType) or isinstance(raw, Watched):
                continue
            if not getattr(function, "__isabstractmethod__", False):
                self._replace(cls, name, raw, wrap(raw, function, opener, self._recorder, inside))

    def _replace(self, cls: type, name: str, raw: Any, watched: Any) -> None:
        setattr(cls, name, watched)

        def restore() -> None:
            if cls.__dict__.get(name) is watched:
                setattr(cls, name, raw)

        self._undo.append(restore)

    def _follow(
        self, base: type, openers: Mapping[str, Opener], *, inside: bool, wrap: Wrap
    ) -> None:
        original: Any = base.__dict__.get("__init_subclass__")

        @unseen
        def __init_subclass__(cls: type, **kwargs: Any) -> None:  # noqa: N807 it is the hook
            if original is None:
                super(base, cls).__init_subclass__(**kwargs)  # pyright: ignore[reportArgumentType]  cls derives from base
            else:
                original.__get__(None, cls)(**kwargs)
            told(lambda: self.methods(cls, openers, inside=inside, wrap=wrap))

        base.__init_subclass__ = classmethod(__init_subclass__)  # pyright: ignore[reportAttributeAccessIssue]  set on a class of the program's

        def restore() -> None:
            if original is None:
                del base.__init_subclass__
            else:
                base.__init_subclass__ = original

        self._undo.append(restore)

    def everywhere(self, original: Any, watched: Any) -> None:
        """Replace a function in every loaded module of its package that has it by name."""
        package = original.__module__.partition(".")[0]
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == package:
                for key, value in list(getattr(module, "__dict__", {}).items()):
                    if value is original:
                        self.swap(module, key, watched)

    def swap(self, place: object, name: str, value: object) -> None:
        """Replace an attribute of a module."""
        original = getattr(place, name)
        setattr(place, name, value)
        self._undo.append(lambda: setattr(place, name, original))

    def undo(self) -> None:
        """Let go of everything, the last first."""
        while self._undo:
            self._undo.pop()()


def _descendants(base: type) -> list[type]:
    found: dict[type, None] = {}
    todo = list(base.__subclasses__())
    while todo:
        cls = todo.pop()
        if cls not in found:
            found[cls] = None
            todo += cls.__subclasses__()
    return list(found)
