"""``KEY=VALUE`` options."""

from collections.abc import Iterable

from sparkferry.errors import UserError


def pairs(option: str, values: Iterable[str]) -> dict[str, str]:
    """Return the pairs; the value is everything after the first ``=``, byte for byte.

    :raises UserError: one has no ``=`` or no key, or a key is given twice.
    """
    found: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UserError(
                f"could not read `{option} {text}`: it is not KEY=VALUE",
                hint=f"write it as `{option} key=value`",
            )
        if key in found:
            raise UserError(
                f"could not read `{option} {text}`: `{key}` is given twice", hint="give it once"
            )
        found[key] = value
    return found
