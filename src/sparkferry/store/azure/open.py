"""From ``az://container/prefix`` to the store."""

from sparkferry.store.azure.credentials import find_account
from sparkferry.store.azure.service import AzureService, Container
from sparkferry.store.location import Location
from sparkferry.store.objects.connection import Connection
from sparkferry.store.objects.memo import UploadMemo
from sparkferry.store.objects.store import ObjectStore
from sparkferry.store.objects.upload import PartUploader


def open_azure(location: Location) -> ObjectStore:
    """Return the store; nothing is asked of it yet.

    :raises UserError: no variable names a storage account.
    """
    account = find_account(location.environ)
    container = Container(location.bucket, account.name, f"{account.url}/{location.bucket}")
    service = AzureService(container, account.signer)
    connection = Connection(service, location.client, location.progress)
    uploader = PartUploader(connection, service, UploadMemo(location.cache))
    return ObjectStore(connection, location.prefix, uploader)
