"""Packages whose modules have other names than the package itself."""

import re

_BROUGHT = """
attr: attrs
bs4: beautifulsoup4
bson: pymongo
cv2: opencv-python-headless opencv-python opencv-contrib-python opencv-contrib-python-headless
crypto: pycryptodome
cryptodome: pycryptodomex
dateutil: python-dateutil
delta: delta-spark
docx: python-docx
dotenv: python-dotenv
faiss: faiss-cpu
fitz: pymupdf
git: gitpython
google.cloud.bigquery: google-cloud-bigquery
google.cloud.storage: google-cloud-storage
google.protobuf: protobuf
graphframes: graphframes-py graphframes
hdfs: hdfs
imblearn: imbalanced-learn
jose: python-jose
jwt: pyjwt
kafka: kafka-python
ldap: python-ldap
magic: python-magic
mlflow: mlflow mlflow-skinny
mpl_toolkits: matplotlib
mysqldb: mysqlclient
opentelemetry: opentelemetry-api
osgeo: gdal
pil: pillow
pkg_resources: setuptools
psycopg2: psycopg2-binary psycopg2
pptx: python-pptx
pylab: matplotlib
pytz: pytz
serial: pyserial
setuptools: setuptools
skimage: scikit-image
sklearn: scikit-learn
slugify: python-slugify
snowflake.connector: snowflake-connector-python
sql_metadata: sql-metadata
talib: ta-lib
telegram: python-telegram-bot
umap: umap-learn
usb: pyusb
websocket: websocket-client
win32api: pywin32
xlsxwriter: xlsxwriter
yaml: pyyaml
zmq: pyzmq
""".strip()
"""Module, in lower case, and the packages that bring it; the first is what to depend on."""

_TABLE = {
    module: tuple(names.split())
    for module, _, names in (line.partition(": ") for line in _BROUGHT.splitlines())
}


def distributions(module: str) -> tuple[str, ...]:
    """Return the packages (PEP 503) that are known to bring a dotted module, or to be named after it."""
    parts = module.lower().split(".")
    above = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    known = next((_TABLE[name] for name in above if name in _TABLE), ())
    named = tuple(re.sub(r"[-_.]+", "-", name) for name in above)
    return (*known, *named)


def other_name(module: str) -> str | None:
    """Return the package to depend on for a module that has another name, or None."""
    found = distributions(module)
    return found[0] if found[0] != re.sub(r"[-_.]+", "-", module.lower()) else None
