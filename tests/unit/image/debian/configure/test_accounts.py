import pytest

from sparkferry.errors import UserError
from sparkferry.image.debian.configure.accounts import accounts
from sparkferry.image.debian.configure.unpacked import Account

SPARK = Account(name="spark", uid=1099, gid=1099, home="/home/spark", comment="Spark")
MASTERS = (
    "base-passwd",
    {
        "usr/share/base-passwd/passwd.master": "root:*:0:0:root:/root:/bin/bash\n",
        "usr/share/base-passwd/group.master": "root:*:0:\n",
    },
)
BASE = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n",
    "etc/group": b"root:x:0:\nusers:x:100:\n",
    "etc/shadow": b"root:*:1::::::\n",
}


def test_base_passwds_accounts_and_ours(unpacked, tree):
    found = tree(accounts(unpacked(MASTERS), (SPARK,)))
    assert found["etc/passwd"].content == (
        b"root:*:0:0:root:/root:/bin/bash\nspark:x:1099:1099:Spark:/home/spark:/bin/bash\n"
    )
    assert found["etc/group"].content == b"root:*:0:\nspark:x:1099:\n"
    home = found["home/spark"]
    assert (home.kind, home.mode, home.uid, home.gid) == ("directory", 0o755, 1099, 1099)
    assert "etc/shadow" not in found


def test_the_bases_accounts_stay(unpacked, tree):
    found = tree(accounts(unpacked(base=BASE), (SPARK,)))
    assert found["etc/passwd"].content.startswith(BASE["etc/passwd"] + b"spark:")
    assert found["etc/group"].content == BASE["etc/group"] + b"spark:x:1099:\n"
    shadow = found["etc/shadow"]
    assert shadow.content == BASE["etc/shadow"] + b"spark:!::0:99999:7:::\n"
    assert (shadow.mode, shadow.gid) == (0o640, 42)


def test_nothing_is_written_where_nothing_is_missing(unpacked, tree):
    assert tree(accounts(unpacked(base=BASE), ())) == {}
    base = {
        "etc/passwd": BASE["etc/passwd"] + b"spark:x:1099:1099::/home/spark:/bin/sh\n",
        "etc/group": b"spark:x:1099:\n",
        "etc/shadow": b"spark:!:::::::\n",
    }
    assert set(tree(accounts(unpacked(base=base), (SPARK,)))) == {"home/spark"}


def test_a_group_that_has_the_number_already_serves(unpacked, tree):
    account = Account(name="spark", uid=185, gid=0, home="/opt/spark/work-dir")
    found = tree(accounts(unpacked(base=BASE), (account,)))
    assert "etc/group" not in found
    assert b"spark:x:185:0:" in found["etc/passwd"].content


@pytest.mark.parametrize(
    ("passwd", "group"),
    [
        (b"other:x:1099:5::/:/bin/sh\n", b""),
        (b"spark:x:7:7::/:/bin/sh\n", b""),
        (b"", b"spark:x:7:\n"),
    ],
)
def test_names_and_numbers_that_are_taken(unpacked, passwd, group):
    with pytest.raises(UserError, match="could not add the user `spark`"):
        list(accounts(unpacked(base={"etc/passwd": passwd, "etc/group": group}), (SPARK,)))
