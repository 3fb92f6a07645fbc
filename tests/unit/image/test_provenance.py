import pytest

from sparkferry.image.provenance import Provenance, provenance_of, releases_of, source_of
from sparkferry.snapshot.create import create_snapshot
from support.repository import MANIFEST, Repository, plain_git, project

__all__ = ["plain_git"]


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://user:secret@a.example/team/x.git", "https://a.example/team/x"),
        ("http://a.example:8080/team/x/", "https://a.example:8080/team/x"),
        ("git@a.example:team/x.git", "https://a.example/team/x"),
        ("ssh://git@a.example:22/team/x.git", "https://a.example/team/x"),
        ("ssh://git@a.example/team/x", "https://a.example/team/x"),
        ("/srv/git/x.git", None),
        ("file:///srv/x", None),
        ("", None),
    ],
)
def test_a_remote_has_one_address_however_it_was_cloned(url, source):
    assert source_of(url) == source


def test_of_a_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1700000000 +0100")
    made = Repository.create(tmp_path).commit()
    made.git("remote", "add", "origin", "https://token@a.example/x.git")
    made.git("tag", "v1.0")
    snapshot = create_snapshot(project(tmp_path))
    found = provenance_of(snapshot)
    assert (found.created, found.revision) == (1700000000, snapshot.head)
    assert found.source == "https://a.example/x"
    assert releases_of(snapshot) == ("v1.0",)


def test_without_a_commit_or_a_repository(tmp_path):
    Repository.create(tmp_path / "empty")
    assert provenance_of(create_snapshot(project(tmp_path / "empty"))) == Provenance()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/pyproject.toml").write_text(MANIFEST)
    snapshot = create_snapshot(project(tmp_path / "plain"))
    assert provenance_of(snapshot) == Provenance()
    assert releases_of(snapshot) == ()
    assert Provenance().time == "1980-01-01T00:00:00Z"
