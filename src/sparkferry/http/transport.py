"""httpx over SOCKS: its own transport with connections that the proxy makes.

Imported only where a proxy speaks SOCKS.
"""

import ssl

import httpcore
import httpx

from sparkferry.http.proxies import Proxy
from sparkferry.http.socks import SocksBackend


class SocksTransport(httpx.HTTPTransport):
    """Sends requests through a SOCKS proxy."""

    def __init__(self, context: ssl.SSLContext, proxy: Proxy, limits: httpx.Limits) -> None:
        super().__init__(verify=context, trust_env=False, limits=limits)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            network_backend=SocksBackend(proxy),
        )
