"""Pins and file names of wheels, as messages name them and as they are compared."""

from sparkferry.errors import UserError
from sparkferry.layers.model import Pin
from sparkferry.layers.names import normalised


def title(pin: Pin) -> str:
    """Return name and version, as messages say them."""
    return f"{pin.name} {pin.version}" if pin.version else pin.name


def other_package(pin: Pin, filename: str) -> UserError | None:
    """Return why a wheel's file name shows another package than the pin's, or None."""
    escaped = filename.split("-", maxsplit=1)[0]
    if normalised(escaped) == pin.name:
        return None
    return UserError(
        f"could not use `{title(pin)}`: its source is of another package, `{escaped}`",
        hint="lock again",
    )
