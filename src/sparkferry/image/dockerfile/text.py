"""The Dockerfile as text: one function a section. Pure.

Debian's packages come by apt, upon a base of the user's choice; all above them is ours, layer by layer, which
``ADD`` unpacks (Dockerfile reference, "Adding local tar archives").
"""

import json
import shlex
from collections.abc import Mapping

import msgspec

from sparkferry.errors import UserError
from sparkferry.image.lock import ImageLock
from sparkferry.image.model import ImageLayer
from sparkferry.image.recipe import Recipe
from sparkferry.project.image_rules import DEBIAN_BASES

_HEAD = """\
# Written by `sparkferry image dockerfile`. Build it with the layers beside it:
#   sparkferry image dockerfile --to DIR && docker build DIR
"""
_SHELL = 'SHELL ["/bin/bash", "-o", "pipefail", "-euc"]\n'


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A Dockerfile, decided."""

    recipe: Recipe
    base: str
    """Reference of an image of the recipe's Debian, with its digest if one is locked."""
    layers: tuple[ImageLayer, ...]
    """What is upon Debian's packages, lowest first."""


def dockerfile(draft: Draft) -> str:
    """Return the Dockerfile.

    :raises UserError: the settings hold something that no Dockerfile can say.
    """
    config, account = draft.recipe.config, draft.recipe.account
    return "".join(
        (
            f"{_HEAD}ARG BASE={draft.base}\nFROM ${{BASE}}\n{_SHELL}",
            _debian(draft.recipe),
            _user(draft.recipe),
            *(f"ADD {name} /\n" for name in layer_names(draft)),
            _pairs("ENV", config.env),
            _pairs("LABEL", config.labels),
            f"USER {account.uid}:{account.gid}\n",
            f"WORKDIR {config.working_dir}\n",
            f"ENTRYPOINT {json.dumps(config.entrypoint)}\n",
            f"CMD {json.dumps(config.cmd)}\n",
        )
    )


def layer_names(draft: Draft) -> Mapping[str, ImageLayer]:
    """Return the layers by their paths beside the Dockerfile."""
    numbered = enumerate(draft.layers, 1)
    return {f"layers/{number:02}-{layer.role}.tar.gz": layer for number, layer in numbered}


def base_of(recipe: Recipe, lock: ImageLock) -> str:
    """Return the base of the settings, or Docker's Debian where they name no image."""
    debian = f"docker.io/library/debian:{recipe.suite}-slim"
    chosen = debian if recipe.base in DEBIAN_BASES else recipe.base
    digest = lock.base(chosen)
    return f"{chosen}@{digest}" if digest and "@" not in chosen else chosen


def _debian(recipe: Recipe) -> str:
    packages = sorted({*recipe.kind.packages, *recipe.kind.java, *recipe.packages})
    return _run(
        "apt-get update",
        "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
        + shlex.join(packages),
        "apt-get clean",
        "rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt /tmp/hsperfdata_root",
    )


def _user(recipe: Recipe) -> str:
    account = recipe.account
    name, home = shlex.quote(account.name), shlex.quote(account.home)
    # Without --no-log-init a large number makes a log of as many records.
    return _run(
        f"(getent group {account.gid} || groupadd --gid {account.gid} {name})",
        f"useradd --uid {account.uid} --gid {account.gid} --home-dir {home} --shell /bin/bash "
        f"--no-create-home --no-log-init {name}",
        f"install -d -m 0755 -o {account.uid} -g {account.gid} {home}",
    )


def _run(*commands: str) -> str:
    """Return RUN of commands that all must succeed."""
    return "RUN " + " \\\n && ".join(commands) + "\n"


def _pairs(instruction: str, values: Mapping[str, str]) -> str:
    """Return ENV or LABEL with all of its pairs; nothing where there are none."""
    lines = (f"{name}={quoted(value)}" for name, value in sorted(values.items()))
    return f"{instruction} " + " \\\n    ".join(lines) + "\n" if values else ""


def quoted(text: str) -> str:
    """Return a word of ENV or LABEL that means ``text`` to the letter ("Environment replacement").

    :raises UserError: it has a line break, which no Dockerfile can say.
    """
    if "\n" in text or "\r" in text:
        raise UserError(
            f"could not write a Dockerfile: `{text.splitlines()[0]}…` has more than one line",
            hint="put it into a file of the image, or build with `sparkferry image build`",
        )
    for character in ("\\", '"', "$"):
        text = text.replace(character, f"\\{character}")
    return f'"{text}"'
