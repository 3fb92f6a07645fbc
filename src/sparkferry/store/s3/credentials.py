"""Where credentials and region come from: the variables of AWS's tools, else their own chain of providers.

Variables: AWS SDKs and Tools Reference Guide, "Environment variables support".
"""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sparkferry.errors import ExternalError, UserError
from sparkferry.store.s3.sign import Keys

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_EXTRA = "pip install 'sparkferry[s3]', or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def find_keys(environ: Mapping[str, str]) -> Callable[[], Keys]:
    """Return a function that returns the keys that hold now: it asks for new ones in time.

    The variables win over profiles, as in AWS's tools, unless AWS_PROFILE is set and they are not.
    """
    access, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if access and secret:
        token = environ.get("AWS_SESSION_TOKEN") or None
        keys = Keys(access_key=access, secret_key=secret, token=token, source="the environment")
        return lambda: keys
    return _Chain().keys


def find_region(environ: Mapping[str, str]) -> str | None:
    """Return the region of the variables, else that of the profile; None where there is none."""
    named = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    return named or _of_profile(environ, "region")


def find_endpoint(environ: Mapping[str, str]) -> str | None:
    """Return the address of the service where it is not Amazon's own."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    named = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    return named or _of_profile(environ, "endpoint_url")


def _of_profile(environ: Mapping[str, str], key: str) -> str | None:
    """Return a setting of the profile in AWS's configuration file."""
    import configparser
    from pathlib import Path

    named = environ.get("AWS_CONFIG_FILE") or f"{environ.get('HOME', '')}/.aws/config"
    profile = environ.get("AWS_PROFILE") or "default"
    section = profile if profile == "default" else f"profile {profile}"
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(Path(named).read_text("utf-8"))
    except (OSError, ValueError, configparser.Error):
        return None
    return parser.get(section, key, fallback=None)


class _Chain:
    """The providers of botocore: profiles, SSO, web identity, containers, instances."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Credentials | None = None

    def keys(self) -> Keys:
        """Return the keys that hold now."""
        with self._lock:
            found = self._found = self._found or self._find()
        from botocore.exceptions import BotoCoreError

        try:
            frozen = found.get_frozen_credentials()
        except BotoCoreError as error:
            raise ExternalError(
                f"could not renew the credentials of AWS: {error}",
                hint="log in again, as by `aws sso login`",
            ) from error
        return Keys(
            access_key=frozen.access_key,
            secret_key=frozen.secret_key,
            token=frozen.token,
            source=f"AWS's `{found.method}`",
        )

    def _find(self) -> "Credentials":
        try:
            from botocore.exceptions import BotoCoreError
            from botocore.session import Session
        except ImportError:
            raise UserError(
                "could not find credentials of AWS: botocore, which knows profiles and roles, is not "
                "installed",
                hint=_EXTRA,
            ) from None
        try:
            found = Session().get_credentials()
        except BotoCoreError as error:
            raise ExternalError(
                f"could not find credentials of AWS: {error}",
                hint="see what `aws sts get-caller-identity` says",
            ) from error
        if found is None:
            raise UserError(
                "could not find credentials of AWS: neither the environment nor a profile or role has "
                "any",
                hint="`aws configure`, `aws sso login`, or export AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY",
            )
        return found
