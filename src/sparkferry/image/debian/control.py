"""Stanzas of ``Field: value`` lines: Packages, Release, control, status and .sources files (deb822(5))."""

from collections.abc import Iterator

Stanza = dict[str, str]
"""Values by the field's name in lower case; continuation lines keep their newlines and lose their
first blank."""


def stanzas(text: str) -> Iterator[Stanza]:
    """Yield the stanzas of a file; comment lines are left out."""
    stanza: Stanza = {}
    field = ""
    for line in text.split("\n"):
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, field = {}, ""
        elif line[0] in " \t":
            stanza[field] = f"{stanza.get(field, '')}\n{line[1:]}"
        else:
            name, _, value = line.partition(":")
            field = name.lower()
            stanza[field] = value.strip()
    if stanza:
        yield stanza


def stanza_of(text: str) -> Stanza:
    """Return the first stanza of a file; an empty one where there is none."""
    return next(stanzas(text), {})
