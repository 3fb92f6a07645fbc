"""Requirements that name a file, a directory or a repository in place of a version."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from sparkferry.layers.digests import SECURE, WEAK, parse_digest

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://|/)")
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_ARCHIVES = (".whl", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
_CONDA_ARCHIVES = (".conda", ".tar.bz2")

_CONDA_PLACES = re.compile(
    r"/(?:home|opt|root|Users/[^/]+)/(?:mini|ana|mamba|micromamba|mini|ana)?(?:conda|forge)\d?/"
    r"|/feedstock_root/|/croot/|/tmp/build/|/tmp/abs_|/build_artifacts/|_h_env_placehold"
    r"|[A-Za-z]:[/\\]+(?:b|bld|ci|croot)[/\\]",
    re.IGNORECASE,
)
"""Directories in which conda's own builds happen: ``pip freeze`` of a conda environment names them."""

Kind = Literal["archive", "directory", "vcs"]


class Direct(msgspec.Struct, frozen=True, kw_only=True):
    """Where a requirement is taken from."""

    kind: Kind
    url: str
    """Absolute, without a fragment except ``subdirectory``."""
    name: str | None = None
    """As its address tells it; with extras where its ``egg`` has some."""
    digests: tuple[str, ...] = ()
    """That the fragment of its address names."""
    problem: str | None = None
    """Why there is nothing."""
    hint: str | None = None


def is_direct(body: str) -> bool:
    """Tell whether a requirement begins with an address or a path, without a name."""
    if _SCHEME.match(body) or _VCS.match(body) or body.startswith((".", "/", "~")):
        return True
    first = re.split(r"[\s;@\[]", body, maxsplit=1)[0]
    return "/" in first or "\\" in first or first.lower().endswith(_ARCHIVES)


def find_direct(address: str, bases: tuple[Path, ...]) -> Direct:
    """Return where ``address`` leads; a relative path starts from the first of ``bases`` that has it.

    :raises DigestError: its fragment has a digest that no file could be accepted for.
    :raises ValueError: it is not a valid URL.
    """
    plain, _, fragment = address.partition("#")
    said = dict(item.partition("=")[::2] for item in fragment.split("&") if item)
    where = f"#subdirectory={said['subdirectory']}" if "subdirectory" in said else ""
    digests = tuple(
        parse_digest(f"{key}:{value}")
        for key, value in said.items()
        if key.lower() in SECURE | WEAK
    )
    egg = said.get("egg") or None
    if _VCS.match(plain):
        return Direct(kind="vcs", url=plain + where, name=egg, digests=digests)
    if urlsplit(plain).scheme.lower() in {"http", "https"}:
        return _remote(plain, where, egg, digests)
    return _local(plain, bases, egg, digests)


def _remote(plain: str, where: str, egg: str | None, digests: tuple[str, ...]) -> Direct:
    file = unquote(urlsplit(plain).path).rpartition("/")[2]
    problem = hint = None
    if (file.lower().endswith(_CONDA_ARCHIVES) and "/conda" in plain.lower()) or file.endswith(
        ".conda"
    ):
        problem = "it is a conda package, and wheels and source distributions can be packed alone"
        hint = "pin the package by its version on a Python index"
    return Direct(
        kind="archive",
        url=plain + where,
        name=egg or name_of_file(file),
        digests=digests,
        problem=problem,
        hint=hint,
    )


def _local(
    plain: str, bases: tuple[Path, ...], egg: str | None, digests: tuple[str, ...]
) -> Direct:
    is_url = plain.lower().startswith("file:")
    text = unquote(urlsplit(plain).path) if is_url else plain
    written = Path(text).expanduser() if text.startswith("~/") else Path(text)
    places = [base / written for base in bases]
    found = next((place for place in places if place.exists()), None)
    path = (found or places[0]).absolute()
    problem, hint = (None, None) if found else _absent(path, text)
    kind: Kind = "directory" if path.is_dir() else "archive"
    name = egg or (None if kind == "directory" else name_of_file(path.name))
    return Direct(
        kind=kind, url=path.as_uri(), name=name, digests=digests, problem=problem, hint=hint
    )


def _absent(path: Path, text: str) -> tuple[str, str]:
    if _CONDA_PLACES.search(text):
        known = re.match(r"(.+?)-(\d[^-]*)-", path.name) if path.suffix == ".whl" else None
        pin = f"`{known[1]}=={known[2]}`" if known else "`name==version`"
        return (
            f"there is no `{text}`: conda wrote the directory of its own build there",
            f"pin it by version, as {pin}; `pip list --format=freeze` writes such lines",
        )
    return (
        f"there is no file or directory `{path}`",
        "put it there, or pin the package by version, as `name==version`",
    )


def name_of_file(file: str) -> str | None:
    """Return the package's name that a wheel or source distribution is named after, or None."""
    if file.endswith(".whl"):
        return file.partition("-")[0]
    stem = next((file[: -len(end)] for end in _ARCHIVES if file.lower().endswith(end)), "")
    found = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)-(?=\d[^-]*$)", stem)
    return found[1] if found else None
