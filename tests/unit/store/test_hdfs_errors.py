import pytest

from sparkferry.errors import ExternalError
from sparkferry.store.hdfs.errors import is_absent, telling, words_of

DENIED = (
    'RPCError("org.apache.hadoop.security.AccessControlException", "Permission denied: user=alice, '
    'access=WRITE, inode=\\"/\\":hdfs:supergroup:drwxr-xr-x\\n\\tat org.apache.hadoop.hdfs.A.b(A.java:1)\\n")'
)


def test_what_a_namenode_says_without_its_stack_trace():
    assert words_of(DENIED) == (
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        'inode="/":hdfs:supergroup:drwxr-xr-x'
    )
    assert words_of("File does not exist: /x\n\tat org.apache.A.b(A.java:1)") == (
        "File does not exist: /x"
    )
    assert words_of("Connection refused (os error 111)") == "Connection refused (os error 111)"


def test_a_refusal_says_whom_to_ask():
    with (
        pytest.raises(
            ExternalError, match=r"could not write `/x` in HDFS: AccessControl"
        ) as caught,
        telling("write", "/x"),
    ):
        raise RuntimeError(DENIED)
    assert "HADOOP_USER_NAME" in str(caught.value.hint)


def test_what_is_not_there():
    assert is_absent(FileNotFoundError("x"))
    assert is_absent(RuntimeError('RPCError("…AccessControlException", "/a (is not a directory)…'))
    assert not is_absent(RuntimeError(DENIED))
