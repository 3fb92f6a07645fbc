"""What a target says about images lies over what the project says, key by key."""

from sparkferry.project.keys import dotted
from sparkferry.project.shape import Tree
from sparkferry.project.sources import Source, merge


def inherit(settings: Source) -> Source:
    """Return the merged settings with each target's own table `image` completed by the project's."""
    base = settings.tree.get("image", {})
    targets = settings.tree.get("targets", {})
    own = (name for name, target in targets.items() if "image" in target)
    return merge([*(_as_of_target(settings, base, name) for name in own), settings])


def _as_of_target(settings: Source, base: Tree, name: str) -> Source:
    """Return the project's table as if it had been written for one target."""
    above = dotted(("targets", name))
    origins = {
        f"{above}.{key}": place
        for key, place in settings.origins.items()
        if key.startswith("image.")
    }
    return Source({"targets": {name: {"image": base}}}, origins)
