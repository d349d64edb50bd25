"""MCP: `mcp` spans around every request that a session sends to a server.

All requests of the Python client pass one method, whatever the transport and whoever asks, so that
one hook sees AutoGen's workbench and tools, and sessions of the program's own. The span's context
is handed over in the request's `_meta` (`traceparent` of W3C; SEP-414 of the protocol), where a
server that is instrumented finds it, and its spans join the run.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ...tracer import conventions as c
from ...tracer.bodies import snapshot
from ...tracer.recorder import LiveSpan, Recorder, current_span
from .watching import Args, Call, Kwargs, Watch, call_of

#: What each session's server said of itself: name, protocol version.
_known: weakref.WeakKeyDictionary[Any, tuple[str, str]] = weakref.WeakKeyDictionary()
#: Requests on their way, by the identity of the object that goes with them to the transport.
_underway: dict[int, LiveSpan] = {}


class Request(Call):
    """A request waits for its answer."""

    __slots__ = ("_extra", "_method", "_token")

    def __init__(self, session: Any, span: LiveSpan, method: str, extra: Kwargs) -> None:
        asking = call_of(current_span())
        super().__init__(session, span)
        self._method = method
        self._extra = extra
        self._token: Any = getattr(asking, "token", None)

    @property
    def extra(self) -> Mapping[str, Any]:
        return self._extra

    def result(self, value: Any) -> None:
        self.span.body(c.TOOL_RESULT, snapshot(value))
        if getattr(value, "isError", None) is True:
            self.span.error = f"ToolError: {_text_of(value)}"[:500]
        if self._method == "initialize":
            server = getattr(getattr(value, "serverInfo", None), "name", "")
            _known[self.owner] = str(server), str(getattr(value, "protocolVersion", ""))
            _describe_server(self.span, self.owner)

    def end(self) -> None:
        if self._token is not None and self._token.is_cancelled():
            self.span.set(c.MCP_CANCELLED, True)
        _underway.pop(id(self._extra.get("metadata")), None)
        super().end()


class Posted(Call):
    """The HTTP transport carries a request: it knows the session's id."""

    def __init__(self, transport: Any, span: LiveSpan) -> None:
        self.owner = transport
        self.span = span

    def result(self, value: Any) -> None:
        session = getattr(self.owner, "session_id", None)
        if isinstance(session, str):
            self.span.set(c.MCP_SESSION, session)

    def failed(self, error: BaseException) -> None:
        self.result(None)

    def left(self) -> None:
        pass

    def end(self) -> None:
        pass


def _text_of(result: Any) -> str:
    texts = [getattr(part, "text", None) for part in getattr(result, "content", None) or ()]
    return " ".join(text for text in texts if isinstance(text, str))


def _describe_server(span: LiveSpan, session: Any) -> None:
    server, version = _known.get(session, ("", ""))
    if server:
        span.set(c.MCP_SERVER, server)
    if version:
        span.set(c.MCP_PROTOCOL, version)


def traceparent(span: LiveSpan) -> str:
    """A span's context as W3C writes it."""
    return f"00-{span.run.trace_id:032x}-{span.id:016x}-01"


def _hand_over(span: LiveSpan, request: Any) -> None:
    """Put the span's context into the request's `_meta`, unless the program has put one there."""
    from mcp.types import PaginatedRequestParams, RequestParams  # the program has loaded it

    if request.params is None:
        request.params = PaginatedRequestParams()
    given: RequestParams = request.params
    if given.meta is None:
        given.meta = RequestParams.Meta()
    if getattr(given.meta, "traceparent", None) is None:
        given.meta = given.meta.model_copy(update={"traceparent": traceparent(span)})


class McpInstrumentor:
    """Watches the sessions of the Python MCP client."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch the sessions, or the HTTP transport."""
        watch = Watch(recorder)
        if module.__name__ == "mcp.shared.session":

            def request(session: Any, args: Args, kwargs: Kwargs) -> Call | None:
                return _asked(recorder, session, args, kwargs)

            watch.methods(module.BaseSession, {"send_request": request})
        else:
            watch.methods(module.StreamableHTTPTransport, {"_handle_post_request": _posted})
        return watch.undo


def _asked(recorder: Recorder, session: Any, args: Args, kwargs: Kwargs) -> Call:
    outer: Any = kwargs.get("request", args[0] if args else None)
    request: Any = getattr(outer, "root", outer)
    method, parameters = str(request.method), request.params
    tool = getattr(parameters, "name", None)
    target = f" {tool}" if isinstance(tool, str) else ""
    span = recorder.span(c.MCP, f"{method}{target}", attributes={c.MCP_METHOD: method})
    number = getattr(session, "_request_id", None)
    if isinstance(number, int):
        span.set(c.JSONRPC_ID, str(number))
    _describe_server(span, session)
    _describe(span, method, parameters)
    deadline = kwargs.get("request_read_timeout_seconds") or (args[2] if len(args) > 2 else None)
    deadline = deadline or getattr(session, "_session_read_timeout_seconds", None)
    if deadline is not None:
        span.set(c.DEADLINE, deadline.total_seconds())
    _hand_over(span, request)
    return Request(session, span, method, _marked(span, args, kwargs))


def _describe(span: LiveSpan, method: str, parameters: Any) -> None:
    if method == "tools/call":
        span.set(c.TOOL_NAME, str(parameters.name))
        span.body(c.TOOL_ARGUMENTS, snapshot(parameters.arguments or {}))
    elif parameters is not None:
        given: dict[str, Any] = parameters.model_dump(mode="json", exclude={"meta"})
        span.body(c.TOOL_ARGUMENTS, snapshot({k: v for k, v in given.items() if v is not None}))
        uri = getattr(parameters, "uri", None)
        if uri is not None:
            span.set(c.MCP_RESOURCE, str(uri))


def _marked(span: LiveSpan, args: Args, kwargs: Kwargs) -> Kwargs:
    """Have the transport know which request it carries, where the caller gives it nothing else."""
    if len(args) > 3 or kwargs.get("metadata") is not None:
        return {}
    from mcp.shared.message import ClientMessageMetadata

    mark = ClientMessageMetadata()
    _underway[id(mark)] = span
    return {"metadata": mark}


def _posted(transport: Any, args: Args, kwargs: Kwargs) -> Call | None:
    context: Any = kwargs.get("ctx", args[0] if args else None)
    span = _underway.get(id(getattr(context, "metadata", None)))
    return None if span is None else Posted(transport, span)


instrumentor = McpInstrumentor()
