"""Environment markers (PEP 508) as conditions that can be combined and compared by their meaning.

uv writes markers to its lock in a normal form of its own, so the text of two equal markers may differ.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Environment = Mapping[str, str]
"""Values of the marker variables."""

_ATOM = re.compile(
    r"(?P<name>[a-z_.]+)\s*(?P<operator>===|~=|[=!<>]=|[<>]|not\s+in|in)\s*(?P<quoted>['\"][^'\"]*['\"])"
    r"|(?P<left>['\"][^'\"]*['\"])\s*(?P<infix>===|~=|[=!<>]=|[<>]|not\s+in|in)\s*(?P<right>[a-z_.]+)"
)
_VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version"})
_PYTHON = "python_full_version"
_LIMIT = 20_000
"""Environments that two conditions are compared in at most; further ones are left out evenly."""

_SYSTEMS = (
    ("linux", "posix", "Linux"),
    ("darwin", "posix", "Darwin"),
    ("win32", "nt", "Windows"),
    ("cygwin", "posix", "CYGWIN_NT"),
    ("ios", "posix", "iOS"),
    ("android", "posix", "Android"),
    ("emscripten", "posix", "Emscripten"),
    ("wasi", "posix", "wasi"),
    ("freebsd", "posix", "FreeBSD"),
    ("other", "other", "other"),
)
"""Values of ``sys_platform``, ``os_name`` and ``platform_system`` that go together."""


@dataclass(frozen=True)
class Condition:
    """What must hold of an environment."""

    holds: Callable[[Environment], bool]
    texts: frozenset[str] = frozenset()
    """The markers that it is made of."""

    def __and__(self, other: "Condition") -> "Condition":
        """Return the condition that both hold."""
        return Condition(lambda at: self.holds(at) and other.holds(at), self.texts | other.texts)

    def __or__(self, other: "Condition") -> "Condition":
        """Return the condition that one of the two holds."""
        return Condition(lambda at: self.holds(at) or other.holds(at), self.texts | other.texts)

    def __invert__(self) -> "Condition":
        """Return the condition that it does not hold."""
        return Condition(lambda at: not self.holds(at), self.texts)

    def with_extra(self, extra: str) -> "Condition":
        """Return the condition with ``extra`` chosen."""
        return Condition(lambda at: self.holds({**at, "extra": extra}), self.texts)


ALWAYS = Condition(lambda _: True)
NEVER = Condition(lambda _: False)


def parse(marker: str | None) -> Condition:
    """Return the condition of a marker; None and empty text always hold.

    :raises ValueError: it is not a marker.
    """
    if not marker:
        return ALWAYS
    from packaging.markers import Marker

    # Poetry's and uv's locks quote with either mark; `str` of a parsed marker has one form.
    parsed = Marker(marker)
    return Condition(lambda at: parsed.evaluate(dict(at)), frozenset({str(parsed)}))


def equal(one: Condition, other: Condition, python: str) -> bool:
    """Return whether the two hold in the same environments with a Python of the specifiers ``python``."""
    if one.texts == other.texts == frozenset():
        return one.holds({}) == other.holds({})
    return all(
        one.holds(at) == other.holds(at) for at in environments(one.texts | other.texts, python)
    )


def environments(texts: frozenset[str], python: str) -> Iterator[Environment]:
    """Yield environments that cover every value, and every side of a version, in the markers."""
    mentioned = _mentioned(texts)
    pythons = _pythons(mentioned, python)
    systems = _systems(mentioned)
    free = [
        [(name, value) for value in (*sorted(values), "")]
        for name, values in sorted(mentioned.items())
        if name not in {"python_version", _PYTHON, "sys_platform", "os_name", "platform_system"}
    ]
    count = len(pythons) * len(systems)
    for values in free:
        count *= len(values)
    every = itertools.product(pythons, systems, itertools.product(*free))
    for version, system, rest in itertools.islice(every, 0, None, count // _LIMIT + 1):
        yield {**_BASE, **_python(version), **system, **dict(rest)}


_BASE = {
    "extra": "",
    "implementation_name": "cpython",
    "implementation_version": "3.12.0",
    "platform_machine": "",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_version": "",
}


def _python(version: str) -> dict[str, str]:
    return {_PYTHON: version, "python_version": ".".join(version.split(".")[:2])}


def _mentioned(texts: frozenset[str]) -> dict[str, set[str]]:
    """Return the values that each variable is compared with."""
    found: dict[str, set[str]] = {}
    for match in (match for text in texts for match in _ATOM.finditer(text)):
        name = match["name"] or match["right"]
        value = (match["quoted"] or match["left"]).strip("'\"")
        infix = (match["operator"] or match["infix"]).endswith("in")
        values = re.split(r"[\s,|]+", value) if infix else [value]
        found.setdefault(name, set()).update((value, *values) if infix else values)
    return found


def _pythons(mentioned: dict[str, set[str]], python: str) -> list[str]:
    """Return Python versions on each side of all that are mentioned, as far as ``python`` admits them."""
    from packaging.specifiers import SpecifierSet

    named = {*mentioned.get("python_version", ()), *mentioned.get(_PYTHON, ())}
    points = {point for text in (*named, python) for point in _around(text)} or {"3.12.0"}
    allowed = SpecifierSet(python)
    found = sorted(point for point in points if allowed.contains(point))
    return found or ["3.12.0"]


def _around(text: str) -> Iterator[str]:
    """Yield full versions beside those in ``text``: before, at, after, and in the next minor version."""
    for found in re.findall(r"\d+(?:\.\d+)*", text):
        major, minor, patch = (int(part) for part in [*found.split("."), "0", "0"][:3])
        yield from (f"{major}.{minor}.{patch}", f"{major}.{minor}.{patch + 1}")
        yield from (f"{major}.{minor + 1}.0", f"{major}.{minor}.99")
        if patch:
            yield f"{major}.{minor}.{patch - 1}"
        if minor:
            yield f"{major}.{minor - 1}.99"


def _systems(mentioned: dict[str, set[str]]) -> list[dict[str, str]]:
    keys = ("sys_platform", "os_name", "platform_system")
    if not mentioned.keys() & set(keys):
        return [dict(zip(keys, _SYSTEMS[0], strict=True))]
    known = [dict(zip(keys, values, strict=True)) for values in _SYSTEMS]
    strange = [
        {**known[-1], key: value}
        for key in keys
        for value in mentioned.get(key, ())
        if all(system[key] != value for system in known)
    ]
    return [*known, *strange]
