"""Settings: complete or refused, every fault at once, in words that say what to write."""

from __future__ import annotations

import pickle
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.events import signing_key
from worker.options import SettingsError
from worker.setting_values import HTTP_ADDRESS, PUBLIC_KEYS, REDIS_ADDRESS
from worker.settings import Role, Settings


def pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


PEM = pem(signing_key())


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "book.yaml"
    path.write_text("version: 1")
    return str(path)


@pytest.fixture
def complete(book: str) -> dict[str, str]:
    return {
        "AUTOREPLY_BOOK": book,
        "AUTOREPLY_PRELUDE_API_TOKEN": "sk_secret",
        "AUTOREPLY_PRELUDE_WEBHOOK_KEYS": PEM,
    }


def faults(environment: dict[str, str], role: Role = Role.BOTH) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment, role)
    return caught.value.faults


def test_the_few_that_are_needed_are_enough(complete: dict[str, str], book: str) -> None:
    settings = Settings.from_environment(complete, Role.BOTH)
    assert settings.redis_url.reveal() == "redis://127.0.0.1:6379/0"
    assert settings.retention == timedelta(days=14)
    assert settings.book == Path(book)
    assert settings.prelude_base_url == "https://api.prelude.dev"
    assert settings.prelude_webhook_keys is not None
    assert len(settings.prelude_webhook_keys) == 1
    assert settings.public_url is None
    assert settings.insecure_unsigned is False


def test_each_process_holds_only_what_it_needs(complete: dict[str, str]) -> None:
    receiver = Settings.from_environment(complete, Role.RECEIVER)
    assert (receiver.prelude_api_token, receiver.book) == (None, None)
    worker = Settings.from_environment(complete, Role.WORKER)
    assert worker.prelude_webhook_keys is None
    assert worker.prelude_api_token is not None
    assert worker.prelude_api_token.reveal() == "sk_secret"


def test_all_faults_come_at_once_each_with_its_name_and_what_to_write() -> None:
    environment = {
        "AUTOREPLY_REDIS_URL": "localhost:6379",
        "AUTOREPLY_RETENTION": "2 weeks",
        "AUTOREPLY_PRELUDE_BASE_URL": "api.prelude.dev",
        "AUTOREPLY_PUBLIC_URL": "ftp://x",
        "AUTOREPLY_INSECURE_UNSIGNED": "yes",
        "AUTOREPLY_PRELUDE_WEBHOOK_KEYS": "MIIB",
    }
    assert faults(environment) == [
        "AUTOREPLY_REDIS_URL: " + REDIS_ADDRESS,
        "AUTOREPLY_RETENTION: write a number and a unit, at least 2d, such as 14d",
        "AUTOREPLY_PRELUDE_WEBHOOK_KEYS: " + PUBLIC_KEYS,
        "AUTOREPLY_INSECURE_UNSIGNED: write 1 for yes or 0 for no",
        "AUTOREPLY_BOOK: missing; write rules/books/support.yaml",
        "AUTOREPLY_PRELUDE_API_TOKEN: missing; write the API token",
        "AUTOREPLY_PRELUDE_BASE_URL: " + HTTP_ADDRESS,
        "AUTOREPLY_PUBLIC_URL: " + HTTP_ADDRESS,
    ]


def test_without_a_webhook_key_a_receiver_is_refused_unless_that_is_said() -> None:
    (fault,) = faults({}, Role.RECEIVER)
    assert fault.startswith("AUTOREPLY_PRELUDE_WEBHOOK_KEYS: missing;")
    assert "AUTOREPLY_INSECURE_UNSIGNED=1" in fault
    settings = Settings.from_environment({"AUTOREPLY_INSECURE_UNSIGNED": "1"}, Role.RECEIVER)
    assert settings.prelude_webhook_keys is None


def test_several_keys_are_read_for_rotation() -> None:
    both = PEM + pem(signing_key("new"))
    for written in (both, both.replace("\n", "\\n"), "\n\n" + both, both.replace("\n", ""), both.replace("\n", "\r\n")):
        settings = Settings.from_environment({"AUTOREPLY_PRELUDE_WEBHOOK_KEYS": written}, Role.RECEIVER)
        assert settings.prelude_webhook_keys is not None
        assert len(settings.prelude_webhook_keys) == 2


def test_a_key_that_could_never_verify_is_refused() -> None:
    curve = generate_private_key(SECP256R1()).public_key()
    elliptic = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    (fault,) = faults({"AUTOREPLY_PRELUDE_WEBHOOK_KEYS": PEM + elliptic}, Role.RECEIVER)
    assert "no RSA key" in fault
    (fault,) = faults({"AUTOREPLY_PRELUDE_WEBHOOK_KEYS": PEM.replace("MIIB", "AAAA")}, Role.RECEIVER)
    assert "cannot be read" in fault


@pytest.mark.parametrize("name", ["REDIS_URL", "PRELUDE_API_TOKEN", "PRELUDE_WEBHOOK_KEYS"])
def test_every_secret_is_also_read_from_a_file(complete: dict[str, str], tmp_path: Path, name: str) -> None:
    value = complete.pop(f"AUTOREPLY_{name}", "redis://:password@host:1/2")
    (tmp_path / "secret").write_text(value + "\n")
    settings = Settings.from_environment({**complete, f"AUTOREPLY_{name}_FILE": str(tmp_path / "secret")}, Role.BOTH)
    assert getattr(settings, name.lower())


