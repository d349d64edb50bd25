"""OTLP sent over gRPC, which keeps the time of a call itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

import grpc

from .endpoint import BadEndpoint, setting, timeout
from .http_out import rejected
from .sending import Unsent

METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
RETRYABLE: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)


class Grpc:
    """OTLP over gRPC.

    Raises:
        BadEndpoint: a certificate that the environment names cannot be read.
    """

    def __init__(
        self,
        target: str,
        environment: Mapping[str, str],
        sent: Mapping[str, str],
        *,
        secure: bool,
    ) -> None:
        self.target = target
        self._metadata = tuple(sent.items())
        self._timeout = timeout(environment)
        zipped = setting("COMPRESSION", environment) != "none"
        compression = grpc.Compression.Gzip if zipped else grpc.Compression.NoCompression
        if secure:
            self._channel = grpc.secure_channel(
                target, _credentials(environment), compression=compression
            )
        else:
            self._channel = grpc.insecure_channel(target, compression=compression)
        call: object = self._channel.unary_unary(METHOD)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  bytes in and out
        self._call = cast("Callable[..., bytes]", call)

    def send(self, body: bytes) -> int:
        """One call."""
        try:
            answer = self._call(body, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            code = error.code().name
            what = f"gRPC {code}: {error.details()}"
            raise Unsent(what, again=code in RETRYABLE) from error
        return rejected(answer)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


def _credentials(environment: Mapping[str, str]) -> grpc.ChannelCredentials:
    def read(name: str) -> bytes | None:
        path = setting(name, environment)
        try:
            return Path(path).read_bytes() if path else None
        except OSError as error:
            raise BadEndpoint(
                f"OTEL_EXPORTER_OTLP_{name} names {path!r}, which cannot be read: {error.strerror}",
                "it names a file in PEM form",
            ) from None

    return grpc.ssl_channel_credentials(
        read("CERTIFICATE"), read("CLIENT_KEY"), read("CLIENT_CERTIFICATE")
    )
