"""What must hold between the settings of an image that each have the right type."""

import re
from collections.abc import Iterator
from pathlib import Path

from sparkferry.process import redact
from sparkferry.project.image_settings import ImageSettings
from sparkferry.project.inside import leaves
from sparkferry.project.keys import did_you_mean, dotted
from sparkferry.project.shape import Path as Key
from sparkferry.project.shape import Problem

DEBIAN_BASES = ("debian:bookworm", "debian:trixie")
"""The bases that are put together from Debian packages."""

DATAPROC_ID = 1099
"""User and group of Dataproc's containers (its documentation of custom containers)."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST = r"sha256:[0-9a-f]{64}"
# Names without a dot, a port or this name are repositories of Docker's own registry, by old custom.
_HOST = r"(?:localhost|\[[0-9a-fA-F:]+\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+"

REPOSITORY = re.compile(_REPOSITORY)
"""Grammar of a repository's name (OCI distribution specification, "Pulling manifests")."""
TAG = re.compile(_TAG)
"""Grammar of a tag (the same)."""
REGISTRY = re.compile(_HOST)
"""A host that cannot be mistaken for the beginning of a repository's name."""
_BASE = re.compile(rf"(?:{_HOST})/{_REPOSITORY}(?::{_TAG})?(?:@{_DIGEST})?")

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
"""Debian Policy 5.6.1."""

_JAVA = re.compile(r"openjdk-.*|default-j(?:re|dk).*|temurin-.*")
_JAR_URL = re.compile(r"https?://[^#\s]+/[^/#\s?]+\.jar#sha256=[0-9a-f]{64}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(
    r"(?i)passw(?:or)?d|passphrase|secret|token|credential|(?:private|access|api)_?key|connection_?string"
)

OUR_VARIABLES = {
    "JAVA_HOME": "the kind says where Java is",
    "JDK_JAVA_OPTIONS": "give the options as `java-options`",
    "LD_PRELOAD": "the kind says what is preloaded",
    "PATH": "it holds the packed Python; call other programs by their path",
    "PYSPARK_DRIVER_PYTHON": "the interpreter layer is used",
    "PYSPARK_PYTHON": "the interpreter layer is used",
    "PYTHONHASHSEED": "it is fixed, or shuffles by text would lose rows",
    "PYTHONPATH": "packages and code are found without it",
    "SPARK_DIST_CLASSPATH": "name the jars as `jars`",
    "SPARK_EXTRA_CLASSPATH": "name the jars as `jars`",
    "SPARK_HOME": "the kind says where Spark is",
}
"""Variables that an image sets itself, and why or what to do instead."""


def check_image(path: Key, image: ImageSettings, root: Path) -> Iterator[Problem]:
    """Yield every rule that the table at ``path`` breaks."""
    yield from _base((*path, "base"), image.base)
    yield from _names(path, image)
    yield from _platforms((*path, "platforms"), image)
    if image.kind == "dataproc":
        yield from _dataproc(path, image)
    for package in image.packages:
        if not _PACKAGE.fullmatch(package):
            hint = "name it as `apt` does, without version or architecture: `libgomp1`"
            yield Problem(
                (*path, "packages"), f"`{package}` is not a valid Debian package name", hint
            )
    yield from _files(path, image, root)
    yield from _environment(path, image)
    yield from _java_options((*path, "java-options"), image.java_options)


def _base(path: Key, base: str) -> Iterator[Problem]:
    if base in DEBIAN_BASES or _BASE.fullmatch(base):
        return
    if base.startswith("debian:") or base == "debian":
        hint = did_you_mean(base, DEBIAN_BASES, plural="bases")
    elif "://" in base:
        hint = "leave the scheme out: `registry.example/team/image:tag`"
    else:
        hint = f"name its registry: `docker.io/library/{base.rpartition('/')[2].lower()}`"
    yield Problem(path, f"`{base}` is not a valid base image", hint)


def _names(path: Key, image: ImageSettings) -> Iterator[Problem]:
    if image.registry is not None and not REGISTRY.fullmatch(image.registry):
        hint = "give host and port alone, as `europe-docker.example` or `localhost:5000`"
        yield Problem((*path, "registry"), f"`{image.registry}` is not a valid registry", hint)
    if image.repository is not None and not REPOSITORY.fullmatch(image.repository):
        hint = "small letters, digits, and `.`, `_`, `-` between them; `/` between parts"
        yield Problem(
            (*path, "repository"), f"`{image.repository}` is not a valid repository", hint
        )
    if image.tag is not None and not TAG.fullmatch(image.tag):
        hint = "letters, digits, `_`, `.` and `-`, the first no `.` or `-`, 128 characters at most"
        yield Problem((*path, "tag"), f"`{image.tag}` is not a valid tag", hint)


