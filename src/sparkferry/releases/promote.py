"""Copying a release into another store, as it is: production gets what was tested, bit by bit."""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from sparkferry.clock import stamp
from sparkferry.env import Env
from sparkferry.errors import Diagnostic, ExternalError, raise_errors
from sparkferry.files import sha256_file
from sparkferry.paths import user_name
from sparkferry.releases.model import Release, decode_release, read_release, release_key
from sparkferry.releases.sign import signature_key
from sparkferry.runs.deletion import lease
from sparkferry.runs.ledger import Ledger
from sparkferry.runs.records import decode, encode
from sparkferry.store.api import Store
from sparkferry.store.errors import NotFoundError

PROMOTIONS = "promotions/"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a release is promoted to, and what must hold before."""

    tier: str
    soak: timedelta | None = None
    """Age that the release must have."""
    run: str | None = None
    """Id of a run of this very release that must have succeeded."""


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a promotion."""

    release: str
    tier: str
    origin: str
    """URL of the store that it came from."""
    at: str
    """UTC, ISO 8601."""
    user: str | None
    checks: tuple[str, ...]


def promote(name: str, source: Ledger, target: Ledger, terms: Terms, env: Env) -> Promotion:
    """Copy a release with its layers, verify them, and record it; what is there already stays.

    :raises UserError: there is no such release.
    :raises DiagnosticsError: conditions that do not hold, all of them.
    :raises ExternalError: a layer is not what its digest says, or another release has the name there.
    """
    release = read_release(source.store, name)
    raise_errors(f"promote `{release.name}`", _problems(release, source, terms))
    checks = tuple(_checks(terms))
    with lease(target, release.layer_keys(), env.progress):
        for key in sorted({*release.layer_keys(), *_programs(release)}):
            _copy(key, source.store, target.store, env)
        _copy_record(release, source.store, target.store)
    moment = stamp(env.clock)
    record = Promotion(
        release=release.name,
        tier=terms.tier,
        origin=source.store.url,
        at=moment,
        user=user_name(env.environ),
        checks=checks,
    )
    target.store.put(f"{PROMOTIONS}{release.name}/{moment.replace(':', '')}.json", encode(record))
    return record


def promotions(store: Store, name: str) -> Iterator[Promotion]:
    """Yield the promotions of a release into ``store``, the first one first."""
    for entry in store.list(f"{PROMOTIONS}{name}/"):
        yield decode(store.get(entry.key), Promotion, entry.key)


def _problems(release: Release, ledger: Ledger, terms: Terms) -> Iterator[Diagnostic]:
    age = ledger.clock.now() - datetime.fromisoformat(release.created)
    if terms.soak is not None and age < terms.soak:
        yield Diagnostic(
            "error",
            f"the release is {_hours(age)} old, and {_hours(terms.soak)} are asked for",
            "wait, or ask for less with --soak",
        )
    if terms.run is not None:
        run = ledger.get(terms.run)
        if run.plan.release != release.name:
            of = f"of the release `{run.plan.release}`" if run.plan.release else "of no release"
            yield Diagnostic("error", f"`{run.id}` is a run {of}", "name a run of this one")
        elif run.state != "succeeded":
            yield Diagnostic(
                "error", f"the run `{run.id}` is {run.state}", "name one that succeeded"
            )


def _checks(terms: Terms) -> Iterator[str]:
    yield "every layer has its digest"
    if terms.soak is not None:
        yield f"the release is at least {_hours(terms.soak)} old"
    if terms.run is not None:
        yield f"the run {terms.run} of it succeeded"


def _hours(time: timedelta) -> str:
    return f"{time / timedelta(hours=1):.1f} hours"


def _programs(release: Release) -> Iterator[str]:
    """Yield the keys of drivers' programs."""
    for name in release.plans:
        main = release.plan(name).main
        if main:
            yield "/".join(main.split("/")[-3:])


def _copy(key: str, source: Store, target: Store, env: Env) -> None:
    """Copy an object whose key holds the SHA-256 of its content."""
    if target.exists(key):
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, key.rpartition("/")[2])
        source.fetch(key, path, env.progress)
        found, wanted = sha256_file(path), key.split("/")[1]
        if found != wanted:
            raise ExternalError(
                f"could not promote `{key}`: its SHA-256 in `{source.url}` is {found}",
                hint="somebody changed it: release again, under another version",
            )
        target.put_file(key, path, env.progress)


def _copy_record(release: Release, source: Store, target: Store) -> None:
    """Copy the record byte by byte, so that its signature holds; then its signature."""
    key = release_key(release.name)
    data = source.get(key)
    if not target.put(key, data) and decode_release(target.get(key), key) != release:
        raise ExternalError(
            f"could not promote `{release.name}`: `{target.url}` has another release of that name",
            hint="give the next version a name of its own",
        )
    try:
        target.put(signature_key(release.name), source.get(signature_key(release.name)))
    except NotFoundError:
        return
