"""What a call of uv sees of the shell that it is made in."""

import os

import pytest

from sparkferry.uv.environment import uv_environment

REACHES = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY"),
    *("UV_INDEX_MY_MIRROR_USERNAME", "UV_INDEX_MY_MIRROR_PASSWORD", "UV_KEYRING_PROVIDER"),
    *("UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "UV_INSECURE_HOST", "SSL_CERT_FILE", "SSL_CLIENT_CERT"),
    *("HTTPS_PROXY", "all_proxy", "NO_PROXY", "NETRC", "HOME", "LC_ALL", "CFLAGS"),
    *("UV_CACHE_DIR", "UV_NO_CACHE", "UV_OFFLINE", "UV_HTTP_TIMEOUT", "UV_CONCURRENT_DOWNLOADS"),
    *("UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS", "UV_PYTHON_DOWNLOADS_JSON_URL"),
)
CHANGES = (
    *("UV_FROZEN", "UV_LOCKED", "UV_PYTHON", "UV_RESOLUTION", "UV_PRERELEASE", "UV_EXCLUDE_NEWER"),
    *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_BUILD_CONSTRAINT", "UV_NO_BINARY"),
    *(
        "UV_NO_BUILD",
        "UV_NO_BINARY_PACKAGE",
        "UV_NO_BUILD_ISOLATION",
        "UV_NO_SOURCES",
        "UV_PROJECT",
    ),
    *("UV_WORKING_DIR", "UV_NO_SYNC", "UV_CONFIG_FILE", "UV_NO_CONFIG", "UV_ENV_FILE", "UV_DEV"),
    *("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS", "UV_NO_GROUP", "UV_TORCH_BACKEND", "UV_NO_EDITABLE"),
    *("UV_MANAGED_PYTHON", "UV_SYSTEM_PYTHON", "UV_NO_VERIFY_HASHES", "UV_A_SETTING_OF_TOMORROW"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "RUST_LOG", "FORCE_COLOR"),
)


@pytest.mark.parametrize("name", REACHES)
def test_what_names_servers_and_places_goes_through(name):
    assert uv_environment({name: "x"})[name] == "x"


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_meaning_does_not(name):
    assert name not in uv_environment({name: "x"})


def test_what_a_build_backend_reads_goes_through():
    name = "UV_DYNAMIC_VERSIONING_BYPASS"
    assert uv_environment({name: "1.0"})[name] == "1.0"


def test_preview_features_go_through_as_far_as_they_name_servers():
    given = uv_environment({"UV_PREVIEW_FEATURES": "pylock,native-auth,s3-endpoint"})
    assert given["UV_PREVIEW_FEATURES"] == "native-auth,s3-endpoint"


def test_the_users_path_comes_first():
    assert uv_environment({"PATH": "/a:/b"})["PATH"].split(os.pathsep)[:2] == ["/a", "/b"]
