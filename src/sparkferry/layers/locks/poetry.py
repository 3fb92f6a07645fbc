"""poetry.lock, read directly: Poetry itself is not needed.

Poetry 2 ships without its export plugin, and often is not installed where sparkferry is. Its lock
(version 2.1) tells groups and markers of every package; that of Poetry 1 (version 2.0) does not, so
there pyproject.toml is where they are followed from. Of files both tell hashes and all but the
address: that one is found by uv on the indexes that the lock names, and what is found must have a
hash of the lock.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sparkferry.base.cache import Cache
from sparkferry.errors import UserError
from sparkferry.layers.digests import Allowed, DigestError, parse_digest
from sparkferry.layers.environment import markers
from sparkferry.layers.locks.allow import keep_allowed
from sparkferry.layers.locks.freshness.direct import asked_for
from sparkferry.layers.locks.lock import Lock, read_pyproject, read_toml
from sparkferry.layers.locks.poetry_walk import reached
from sparkferry.layers.locks.problems import line_of
from sparkferry.layers.locks.resolve import Question, resolve
from sparkferry.layers.model import Environment
from sparkferry.project.declared.read import declared
from sparkferry.project.model import Project

_REGISTRY = frozenset({None, "legacy"})
"""Types of ``[package.source]`` that are package indexes; None is the default one."""


def poetry_document(
    project: Project, lock: Lock, environment: Environment, cache: Cache
) -> dict[str, Any]:
    """Return the PEP 751 document of what the lock names for one environment.

    :raises UserError: the lock is older than version 2.0, or holds what cannot be carried.
    :raises ExternalError: the indexes could not be asked.
    """
    content = read_toml(lock)
    chosen = list(_CHOSEN[_version(lock, content)](project, content, environment))
    direct = [_direct(package) for package in chosen if _source(package) not in _REGISTRY]
    pinned = [package for package in chosen if _source(package) in _REGISTRY]
    document = _locate(lock, pinned, environment, cache) if pinned else {"packages": []}
    return {
        "lock-version": "1.0",
        "created-by": "sparkferry",
        "packages": [*document["packages"], *direct],
    }


def _version(lock: Lock, content: dict[str, Any]) -> str:
    version = str(content.get("metadata", {}).get("lock-version", "none"))
    if version not in _CHOSEN:
        raise UserError(
            f"could not read the lock `{lock.name}`: its version is {version}, and "
            f"{' or '.join(_CHOSEN)} is needed",
            hint="run `poetry lock` with Poetry 1.3 or newer, or export a pylock.toml",
        )
    return version


def _of_poetry_1(
    project: Project, content: dict[str, Any], environment: Environment
) -> Iterator[dict[str, Any]]:
    from packaging.utils import canonicalize_name

    found = declared(read_pyproject(project.root), project.root)
    wanted = [
        (item.text, frozenset({item.extra} if item.extra else ()))
        for item in asked_for(project, found)
    ]
    for package in reached(content, wanted, environment):
        yield {**package, "name": canonicalize_name(package["name"])}


def _of_poetry_2(
    project: Project, content: dict[str, Any], environment: Environment
) -> Iterator[dict[str, Any]]:
    packages = project.settings.packages
    from packaging.markers import Marker
    from packaging.utils import canonicalize_name

    values = markers(environment)
    for package in content.get("package", []):
        conditions = _conditions(package, {"main", *packages.groups})
        if any(
            condition is None or Marker(condition).evaluate({**values, "extra": extra})
            for condition in conditions
            for extra in (packages.extras or ("",))
        ):
            yield {**package, "name": canonicalize_name(package["name"])}


def _conditions(package: dict[str, Any], groups: set[str]) -> list[str | None]:
    """Return a marker for each wanted group that the package is in; None where there is none."""
    found = package.get("markers")
    wanted = [group for group in package["groups"] if group in groups]
    return [found.get(group) if isinstance(found, dict) else found for group in wanted]


def _source(package: dict[str, Any]) -> str | None:
    kind = package.get("source", {}).get("type")
    return None if kind is None else str(kind)


_CHOSEN: dict[str, Callable[[Project, dict[str, Any], Environment], Iterator[dict[str, Any]]]] = {
    "2.0": _of_poetry_1,
    "2.1": _of_poetry_2,
}
"""How the packages for an environment are chosen, by version of the lock."""


def _locate(
    lock: Lock, pinned: list[dict[str, Any]], environment: Environment, cache: Cache
) -> dict[str, Any]:
    allowed = {package["name"]: (_allowed(lock, package),) for package in pinned}
    urls = sorted({package["source"]["url"] for package in pinned if "source" in package})
    # Every index may be asked for every package, since the hashes tell the right files.
    strategy = ("--index-strategy", "unsafe-best-match")
    question = Question(
        text="".join(f"{package['name']}=={package['version']}\n" for package in pinned),
        options=("--no-deps", *strategy, *(part for url in urls for part in ("--index", url))),
        cwd=str(lock.path.parent),
        environment=environment,
    )
    return keep_allowed(resolve(question, cache), allowed, complete=True)


def _allowed(lock: Lock, package: dict[str, Any]) -> Allowed:
    """Return the digests of the package's files.

    :raises UserError: it has none, or one that no file can be accepted for.
    """
    try:
        digests = tuple(map(parse_digest, _hashes(package)))
    except DigestError as error:
        raise UserError(
            f"could not read the lock `{lock.name}`: the hash of `{package['name']}`: {error}",
            hint="run `poetry lock` again",
        ) from error
    if not digests:
        raise UserError(
            f"could not read the lock `{lock.name}`: it has no hash for `{package['name']}`",
            hint="run `poetry lock` again",
        )
    return Allowed(f"{lock.name}:{line_of(lock, package['name']) or 1}", digests)


def _hashes(package: dict[str, Any]) -> list[str]:
    return [str(file["hash"]) for file in package.get("files", []) if file.get("hash")]


def _direct(package: dict[str, Any]) -> dict[str, Any]:
    source = package["source"]
    base = {"name": package["name"], "version": package["version"]}
    match source["type"]:
        case "git":
            return {**base, "vcs": _vcs(source)}
        case "directory":
            return {"name": package["name"], "directory": {"path": source["url"]}}
        case "file":
            return {**base, "archive": {"path": source["url"], "hashes": _first_hash(package)}}
        case "url":
            return {**base, "archive": {"url": source["url"], "hashes": _first_hash(package)}}
        case kind:
            raise UserError(
                f"could not carry `{package['name']}`: its source in poetry.lock is of type {kind}",
                hint="depend on a release, or on a git repository",
            )


def _vcs(source: dict[str, Any]) -> dict[str, Any]:
    vcs = {"type": "git", "url": source["url"], "commit-id": source["resolved_reference"]}
    if "subdirectory" in source:
        vcs["subdirectory"] = source["subdirectory"]
    return vcs


def _first_hash(package: dict[str, Any]) -> dict[str, str]:
    digests = [digest.partition(":") for digest in _hashes(package)]
    return {kind: digest for kind, _, digest in digests[:1]}
