"""A release as a value, and as a record.

::

    releases/<version>.json             the release, created once
    releases/<version>.sig              its signature, if it has one
    promotions/<version>/<moment>.json  that it was copied here: who, when, from, what was checked
    defaults/<number>.json              what `latest` means; the highest number holds
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from sparkferry.errors import UserError
from sparkferry.project.keys import did_you_mean
from sparkferry.project.model import Job
from sparkferry.runs.records import convert, decode, encode
from sparkferry.runs.stored import check_version, known, plan_of
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError
from sparkferry.targets.plan import Plan, Source

RELEASES = "releases/"
LATEST = "latest"
"""Stands for the version that `release default` named last."""

_DEFAULTS = "defaults/"
_VERSION = 1


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What a version runs: nothing of it is ever built again."""

    version: int = _VERSION
    """Of the record's format."""
    name: str
    """The version that people give, as ``1.4.0``."""
    project: str
    tier: str
    created: str
    """UTC, ISO 8601."""
    user: str | None
    source: Source
    tag: str
    notes: str
    jobs: dict[str, Job]
    target: str
    """Name of the target that runs have which name none."""
    plans: dict[str, dict[str, Any]]
    """By target, the record of a plan of no run: layers, facts, settings, properties."""
    lock_sha256: str | None
    builder: dict[str, str]
    """Versions of what built it, by name."""
    checks: tuple[str, ...]
    """What was made sure of."""

    def plan(self, target: str) -> Plan:
        """Return the plan of no run for a target.

        :raises UserError: the release is not for it.
        """
        if target not in self.plans:
            raise UserError(
                f"could not use the release `{self.name}` on `{target}`: it was not made for it",
                hint=did_you_mean(target, self.plans, plural="targets"),
            )
        return plan_of(self.plans[target], f"{RELEASES}{self.name}.json")

    def layer_keys(self) -> frozenset[str]:
        """Return the keys of all layers."""
        return frozenset(layer.key for name in self.plans for layer in self.plan(name).layers)


def release_key(name: str) -> str:
    """Return the key of a release's record."""
    return f"{RELEASES}{name}.json"


def encode_release(release: Release) -> bytes:
    """Return the record."""
    return encode(release)


def decode_release(data: bytes, key: str) -> Release:
    """Read a record.

    :raises UnreadableError: it is damaged, or of a newer version of sparkferry.
    """
    tree = decode(data, dict[str, Any], key)
    check_version(tree, _VERSION, key)
    return convert({**tree, "jobs": known(tree.get("jobs"), dict[str, Job])}, Release, key)


def read_release(store: Store, name: str) -> Release:
    """Return a release; ``latest`` is the one that was made the default last.

    :raises UserError: there is no such release.
    """
    name = latest(store) if name == LATEST else name
    key = release_key(name)
    try:
        return decode_release(store.get(key), key)
    except NotFoundError:
        known = release_names(store)
        raise UserError(
            f"could not find the release `{name}` in the store `{store.url}`",
            hint=did_you_mean(name, known, plural="releases"),
        ) from None


def release_names(store: Store) -> tuple[str, ...]:
    """Return the names of all releases, by name."""
    keys = (entry.key for entry in store.list(RELEASES))
    return tuple(
        key.removeprefix(RELEASES).removesuffix(".json") for key in keys if key.endswith(".json")
    )


class Default(msgspec.Struct, frozen=True, kw_only=True):
    """That `latest` was moved."""

    name: str
    at: str
    """UTC, ISO 8601."""
    user: str | None


def defaults(store: Store) -> Iterator[Default]:
    """Yield what `latest` meant, from the first to the last."""
    for entry in store.list(_DEFAULTS):
        yield decode(store.get(entry.key), Default, entry.key)


def latest(store: Store) -> str:
    """Return the release that `latest` means.

    :raises UserError: none was made the default.
    """
    *_, last = (None, *(entry.key for entry in store.list(_DEFAULTS)))
    if last is None:
        raise UserError(
            f"could not find the release `{LATEST}`: none was made the default",
            hint="`sparkferry release default VERSION`, or name a version",
        )
    return decode(store.get(last), Default, last).name


def move_latest(store: Store, to: Default) -> None:
    """Let `latest` mean another release; of several clients at once, all are in the history."""
    number = sum(1 for _ in store.list(_DEFAULTS)) + 1
    while not store.put(f"{_DEFAULTS}{number:06}.json", encode(to)):
        number += 1


def referred_keys(store: Store) -> dict[str, str]:
    """Return the keys of the layers that releases refer to, each with the release, as ``release 1.4.0``.

    :raises ExternalError: a record cannot be read, so that what it refers to is not known.
    """
    keys = dict[str, str]()
    for name in release_names(store):
        with suppress(NotFoundError):
            release = decode_release(store.get(release_key(name)), release_key(name))
            keys |= dict.fromkeys(release.layer_keys(), f"release {name}")
    return keys
