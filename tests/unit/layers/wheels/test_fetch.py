from contextlib import nullcontext
from pathlib import Path

import pytest

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_file
from sparkferry.http.logins import Address, Logins
from sparkferry.http.network import ATTEMPTS, Network
from sparkferry.http.shell import Shell
from sparkferry.layers.model import Artifact
from sparkferry.layers.wheels.fetch import LOCKED, Fetch, FileKind, fetch, find_fetched
from sparkferry.progress import QUIET
from support.clocks import FakeClock
from support.index_server import Index, serving
from support.wheels import make_wheel

NOBODY = Shell()


class Counter:
    """A progress that adds up what it is told."""

    def __init__(self) -> None:
        self.done, self.tasks = 0, []

    def task(self, title: str, total: int | None = None, unit: str = "B"):
        self.tasks.append((title, total))
        return nullcontext(self)

    def advance(self, amount: int) -> None:
        self.done += amount

    def message(self, text: str) -> None:
        pass


@pytest.fixture
def wheel(index: Index) -> Path:
    return make_wheel(index.directory, "alpha", files={"alpha/data.bin": bytes(range(256)) * 4000})


def artifact(index: Index, wheel: Path, **changes: object) -> Artifact:
    url = f"{index.url}/files/{wheel.name}"
    known = {"name": wheel.name, "url": url, "sha256": sha256_file(wheel)}
    return Artifact(**{**known, **changes})


def fetch_quickly(
    cache: Cache, *artifacts: Artifact, logins: Logins | None = None, kind: FileKind = LOCKED
) -> None:
    shell = Shell(Network(), logins or Logins())
    Fetch(cache, shell, Counter(), kind, FakeClock()).all(artifacts)


def left_behind(cache: Cache) -> list[Path]:
    return [*(cache.root / "tmp").iterdir(), *(cache.root / "wheels").glob("*")]


def test_files_are_fetched_once(index, cache, wheel):
    other = make_wheel(index.directory, "beta")
    wanted = [artifact(index, path, size=path.stat().st_size) for path in (wheel, other)]
    progress = Counter()
    fetch(wanted, cache, NOBODY, progress)
    total = sum(item.size for item in wanted)
    assert (progress.tasks, progress.done) == ([("fetching 2 package files", total)], total)
    assert find_fetched(wanted[0], cache).path.read_bytes() == wheel.read_bytes()
    fetch(wanted, cache, NOBODY, progress)
    assert sorted(index.downloads) == sorted(item.name for item in wanted)


def test_without_sizes_there_is_no_total(index, cache, wheel):
    progress = Counter()
    fetch([artifact(index, wheel)], cache, NOBODY, progress)
    assert progress.tasks == [("fetching 1 package file", None)]


@pytest.mark.parametrize("faults", [[503, 503], [429], ["truncate"], ["truncate", 500, "truncate"]])
def test_a_server_that_stumbles(index, cache, wheel, faults):
    index.faults[wheel.name] = list(faults)
    fetch_quickly(cache, artifact(index, wheel))
    assert find_fetched(artifact(index, wheel), cache).path.read_bytes() == wheel.read_bytes()
    assert len(index.downloads) == len(faults) + 1


def test_what_was_received_is_not_asked_for_again(index, cache, wheel):
    index.faults[wheel.name] = ["truncate"]
    fetch_quickly(cache, artifact(index, wheel))
    ranges = [headers.get("Range") for _, headers in index.requests]
    assert ranges == [None, f"bytes={wheel.stat().st_size // 2}-"]


def test_a_range_that_the_server_refuses(index, cache, wheel):
    index.faults[wheel.name] = ["truncate", 416]
    fetch_quickly(cache, artifact(index, wheel))
    assert [headers.get("Range") for _, headers in index.requests][2] is None


def test_a_server_that_stays_down(index, cache, wheel):
    index.faults[wheel.name] = [503] * 10
    with pytest.raises(ExternalError, match="the server answered 503") as caught:
        fetch_quickly(cache, artifact(index, wheel))
    assert caught.value.hint
    assert len(index.downloads) == ATTEMPTS
    assert left_behind(cache) == []


def test_a_host_that_is_not_there(index, cache, wheel):
    with pytest.raises(ExternalError, match=r"could not fetch `alpha-.*` from 127\.0\.0\.1:9: "):
        fetch_quickly(cache, artifact(index, wheel, url="http://127.0.0.1:9/alpha.whl"))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("corrupt", "could not verify `alpha-1.0-py3-none-any.whl`: its SHA-256 is"),
        (404, "the server answered 404"),
        (410, "the server answered 410"),
    ],
)
def test_a_file_that_is_another_or_gone(index, cache, wheel, fault, message):
    index.faults[wheel.name] = [fault]
    with pytest.raises(ExternalError, match=message) as caught:
        fetch_quickly(cache, artifact(index, wheel))
    assert "lock again" in caught.value.hint
    assert left_behind(cache) == []


def test_a_file_that_is_longer_than_the_lock_says(index, cache, wheel):
    with pytest.raises(ExternalError, match="sent more than 10 bytes"):
        fetch_quickly(cache, artifact(index, wheel, size=10))


