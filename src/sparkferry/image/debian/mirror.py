"""Which mirror of Debian to use: the one that is asked for, else the one that this host uses."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from sparkferry.errors import UserError
from sparkferry.image.debian.model import Mirror, Suite
from sparkferry.image.debian.sources import Source, read_sources

_CODENAMES = ("bullseye", "bookworm", "trixie", "forky", "sid")
_NAMES = (*_CODENAMES, "oldstable", "stable", "testing", "unstable")
"""Suites of Debian itself. A mirror has all that are maintained, whichever the host uses."""

_KEYRINGS = (
    "usr/share/keyrings/debian-archive-keyring.gpg",
    "usr/share/keyrings/debian-archive-keyring.pgp",
    "etc/apt/trusted.gpg.d/debian-archive-keyring.gpg",
)
"""Where the package debian-archive-keyring, of Debian and its derivatives, puts the keys."""

_HINT = "set `mirror` in [tool.sparkferry.image] to the address of a mirror of Debian"


def given_mirror(
    main: str, security: str | None = None, keyring: Path | None = None, root: Path = Path("/")
) -> Mirror:
    """Return the mirror that the settings name.

    :raises UserError: an address is none, or there is no keyring to check signatures with.
    """
    for address in (main, security):
        if address is not None and not _is_address(address):
            raise UserError(
                f"could not use the mirror `{address}`: it does not begin with http:// or https://",
                hint=_HINT,
            )
    return Mirror(main=main, security=security, keyrings=find_keyrings(root, keyring))


def host_mirror(suite: Suite, keyring: Path | None = None, root: Path = Path("/")) -> Mirror:
    """Return the mirror that the apt sources of the system below ``root`` name.

    One that is named for ``suite`` comes first; else that of any other suite of Debian serves.

    :raises UserError: the host has none, or there is no keyring to check signatures with.
    """
    sources = [source for source in read_sources(root) if _is_debian(source)]
    main, security = _find(sources, suite, ""), _find(sources, suite, "-security")
    if main is None:
        raise UserError(
            f"could not find a mirror of Debian for `{suite}`: the apt sources of this machine "
            "name none",
            hint=_HINT,
        )
    signers = _signers((main, security) if security else (main,), root)
    return Mirror(
        main=main.uri,
        security=security.uri if security else None,
        keyrings=signers if signers and keyring is None else find_keyrings(root, keyring),
    )


def find_keyrings(root: Path, keyring: Path | None = None) -> tuple[Path, ...]:
    """Return the keyring that is given, else the one of Debian below ``root``.

    :raises UserError: it is not there.
    """
    places = [keyring] if keyring else [root / place for place in _KEYRINGS]
    for path in places:
        if path.is_file():
            return (path,)
    raise UserError(
        f"could not find the keys of Debian: there is no file `{places[0]}`",
        hint="install the package debian-archive-keyring, or set `keyring` in "
        "[tool.sparkferry.image] to a file with these keys",
    )


def _find(sources: Iterable[Source], suite: str, ending: str) -> Source | None:
    """Return the source whose suites, with this ending, are Debian's; the wanted one first."""
    found = list(sources)
    for names in ((suite,), _NAMES):
        for source in found:
            if any(f"{name}{ending}" in source.suites for name in names):
                return source
    return None


def _is_debian(source: Source) -> bool:
    """Tell whether the archive is Debian's: others use the names of its suites, too."""
    if "main" not in source.components or not _is_address(source.uri):
        return False
    if source.signed_by:
        return "debian-archive" in source.signed_by
    return urlsplit(source.uri).path.rstrip("/").rpartition("/")[2].startswith("debian")


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _signers(sources: Iterable[Source], root: Path) -> tuple[Path, ...]:
    """Return the keyrings that apt checks these archives with, as far as they are files."""
    named = (word for source in sources for word in source.signed_by.split())
    paths = dict.fromkeys(root / word.lstrip("/") for word in named if word.startswith("/"))
    return tuple(path for path in paths if path.is_file())
