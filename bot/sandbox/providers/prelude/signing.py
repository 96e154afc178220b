"""The signature of webhooks: RSASSA-PSS with SHA-256 over the raw body, in the header X-Webhook-Signature.

Prelude's documents agree on the header, the prefix and the algorithm. They leave open how long the salt is and how
the base64 is written, so both can be chosen, and a receiver should be rehearsed with each.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

HEADER = "X-Webhook-Signature"
PREFIX = "rsassa-pss-sha256="


@dataclass(frozen=True, slots=True)
class Style:
    """What the documents leave open about the signature."""

    salt: Literal["digest", "max"] | int = "digest"  # as long as the digest (32), as the key allows, or in bytes
    alphabet: Literal["urlsafe", "standard"] = "urlsafe"
    padded: bool = False  # with `=` at the end


USUAL = Style()


def new_key() -> rsa.RSAPrivateKey:
    """A fresh RSA-2048 key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(key: rsa.RSAPrivateKey, body: bytes, style: Style = USUAL) -> str:
    """The value of the header for these bytes."""
    signature = key.sign(body, _padding(style), hashes.SHA256())
    encode = base64.urlsafe_b64encode if style.alphabet == "urlsafe" else base64.b64encode
    text = encode(signature).decode()
    return PREFIX + (text if style.padded else text.rstrip("="))


def _padding(style: Style) -> padding.PSS:
    mask = padding.MGF1(hashes.SHA256())
    if style.salt == "digest":
        return padding.PSS(mask, padding.PSS.DIGEST_LENGTH)
    return padding.PSS(mask, padding.PSS.MAX_LENGTH if style.salt == "max" else style.salt)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """What a receiver verifies with: the public half as SPKI in PEM."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def read_or_create_key(path: Path) -> rsa.RSAPrivateKey:
    """The private key in this PEM file, which is written for its owner alone if it is not there.

    Raises OSError if the file cannot be read or written, ValueError if it holds something else.
    """
    if not path.exists():
        return _write_key(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except TypeError:
        raise ValueError(f"{path} holds a key with a passphrase; the sandbox needs one without") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path} holds a private key, but not an RSA key")
    return key


def _write_key(path: Path) -> rsa.RSAPrivateKey:
    key = new_key()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    # created with its mode: a file that is narrowed afterwards was readable for a moment
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return key