def test_a_secret_file_that_cannot_be_used_is_a_fault(complete: dict[str, str], tmp_path: Path) -> None:
    name = "AUTOREPLY_PRELUDE_API_TOKEN"
    (tmp_path / "empty").write_text("\n")
    assert "keep one of the two" in faults({**complete, name + "_FILE": "x"})[0]
    del complete[name]
    assert "cannot be read" in faults({**complete, name + "_FILE": str(tmp_path / "none")})[0]
    assert "empty" in faults({**complete, name + "_FILE": str(tmp_path / "empty")})[0]


@pytest.mark.parametrize("token", ["sk secret", "sk_sécret", "sk\tsecret", "“sk”"])
def test_a_token_that_no_header_can_carry_is_a_paste_gone_wrong(complete: dict[str, str], token: str) -> None:
    (fault,) = faults({**complete, "AUTOREPLY_PRELUDE_API_TOKEN": token})
    assert fault.startswith("AUTOREPLY_PRELUDE_API_TOKEN: write the token alone")


@pytest.mark.parametrize(
    "address",
    ["localhost:6379", "redis://:SECRETpa/ss@host:6379/0", "redis://h:abc/0", "redis://host:99999/0", "redis://h?foo=bar",
     "redis://h?socket_timeout=60", "redis:6379", "unix:/path", "REDIS://h", "rediss://h?ssl_foo=1", "redis:///0",
     "redis://h/0?db=abc", "redis://localhost/notadb", "redis://[::1", "unix://", "http://h", "redis://h h"],
)  # fmt: skip
def test_a_redis_address_that_could_not_work_is_a_fault_that_shows_no_password(
    complete: dict[str, str], address: str
) -> None:
    assert faults({**complete, "AUTOREPLY_REDIS_URL": address}) == ["AUTOREPLY_REDIS_URL: " + REDIS_ADDRESS]


@pytest.mark.parametrize(
    "address",
    ["redis://h", "redis://:p%2Fw@h:6380/3", "rediss://h/0?ssl_cert_reqs=none", "unix:///run/redis.sock?db=2",
     "redis://[::1]:6379/0"],
)  # fmt: skip
def test_a_redis_address_that_works_is_taken(complete: dict[str, str], address: str) -> None:
    assert (
        Settings.from_environment({**complete, "AUTOREPLY_REDIS_URL": address}, Role.BOTH).redis_url.reveal() == address
    )


@pytest.mark.parametrize(
    "address", ["api.prelude.dev", "https://h:99999", "https://h h", "https://u:p@h", "https://h/?q=1", "https://h#f",
                "https://", "ftp://h"],
)  # fmt: skip
def test_a_web_address_that_could_not_work_is_a_fault(complete: dict[str, str], address: str) -> None:
    assert faults({**complete, "AUTOREPLY_PUBLIC_URL": address}) == ["AUTOREPLY_PUBLIC_URL: " + HTTP_ADDRESS]


@pytest.mark.parametrize("text", ["*", "localhost", "10.0.0.0/40", "127.0.0.1;::1", "127.0.0.1,"])
def test_a_proxy_is_an_address_or_a_network_and_never_everybody(text: str) -> None:
    given = {"AUTOREPLY_DASHBOARD_PASSWORD": "a password of some length", "AUTOREPLY_DASHBOARD_PROXIES": text}
    with pytest.raises(SettingsError, match="AUTOREPLY_DASHBOARD_PROXIES: write addresses or networks"):
        Settings.from_environment(given, Role.DASHBOARD)
    proxies = Settings.from_environment(given | {"AUTOREPLY_DASHBOARD_PROXIES": "::1, 10.0.0.0/8"}, Role.DASHBOARD)
    assert proxies.dashboard_proxies == ("::1", "10.0.0.0/8")


def test_a_misspelt_name_is_a_fault_and_a_strangers_is_not(complete: dict[str, str]) -> None:
    assert faults({**complete, "AUTOREPLY_PUBLICURL": "https://x"}) == [
        "AUTOREPLY_PUBLICURL: there is no such setting; did you mean AUTOREPLY_PUBLIC_URL?"
    ]
    # Kubernetes sets such names for a service called autoreply.
    Settings.from_environment({**complete, "AUTOREPLY_SERVICE_HOST": "10.0.0.1", "AUTOREPLY_PORT": "x"}, Role.BOTH)


@pytest.mark.parametrize("text", ["1d", "47h", "0d", "-3d", "14", "d", "9999999d", "14 d"])
def test_a_retention_shorter_than_two_windows_is_refused(complete: dict[str, str], text: str) -> None:
    assert faults({**complete, "AUTOREPLY_RETENTION": text}) == [
        "AUTOREPLY_RETENTION: write a number and a unit, at least 2d, such as 14d"
    ]


def test_an_empty_value_is_as_good_as_none(complete: dict[str, str]) -> None:
    assert Settings.from_environment({**complete, "AUTOREPLY_PUBLIC_URL": " "}, Role.BOTH).public_url is None


def test_a_slash_at_the_end_of_an_address_makes_no_difference(complete: dict[str, str]) -> None:
    settings = Settings.from_environment({**complete, "AUTOREPLY_PUBLIC_URL": "https://bot.example.com/"}, Role.BOTH)
    assert settings.public_url == "https://bot.example.com"


def test_secrets_do_not_show(complete: dict[str, str]) -> None:
    settings = Settings.from_environment({**complete, "AUTOREPLY_REDIS_URL": "redis://:hunter2@h"}, Role.BOTH)
    shown = repr(settings) + str(settings)
    assert "sk_secret" not in shown
    assert "hunter2" not in shown


def test_a_workers_settings_reach_its_processes(complete: dict[str, str]) -> None:
    settings = Settings.from_environment(complete, Role.WORKER)
    again = pickle.loads(pickle.dumps(settings))  # noqa: S301  our own bytes
    assert again.prelude_api_token.reveal() == "sk_secret"
