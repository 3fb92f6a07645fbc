"""From ``s3://bucket/prefix`` to the store."""

from collections.abc import Mapping

from sparkferry.errors import UserError
from sparkferry.store.location import Location
from sparkferry.store.objects.connection import Connection
from sparkferry.store.objects.memo import UploadMemo
from sparkferry.store.objects.store import ObjectStore
from sparkferry.store.objects.upload import PartUploader
from sparkferry.store.s3.credentials import find_endpoint, find_keys, find_region
from sparkferry.store.s3.service import Bucket, S3Service

_DEFAULT_REGION = "us-east-1"
"""What S3-compatible servers take where no region is set; Amazon answers with the bucket's."""


def open_s3(location: Location) -> ObjectStore:
    """Return the store; nothing is asked of it yet.

    :raises UserError: the endpoint of the environment is not a URL.
    """
    bucket = bucket_of(location.bucket, location.environ)
    service = S3Service(bucket, find_keys(location.environ))
    connection = Connection(service, location.client, location.progress)
    uploader = PartUploader(connection, service, UploadMemo(location.cache))
    return ObjectStore(connection, location.prefix, uploader)


def bucket_of(name: str, environ: Mapping[str, str]) -> Bucket:
    """Return where a bucket is.

    Amazon's buckets have a host of their own unless a dot in their name is in the way of certificates;
    other servers have them as paths ("Virtual hosting of buckets").
    """
    region, endpoint = find_region(environ) or _DEFAULT_REGION, find_endpoint(environ)
    if endpoint:
        if not endpoint.startswith(("http://", "https://")):
            raise UserError(
                f"could not open the store `s3://{name}`: the endpoint `{endpoint}` is not a URL",
                hint="write it as `https://s3.example` in AWS_ENDPOINT_URL_S3",
            )
        return Bucket(name, region, f"{endpoint.rstrip('/')}/{name}")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in name:
        return Bucket(name, region, f"https://s3.{region}.{suffix}/{name}")
    return Bucket(name, region, f"https://{name}.s3.{region}.{suffix}")
