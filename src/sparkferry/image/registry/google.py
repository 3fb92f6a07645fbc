"""Logins of Google's registries, for machines on which Docker and Podman have none.

``GOOGLE_APPLICATION_CREDENTIALS`` names a service account's key or another file that google-auth reads;
else the metadata server of a Google machine, which is workload identity, too. Either gives an access
token, which the registries take as the password of ``oauth2accesstoken``
(https://cloud.google.com/artifact-registry/docs/docker/authentication).
"""

from collections.abc import Mapping

import msgspec

from sparkferry.errors import ExternalError, UserError
from sparkferry.image.registry.hosts import Credential

_USER = "oauth2accesstoken"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_METADATA_HOST = "metadata.google.internal"
_TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105 - an address
_FLAVOR = {"Metadata-Flavor": "Google"}
_SECONDS = 3.0
"""How long the metadata server may take; elsewhere its name is not even known."""


class _AccessToken(msgspec.Struct, frozen=True):
    access_token: str

    def __repr__(self) -> str:
        return "_AccessToken(…)"


def google_credential(environ: Mapping[str, str]) -> Credential | None:
    """Return an access token as a login, or None where nobody gives one.

    google-auth reads ``GOOGLE_APPLICATION_CREDENTIALS`` from the process's own environment.

    :raises UserError: google-auth is not installed, and the credentials are in a file.
    :raises ExternalError: the file cannot be read, or Google refused.
    """
    if path := environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return Credential(_USER, _of_file(path, environ))
    token = _of_metadata(environ.get("GCE_METADATA_HOST", _METADATA_HOST))
    return Credential(_USER, token) if token else None


def _of_file(path: str, environ: Mapping[str, str]) -> str:
    try:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
    except ImportError:
        raise UserError(
            f"could not use the credentials in `{path}`: google-auth is not installed",
            hint="pip install 'sparkferry[google]'",
        ) from None
    from sparkferry.http.client import HttpClient
    from sparkferry.http.google_transport import HttpRequest
    from sparkferry.http.network import read_network

    try:
        with HttpClient(read_network(environ)) as client:
            send = HttpRequest(client)
            credentials, _ = google.auth.default(scopes=[_SCOPE], request=send)
            credentials.refresh(send)
    except (GoogleAuthError, ValueError) as error:
        # Its message may hold what is in the file, or what the server sent back.
        raise ExternalError(
            f"could not use the credentials in `{path}`: {type(error).__name__}",
            hint="see whether `gcloud auth application-default print-access-token` works with them",
        ) from None
    return str(credentials.token)


def _of_metadata(host: str) -> str | None:
    import httpx

    try:
        answer = httpx.get(
            f"http://{host}{_TOKEN_PATH}", headers=_FLAVOR, timeout=_SECONDS, trust_env=False
        )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    if answer.status_code != httpx.codes.OK or answer.headers.get("Metadata-Flavor") != "Google":
        return None
    try:
        return msgspec.json.decode(answer.content, type=_AccessToken).access_token
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ExternalError(f"could not get a token from `{host}`: it did not send one") from None
