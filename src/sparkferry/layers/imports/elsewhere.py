"""Why a module that is imported is not there, though the project's directory has such a file."""

from collections.abc import Iterator, Mapping

import msgspec

from sparkferry.layers.code.contents import source_directory
from sparkferry.layers.code.scripts import script_directories
from sparkferry.layers.imports.causes import Cause
from sparkferry.layers.modules.reach import Absent
from sparkferry.project.keys import nearest
from sparkferry.project.model import Project
from sparkferry.snapshot.ignored import why_ignored
from sparkferry.snapshot.model import File, Snapshot


class Elsewhere(msgspec.Struct, frozen=True):
    """The project's files, those that ship and those that do not."""

    project: Project
    snapshot: Snapshot
    members: Mapping[str, File | bytes]
    """What ships, by its path in the code layer."""

    def causes(self, item: Absent) -> Iterator[Cause]:
        """Yield why an import of the project's file ``item.file`` finds nothing."""
        for name in dict.fromkeys((item.name, item.wanted)):
            yield from self._ignored(name)
        yield from self._in_another_place(item.wanted, item.file)

    def _ignored(self, name: str) -> Iterator[Cause]:
        """Yield which line ignores the module, for each place where Python would look for it."""
        there = {file.path for file in self.snapshot.files}
        for path in self._expected(name):
            absent = path not in there and (self.project.root / path).exists()
            if absent and (why := why_ignored(self.project.root, path)):
                hint = f'take it out of there, or name it: `include = ["{path}"]`'
                yield Cause(f"`{path}` is ignored by {why}", hint)

    def _expected(self, name: str) -> Iterator[str]:
        base = name.replace(".", "/")
        source = source_directory(self.project, self.snapshot)
        for place in ("" if source == "." else source, *script_directories(self.project)):
            prefix = f"{place}/" if place else ""
            yield from (f"{prefix}{base}.py", f"{prefix}{base}/__init__.py")
            built = self.project.root.glob(f"{prefix}{base}.*.so")
            yield from (path.relative_to(self.project.root).as_posix() for path in built)

    def _in_another_place(self, name: str, importer: str) -> Iterator[Cause]:
        base = name.replace(".", "/")
        ends = (f"/{base}.py", f"/{base}/__init__.py")
        beside = importer.rpartition("/")[0]
        found = [file.path for file in self.snapshot.files if f"/{file.path}".endswith(ends)]
        for path in sorted(found, key=lambda path: (not path.startswith(f"{beside}/"), path)):
            yield self._moved(path)

    def _moved(self, path: str) -> Cause:
        for member, content in self.members.items():
            if isinstance(content, File) and content.path == path:
                module = member.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                return Cause(
                    f"`{path}` is the module `{module}`", f"import `{module}`", certain=False
                )
        source = source_directory(self.project, self.snapshot)
        hint = f"move it to `{source}`, or let `source` of [tool.sparkferry] name a directory that holds both"
        return Cause(f"`{path}` does not ship: it is outside of `{source}`", hint, certain=False)

    def misspelt(self, name: str) -> Iterator[Cause]:
        """Yield the module whose name is nearest to ``name``, if one is near."""
        modules = (path.removesuffix(".py") for path in self.members if path.endswith(".py"))
        names = {module.removesuffix("/__init__").replace("/", ".") for module in modules}
        near = nearest(name, (own for own in names if not own.startswith("sparkferry")))
        if near:
            yield Cause(
                "the code that ships does not have it", f"did you mean `{near}`?", certain=False
            )
