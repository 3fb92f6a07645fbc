import os
from pathlib import Path

import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.snapshot.create import create_snapshot
from sparkferry.snapshot.guard import LARGE
from support.repository import MANIFEST, Repository, project, write

SECRETS = {
    ".env": "A=1",
    "conf/.env.prod": "A=1",
    "cert.pem": "",
    "tls/Server.KEY": "",
    "id_rsa": "",
    ".netrc": "",
    ".pypirc": "",
    "keys/key-1.json": '{"type": "service_account", "private_key": "x"}',
    "account.json": '{"private_key": "x"}',
}
HARMLESS = {
    ".env.example": "A=",
    "id_rsa.pub": "",
    "key.json": '{"key": 1}',
    "keyboard.py": "",
    "monkey.txt": "",
    "environment.py": "",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path)


def test_every_likely_credential_is_listed_at_once(repository: Repository):
    write(repository.top, {**SECRETS, **HARMLESS})
    with pytest.raises(DiagnosticsError) as caught:
        create_snapshot(project(repository.top))
    assert {item.file for item in caught.value.errors} == set(SECRETS)
    by_file = {item.file: item for item in caught.value.errors}
    assert by_file[".env"].message == "could not ship `.env`: its name looks like a credential"
    assert by_file["account.json"].message.endswith("it holds a `private_key`")
    assert 'snapshot.allow = ["account.json"]' in (by_file["account.json"].hint or "")


def test_nothing_of_a_refused_snapshot_reaches_the_object_database(repository: Repository):
    write(repository.top, {"cert.pem": "a secret of its own"})
    with pytest.raises(DiagnosticsError):
        create_snapshot(project(repository.top))
    assert repository.git("count-objects") == b"0 objects, 0 kilobytes\n"


def test_tracked_ones_are_listed_too_and_ignored_ones_are_not(repository: Repository):
    repository.commit({".env": "A=1", ".gitignore": "*.pem\n"})
    write(repository.top, {"cert.pem": ""})
    with pytest.raises(DiagnosticsError) as caught:
        create_snapshot(project(repository.top))
    assert [item.file for item in caught.value.errors] == [".env"]


def test_each_is_allowed_by_its_name_alone(repository: Repository):
    write(repository.top, {"a/cert.pem": "", "b/cert.pem": ""})
    with pytest.raises(DiagnosticsError) as caught:
        create_snapshot(project(repository.top, allow=("a/cert.pem", "cert.pem")))
    assert [item.file for item in caught.value.errors] == ["b/cert.pem"]
    snapshot = create_snapshot(project(repository.top, allow=("a/cert.pem", "b/cert.pem")))
    assert {"a/cert.pem", "b/cert.pem"} < {file.path for file in snapshot.files}


def test_a_large_file_is_listed(tmp_path: Path):
    write(tmp_path, {"pyproject.toml": MANIFEST})
    for name, size in (("fits.bin", LARGE), ("large.bin", LARGE + 1)):
        with (tmp_path / name).open("wb") as stream:
            os.truncate(stream.fileno(), size)
    with pytest.raises(DiagnosticsError) as caught:
        create_snapshot(project(tmp_path))
    (found,) = caught.value.errors
    assert found.message == "could not ship `large.bin`: it has 52,428,801 bytes, more than 50 MB"
