"""What must hold before a release is made: all that does not is told at once."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from sparkferry.errors import Diagnostic
from sparkferry.layers.model import Pin
from sparkferry.project.model import Project
from sparkferry.snapshot.git import Git, find_repository
from sparkferry.snapshot.model import Snapshot

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}")
"""What may be a version: part of keys, of file names, and of tags of Git and of images."""

_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)


def tag_of(project: Project, name: str) -> str:
    """Return the tag that a version has in Git."""
    return project.settings.release.tag.replace("{version}", name)


def name_problems(name: str) -> Iterator[Diagnostic]:
    """Yield why ``name`` cannot be a version."""
    if not _NAME.fullmatch(name) or name == "latest":
        yield Diagnostic(
            "error",
            f"`{name}` cannot be a version",
            "use letters, digits, `.`, `+` and `-`, 40 at most, as `1.4.0`",
        )


def source_problems(project: Project, snapshot: Snapshot, name: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with the working tree, the tag and the branch."""
    top = find_repository(project.root.resolve())
    if top is None or snapshot.tree is None or snapshot.head is None:
        yield Diagnostic("error", "the project is in no Git repository with a commit", "commit it")
        return
    git, tag = Git(top), tag_of(project, name)
    if snapshot.dirty:
        yield Diagnostic(
            "error",
            "the working tree has changes, or files that Git does not know",
            "commit them, or let .gitignore name them: `git status`",
        )
    yield from _tag_problems(git, tag, snapshot.head)
    yield from _branch_problems(git, project.settings.release.branches, snapshot)


def _tag_problems(git: Git, tag: str, head: str) -> Iterator[Diagnostic]:
    done = git.attempt("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}")
    if done.code:
        yield Diagnostic("error", f"there is no tag `{tag}`", f"`git tag -a {tag}`")
    elif done.text != head:
        yield Diagnostic(
            "error",
            f"the tag `{tag}` is at {done.text[:12]}, and {head[:12]} is checked out",
            f"`git checkout {tag}`",
        )


def _branch_problems(
    git: Git, allowed: tuple[str, ...], snapshot: Snapshot
) -> Iterator[Diagnostic]:
    """Yield that the commit is on no branch that may be released.

    CI checks out tags, not branches: there every branch that has the commit counts, remote ones too.
    """
    found = {snapshot.branch}
    if snapshot.branch == "detached":
        said = git.attempt(
            "for-each-ref",
            "--contains",
            "HEAD",
            "--format=%(refname)",
            "refs/heads",
            "refs/remotes",
        )
        refs = os.fsdecode(said.stdout).split()
        found = {re.sub(r"^refs/(heads|remotes/[^/]+)/", "", ref) for ref in refs}
    if not any(fnmatchcase(branch, pattern) for branch in found for pattern in allowed):
        shown = ", ".join(f"`{pattern}`" for pattern in allowed)
        yield Diagnostic(
            "error",
            f"the commit is on {_listed(found)}, and releases are made from {shown}",
            "merge it first, or name the branch in `branches` of `[tool.sparkferry.release]`",
        )


def _listed(branches: set[str]) -> str:
    names = sorted(branches - {"HEAD"})
    return f"`{names[0]}`" if names else "no branch"


def find_notes(project: Project, name: str) -> str | None:
    """Return the notes of a version: its section of the changelog, else the message of its tag."""
    for place in ("CHANGELOG.md", "CHANGES.md", "NEWS.md"):
        path = project.root / place
        section = _section(path, name) if path.is_file() else None
        if section:
            return section
    top = find_repository(project.root.resolve())
    return _message(Git(top), tag_of(project, name)) if top else None


def notes_problems(project: Project, name: str) -> Iterator[Diagnostic]:
    """Yield that there are no notes."""
    if find_notes(project, name) is None:
        yield Diagnostic(
            "error",
            f"there are no notes of `{name}`",
            f"write a section `## {name}` into CHANGELOG.md, or a message: "
            f"`git tag -a {tag_of(project, name)}`",
        )


def _section(path: Path, name: str) -> str | None:
    text = path.read_text("utf-8", "replace")
    headings = list(_HEADING.finditer(text))
    for number, heading in enumerate(headings):
        words = re.findall(r"[0-9A-Za-z][0-9A-Za-z.+-]*", heading[1])
        if name in words or f"v{name}" in words:
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            return text[heading.end() : end].strip() or None
    return None


def _message(git: Git, tag: str) -> str | None:
    """Return the message of an annotated tag; a plain one has none of its own."""
    if git.attempt("cat-file", "-t", f"refs/tags/{tag}").text != "tag":
        return None
    text = git.attempt("for-each-ref", "--format=%(contents)", f"refs/tags/{tag}").text
    return text.partition("-----BEGIN ")[0].strip() or None


def pin_problems(pins: tuple[Pin, ...], lock: str) -> Iterator[Diagnostic]:
    """Yield the packages that a later build could not get again as they are."""
    for pin in pins:
        if pin.artifact.path is not None:
            why, remedy = "a directory or file of this machine", "publish it to an index"
        elif pin.artifact.vcs is None and not pin.artifact.has_digest:
            why, remedy = "locked without a digest", "lock it with hashes"
        else:
            continue
        yield Diagnostic("error", f"`{pin.name}` is {why}", remedy, file=lock or None)
