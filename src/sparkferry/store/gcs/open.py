"""From ``gs://bucket/prefix`` to the store."""

from sparkferry.store.gcs.credentials import DefaultTokens, NoTokens
from sparkferry.store.gcs.service import GcsService
from sparkferry.store.gcs.upload import ResumableUploader
from sparkferry.store.location import Location
from sparkferry.store.objects.connection import Connection
from sparkferry.store.objects.memo import UploadMemo
from sparkferry.store.objects.store import ObjectStore

_ADDRESS = "https://storage.googleapis.com"


def open_gcs(location: Location) -> ObjectStore:
    """Return the store; nothing is asked of it yet.

    ``STORAGE_EMULATOR_HOST`` names another server, which wants no login, as in Google's own clients.
    """
    emulator = location.environ.get("STORAGE_EMULATOR_HOST")
    address = _ADDRESS
    if emulator:
        address = emulator if "://" in emulator else f"http://{emulator}"
    tokens = NoTokens() if emulator else DefaultTokens(location.client)
    service = GcsService(location.bucket, address.rstrip("/"), tokens)
    connection = Connection(service, location.client, location.progress)
    uploader = ResumableUploader(connection, service, UploadMemo(location.cache))
    return ObjectStore(connection, location.prefix, uploader)
