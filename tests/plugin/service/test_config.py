import json
from pathlib import Path

import pytest
from pydantic.alias_generators import to_pascal

from plugin.service.config import InvalidSettings, Settings, read_configuration, to_snake_upper

ORTHANC = {"HttpPort": 8042, "StorageDirectory": "/var/lib/orthanc", "Token": "Bearer secret"}
ALICE = {"name": "alice", "public_key": "alice-public", "private_key": "alice-private", "role": "admin"}
_DOCUMENTATION = Path(__file__).parents[3] / "docs" / "configuration.md"


def text(**ophtha: object) -> str:
    return json.dumps({"Ophtha": ophtha, "Orthanc": ORTHANC})


def test_without_settings_everything_has_a_default() -> None:
    configuration = read_configuration(text(), {})
    assert configuration.storage == Path("/var/lib/orthanc/ophtha")
    assert configuration.database_url == "sqlite:////var/lib/orthanc/ophtha/records.db"
    assert configuration.orthanc.url == "http://127.0.0.1:8042"
    assert configuration.ophtha.api_port is None


def test_the_environment_wins_over_orthancs_configuration() -> None:
    environment = {"OPHTHA_WORKERS": "3", "OPHTHA_USERS": json.dumps([ALICE]), "HOME": "/root"}
    settings = read_configuration(text(Workers=1), environment).ophtha
    assert settings.workers == 3
    assert [user.name for user in settings.users] == ["alice"]


@pytest.mark.parametrize(
    ("ophtha", "environment", "named"),
    [
        ({"Wrokers": 1}, {}, "Ophtha.Wrokers"),
        ({"Workers": 0}, {}, "Ophtha.Workers"),
        ({"PublicUrl": "ftp://x"}, {}, "Ophtha.PublicUrl"),
        ({}, {"OPHTHA_WROKERS": "1"}, "OPHTHA_WROKERS"),
        ({}, {"OPHTHA_USERS": '[{"name"'}, "OPHTHA_USERS"),
        ({"Users": [ALICE, {**ALICE, "name": "bob"}]}, {}, "public_key"),
        ({"Dask": "tls://scheduler:8786"}, {}, "DaskCaFile"),
    ],
)
def test_unknown_and_invalid_settings_are_named(
    ophtha: dict[str, object], environment: dict[str, str], named: str
) -> None:
    with pytest.raises(InvalidSettings, match=named):
        read_configuration(text(**ophtha), environment)


def test_a_refusal_never_shows_a_private_key() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read_configuration(text(Users=[{**ALICE, "role": "king"}]), {})
    assert "alice-private" not in str(refusal.value)


@pytest.mark.parametrize(
    "variable", ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8043_TCP", "PORT_8043_TCP_ADDR"]
)
def test_what_kubernetes_tells_of_a_service_called_ophtha_is_no_setting(variable: str) -> None:
    environment = {f"OPHTHA_{variable}": "tcp://10.0.0.1:8043"}
    assert read_configuration(text(), environment) == read_configuration(text(), {})
    settings = {to_snake_upper(field) for field in Settings.model_fields}
    assert environment.keys().isdisjoint(settings | {f"{each}_FILE" for each in settings})


@pytest.mark.parametrize("settings", [{"KeysFile": "keys/ours"}, {}])
def test_paths_start_where_those_of_orthanc_do(settings: dict[str, object]) -> None:
    proxy = {"AuditSyslog": {"Host": "siem", "CaFile": "tls/ca.pem"}, "DaskCaFile": "/elsewhere/ca.pem"}
    orthanc = {**ORTHANC, "Folder": "/etc/orthanc"}
    read = read_configuration(json.dumps({"Ophtha": {**settings, **proxy}, "Orthanc": orthanc}), {})
    assert read.keys_file == Path("/etc/orthanc/keys/ours" if settings else "/var/lib/orthanc/ophtha/keys")
    assert read.ophtha.dask_ca_file == Path("/elsewhere/ca.pem")
    assert read.ophtha.audit_syslog is not None
    assert read.ophtha.audit_syslog.ca_file == Path("/etc/orthanc/tls/ca.pem")


@pytest.mark.parametrize(
    ("addresses", "host"),
    [
        ([], "127.0.0.1"),
        (["127.0.0.2"], "127.0.0.2"),
        (["10.0.0.5", "127.0.0.1"], "127.0.0.1"),
        (["0.0.0.0"], "127.0.0.1"),
        (["10.0.0.5"], "10.0.0.5"),
        (["::"], "[::1]"),
        (["fd00::5"], "[fd00::5]"),
    ],
)
def test_orthanc_is_reached_where_it_listens(addresses: list[str], host: str) -> None:
    orthanc = {**ORTHANC, "HttpBindAddresses": addresses}
    assert read_configuration(json.dumps({"Ophtha": {}, "Orthanc": orthanc}), {}).orthanc.url == f"http://{host}:8042"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented(field: str) -> None:
    documentation = _DOCUMENTATION.read_text(encoding="utf-8")
    assert f"`{to_pascal(field)}`" in documentation
    assert f"`{to_snake_upper(field)}`" in documentation


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text('[{"name": "a", "public_key": "k", "private_key": "a secret"}]\n')
    users = read_configuration(text(), {"OPHTHA_USERS_FILE": str(file)}).ophtha.users
    assert [user.name for user in users] == ["a"]
    with pytest.raises(InvalidSettings, match="OPHTHA_DATABASE_FILE names a file that cannot be read"):
        read_configuration(text(), {"OPHTHA_DATABASE_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"TrustedProxy": {"UserHeader": "X-User"}}, "anybody could say who it is"),
        (
            {"TrustedProxy": {"Addresses": ["10.0.0.1"], "UserHeader": "X-User", "Secret": "long enough"}},
            "SecretHeader",
        ),
        ({"Users": [{"name": "a", "public_key": "k"}]}, "belong together"),
        ({"Users": [{"name": "a"}]}, "or orthanc_name"),
        ({"ApiCertificate": "/a.pem"}, "ApiCertificateKey"),
    ],
)
def test_what_would_let_in_anybody_or_nobody_is_refused(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        read_configuration(text(**settings), {})
