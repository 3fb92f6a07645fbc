"""Which variables a call of uv sees.

What says how servers are reached goes through: *what uv can lock in this shell, it can export and
resolve for us*. What changes the meaning of a call does not: the project's own files decide that,
and the same project gives the same packages in each shell. A variable of uv that this table does not
name is left out (https://docs.astral.sh/uv/reference/environment/).
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

_INDEXES = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    "UV_INDEX_STRATEGY",
)
_LOGINS = (
    *("UV_KEYRING_PROVIDER", "UV_CREDENTIALS_DIR", "UV_GITHUB_TOKEN"),
    r"UV_INDEX_[A-Z0-9_]+_(?:USERNAME|PASSWORD)",
)
_CERTIFICATES = ("UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST")
_MIRRORS = (
    *("UV_PYTHON_INSTALL_MIRROR", "UV_PYPY_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS_JSON_URL"),
    *("UV_ASTRAL_MIRROR_URL", "UV_S3_ENDPOINT_URL", "UV_GCS_ENDPOINT_URL", "UV_AZURE_ENDPOINT_URL"),
)
_NETWORK = (
    *("UV_HTTP_TIMEOUT", "UV_HTTP_CONNECT_TIMEOUT", "UV_REQUEST_TIMEOUT", "UV_HTTP_RETRIES"),
    r"UV_(?:HTTPS?|NO)_PROXY",
    r"UV_CONCURRENT_[A-Z]+",
)
_PERMISSIONS = ("UV_OFFLINE", "UV_PYTHON_DOWNLOADS")
"""They make a call fail, and never give another result."""

_PLACES = (
    *("UV_CACHE_DIR", "UV_NO_CACHE", "UV_PYTHON_CACHE_DIR", "UV_PYTHON_INSTALL_DIR"),
    *("UV_LINK_MODE", "UV_LOCK_TIMEOUT"),
)

_BACKENDS = (r"UV_DYNAMIC_VERSIONING_[A-Z_]+",)
"""Variables of a build backend, which uv hands on and does not read."""

_PASSED = "|".join(
    (
        *(*_INDEXES, *_LOGINS, *_CERTIFICATES, *_MIRRORS, *_NETWORK, *_PERMISSIONS, *_PLACES),
        *_BACKENDS,
    )
)

_WITHHELD = frozenset(
    {
        # An active environment is not the project's.
        *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "_CONDA_ROOT"),
        # A build backend would import these modules in place of those that it asks for.
        *("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__"),
        # They change what uv prints, and errors are shown to the user.
        *("RUST_LOG", "RUST_BACKTRACE", "FORCE_COLOR", "CLICOLOR_FORCE", "TRACING_DURATIONS_FILE"),
        "PYC_INVALIDATION_MODE",
    }
)

_FEATURES = frozenset({"native-auth", "s3-endpoint", "gcs-endpoint", "azure-endpoint"})
"""Preview features that say how servers are reached."""


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environ`` that a call of uv sees, and our own Python last on PATH.

    Without any Python on PATH uv would fetch one. It is that of the installation, since uv
    overlooks those of virtual environments.
    """
    passed = {name: value for name, value in environ.items() if _passes(name)}
    features = [
        item for item in environ.get("UV_PREVIEW_FEATURES", "").split(",") if item in _FEATURES
    ]
    path = environ.get("PATH") or os.defpath
    return {
        **passed,
        **({"UV_PREVIEW_FEATURES": ",".join(features)} if features else {}),
        "NO_COLOR": "1",
        "PATH": os.pathsep.join((path, str(Path(sys.base_prefix) / "bin"))),
    }


def index_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that decide which indexes a resolution asks."""
    return {name: environ[name] for name in _INDEXES if name in environ}


def _passes(name: str) -> bool:
    if name.startswith("UV_"):
        return bool(re.fullmatch(_PASSED, name))
    return name not in _WITHHELD
