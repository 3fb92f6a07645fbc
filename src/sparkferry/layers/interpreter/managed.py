"""Standalone interpreters, fetched by `uv python install` where the machine has none that fits.

They are kept in our own cache: `uv python list` of some uv versions stumbles over installations
for another architecture in uv's own directory.
"""

from pathlib import Path

from sparkferry.base.cache import Cache
from sparkferry.base.platforms import Platform
from sparkferry.errors import ExternalError
from sparkferry.progress import Progress
from sparkferry.uv.call import uv

_MACHINES: dict[Platform, str] = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
"""Architecture by platform, as uv names it in the keys of interpreters."""


def install(version: str, platform: Platform, cache: Cache, progress: Progress) -> Path:
    """Return a directory of standalone builds with Python ``version`` (``3.12``, ``3.12.1``).

    :raises ExternalError: uv cannot fetch it.
    """
    key = f"cpython-{version}-linux-{_MACHINES[platform]}-gnu"

    def fill(directory: Path) -> None:
        arguments = ["python", "install", key, "--no-bin", "--install-dir", str(directory)]
        what = f"Python {version} for {platform}"
        with progress.task(f"Fetching {what}", unit="files"):
            uv(arguments, action=f"fetch {what}", cwd=directory)

    try:
        return cache.directory("python", key, fill)
    except ExternalError as error:
        raise ExternalError(
            f"could not find `Python {version}` for {platform}: none is installed here, and "
            f"fetching one failed: {error.message}",
            hint=_choices(version, platform),
        ) from error


def _choices(version: str, platform: Platform) -> str:
    return (
        f"install Python {version} on a {platform} machine (`uv python install {version}`, pyenv, or "
        f'the system\'s packages) and pack there; or set `python = "…"` of the target to a version '
        "that is installed"
    )
