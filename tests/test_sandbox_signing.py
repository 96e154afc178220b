"""Signatures verify with an independent reading of the documents, whatever they leave open."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bot.sandbox.providers.prelude.signing import Style, public_pem, read_or_create_key, sign
from tests.stand_in import CUSTOMER, create_world, serve_receiver, signing_key

SALTS: tuple[Literal["digest", "max"] | int, ...] = ("digest", "max", 0, 20)
ALPHABETS: tuple[Literal["urlsafe", "standard"], ...] = ("urlsafe", "standard")
STYLES = [Style(salt, alphabet, padded) for salt in SALTS for alphabet in ALPHABETS for padded in (True, False)]


def verify(pem: str, body: bytes, header: str) -> None:
    """As a receiver would: raises InvalidSignature."""
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    text = header.removeprefix("rsassa-pss-sha256=").replace("+", "-").replace("/", "_").rstrip("=")
    signature = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    key.verify(signature, body, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO), hashes.SHA256())


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_a_signature_of_any_style_verifies_and_a_tampered_body_does_not(style: Style) -> None:
    header = sign(signing_key(), b'{"id": "evt_1"}', style)
    verify(public_pem(signing_key()), b'{"id": "evt_1"}', header)
    with pytest.raises(InvalidSignature):
        verify(public_pem(signing_key()), b'{"id": "evt_2"}', header)


def test_the_style_decides_about_alphabet_and_padding() -> None:
    bodies = [str(number).encode() for number in range(40)]
    standard = "".join(sign(signing_key(), body, Style(alphabet="standard", padded=True))[18:] for body in bodies)
    urlsafe = "".join(sign(signing_key(), body)[18:] for body in bodies)
    assert set(standard) >= set("+/=")
    assert not set(standard) & set("-_")
    assert set(urlsafe) >= set("-_")
    assert not set(urlsafe) & set("+/=")


async def test_what_a_receiver_gets_is_signed_over_the_raw_bytes() -> None:
    async with serve_receiver() as receiver:
        world = create_world(receiver.url)
        world.receive(CUSTOMER, "¿dónde está? 🙂")
        [delivery] = await receiver.took(1)
        await world.aclose()
    assert "🙂".encode() in delivery.body
    assert delivery.signature.startswith("rsassa-pss-sha256=")
    verify(public_pem(signing_key()), delivery.body, delivery.signature)
    with pytest.raises(InvalidSignature):
        verify(public_pem(signing_key()), delivery.body + b" ", delivery.signature)


def test_a_key_file_is_made_once_and_read_afterwards(tmp_path: Path) -> None:
    made = read_or_create_key(tmp_path / "key.pem")
    read = read_or_create_key(tmp_path / "key.pem")
    assert made.key_size == 2048
    assert public_pem(made) == public_pem(read)


def test_other_keys_are_refused_in_a_sentence(tmp_path: Path) -> None:
    formats = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(*formats, serialization.NoEncryption())
    locked = signing_key().private_bytes(*formats, serialization.BestAvailableEncryption(b"secret"))
    for pem, sentence in ((curve, "not an RSA key"), (locked, "passphrase")):
        (tmp_path / "key.pem").write_bytes(pem)
        with pytest.raises(ValueError, match=sentence):
            read_or_create_key(tmp_path / "key.pem")
