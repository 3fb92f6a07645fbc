import pytest

from sparkferry.image.debian.configure.scripts import KNOWN, has_effects, warnings

NEEDLESS = {
    "nothing": "#!/bin/sh\nset -e\n\nexit 0\n",
    "a comment": "#!/bin/sh\n# adduser spark\n",
    "a case": 'case "$1" in\n configure|abort-upgrade)\n ;;\n *)\n echo "unknown" >&2\n exit 1\n ;;\nesac\n',
    "the loader's cache": 'if [ "$1" = "configure" ]; then\n\tldconfig\nfi\n',
    "a complaint": 'echo "postinst called with unknown argument \\`$1\'" >&2\n',
    "services": "# Automatically added by dh_installsystemd/13\nsystemctl enable x\n"
    "# End automatically added section\n",
    "alternatives": "update-alternatives --install /usr/bin/a a /usr/bin/b 5 \\\n --slave /x y /z\n",
}
TELLING = {
    "a user": "#!/bin/sh\nadduser --system tool\n",
    "a file that is echoed": "echo text > /etc/tool.conf\n",
    "a command within an echo": "echo $(adduser x)\n",
    "a directory": "mkdir -p /var/lib/tool\n",
    "alternatives by variables": "update-alternatives --install $a b c 5\n",
    "users of debhelper": "# Automatically added by dh_sysuser/1\nadduser x\n"
    "# End automatically added section\n",
}


@pytest.mark.parametrize("what", NEEDLESS)
def test_scripts_without_effects(what):
    assert not has_effects(NEEDLESS[what])


@pytest.mark.parametrize("what", TELLING)
def test_scripts_with_effects(what):
    assert has_effects(TELLING[what])


def test_a_warning_names_package_and_script(unpacked):
    script = {"scripts": {"postinst": TELLING["a user"]}}
    found = list(
        warnings(
            unpacked(
                ("tool", {"usr/a": "a"}, script),
                ("tzdata", {"usr/b": "b"}, script),
                ("openjdk-21-jre-headless", {"usr/c": "c"}, script),
                ("quiet", {"usr/d": "d"}, {"scripts": {"preinst": NEEDLESS["nothing"]}}),
            )
        )
    )
    assert len(found) == 1
    assert "the postinst script of `tool` was not run" in found[0]


def test_every_known_script_has_what_became_of_it():
    assert all(KNOWN.values())