def _platforms(path: Key, image: ImageSettings) -> Iterator[Problem]:
    if not image.platforms:
        hint = 'name one: `["linux/amd64"]`'
        yield Problem(path, "an image needs a platform", hint)
    if len(set(image.platforms)) < len(image.platforms):
        yield Problem(path, "a platform is given twice", "give each once")


def _dataproc(path: Key, image: ImageSettings) -> Iterator[Problem]:
    said = "Dataproc runs its containers"
    if image.platforms not in {("linux/amd64",), ()}:
        hint = 'set `platforms = ["linux/amd64"]`'
        yield Problem((*path, "platforms"), f"{said} on linux/amd64 alone", hint)
    for key in ("uid", "gid"):
        if getattr(image, key) not in {None, DATAPROC_ID}:
            yield Problem(
                (*path, key), f"{said} as user and group {DATAPROC_ID}", f"remove `{key}`"
            )
    if image.user not in {None, "spark"}:
        yield Problem((*path, "user"), f"{said} as the user `spark`", "remove `user`")
    for package in filter(_JAVA.fullmatch, image.packages):
        hint = "remove it: the service mounts Java and Spark"
        yield Problem((*path, "packages"), f"an image for Dataproc must not hold `{package}`", hint)


def _files(path: Key, image: ImageSettings, root: Path) -> Iterator[Problem]:
    for jar in image.jars:
        yield from _jar((*path, "jars"), jar, root)
    names = [re.sub(r"#.*", "", jar).rpartition("/")[2] for jar in image.jars]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem((*path, "jars"), f"two jars have the name `{name}`", "rename one")
    if image.log4j is not None:
        yield from _file((*path, "log4j"), image.log4j, root)
    if image.keyring is not None and not (root / Path(image.keyring).expanduser()).is_file():
        hint = "the path is absolute, or relative to the directory of pyproject.toml"
        yield Problem((*path, "keyring"), f"there is no file `{image.keyring}`", hint)


def _jar(path: Key, jar: str, root: Path) -> Iterator[Problem]:
    if "://" in jar:
        if not _JAR_URL.fullmatch(jar):
            hint = "write it as `https://host/path/name.jar#sha256=<64 hexadecimal digits>`"
            yield Problem(path, f"`{redact(jar)}` is not a jar's URL with its digest", hint)
    elif not jar.endswith(".jar"):
        hint = "give a file of the project, or a URL with `#sha256=`"
        yield Problem(path, f"`{jar}` is not a .jar file", hint)
    else:
        yield from _file(path, jar, root)


def _file(path: Key, written: str, root: Path) -> Iterator[Problem]:
    if leaves(written):
        said = f"`{written}` of `{dotted(path)}` leads out of the project"
        yield Problem(path, said, "only what is below pyproject.toml can ship")
    elif not (root / written).is_file():
        hint = "the path is relative to the directory of pyproject.toml"
        yield Problem(path, f"there is no file `{written}`", hint)


def _environment(path: Key, image: ImageSettings) -> Iterator[Problem]:
    for name, value in image.env.items():
        at = (*path, "env", name)
        if name in OUR_VARIABLES:
            said = f"sparkferry sets `{name}` itself"
            yield Problem(at, said, f"remove it: {OUR_VARIABLES[name]}")
        elif not _VARIABLE.fullmatch(name):
            yield Problem(at, f"`{name}` is not a valid variable name", "letters, digits and `_`")
        elif _is_secret(name, value):
            yield Problem(at, f"`{name}` looks like a secret", _MOUNT)
    for name, value in image.labels.items():
        if _is_secret(name, value):
            yield Problem((*path, "labels", name), f"`{name}` looks like a secret", _MOUNT)


_MOUNT = (
    "everyone who can pull an image can read it: mount the secret where the image runs, and let the "
    "variable name its absolute path"
)


def _is_secret(name: str, value: str) -> bool:
    """Tell whether a pair gives a secret away; the path of a file that is mounted does not."""
    return redact(value) != value or bool(_SECRET.search(name) and not value.startswith("/"))


def _java_options(path: Key, options: tuple[str, ...]) -> Iterator[Problem]:
    for option in options:
        if not option.startswith("-") or option.startswith(("-cp", "-jar", "--class-path")):
            hint = "options alone, as `-XX:+UseZGC`; the class path is made of `jars`"
            yield Problem(path, f"`{option}` is not a JVM option for every purpose", hint)
        elif redact(option) != option:
            yield Problem(path, "an option looks like a secret", _MOUNT)
