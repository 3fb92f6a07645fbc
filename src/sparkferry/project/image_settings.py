"""The table `image`: the layers as an OCI image."""

from typing import Annotated, Literal

from msgspec import Meta, field

from sparkferry.base.platforms import Platform
from sparkferry.project.tables import Table

UserId = Annotated[int, Meta(ge=1, le=2147483647)]
GroupId = Annotated[int, Meta(ge=0, le=2147483647)]
UserName = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_-]{0,31}$", examples=["spark"])]
JarGroup = Literal["connect", "hive", "kubernetes", "mllib", "yarn"]
"""A part of Spark's own jars that an image may do without."""


class ImageSettings(Table, frozen=True, kw_only=True):
    """The layers as an OCI image. The same table below a target lies over this one, key by key."""

    kind: Literal["dataproc", "spark"] = "spark"
    """What the image is for: `dataproc` has neither Spark nor Java, since the service mounts them;
    `spark` has both, for Kubernetes and for standalone clusters."""
    base: str = "debian:bookworm"
    """`debian:bookworm` or `debian:trixie`, put together from Debian packages; or an image with its
    registry, as `docker.io/library/python:3.12-slim`, to build upon."""
    registry: str | None = None
    """Host of the registry, and its port if it has one."""
    repository: str | None = None
    """Repository in the registry, as `team/flights`."""
    tag: str | None = None
    """Tag; made from the branch, or else the release, when not given."""
    insecure: bool = False
    """Speak plain HTTP to the registry. Registries on this machine need no permission for it."""
    platforms: tuple[Platform, ...] = ("linux/amd64",)
    """Platforms of the image; of several, an index is made."""
    code: bool | None = None
    """Whether the code is in the image; only in the tier `prod` when not given."""
    user: UserName | None = None
    """Name of the user in the image; `spark` when not given."""
    uid: UserId | None = None
    """Its number; 1099 for `dataproc` and 185 for `spark` when not given."""
    gid: GroupId | None = None
    """Number of its group; 1099 for `dataproc` and 0 for `spark` when not given."""
    packages: tuple[str, ...] = ()
    """Further Debian packages, by name; what they depend on comes with them."""
    mirror: str | None = None
    """URL of a Debian mirror; that of the machine's apt sources when not given."""
    security_mirror: str | None = None
    """URL of the mirror's archive of security updates."""
    keyring: str | None = None
    """File of the keys that sign the mirror; Debian's own when not given."""
    jars: tuple[str, ...] = ()
    """Jars for the class path of Spark: files of the project, or URLs that end with
    `#sha256=<hexadecimal>`."""
    spark_groups: tuple[JarGroup, ...] = ("connect", "hive", "kubernetes", "mllib")
    """Parts of Spark's own jars that are kept in the kind `spark`."""
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables. An image is no place for secrets: mount them where it runs."""
    labels: dict[str, str] = field(default_factory=dict)
    """Labels, beside those that say what the image was made from."""
    log4j: str | None = None
    """Configuration of Log4j 2 for every JVM: a file of the project."""
    java_options: tuple[str, ...] = ()
    """Options of every JVM, as `-XX:+UseZGC`."""
    compression: Literal["gzip", "zstd"] = "gzip"
    """Of the layers."""
