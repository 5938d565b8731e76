"""A copy of the records opens nothing."""

import secrets
from pathlib import Path

import pytest

from plugin.service.access.sealing import Seal, UnusableKeys, is_sealed


def test_what_is_sealed_shows_nothing_and_opens_with_its_key(tmp_path: Path) -> None:
    seal, secret = Seal.of_file(tmp_path / "keys"), secrets.token_hex(32)
    closed = seal.close(secret)
    assert is_sealed(closed)
    assert secret not in closed
    assert len(closed) <= 128, "the narrowest column"
    assert Seal.of_file(tmp_path / "keys").open(closed) == secret


def test_what_was_never_sealed_is_as_it_is(tmp_path: Path) -> None:
    assert Seal.of_file(tmp_path / "keys").open("plain") == "plain"


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    Seal.of_file(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_a_new_first_key_takes_over(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = Seal.of_file(path).close("secret")
    path.write_text(secrets.token_hex(32) + "\n" + path.read_text())
    both = Seal.of_file(path)
    assert both.open(old) == "secret"
    assert Seal(both.keys[:1]).open(both.close("secret")) == "secret"


def test_with_a_lost_key_nothing_opens(tmp_path: Path) -> None:
    closed = Seal.of_file(tmp_path / "lost").close("secret")
    assert Seal.of_file(tmp_path / "other").open(closed) is None


@pytest.mark.parametrize("content", ["", "no key", "abcd"])
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys").write_text(content)
    with pytest.raises(UnusableKeys):
        Seal.of_file(tmp_path / "keys")
