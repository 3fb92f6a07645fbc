import pytest

from sparkferry.image.debian.configure.alternatives import alternatives, parse_calls

JINFO = """\
name=java-{0}-openjdk-amd64
priority={1}
section=main

hl java /usr/lib/jvm/java-{0}-openjdk-amd64/bin/java
jdkhl javac /usr/lib/jvm/java-{0}-openjdk-amd64/bin/javac
"""


def jre(version, priority):
    return (
        f"openjdk-{version}-jre-headless",
        {
            f"usr/lib/jvm/.java-1.{version}.0-openjdk-amd64.jinfo": JINFO.format(version, priority),
            f"usr/lib/jvm/java-{version}-openjdk-amd64/bin/java": "java",
            f"usr/lib/jvm/java-{version}-openjdk-amd64/bin/javac": "javac",
        },
    )


def test_programs_of_a_jre_and_none_of_the_jdk(unpacked, tree):
    found = tree(alternatives(unpacked(jre(17, 1711))))
    assert found["usr/bin/java"].target == "/etc/alternatives/java"
    assert found["etc/alternatives/java"].target == "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"
    assert found["etc/alternatives"].kind == "directory"
    assert "usr/bin/javac" not in found


@pytest.mark.parametrize("order", [(jre(17, 1711), jre(21, 2111)), (jre(21, 2111), jre(17, 1711))])
def test_the_highest_priority_wins(unpacked, tree, order):
    found = tree(alternatives(unpacked(*order)))
    assert "java-21" in found["etc/alternatives/java"].target


def test_calls_of_maintainer_scripts(unpacked, tree):
    script = (
        "#!/bin/sh\nset -e\n"
        "if true; then\n\tupdate-alternatives --install /bin/awk awk /usr/bin/mawk 5 \\\n"
        "\t\t--slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz \\\n"
        "\t\t--slave /usr/bin/nawk nawk /usr/bin/mawk || true\nfi\n"
    )
    mawk = ("mawk", {"usr/bin/mawk": "mawk"}, {"scripts": {"postinst": script}})
    found = tree(alternatives(unpacked(mawk)))
    assert sorted(found) == [
        "etc/alternatives", "etc/alternatives/awk", "etc/alternatives/nawk",
        "usr/bin/awk", "usr/bin/nawk",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "call",
    [
        "update-alternatives --install $link awk /usr/bin/mawk 5",
        "update-alternatives --install /usr/bin/awk awk",
        "update-alternatives --install /usr/bin/awk awk /usr/bin/mawk high",
        "update-alternatives --install /usr/bin/awk 'awk /usr/bin/mawk 5",
        "update-alternatives --remove awk /usr/bin/mawk",
    ],
)
def test_calls_that_say_too_little(call):
    assert list(parse_calls(call)) == []


def test_no_alternatives_make_no_directory(unpacked, tree):
    assert tree(alternatives(unpacked(("a", {"usr/bin/a": "a"})))) == {}
