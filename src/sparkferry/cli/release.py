"""``sparkferry release``: what production runs, built once."""

from typing import TYPE_CHECKING

import click

from sparkferry.cli.options import json_option, project_options, store_options
from sparkferry.cli.output import emit_json, table
from sparkferry.project.select import Selected

if TYPE_CHECKING:
    from sparkferry.env import Env
    from sparkferry.releases.model import Release
    from sparkferry.runs.ledger import Ledger


@click.group()
def command() -> None:
    r"""Make, promote and examine releases: code, packages, settings and jobs that are built once.

    Production runs a release by its version, without a checkout: `sparkferry run JOB --release VERSION`.

    \b
    Example:
      git tag -a v1.4.0 -m "Faster joins"
      sparkferry release create 1.4.0
    """


@command.command()
@click.argument("version")
@click.option("--sign", "signed", is_flag=True, help="Sign it with the key that Git signs with.")
@project_options
@json_option
def create(selected: Selected, version: str, signed: bool, as_json: bool) -> None:
    r"""Build and publish VERSION for the release's targets, and record it; print the version.

    Every condition that does not hold is told at once: a clean tree, a tag at the commit, a branch that
    is released, notes, digests for all packages, and no error of `check`. Settings are those of --tier,
    `prod` if not given.

    \b
    Examples:
      sparkferry release create 1.4.0
      sparkferry release create 1.4.0 --sign --json
    """
    from msgspec.structs import replace

    from sparkferry.cli.env import make_env
    from sparkferry.packing import open_project
    from sparkferry.releases.create import create_release
    from sparkferry.releases.sign import sign
    from sparkferry.runs.open import open_ledger

    env = make_env()
    selected = replace(selected, tier=selected.tier or env.environ.get("SPARKFERRY_TIER") or "prod")
    project = open_project(selected, env)
    ledger = open_ledger(project, env)
    release = create_release(project, version, ledger, env)
    if signed:
        sign(ledger.store, version, project.root)
    if as_json:
        emit_json(release)
    else:
        click.echo(version)


@command.command("list")
@store_options
@json_option
def _list(selected: Selected, as_json: bool) -> None:
    r"""List the releases of the store, newest first: version, time (UTC), commit, tier, `latest`.

    \b
    Example:
      sparkferry release list --store s3://prod/flights
    """
    from sparkferry.releases.model import defaults, read_release, release_names

    store = _ledger(selected)[0].store
    found = sorted(
        (read_release(store, name) for name in release_names(store)),
        key=lambda release: release.created,
        reverse=True,
    )
    moved = list(defaults(store))
    latest = moved[-1].name if moved else None
    if as_json:
        emit_json([{"latest": x.name == latest, **_summary(x)} for x in found])
        return
    rows = [
        (x.name, x.created[:19] + "Z", (x.source.head or "")[:12], x.tier, x.name == latest or None)
        for x in found
    ]
    table(rows, ("version", "created", "commit", "tier", "latest"))


@command.command()
@click.argument("version")
@click.option(
    "--provenance", is_flag=True, help="Print its in-toto statement (SLSA provenance v1)."
)
@store_options
@json_option
def show(selected: Selected, version: str, provenance: bool, as_json: bool) -> None:
    r"""Show what VERSION, or `latest`, holds, and where it was promoted from.

    \b
    Examples:
      sparkferry release show 1.4.0
      sparkferry release show latest --provenance --store s3://prod/flights
    """
    from sparkferry.releases.model import defaults, read_release, release_key
    from sparkferry.releases.promote import promotions
    from sparkferry.releases.provenance import statement

    store = _ledger(selected)[0].store
    release = read_release(store, version)
    if provenance:
        emit_json(statement(release, store.get(release_key(release.name))))
        return
    came = list(promotions(store, release.name))
    moved = [item for item in defaults(store) if item.name == release.name]
    if as_json:
        emit_json({"release": release, "promotions": came, "defaults": moved})
        return
    rows: list[tuple[str, object]] = [*_summary(release).items()]
    rows += [(f"promoted {x.at[:19]}Z", f"from {x.origin} by {x.user}") for x in came]
    rows += [(f"latest {x.at[:19]}Z", f"by {x.user}") for x in moved]
    table(rows, ("what", "value"))
    click.echo(release.notes, err=True)


