"""From an import that finds nothing to the finding that a person reads."""

from collections.abc import Iterator, Sequence

import msgspec

from sparkferry.errors import Diagnostic, Severity
from sparkferry.layers.imports.causes import Cause, package_causes, python_causes, unknown_cause
from sparkferry.layers.imports.elsewhere import Elsewhere
from sparkferry.layers.modules.facts import Need
from sparkferry.layers.modules.provided import Provided
from sparkferry.layers.modules.reach import Absent

_SHOWN = 3
"""Jobs that a message names."""


class Explainer(msgspec.Struct, frozen=True):
    """Explains the absent modules of one project."""

    elsewhere: Elsewhere
    provided: Provided

    def diagnostic(self, item: Absent, jobs: Sequence[str]) -> Diagnostic:
        """Return the finding; ``item.file`` is a path of the project."""
        certain = item.need is Need.ALWAYS
        if item.error is None:
            cause = next(self._causes(item))
            certain = certain and (cause.certain or not self.provided.unread)
            message = f"could not find `{item.name}`, imported by {_named(jobs)}: {cause.reason}"
        else:
            cause = self._invalid(item.name)
            what = f"import `{item.name}`" if item.name else f"read the code of {_named(jobs)}"
            message = f"could not {what}: {item.error}"
        severity: Severity = "error" if certain else "warning"
        return Diagnostic(severity, message, cause.hint, item.file, item.line)

    def _invalid(self, name: str) -> Cause:
        python = f"Python 3.{self.provided.minor}"
        if name:
            return Cause("", "import it by its whole name, without leading dots")
        return Cause(
            "", f"the job runs on {python}: correct the line, or set `python` of the target"
        )

    def _causes(self, item: Absent) -> Iterator[Cause]:
        """Yield what may be the cause, the likeliest first; there is always one."""
        yield from python_causes(item.name, self.provided.minor)
        yield from self.elsewhere.causes(item)
        yield from package_causes(item.wanted, self.elsewhere.project)
        yield from self.elsewhere.misspelt(item.name)
        yield unknown_cause(self.provided)


def _named(jobs: Sequence[str]) -> str:
    if len(jobs) == 1:
        return f"job `{jobs[0]}`"
    names = ", ".join(f"`{job}`" for job in jobs[:_SHOWN])
    return f"the jobs {names}" + (f" and {len(jobs) - _SHOWN} more" if len(jobs) > _SHOWN else "")
