"""Options in a requirements file: each is known, or an error.

https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options
"""

import shlex
from collections.abc import Iterator

import msgspec

_SHORT = {
    "-i": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-C": "--config-settings",
}

_ALIASES = {"--pypi-url": "--index-url", "--config-setting": "--config-settings"}

_WITH_VALUE = frozenset(
    {
        *("--index-url", "--extra-index-url", "--find-links", "--requirement", "--constraint"),
        *("--editable", "--no-binary", "--only-binary", "--trusted-host", "--use-feature"),
        *("--hash", "--config-settings", "--global-option"),
    }
)

_WITHOUT_VALUE = frozenset({"--no-index", "--require-hashes", "--pre", "--prefer-binary"})


class LineError(ValueError):
    """A line of a requirements file that cannot be understood; ``hint`` is the remedy."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


class Option(msgspec.Struct, frozen=True):
    """An option in its long form."""

    name: str
    value: str = ""


def parse_options(text: str) -> Iterator[Option]:
    """Yield the options of a line that consists of them.

    :raises LineError: one is unknown, or lacks its value.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise LineError(f"its quotes do not match: {error}", "close the quotation") from error
    while words:
        yield _take(words)


def _take(words: list[str]) -> Option:
    """Take an option, and its value if it has one, from the front of ``words``."""
    word = words.pop(0)
    name, equals, value = word.partition("=") if word.startswith("--") else _short(word)
    name = _ALIASES.get(name, name)
    if name in _WITHOUT_VALUE and not equals:
        return Option(name)
    if name not in _WITH_VALUE:
        raise LineError(
            f"`{word}` is not an option that requirements files have",
            "remove it, or see pip's reference of the requirements file format",
        )
    if not equals and words:
        value = words.pop(0)
    if not value:
        raise LineError(f"`{name}` has no value", f"write `{name} <value>`")
    return Option(name, value)


def _short(word: str) -> tuple[str, str, str]:
    """Split ``-rfile``, ``-r=file`` or ``-r``."""
    name, value = _SHORT.get(word[:2], word), word[2:].removeprefix("=")
    return name, "=" if value else "", value
