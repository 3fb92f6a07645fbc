"""What HDFS says, in words: hdfs-native raises Java's exceptions as texts with a stack trace."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sparkferry.errors import ExternalError

ABSENT = (FileNotFoundError, RuntimeError)
"""What may say that a path is not there."""

_NOT_A_DIRECTORY = "(is not a directory)"

_HINTS = {
    "AccessControlException": "HADOOP_USER_NAME, or the Kerberos ticket, says who asks: let the "
    "administrator of HDFS give that user a directory",
    "QuotaExceededException": "delete what is not needed: `sparkferry gc`, or ask for a larger quota",
    "SafeModeException": "HDFS is read-only while it starts: try again in a minute",
    "StandbyException": "name the nameservice in the store's URL, not one of its NameNodes",
    "GSSAPI": "get a Kerberos ticket: `kinit`",
}


def is_absent(error: Exception) -> bool:
    """Return whether an error says that there is no such file: also where a parent is none."""
    return isinstance(error, FileNotFoundError) or _NOT_A_DIRECTORY in str(error)


@contextmanager
def telling(action: str, path: str) -> Iterator[None]:
    """Explain what HDFS says within the block.

    :raises ExternalError: it refused, or cannot be reached.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        said = str(error)
        hint = next((hint for name, hint in _HINTS.items() if name in said), None)
        raise ExternalError(
            f"could not {action} `{path}` in HDFS: {words_of(said)}", hint=hint
        ) from None


_RPC = re.compile(r'RPCError\("(?:\w+\.)*(\w+)", "(.*)', re.DOTALL)
"""How hdfs-native shows what a NameNode raised: class and message."""


def words_of(said: str) -> str:
    """Return a message without its Java stack trace."""
    text = said.replace("\\n", "\n").replace("\\t", "\t").partition("\n\tat ")[0]
    found = _RPC.fullmatch(text)
    if found:
        text = f"{found[1]}: {found[2]}".replace('\\"', '"')
    return " ".join(text.split())
