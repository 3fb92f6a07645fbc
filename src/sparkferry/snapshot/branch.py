"""Branch names as parts of paths."""

import hashlib
import os
import re

_LENGTH = 40
_HASH_LENGTH = 8
_ENDS_LIKE_A_HASH = re.compile(rf"-[0-9a-f]{{{_HASH_LENGTH}}}$")

_RESERVED = frozenset({"latest", "release"})
"""What means something else in a branch's place: in the paths of production runs, and as an image's tag."""


def slug(branch: str) -> str:
    """Return the branch's name in at most 40 of ``[a-z0-9-]``; two branches never share one.

    A name that has to be changed gets a hash of the exact one; so does a name that could be
    mistaken for a changed one.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", branch.lower()).strip("-")
    if plain == branch and len(plain) <= _LENGTH and not _is_ambiguous(plain):
        return plain
    digest = hashlib.sha256(os.fsencode(branch)).hexdigest()[:_HASH_LENGTH]
    short = plain[: _LENGTH - _HASH_LENGTH - 1].strip("-") or "branch"
    return f"{short}-{digest}"


def _is_ambiguous(name: str) -> bool:
    return not name or name in _RESERVED or _ENDS_LIKE_A_HASH.search(name) is not None
