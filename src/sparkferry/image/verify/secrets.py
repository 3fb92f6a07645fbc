"""Secrets in layers, environment, labels and history.

A secret that a later layer deletes is still in the image: whoever pulls it has all of its layers.
"""

import re
from collections.abc import Iterator

from sparkferry.errors import Diagnostic
from sparkferry.image.rootfs.model import Hidden, Node
from sparkferry.image.verify.model import CheckInput, error, warning
from sparkferry.process import redact
from sparkferry.snapshot.guard import holds_key, looks_secret, may_hold_key

HEAD = 128
"""Bytes of every file that are looked at: a private key says what it is in its first line (RFC 7468)."""
LIMIT = 64 * 1024
"""Bytes of the files that are known to hold credentials that are looked at."""

_PRIVATE_KEY = re.compile(rb"^\s*-----BEGIN [A-Z ]*PRIVATE KEY-----")
_HOLDERS: tuple[tuple[re.Pattern[str], re.Pattern[bytes]], ...] = (
    (re.compile(r"(?:^|/)\.docker/config\.json$"), re.compile(rb'"(?:auth|identitytoken)"')),
    (re.compile(r"(?:^|/)\.aws/credentials$"), re.compile(rb"aws_secret_access_key")),
    (re.compile(r"(?:^|/)\.config/gcloud/"), re.compile(rb"refresh_token|private_key")),
    (re.compile(r"(?:^|/)\.kube/config$"), re.compile(rb"(?m)^\s*(?:token|client-key-data):")),
    (re.compile(r"(?:^|/)(?:pip\.conf|uv\.toml|sources\.list|.*\.sources)$"), re.compile(rb"://[^/\s@]+@")),
    (re.compile(r"(?:^|/)etc/apt/auth\.conf(?:\.d/.*)?$"), re.compile(rb"password")),
    (re.compile(r"(?:^|/)\.npmrc$"), re.compile(rb"_authToken|_password")),
)  # fmt: skip
"""Files that may hold credentials, and what is in them when they do."""

_CERTIFICATES = (".pem", ".key")
"""Ends of names that keys share with certificates, which are public."""

_PACKAGES = re.compile(r"(?:^|/)(?:site-packages|dist-packages|opt/sparkferry/packages)/")
_NAME = re.compile(
    r"(?i)(?:^|[_.-])(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
    r"(?:$|[_.-])"
)
_TOKEN = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[oprsu]_[0-9A-Za-z]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}"
    r"|xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|ya29\.[\w-]{20,}|pypi-[\w-]{50,})"
)
"""Tokens that tell by their beginning what they are: of AWS, GitHub, GitLab, Slack, Google and PyPI, as
the documentation of each has it."""
_HARMLESS = re.compile(r"/.*|[0-9.]*|(?i:true|false|yes|no|none)")
"""Values that are not secrets: a path says where one is, not what it is."""
_HINT = "mount it where the image runs, or as a build secret; then make a new one: this one is out"


def keep_bytes(path: str, size: int) -> int:
    """Return how many bytes of a file the checks want to see."""
    known = may_hold_key(path, size) or any(pattern.search(path) for pattern, _ in _HOLDERS)
    return LIMIT if known else HEAD


def check_files(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that no file of any layer is a credential."""
    rootfs = subject.rootfs
    for path, node in rootfs.nodes.items():
        if reason := _objection(path, node, rootfs.contents.get(path, b"")):
            yield _finding(path, reason, f"in layer {node.layer + 1}")
    for item in rootfs.hidden:
        if reason := _objection(item.path, item.node, item.head):
            yield _finding(item.path, reason, _where(item))


def _where(item: Hidden) -> str:
    return f"in layer {item.node.layer + 1}, though layer {item.by + 1} hides it"


def _objection(path: str, node: Node, head: bytes) -> str | None:
    if node.kind != "file" or not node.size:
        return None
    if _PRIVATE_KEY.match(head):
        return "is a private key"
    if may_hold_key(path, node.size) and holds_key(head):
        return "holds the key of a cloud account"
    if any(pattern.search(path) and telling.search(head) for pattern, telling in _HOLDERS):
        return "holds credentials"
    if looks_secret(path) and not path.lower().endswith(_CERTIFICATES):
        return "has the name of a credential"
    return None


def _finding(path: str, reason: str, where: str) -> Diagnostic:
    said = f"`/{path}` {reason}, {where}"
    if _PACKAGES.search(path):
        return warning(
            said, "it came with a package, so it is hardly secret: see whether it is needed"
        )
    return error(said, _HINT)


def check_config(subject: CheckInput) -> Iterator[Diagnostic]:
    """Check that no variable, label, argument or step of the build has a credential in it."""
    execution = subject.config.config
    for name, value in execution.environ.items():
        if _is_secret(name, value):
            yield error(f"the environment variable {name} holds a credential", _HINT)
    for name, value in (execution.labels or {}).items():
        if _is_secret(name, value):
            yield error(f"the label {name} holds a credential", _HINT)
    if any(map(_shows, execution.argv)):
        yield error("the entry point or command holds a credential", _HINT)
    for number, step in enumerate(subject.config.history or (), 1):
        if _shows(step.created_by):
            said = _TOKEN.sub("***", redact(step.created_by))[:120]
            yield error(
                f"step {number} of the history shows a credential: {said}",
                _HINT,
            )


def _is_secret(name: str, value: str) -> bool:
    if _shows(value):
        return True
    return bool(_NAME.search(name)) and not _HARMLESS.fullmatch(value)


def _shows(text: str) -> bool:
    return redact(text) != text or bool(_TOKEN.search(text))
