"""Where spans are sent, and what the environment says about how.

`OTEL_EXPORTER_OTLP_HEADERS`, `_TIMEOUT`, `_COMPRESSION`, `_PROTOCOL`, `_CERTIFICATE`, `_CLIENT_KEY`
and `_CLIENT_CERTIFICATE` (also with `TRACES_` before the last word) are honoured as the
specification has them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from ..errors import LoupeError


class BadEndpoint(LoupeError):  # noqa: N818 reads as a sentence
    """An address that spans cannot be sent to, or with what cannot be sent along."""

    code = "LP112"


def setting(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """`OTEL_EXPORTER_OTLP_TRACES_NAME`, else `OTEL_EXPORTER_OTLP_NAME`, else ""."""
    prefix = "OTEL_EXPORTER_OTLP_"
    return environment.get(f"{prefix}TRACES_{name}") or environment.get(f"{prefix}{name}") or ""


def headers(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`key=value,key=value`, percent-encoded."""
    found: dict[str, str] = {}
    for entry in setting("HEADERS", environment).split(","):
        key, separator, value = entry.partition("=")
        if separator and key.strip():
            found[unquote(key.strip()).lower()] = unquote(value.strip())
    return found


def timeout(environment: Mapping[str, str] = os.environ) -> float:
    """Seconds a request may take, from its beginning to the end of the answer."""
    try:
        return max(0.1, float(setting("TIMEOUT", environment) or 10))
    except ValueError:
        return 10.0


def endpoint(url: str) -> SplitResult:
    """An `http(s)://` or `grpc(s)://` address, in parts.

    Raises:
        BadEndpoint: it is another kind of address, or it holds a password.
    """
    advice = "as in http://localhost:4318 or grpc://localhost:4317"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        usable = parts.scheme in ("http", "https", "grpc", "grpcs") and parts.hostname
        _ = parts.port
    except ValueError as error:
        raise BadEndpoint(f"{url!r} is no OTLP address: {error}", advice) from None
    if not usable:
        raise BadEndpoint(f"{url!r} is no OTLP address", advice)
    if parts.username is not None or parts.password is not None:
        raise BadEndpoint(
            "an OTLP address with a user's name or password in it is not sent to",
            "say OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20…, which is not shown by `ps`",
        )
    return parts
