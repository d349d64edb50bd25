"""OTLP over gRPC, received on loopback. Needs grpcio, which opentelemetry-exporter-otlp brings."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, cast

import grpc

from .receiver import MAX_BODY, Receiver, Refused

SERVICE: Final = "opentelemetry.proto.collector.trace.v1.TraceService"
WORKERS: Final = 4
WAITING: Final = 64  # calls taken at a time; beyond it they are told to come back
_CODES: Final = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}


class GrpcServer:
    """The server, on one port of several loopback addresses.

    Raises:
        RuntimeError: the port is taken.
    """

    def __init__(self, hosts: Sequence[str], port: int, receiver: Receiver) -> None:
        self._receiver = receiver
        self._server = grpc.server(
            ThreadPoolExecutor(WORKERS, thread_name_prefix="agentloupe-grpc"),
            maximum_concurrent_rpcs=WAITING,
            options=[
                ("grpc.max_receive_message_length", MAX_BODY),
                ("grpc.so_reuseport", 0),
                ("grpc.max_concurrent_streams", WAITING),
                ("grpc.http2.max_pings_without_data", 4),
                ("grpc.http2.bdp_probe", 0),  # else whole requests come that nobody reads yet
            ],
        )
        take: object = grpc.unary_unary_rpc_method_handler(self._export)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  bytes in and out
        handlers = cast("dict[str, grpc.RpcMethodHandler[bytes, bytes]]", {"Export": take})
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, handlers),)
        )
        self.port = port
        for host in hosts:
            self.port = self._server.add_insecure_port(f"{host}:{self.port}")
        self._server.start()

    def _export(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            with self._receiver.holding(len(request)):
                self._receiver.take_protobuf(request)
        except Refused as refused:
            code = _CODES.get(refused.code, grpc.StatusCode.INTERNAL)
            context.abort(code, str(refused)[:500].encode("ascii", "replace").decode())
        return b""

    def close(self) -> None:
        """Let calls under way end, for a second."""
        self._server.stop(1.0).wait()
