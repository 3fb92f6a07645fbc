"""From ``hdfs://nameservice/path`` to the store."""

import socket

from sparkferry.errors import ExternalError, UserError
from sparkferry.store.hdfs.store import HdfsStore
from sparkferry.store.location import Location

_CONNECT = 5.0
"""Seconds that a NameNode may take to accept a connection."""


def open_hdfs(location: Location) -> HdfsStore:
    """Return the store.

    ``HADOOP_CONF_DIR`` names the configuration, ``HADOOP_USER_NAME`` the user where there is no Kerberos;
    hdfs-native reads the latter, and a ticket cache, as Hadoop does.

    :raises UserError: hdfs-native is not installed.
    :raises ExternalError: nothing listens at the address.
    """
    try:
        from hdfs_native import Client
    except ImportError:
        raise UserError(
            f"could not open the store `hdfs://{location.bucket}`: hdfs-native is not installed",
            hint="pip install 'sparkferry[hdfs]'",
        ) from None
    _probe(location.bucket)
    url = f"hdfs://{location.bucket}"
    client = Client(url, config_dir=location.environ.get("HADOOP_CONF_DIR"))
    return HdfsStore(client, url, f"/{location.prefix}".rstrip("/"))


def _probe(authority: str) -> None:
    """Find out in seconds what hdfs-native tells after three minutes."""
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), _CONNECT).close()
    except OSError as error:
        raise ExternalError(
            f"could not open the store `hdfs://{authority}`: {error.strerror or error}",
            hint="check host and port of the NameNode (`hdfs getconf -confKey fs.defaultFS`)",
        ) from error
