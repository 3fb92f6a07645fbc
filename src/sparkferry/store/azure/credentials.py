"""Where account and credentials come from: the variables of Azure's tools, else their default chain.

Variables: "Azure CLI configuration", section storage; connection strings: "Configure Azure Storage
connection strings".
"""

import threading
from collections.abc import Mapping

import msgspec

from sparkferry.clock import SYSTEM, Clock
from sparkferry.errors import ExternalError, UserError
from sparkferry.store.azure.sign import Bearer, SharedAccess, SharedKey, Signer

_SCOPE = "https://storage.azure.com/.default"
_EARLY = 300.0
"""Seconds before its end from which a token is renewed."""


class Account(msgspec.Struct, frozen=True):
    """A storage account, and how its requests are signed."""

    name: str
    url: str
    """Of the blob service, without a slash at its end."""
    signer: Signer


def find_account(environ: Mapping[str, str]) -> Account:
    """Return the account of the variables.

    :raises UserError: they name none.
    """
    text = environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    name = (
        parts.get("AccountName")
        or environ.get("AZURE_STORAGE_ACCOUNT")
        or environ.get("AZURE_STORAGE_ACCOUNT_NAME")
    )
    if not name:
        raise UserError(
            "could not find the storage account: no variable names it",
            hint="export AZURE_STORAGE_ACCOUNT, or AZURE_STORAGE_CONNECTION_STRING",
        )
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    url = (
        parts.get("BlobEndpoint")
        or environ.get("AZURE_STORAGE_SERVICE_ENDPOINT")
        or f"https://{name}.blob.{suffix}"
    )
    return Account(name, url.rstrip("/"), _signer(name, parts, environ))


def _signer(name: str, parts: Mapping[str, str], environ: Mapping[str, str]) -> Signer:
    key = (
        parts.get("AccountKey")
        or environ.get("AZURE_STORAGE_KEY")
        or environ.get("AZURE_STORAGE_ACCOUNT_KEY")
    )
    if key:
        try:
            return SharedKey(name, key)
        except ValueError:
            raise UserError(
                f"could not use the key of the storage account `{name}`: it is not base64",
                hint="copy it again: `az storage account keys list`",
            ) from None
    signature = parts.get("SharedAccessSignature") or environ.get("AZURE_STORAGE_SAS_TOKEN")
    return SharedAccess(signature) if signature else Bearer(_Chain().token)


class _Chain:
    """azure-identity's DefaultAzureCredential: variables, workload and managed identity, tools' logins."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._token, self._ends = "", 0.0

    def token(self) -> str:
        """Return the token that holds now."""
        with self._lock:
            if self._clock.now().timestamp() > self._ends - _EARLY:
                self._token, self._ends = _fetch()
            return self._token


def _fetch() -> tuple[str, float]:
    try:
        from azure.core.exceptions import ClientAuthenticationError
        from azure.identity import DefaultAzureCredential
    except ImportError:
        raise UserError(
            "could not log in to Azure: azure-identity, which knows its identities, is not installed",
            hint="pip install 'sparkferry[azure]', or export AZURE_STORAGE_KEY",
        ) from None
    try:
        found = DefaultAzureCredential().get_token(_SCOPE)
    except ClientAuthenticationError as error:
        raise ExternalError(
            f"could not log in to Azure: {error.message.partition(chr(10))[0]}",
            hint="`az login`, or give the machine an identity",
        ) from error
    return found.token, float(found.expires_on)
