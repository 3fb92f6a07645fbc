"""A certificate authority, and tokens as docker-registry verifies them."""

import base64
import json
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


class Authority:
    """Its files: ``ca.crt``, and a certificate with key for 127.0.0.1 and localhost."""

    def __init__(self, directory: Path) -> None:
        self.ca = directory / "ca.crt"
        self.certificate, self.key = directory / "server.crt", directory / "server.key"
        self._ca_key, self._server_key = _key(), _key()
        self._ca = _certificate("tests", self._ca_key, self._ca_key, None)
        server = _certificate("127.0.0.1", self._server_key, self._ca_key, self._ca)
        self.ca.write_bytes(self._ca.public_bytes(serialization.Encoding.PEM))
        self.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
        self.key.write_bytes(pem(self._server_key))

    def server_context(self, *, wants_client: bool = False) -> ssl.SSLContext:
        """Return how a server shows its certificate, and whether it wants one of its clients."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context

    def token(self, claims: dict[str, Any]) -> str:
        """Return a JSON Web Token (RS256) that names the authority's own certificate."""
        der = self._ca.public_bytes(serialization.Encoding.DER)
        header = {"alg": "RS256", "typ": "JWT", "x5c": [base64.b64encode(der).decode()]}
        signed = f"{_encoded(header)}.{_encoded(claims)}"
        signature = self._ca_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"


def pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return a private key as files hold it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey, issuer: x509.Certificate | None
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    begin = datetime.now(UTC) - timedelta(days=1)
    usage = dict.fromkeys(USAGES, False) | {
        "key_cert_sign": issuer is None,
        "digital_signature": True,
    }
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
