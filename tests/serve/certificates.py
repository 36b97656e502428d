"""Certificates for tests."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    """A certificate for localhost and 127.0.0.1 that signs itself, and its private key: PEM files."""

    certificate: Path
    private_key: Path

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a server that has it."""
        return ("--tls-cert", str(self.certificate), "--tls-key", str(self.private_key))

    def replace_by(self, other: "Pair") -> None:
        """Renew it: the files of the other take its place."""
        self.private_key.write_bytes(other.private_key.read_bytes())
        self.certificate.write_bytes(other.certificate.read_bytes())


def make_pair(folder: Path, name: str, *, days: float = 1, password: bytes = b"") -> Pair:
    """A pair that was valid from two days ago, and is for `days` more."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pair.private_key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))
    return pair
