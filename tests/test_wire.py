"""What the errors of the HTTP client mean: each that there is, of httpx and of aiohttp below it."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import httpx
import pytest

from worker.outbound.wire import never_left

# Nothing was sent: to try again is safe. In the order of their trees.
SAFE = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
UNKNOWN = {
    "HTTPError",
    "RequestError",
    "TransportError",
    "TimeoutException",
    "ReadTimeout",
    "WriteTimeout",
    "NetworkError",
    "ReadError",
    "WriteError",
    "CloseError",
    "ProtocolError",
    "LocalProtocolError",
    "RemoteProtocolError",
    "DecodingError",
    "TooManyRedirects",
    "HTTPStatusError",
}
# Of aiohttp's, those of a connection that was never made.
SAFE_BELOW = {
    "ClientConnectorError",
    "ClientConnectorDNSError",
    "ClientSSLError",
    "ClientConnectorSSLError",
    "ClientConnectorCertificateError",
    "ClientProxyConnectionError",
    "UnixClientConnectorError",
    "ConnectionTimeoutError",
}


def tree(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for below in kind.__subclasses__():
        yield from tree(below)


def test_every_error_of_httpx_is_known_here() -> None:
    """A new one is put in its place by a person."""
    found = {kind.__name__ for kind in tree(httpx.HTTPError) if kind.__module__.startswith("httpx")}
    assert found == SAFE | UNKNOWN


@pytest.mark.parametrize("kind", [kind for kind in tree(httpx.HTTPError) if kind.__module__.startswith("httpx")])
def test_an_error_of_httpx_is_safe_only_where_nothing_was_sent(kind: type[Exception]) -> None:
    assert never_left(kind.__new__(kind)) == (kind.__name__ in SAFE)


@pytest.mark.parametrize("above", [httpx.ConnectTimeout, httpx.ConnectError, httpx.ReadTimeout])
@pytest.mark.parametrize(
    "below", [kind for kind in dict.fromkeys(tree(aiohttp.ClientError)) if kind.__module__.startswith("aiohttp")]
)
def test_where_aiohttp_speaks_it_is_believed_whatever_it_is_turned_into(
    above: type[Exception], below: type[Exception]
) -> None:
    error = above.__new__(above)
    error.__cause__ = below.__new__(below)
    assert never_left(error) == (below.__name__ in SAFE_BELOW)
