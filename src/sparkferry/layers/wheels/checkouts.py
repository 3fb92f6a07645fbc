"""Git dependencies: a bare mirror per repository in the cache, and full checkouts made of it.

A build backend may read everything of a clone: tags, branches, the address of `origin`, history
(setuptools-scm, hatch-vcs, versioneer, pdm-backend, dunamai). So a mirror has all branches and tags
with their history, and a checkout is what ``git clone`` of the locked address would give. Another
commit of the same repository fetches only what the mirror lacks.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from sparkferry.base.cache import Cache
from sparkferry.errors import ExternalError
from sparkferry.files import sha256_bytes
from sparkferry.layers.wheels.git_environ import fetching
from sparkferry.process import TRANSFER, Completed, attempt, redact, run

_SETTINGS = (
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
)
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_KEPT = "refs/sparkferry/"
"""Refs of a mirror that keep commits which are on no branch of the repository."""

_SUBMODULE = "160000"
"""File mode of a submodule in an index (gitformat-index)."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked out."""

    url: str
    commit: str
    """Full id."""
    submodule: str | None = None
    """Path of the submodule that it is; None for the dependency itself."""

    @property
    def title(self) -> str:
        """Name of the repository in messages."""
        place = redact(self.url)
        return f"{place}` of the submodule `{self.submodule}" if self.submodule else place

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables of each call of Git.

        As in ``git submodule``, the address of a submodule is not the user's own word, so that
        ``protocol.<name>.allow = user`` (the default of local paths) does not allow it.
        """
        return {**fetching(), **({"GIT_PROTOCOL_FROM_USER": "0"} if self.submodule else {})}


def check_out(source: Commit, to: Path, cache: Cache, *, refresh: bool = False) -> None:
    """Make ``to``, a new directory, a full clone at the commit, with its submodules.

    ``refresh`` asks the repository for new tags although the commit is in the mirror.

    :raises ExternalError: Git is missing or failed, the repository is out of reach, or has no such
        commit.
    """
    key = sha256_bytes(f"{source.url}\0{len(source.commit)}".encode("utf-8", "surrogateescape"))
    with cache.lock(f"mirror {key}"):
        mirror = cache.directory("git", key, lambda path: _create(source, path))
        _Mirror(source, mirror).bring(refresh=refresh)
        _clone(source, mirror, to)
    _check_out_submodules(source, to, cache, refresh=refresh)
    _bring_large_files(source, to)


class _Mirror:
    """The mirror at ``path``, whose lock the caller holds."""

    def __init__(self, source: Commit, path: Path) -> None:
        self._source, self._path = source, path

    def bring(self, *, refresh: bool) -> None:
        """Have the commit in the mirror."""
        if refresh or not self._has_commit():
            self._fetch()
        keep = ("update-ref", f"{_KEPT}{self._source.commit}", self._source.commit)
        _git(self._source, keep, self._path)

    def _has_commit(self) -> bool:
        wanted = f"{self._source.commit}^{{commit}}"
        return _try_git(self._source, ("cat-file", "-e", wanted), self._path).code == 0

    def _fetch(self) -> None:
        # Locks of a git that was killed: no other one works here.
        for stale in (*self._path.glob("*.lock"), *(self._path / "refs").rglob("*.lock")):
            stale.unlink(missing_ok=True)
        fetch = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head")
        url = self._source.url
        done = _try_git(self._source, (*fetch, "--prune", url, *_REFSPECS), self._path)
        if done.code:
            raise _unreachable(self._source, done)
        if not self._has_commit():
            # On no branch: a pull request's, or one that a branch was moved away from.
            wanted = f"+{self._source.commit}:{_KEPT}{self._source.commit}"
            done = _try_git(self._source, (*fetch, url, wanted), self._path)
        if not self._has_commit():
            raise _absent(self._source, done)


def _create(source: Commit, path: Path) -> None:
    kind = "sha256" if len(source.commit) == 64 else "sha1"
    _git(source, ("init", "--quiet", "--bare", "--template=", f"--object-format={kind}"), path)


def _clone(source: Commit, mirror: Path, to: Path) -> None:
    clone = ("clone", "--quiet", "--local", "--no-checkout", "--origin=origin", "--template=")
    steps = (
        (mirror, (*clone, str(mirror), str(to))),
        (to, ("remote", "set-url", "origin", source.url)),
        (to, ("-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", source.commit)),
    )
    for place, step in steps:
        _git(source, step, place)


def _check_out_submodules(source: Commit, to: Path, cache: Cache, *, refresh: bool) -> None:
    links = tuple(_links(source, to))
    if not links:
        return
    # It resolves relative addresses against that of `origin`.
    _git(source, ("submodule", "--quiet", "init"), to)
    for path, commit in links:
        url = _submodule_url(source, to, path)
        if url is not None:
            (to / path).rmdir()
            inner = Commit(url=url, commit=commit, submodule=path)
            check_out(inner, to / path, cache, refresh=refresh)


def _links(source: Commit, to: Path) -> Iterator[tuple[str, str]]:
    for record in _git(source, ("ls-files", "-z", "--stage"), to).stdout.split(b"\0"):
        facts, _, path = os.fsdecode(record).partition("\t")
        if facts.startswith(_SUBMODULE):
            yield path, facts.split(" ")[1]


def _submodule_url(source: Commit, to: Path, path: str) -> str | None:
    """Return the address of the submodule at ``path``; None if it has none or is switched off."""
    listing = ("config", "--file", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$")
    for record in _try_git(source, listing, to).stdout.split(b"\0"):
        key, _, value = os.fsdecode(record).partition("\n")
        name = key.removesuffix(".path")
        if value != path or _try_git(source, ("config", f"{name}.update"), to).text == "none":
            continue
        return _try_git(source, ("config", f"{name}.url"), to).text or None
    return None


def _bring_large_files(source: Commit, to: Path) -> None:
    """Replace Git LFS pointers by their content, if git-lfs is installed and has it.

    What stays a pointer is of importance only if it ships: then the wheel is refused.
    """
    attributes = (":(glob)**/.gitattributes",)
    if _try_git(source, ("grep", "--quiet", "filter=lfs", "--", *attributes), to).code:
        return
    for step in (("lfs", "install", "--local"), ("lfs", "pull")):
        _try_git(source, step, to)


def _git(source: Commit, args: Sequence[str], cwd: Path) -> Completed:
    action = f"check out `{source.title}` at {source.commit[:12]}"
    return run(
        ["git", *_SETTINGS, *args], action=action, cwd=cwd, env=source.environ, timeout=TRANSFER
    )


def _try_git(source: Commit, args: Sequence[str], cwd: Path) -> Completed:
    return attempt(["git", *_SETTINGS, *args], cwd=cwd, env=source.environ, timeout=TRANSFER)


def _unreachable(source: Commit, done: Completed) -> ExternalError:
    said = _said(done)
    hint = (
        f"see whether `git ls-remote {redact(source.url)}` works in this shell without a question: "
        "logins come from Git's credential helpers, netrc, and the ssh agent"
    )
    if "transport" in said and "not allowed" in said:
        hint = "Git's setting `protocol.<name>.allow` forbids it for submodules"
    return ExternalError(f"could not fetch `{source.title}`: {said}", hint=hint)


def _absent(source: Commit, done: Completed) -> ExternalError:
    return ExternalError(
        f"could not check out `{source.title}` at {source.commit[:12]}: the repository does not "
        f"have this commit: {_said(done)}",
        hint="its history was rewritten, or the commit was never pushed: push it, or lock again",
    )


def _said(done: Completed) -> str:
    return redact(done.stderr.decode("utf-8", "replace").strip()) or f"git exited with {done.code}"
