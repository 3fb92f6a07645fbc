"""Tokens of Google's default chain (Application Default Credentials), through google-auth."""

import threading
from typing import TYPE_CHECKING

from sparkferry.errors import ExternalError, UserError
from sparkferry.http.client import HttpClient

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


class NoTokens:
    """What an emulator wants."""

    def token(self) -> str | None:
        """Return None."""
        return None

    def identity(self) -> str:
        """Return nobody's name."""
        return "nobody, as STORAGE_EMULATOR_HOST is set,"


class DefaultTokens:
    """Keys, workload identity, gcloud's login, the metadata server: whatever google-auth finds."""

    def __init__(self, client: HttpClient) -> None:
        self._client, self._lock = client, threading.Lock()
        self._found: Credentials | None = None

    def token(self) -> str | None:
        """Return the token that holds now.

        :raises UserError: google-auth is not installed, or finds no credentials.
        :raises ExternalError: Google refused.
        """
        with self._lock:
            try:
                from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

                from sparkferry.http.google_transport import HttpRequest
            except ImportError:
                raise UserError(
                    "could not find credentials of Google: google-auth is not installed",
                    hint="pip install 'sparkferry[google]'",
                ) from None
            try:
                self._found = self._found or self._find()
                if not self._found.valid:
                    self._found.refresh(HttpRequest(self._client))
            except DefaultCredentialsError as error:
                raise UserError(
                    "could not find credentials of Google: there are no Application Default Credentials",
                    hint="`gcloud auth application-default login`, or let "
                    "GOOGLE_APPLICATION_CREDENTIALS name a file",
                ) from error
            except GoogleAuthError as error:
                # Its message may hold what the server sent back.
                raise ExternalError(
                    f"could not renew the credentials of Google: {type(error).__name__}",
                    hint="`gcloud auth application-default login`",
                ) from None
            return str(self._found.token)

    def identity(self) -> str:
        """Return the service account, or whose login it is."""
        name = getattr(self._found, "service_account_email", None)
        return f"the service account `{name}`" if name else "the login of `gcloud`"

    def _find(self) -> "Credentials":
        import logging

        import google.auth

        from sparkferry.http.google_transport import HttpRequest

        # It warns that it knows no project, which stores do not need.
        logging.getLogger("google.auth._default").setLevel(logging.ERROR)
        found, _ = google.auth.default(scopes=[_SCOPE], request=HttpRequest(self._client))
        return found