@command.command()
@click.argument("left")
@click.argument("right")
@store_options
@json_option
def diff(selected: Selected, left: str, right: str, as_json: bool) -> None:
    r"""Show what differs from release LEFT to release RIGHT: code, jobs, layers, packages, properties.

    \b
    Example:
      sparkferry release diff 1.3.0 1.4.0
    """
    from sparkferry.cli.diff import shown
    from sparkferry.releases.diff import diff_releases
    from sparkferry.releases.model import read_release

    store = _ledger(selected)[0].store
    changes = diff_releases(read_release(store, left), read_release(store, right))
    if as_json:
        emit_json(changes)
        return
    rows = [(x.section, x.name, shown(x.left), shown(x.right)) for x in changes]
    table(rows, ("section", "name", left, right))


@command.command()
@click.argument("version")
@store_options
@json_option
def verify(selected: Selected, version: str, as_json: bool) -> int:
    r"""Read every layer of VERSION, compare its digest, and verify its signature; exit code 3 if one is bad.

    Signers are those whom Git's settings trust, as for signed commits.

    \b
    Example:
      sparkferry release verify 1.4.0 --store s3://prod/flights
    """
    from sparkferry.releases.model import read_release
    from sparkferry.releases.verify import verify_release

    ledger, env = _ledger(selected)
    release = read_release(ledger.store, version)
    found = verify_release(ledger.store, release, selected.directory, env)
    if as_json:
        emit_json(found)
    else:
        signer = f"signed by {found.signer}" if found.signer else "not signed"
        table([*((x, "") for x in found.problems), (release.name, signer)], ("what", "signature"))
    return 3 if found.problems else 0


@command.command()
@click.argument("version")
@click.option("--to", "destination", metavar="URL", required=True, help="Store to copy it into.")
@click.option("--soak", metavar="TIME", help="Age that it must have, as `24h` or `7d`.")
@click.option("--run", metavar="RUN", help="A run of it that must have succeeded.")
@store_options
@json_option
def promote(
    selected: Selected, version: str, destination: str, as_json: bool, **terms: str | None
) -> None:
    r"""Copy VERSION, with every layer, into another store; verify, and record who did it, when, from where.

    \b
    Examples:
      sparkferry release promote 1.4.0 --to s3://prod/flights --tier prod
      sparkferry release promote 1.4.0 --to az://prod/flights --soak 24h --run flights-20261120-0907
    """
    from sparkferry.clock import span
    from sparkferry.releases.promote import Terms
    from sparkferry.releases.promote import promote as promote_release
    from sparkferry.runs.open import ledger_at

    ledger, env = _ledger(selected)
    target = ledger_at(destination, selected.directory, env)
    soak = span(terms["soak"]) if terms["soak"] else None
    asked = Terms(tier=selected.tier or "prod", soak=soak, run=terms["run"])
    record = promote_release(version, ledger, target, asked, env)
    if as_json:
        emit_json(record)
    else:
        click.echo(record.release)


@command.command()
@click.argument("version")
@store_options
def default(selected: Selected, version: str) -> None:
    r"""Let `latest` mean VERSION; what it meant before stays in its history (`release show`).

    \b
    Example:
      sparkferry release default 1.3.0 --store s3://prod/flights
    """
    from sparkferry.clock import stamp
    from sparkferry.paths import user_name
    from sparkferry.releases.model import Default, move_latest, read_release

    ledger, env = _ledger(selected)
    name = read_release(ledger.store, version).name
    moved = Default(name=name, at=stamp(env.clock), user=user_name(env.environ))
    move_latest(ledger.store, moved)
    click.echo(name)


def _summary(release: "Release") -> dict[str, object]:
    """Return what one sees of a release at a glance."""
    return {
        "version": release.name,
        "project": release.project,
        "tier": release.tier,
        "created": release.created,
        "user": release.user,
        "commit": release.source.head,
        "tag": release.tag,
        "jobs": ", ".join(release.jobs),
        "targets": ", ".join(release.plans),
    }


def _ledger(selected: Selected) -> "tuple[Ledger, Env]":
    from sparkferry.cli.env import make_env
    from sparkferry.cli.lookup import find_ledgers

    env = make_env()
    return find_ledgers(selected, env)[0], env