def test_one_that_fails_stops_the_others(index, cache, wheel):
    index.faults[wheel.name] = [404]
    others = [make_wheel(index.directory, f"other{number}") for number in range(40)]
    with pytest.raises(ExternalError, match="404"):
        fetch_quickly(cache, *(artifact(index, path) for path in (wheel, *others)))
    assert list((cache.root / "tmp").iterdir()) == []


def test_a_private_index(index, cache, wheel):
    index.login = ("me", "hunter2")
    with pytest.raises(ExternalError, match="wants a login, and none was found") as caught:
        fetch_quickly(cache, artifact(index, wheel))
    assert "netrc" in caught.value.hint
    wrong = Logins((Address(index.with_login("me", "hunter3")),))
    with pytest.raises(ExternalError, match="refused the login that was found") as caught:
        fetch_quickly(cache, artifact(index, wheel), logins=wrong)
    assert "hunter3" not in caught.value.message
    fetch_quickly(
        cache, artifact(index, wheel), logins=Logins((Address(index.with_login(*index.login)),))
    )
    assert find_fetched(artifact(index, wheel), cache)
    assert [
        path for path in cache.root.rglob("*") if path.is_file() and b"hunter" in path.read_bytes()
    ] == []


def test_keyring_is_asked_when_the_server_refuses(index, cache, wheel, tmp_path):
    index.login = ("me", "hunter2")
    program = tmp_path / "bin/keyring"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hunter2\n")
    program.chmod(0o755)
    path = f"{program.parent}:/bin:/usr/bin"
    logins = Logins((Address(index.simple.replace("://", "://me@")),), {"PATH": path})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        fetch_quickly(cache, artifact(index, wheel), logins=logins)
    assert find_fetched(artifact(index, wheel), cache)


def test_a_login_does_not_follow_to_another_host(index, cache, wheel, tmp_path):
    index.login = ("me", "hunter2")
    with serving(index.directory) as other:
        place = f"{other.url.replace('127.0.0.1', 'localhost')}/files/{wheel.name}"
        index.faults[wheel.name] = [f"redirect:{place}"]
        logins = Logins((Address(index.with_login(*index.login)),))
        fetch_quickly(cache, artifact(index, wheel), logins=logins)
        assert "Authorization" in index.requests[0][1]
        ((_, headers),) = other.requests
        assert "Authorization" not in headers


def test_nothing_missing_needs_no_network(cache):
    fetch([], cache, NOBODY, QUIET)


def test_a_part_that_was_not_asked_for_is_not_taken(index, cache, wheel):
    index.faults[wheel.name] = ["truncate", "other part"]
    fetch_quickly(cache, artifact(index, wheel))
    assert find_fetched(artifact(index, wheel), cache).path.read_bytes() == wheel.read_bytes()
    assert [headers.get("Range") for _, headers in index.requests][2] is None


def test_an_old_login_is_no_obstacle_where_none_is_wanted(index, cache, wheel, tmp_path):
    (tmp_path / ".netrc").write_text("default login me password hunter2")
    index.faults[wheel.name] = [401]
    fetch_quickly(cache, artifact(index, wheel), logins=Logins(environ={"HOME": str(tmp_path)}))
    assert ["Authorization" in headers for _, headers in index.requests] == [True, False]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_keyring_is_asked_however_the_server_refuses(index, cache, wheel, tmp_path, status):
    program = tmp_path / "bin/keyring"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hunter2\n")
    program.chmod(0o755)
    index.faults[wheel.name] = [status]
    mine = Address(index.simple.replace("://", "://me@"))
    logins = Logins((mine,), {"PATH": f"{program.parent}:/bin:/usr/bin"})
    fetch_quickly(cache, artifact(index, wheel), logins=logins)
    assert find_fetched(artifact(index, wheel), cache)


def test_a_netrc_that_cannot_be_read_is_named_where_a_login_is_wanted(
    index, cache, wheel, tmp_path
):
    (tmp_path / ".netrc").write_text("machine a\nnonsense")
    index.login = ("me", "hunter2")
    with pytest.raises(ExternalError, match="wants a login") as caught:
        fetch_quickly(cache, artifact(index, wheel), logins=Logins(environ={"HOME": str(tmp_path)}))
    assert f"`{tmp_path}/.netrc` was ignored: line" in caught.value.hint


def test_a_login_in_the_address_of_the_file(index, cache, wheel):
    index.login = ("me", "hunter2")
    url = f"{index.with_login(*index.login).removesuffix('/simple/')}/files/{wheel.name}"
    fetch_quickly(cache, artifact(index, wheel, url=url))
    index.login = ("me", "hunter3")
    with pytest.raises(ExternalError, match="refused the login") as caught:
        Fetch(Cache(cache.root / "other"), Shell(), Counter()).all(
            [artifact(index, wheel, url=url)]
        )
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "http://[bad", "/files/{name}"])
def test_redirects_that_lead_nowhere(index, cache, wheel, location):
    index.faults[wheel.name] = [f"redirect:{location.format(name=wheel.name)}"] * 99
    with pytest.raises(ExternalError, match="redirects"):
        fetch_quickly(cache, artifact(index, wheel))
