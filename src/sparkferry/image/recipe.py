"""The recipe of an image: everything that is decided before a byte of it is made. Pure."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from sparkferry.base.platforms import Platform
from sparkferry.errors import UserError
from sparkferry.image.debian.configure.unpacked import Account
from sparkferry.image.debian.model import Suite
from sparkferry.image.entry import Entry
from sparkferry.image.kinds.choose import kind_of
from sparkferry.image.kinds.kind import CONF, JARS, Kind
from sparkferry.image.manifest import ImageConfig
from sparkferry.image.model import KIND_LABEL, LIBRARIES_LABEL
from sparkferry.image.provenance import Provenance
from sparkferry.project.image_settings import ImageSettings, JarGroup
from sparkferry.project.model import Project

TITLE = "org.opencontainers.image.title"
CREATED = "org.opencontainers.image.created"
_REVISION = "org.opencontainers.image.revision"
_SOURCE = "org.opencontainers.image.source"

PROD = "prod"
"""The tier whose images hold the code."""


class BaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an image is made upon, and for."""

    platform: Platform
    suite: Suite
    """Debian's release: the base's own."""
    spark: str
    """Full version."""
    base_env: Mapping[str, str] = {}
    """Environment of the base image."""
    base_labels: Mapping[str, str] = {}


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """An image for one platform, decided."""

    kind: Kind
    platform: Platform
    suite: Suite
    base: str
    """``debian:<suite>``, or a reference with its registry."""
    packages: tuple[str, ...]
    """Debian packages beside those that the kind and Java need."""
    account: Account
    spark: str | None
    """Full version of the Spark that is in the image; None where it is mounted."""
    spark_groups: tuple[JarGroup, ...]
    jars: tuple[str, ...]
    """As in the settings."""
    has_code: bool
    files: tuple[Entry, ...]
    """Files of the kind and of the settings, and directories that must be writable."""
    config: ImageConfig


def image_settings(project: Project) -> ImageSettings:
    """Return the settings of images for the project's target."""
    target = project.target
    return target.image or project.settings.image


def recipe(project: Project, base_facts: BaseFacts, provenance: Provenance) -> Recipe:
    """Return the recipe of the project's image.

    :raises UserError: its settings cannot be had together.
    """
    settings = image_settings(project)
    kind = kind_of(settings, base_facts.platform, base_facts.suite, base_facts.spark)
    account = _account(kind, settings)
    return Recipe(
        kind=kind,
        platform=base_facts.platform,
        suite=base_facts.suite,
        base=settings.base,
        packages=settings.packages,
        account=account,
        spark=base_facts.spark if kind.brings_spark else None,
        spark_groups=settings.spark_groups if kind.brings_spark else (),
        jars=settings.jars,
        has_code=project.tier == PROD if settings.code is None else settings.code,
        files=(*_owned(kind, account), *_configured(settings, project.root)),
        config=ImageConfig(
            user=f"{account.uid}:{account.gid}",
            env={**base_facts.base_env, **kind.env, **_variables(kind, settings), **settings.env},
            entrypoint=kind.entry_point,
            cmd=kind.command,
            working_dir=kind.working_directory,
            labels={
                **base_facts.base_labels,
                **_labels(project, provenance),
                KIND_LABEL: kind.name,
                **_optional(project),
                **settings.labels,
            },
            created=provenance.created,
        ),
    )


def _account(kind: Kind, settings: ImageSettings) -> Account:
    own = kind.account
    return msgspec.structs.replace(
        own,
        name=settings.user or own.name,
        uid=settings.uid or own.uid,
        gid=own.gid if settings.gid is None else settings.gid,
    )


def _owned(kind: Kind, account: Account) -> Iterator[Entry]:
    """Yield the kind's files, its user's with the numbers that the settings give it."""
    for entry in kind.entries:
        if entry.uid == kind.account.uid:
            yield msgspec.structs.replace(entry, uid=account.uid, gid=account.gid)
        else:
            yield entry


def _configured(settings: ImageSettings, root: Path) -> Iterator[Entry]:
    if settings.log4j is not None:
        yield Entry(path=_log4j_path(settings.log4j), content=root / settings.log4j)


def _log4j_path(written: str) -> str:
    return f"{CONF}/{posixpath.basename(written)}"


def _variables(kind: Kind, settings: ImageSettings) -> dict[str, str]:
    """Return the variables for jars and JVM options.

    Every ``java`` from 9 on reads JDK_JAVA_OPTIONS (JDK's documentation of the command), before the
    options of its command line, which so win.
    """
    logging = (
        [f"-Dlog4j2.configurationFile=/{_log4j_path(settings.log4j)}"] if settings.log4j else []
    )
    options = [_quoted(option) for option in (*logging, *settings.java_options)]
    return {
        **({kind.class_path: f"/{JARS}/*"} if settings.jars else {}),
        **({"JDK_JAVA_OPTIONS": " ".join(options)} if options else {}),
    }


def _quoted(option: str) -> str:
    """Return the option as JDK_JAVA_OPTIONS has it: there are quotes, but nothing escapes them."""
    if not any(character.isspace() or character in "\"'" for character in option):
        return option
    for quote in "\"'":
        if quote not in option:
            return f"{quote}{option}{quote}"
    raise UserError(
        f"could not write the JVM option `{option}`: it has both kinds of quotes",
        hint="use one kind alone",
    )


def _optional(project: Project) -> dict[str, str]:
    libraries = project.settings.packages.optional_libraries
    return {LIBRARIES_LABEL: " ".join(libraries)} if libraries else {}


def _labels(project: Project, provenance: Provenance) -> dict[str, str]:
    """Return the labels that the OCI image specification defines ("Annotations")."""
    known = {
        TITLE: project.name,
        CREATED: provenance.time,
        _REVISION: provenance.revision,
        _SOURCE: provenance.source,
    }
    return {name: text for name, text in known.items() if text}
