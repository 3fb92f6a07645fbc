"""XML as services of objects answer it: records of texts, without attributes."""

from xml.parsers.expat import ExpatError, ParserCreate

from sparkferry.errors import ExternalError


def records(body: bytes, tag: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the texts in each element ``tag``, by name, and those outside of all of them.

    :raises ExternalError: it is not XML.
    """
    reader = _Reader(tag)
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text.append
    try:
        parser.Parse(body, True)
    except ExpatError as error:
        raise ExternalError(
            f"could not read the service's answer: it is not XML: {error}",
            hint="check that the address is that of an object store",
        ) from error
    return reader.found, reader.outer


class _Reader:
    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._inner: dict[str, str] | None = None
        self.found: list[dict[str, str]] = []
        self.outer: dict[str, str] = {}
        self.text: list[str] = []

    def start(self, name: str, _: object) -> None:
        self.text.clear()
        if name == self._tag:
            self._inner = {}

    def end(self, name: str) -> None:
        if name == self._tag and self._inner is not None:
            self.found.append(self._inner)
            self._inner = None
        else:
            fields = self.outer if self._inner is None else self._inner
            fields[name] = "".join(self.text)
        self.text.clear()
