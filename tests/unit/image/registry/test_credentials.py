import base64
import json
import os
import stat

import pytest

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.registry.credentials import auth_files, find_credential
from sparkferry.image.registry.helper import ask_helper
from sparkferry.image.registry.hosts import Credential
from support.registry_logins import log_in, write_logins

CANARY = "canary-3b1f8e"


def encoded(user, password=CANARY):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def found(environ, registry, repository="team/app"):
    credential = find_credential(registry, repository, environ)
    return credential and (credential.username, credential.secret)


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """Make a helper of this script; return where it writes what it was asked."""

    def make(name, script):
        program = tmp_path / "bin" / f"docker-credential-{name}"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return make


def test_nobody_logged_in(environ):
    assert found(environ, "registry.example") is None


def test_without_a_home_there_are_no_files():
    assert auth_files({}) == ()


@pytest.mark.parametrize(
    "key",
    ["registry.example", "https://registry.example", "https://registry.example/v2/",
     "registry.example/v1/"],
)  # fmt: skip
def test_a_host_however_it_is_written(environ, key):
    log_in(environ, key, user="a", password=CANARY)
    assert found(environ, "registry.example") == ("a", CANARY)
    assert found(environ, "registry.example:5000") is None
    assert found(environ, "other.example") is None


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_docker_has_many_names_for_its_own(environ, key):
    log_in(environ, key, user="a", password=CANARY)
    assert found(environ, "docker.io", "library/python") == ("a", CANARY)


def test_the_most_specific_path_wins(environ):
    names = ["registry.example", "registry.example/team", "registry.example/team/app"]
    write_logins(environ, {"auths": {name: encoded(name) for name in names}})
    asked = ["team/app/part", "team/app", "team/application", "team", "other"]
    users = [found(environ, "registry.example", name)[0] for name in asked]
    assert users == [names[2], names[2], names[1], names[1], names[0]]


def test_the_first_file_that_knows_wins(environ, tmp_path):
    podman = tmp_path / "run/containers/auth.json"
    config = tmp_path / "home/.config/containers/auth.json"
    for path, name in ((podman, "run"), (config, "config")):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"auths": {"a.example": encoded(name)}}))
    assert found(environ, "a.example")[0] == "config"
    environ["XDG_RUNTIME_DIR"] = str(tmp_path / "run")
    assert found(environ, "a.example")[0] == "run"
    log_in(environ, "b.example")
    assert found(environ, "a.example")[0] == "run"
    log_in(environ, "a.example", user="docker")
    assert found(environ, "a.example")[0] == "docker"
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"a.example": encoded("dir")}}))
    environ["DOCKER_CONFIG"] = str(tmp_path)
    assert found(environ, "a.example")[0] == "dir"
    environ["REGISTRY_AUTH_FILE"] = str(tmp_path / "none.json")
    assert found(environ, "a.example") is None


def test_an_identity_token_comes_before_a_password(environ):
    auth = {**encoded("", "ignored"), "identitytoken": CANARY}
    write_logins(environ, {"auths": {"a.example": auth}})
    assert find_credential("a.example", "app", environ) == Credential("", CANARY, True)


def test_a_password_may_hold_colons(environ):
    log_in(environ, "a.example", user="a", password="b:c:d")
    assert found(environ, "a.example") == ("a", "b:c:d")


@pytest.mark.parametrize(
    "content",
    [
        f'{{"auths": "{CANARY}"}}',
        f"{CANARY}",
        f'{{"auths": {{"a.example": {{"auth": "{CANARY}"}}}}}}',
        f'{{"auths": {{"a.example": {{"auth": "{CANARY}\\u0000"}}}}}}',
        f'{{"credHelpers": ["{CANARY}"]}}',
    ],
)
def test_a_malformed_file_is_named_and_not_shown(environ, content):
    path = write_logins(environ, {})
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        found(environ, "a.example")
    assert str(path) in caught.value.message
    assert CANARY not in f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"


def test_a_helper_is_asked_for_its_host_alone(environ, helper, tmp_path):
    log = tmp_path / "asked"
    helper("one", f"""cat >> {log}; echo '{{"Username": "a", "Secret": "{CANARY}"}}'""")
    write_logins(
        environ, {"credHelpers": {"a.example": "one"}, "auths": {"b.example": encoded("b")}}
    )
    assert found(environ, "a.example") == ("a", CANARY)
    assert found(environ, "b.example") == ("b", CANARY)
    assert found(environ, "c.example") is None
    assert log.read_text() == "a.example"


def test_the_store_is_asked_for_all_others(environ, helper, tmp_path):
    log = tmp_path / "asked"
    helper("all", f"""cat >> {log}; echo '{{"Username": "<token>", "Secret": "{CANARY}"}}'""")
    write_logins(environ, {"credsStore": "all", "auths": {"a.example": {}}})
    assert find_credential("a.example", "app", environ) == Credential("", CANARY, True)
    assert found(environ, "docker.io", "library/python") == ("", CANARY)
    assert log.read_text() == "a.examplehttps://index.docker.io/v1/"


def test_a_helper_may_know_nothing(environ, helper):
    helper("none", "echo 'credentials not found in native keychain'; exit 1")
    write_logins(environ, {"credsStore": "none"})
    assert found(environ, "a.example") is None
    helper("empty", """echo '{"Username": "", "Secret": ""}'""")
    assert ask_helper("empty", "a.example") is None


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f"echo {CANARY}; echo {CANARY} >&2; exit 3", "it exited with 3"),
        (f"echo {CANARY}", "it did not say a login"),
        (f"""echo '{{"Username": "{CANARY}", "Secret": 1}}'""", "it did not say a login"),
        (f"yes {CANARY}", "it said too much"),
        ("sleep 60 & wait", "it took longer than 1 s"),
    ],
)
def test_a_broken_helper_is_named_and_not_shown(helper, script, reason):
    helper("odd", script)
    with pytest.raises(ExternalError) as caught:
        ask_helper("odd", "a.example", seconds=1)
    assert caught.value.message.endswith(reason)
    assert CANARY not in f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_an_absent_helper_is_named(environ, encoding):
    path = write_logins(environ, {})
    path.write_bytes(
        '\ufeff{\r\n "credHelpers": {\r\n  "a.example": "of-nobody"}}'.encode(encoding)
    )
    with pytest.raises(UserError, match="could not start `docker-credential-of-nobody`") as caught:
        found(environ, "a.example")
    assert f"`{path}:3` names: it is not on PATH" in caught.value.message
    assert "install it, or remove" in caught.value.hint


def test_what_is_not_json_is_shown_by_its_line(environ):
    path = write_logins(environ, {})
    path.write_text('{\n "auths": {},\n}')
    with pytest.raises(UserError, match=f"{path}:3`: it is not a JSON file"):
        found(environ, "a.example")


def test_a_login_does_not_show_its_secret():
    assert CANARY not in repr(Credential("a", CANARY))
