"""Settings: section ``"Ophtha"`` of Orthanc's configuration, each also as environment variable ``OPHTHA_<NAME>``."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import (
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_pascal

_ENVIRONMENT_PREFIX = "OPHTHA_"
_FILE = "_FILE"
_OF_KUBERNETES = re.compile(r"OPHTHA_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)")
"""What Kubernetes tells every container of a Service called ``ophtha``: no settings, and none may be so named."""
_Host = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$")]
_Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$", to_lower=True)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "127.0.0.1": "127.0.0.1", "localhost": "localhost", "::": "::1", "::1": "::1"}


class InvalidSettings(ValueError):
    """A setting is unknown or cannot be used; the text names each."""


class Role(StrEnum):
    """What a user of the key-signed protocols may do."""

    ADMIN = "admin"
    USER = "user"
    GUEST = "guest"


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=AliasGenerator(validation_alias=to_pascal), populate_by_name=True
    )


_AnySection = TypeVar("_AnySection", bound=_Section)


class User(BaseModel):
    """One user of the annotation and registration protocols, known by a pair of keys or by Orthanc's name for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    public_key: _Name | None = None
    """AccessKeyId of the registration protocol."""
    private_key: Annotated[SecretStr, Field(min_length=8)] | None = None
    """AccessKeySecret of the registration protocol."""
    role: Role = Role.USER
    orthanc_name: _Name | None = None
    """Who this is to Orthanc, or to a proxy in front of it: the same person, with the rights of both."""

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if (self.public_key is None) is not (self.private_key is None):
            raise ValueError("public_key and private_key belong together")
        if self.public_key is None and self.orthanc_name is None:
            raise ValueError("a user needs public_key and private_key, or orthanc_name")
        return self


class TrustedProxy(_Section):
    """Whose word about a request counts."""

    addresses: tuple[IPvAnyNetwork, ...] = ()
    """Of the proxy; any, where there is a secret."""
    user_header: _Header
    """Names the person whom the proxy has let in."""
    address_header: _Header | None = None
    """Names where the request came from, such as ``X-Forwarded-For``."""
    secret_header: _Header | None = None
    secret: Annotated[SecretStr, Field(min_length=8)] | None = None
    """What only the proxy knows; needed where Orthanc does not tell who sent a request."""

    @model_validator(mode="after")
    def _check_proof(self) -> Self:
        if (self.secret_header is None) is not (self.secret is None):
            raise ValueError("SecretHeader and Secret belong together")
        if not self.addresses and self.secret is None:
            raise ValueError("give Addresses, or SecretHeader and Secret: anybody could say who it is")
        return self


class AuditSyslog(_Section):
    """An audit repository that takes DICOM audit messages over TLS."""

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]+$")]
    port: int = Field(default=6514, ge=1, le=65535)
    ca_file: Path | None = None
    """Certificate authority of the repository; by default those the system trusts."""
    certificate: Path | None = None
    """Ours, where the repository asks for one (PEM)."""
    key: Path | None = None
    """Key of that certificate."""


class JobWebhook(_Section):
    """An address that is told of each job that ends."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+(/\S*)?$")]
    secret: Annotated[SecretStr, Field(min_length=8)]
    """Signs what is sent."""
    ca_file: Path | None = None
    """Certificate authority of the address; by default those the system trusts."""


class Settings(_Section):
    """Everything an administrator may set. ``docs/configuration.md`` explains each."""

    users: tuple[User, ...] = ()
    default_role: Role = Role.USER
    """Of people whom Orthanc or a trusted proxy knows, and no entry of ``users``."""
    trusted_proxy: TrustedProxy | None = None
    """The proxy in front whose word about people and addresses counts."""
    api_port: int | None = Field(default=None, ge=1, le=65535)
    """TCP port of key-signed clients; closed without users."""
    api_host: str = "127.0.0.1"
    """Address the API port listens on."""
    api_certificate: Path | None = None
    """Certificate chain (PEM) of the API port, which then speaks TLS only."""
    api_certificate_key: Path | None = None
    """Key of that certificate (PEM)."""
    api_connections: int = Field(default=512, ge=1)
    """Connections of the API port; one more takes the place of one that waits for its client, or is refused."""
    api_connections_per_peer: int = Field(default=256, ge=1)
    """Those of one address; a proxy in front is one address."""
    api_timeout_s: float = Field(default=15, gt=0)
    """How long the head of a request may take, and the longest silence within a body."""
    api_requests_per_s: float = Field(default=200, gt=0)
    """Requests of one key, ten seconds' worth at once; more are answered with 429."""
    api_stranger_requests_per_s: float = Field(default=50, gt=0)
    """The same for an address, as long as nobody there has proved to own a key."""
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+(/\S*)?$")
    """Base of the links handed out; by default the request's Host."""
    storage: Path | None = None
    """Folder of records and results; by default ``ophtha`` in Orthanc's storage folder."""
    database: str | None = None
    """SQLAlchemy URL of the records; by default a SQLite file in ``Storage``."""
    keys_file: Path | None = None
    """Keys that seal the secrets in the records; by default ``keys`` in ``storage``, made at the first start."""
    audit_file_mb: float = Field(default=64, gt=0)
    """Size at which the audit log is put aside and a new file begun."""
    audit_syslog: AuditSyslog | None = None
    """Where audit messages are sent to, beside the file."""
    job_webhook: JobWebhook | None = None
    """Who is told of each job that ends."""
    dask: str = Field(default="local", pattern=r"^(local|tls://\S+)$")
    """``local``, or the address of a scheduler that speaks TLS: an open one would be remote code execution."""
    dask_ca_file: Path | None = None
    dask_certificate: Path | None = None
    dask_key: Path | None = None
    workers: int = Field(default=2, ge=1, le=256)
    """Processes of the local cluster."""
    worker_memory_mb: int = Field(default=4096, ge=512)
    """A worker that grows beyond it is restarted and its tasks run again."""
    reader_memory_mb: int = Field(default=1536, ge=256)
    """What reading one file may take in a reader process, and the largest file that is read for a request."""
    reader_time_limit_s: float = Field(default=20.0, gt=0)
    """How long a reader may work at one file."""
    python: Path | None = None
    """Interpreter of the service; read by the plugin."""
    scripts: tuple[Path, ...] = ()
    """Python scripts of the administrator's own; read by the plugin, which loads them."""
    orthanc_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+(/\S*)?$")
    """Where the service and all workers reach Orthanc; by default at its port on this machine."""
    orthanc_ca_file: Path | None = None
    """Certificate authority of that address; by default those the system trusts."""
    orthanc_certificate: Path | None = None
    """Ours, where Orthanc asks for one (PEM)."""
    orthanc_key: Path | None = None
    """Key of that certificate (PEM)."""
    signature_max_age_s: int = Field(default=900, ge=1)
    """A signed request with an older date is refused."""
    registration_hosts: tuple[_Host, ...] = ()
    """Hosts that series may be fetched from, beside this Orthanc: ``host`` for any port, or ``host:port``."""
    registration_max_file_mb: int = Field(default=512, ge=1)
    """Largest file fetched from a URL; a multi-frame CT of 600 slices has 315 MB."""
    registration_time_limit_s: float = Field(default=1800, gt=0)
    """How long a registration may work."""
    registration_queue: int = Field(default=100, ge=1)
    """Registrations that may wait or run at once; more are answered with ServiceUnavailable."""
    url_lifetime_s: int = Field(default=300, ge=1)
    """How long a signed download link works."""
    result_retention_h: float = Field(default=24.0, gt=0)
    """How long results of registrations are kept."""

    @model_validator(mode="after")
    def _check_users(self) -> Self:
        for attribute in ("name", "public_key", "orthanc_name"):
            values = [value for user in self.users if (value := getattr(user, attribute)) is not None]
            if len(values) != len(set(values)):
                raise ValueError(f"Users: two users share one {attribute}")
        if (self.api_certificate is None) is not (self.api_certificate_key is None):
            raise ValueError("ApiCertificate and ApiCertificateKey belong together")
        if (self.orthanc_certificate is None) is not (self.orthanc_key is None):
            raise ValueError("OrthancCertificate and OrthancKey belong together")
        if self.dask != "local" and not (self.dask_ca_file and self.dask_certificate and self.dask_key):
            raise ValueError("Dask: a remote scheduler needs DaskCaFile, DaskCertificate and DaskKey")
        return self


class OrthancSettings(_Section):
    """What the plugin tells of the Orthanc it runs in."""

    folder: Path = Path("/")
    """What relative paths of Orthanc's configuration start from."""
    http_port: int = Field(ge=1, le=65535)
    http_bind_addresses: tuple[str, ...] = ()
    """Addresses that Orthanc listens on; none means all."""
    ssl_enabled: bool = False
    is_open_to_others: bool = True
    """Whether other machines may reach Orthanc (``RemoteAccessAllowed``), or its people have passwords."""
    storage_directory: Path
    masking_enabled: bool = False
    places: int = Field(default=19, ge=1)
    """How many of its HTTP threads the service and all its workers may hold at once."""
    token: SecretStr
    """Value of the ``Authorization`` header that Orthanc accepts from its own plugins."""

    @property
    def url(self) -> str:
        """From this machine."""
        return f"{'https' if self.ssl_enabled else 'http'}://{_near(self.http_bind_addresses)}:{self.http_port}"


def _near(addresses: tuple[str, ...]) -> str:
    """The host by which a program of this machine reaches a server that listens on ``addresses``."""
    hosts = [_LOOPBACK.get(address, address) for address in addresses] or ["127.0.0.1"]
    host = next((each for each in hosts if each in _LOOPBACK.values()), hosts[0])
    return f"[{host}]" if ":" in host else host


class Configuration(BaseModel):
    """Settings of the product and facts about its Orthanc, complete and checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ophtha: Settings
    orthanc: OrthancSettings

    @property
    def storage(self) -> Path:
        return self.ophtha.storage or self.orthanc.storage_directory / "ophtha"

    @property
    def keys_file(self) -> Path:
        return self.ophtha.keys_file or self.storage / "keys"

    @property
    def database_url(self) -> str:
        return self.ophtha.database or f"sqlite:///{self.storage / 'records.db'}"


def read_configuration(text: str, environment: Mapping[str, str]) -> Configuration:
    """Settings from the JSON of the plugin and from the environment, which wins. Raises InvalidSettings."""
    sections = json.loads(text)
    given = {**sections["Ophtha"], **_from_environment(environment)}
    try:
        orthanc = OrthancSettings.model_validate(sections["Orthanc"])
        return Configuration(ophtha=_resolved(Settings.model_validate(given), orthanc.folder), orthanc=orthanc)
    except ValidationError as error:
        raise InvalidSettings(_explain(error)) from None


def _resolved(section: _AnySection, folder: Path) -> _AnySection:
    """With every path absolute, as Orthanc resolves its own."""
    paths = {name: folder / value for name, value in section if isinstance(value, Path)}
    sections = {name: _resolved(value, folder) for name, value in section if isinstance(value, _Section)}
    return section.model_copy(update=paths | sections)


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    names = {to_snake_upper(field): to_pascal(field) for field in Settings.model_fields}
    values: dict[str, object] = {}
    for variable, text in environment.items():
        if not variable.startswith(_ENVIRONMENT_PREFIX) or _OF_KUBERNETES.fullmatch(variable):
            continue
        name = names.get(variable)
        if name is None and variable.removesuffix(_FILE) in names:
            name, text = names[variable.removesuffix(_FILE)], _content(variable, Path(text))
        if name is None:
            raise InvalidSettings(f"{variable} is no setting; known are {', '.join(sorted(names))}")
        values[name] = _value(variable, text)
    return values


def to_snake_upper(field: str) -> str:
    """Name of the environment variable of a setting."""
    return _ENVIRONMENT_PREFIX + field.upper()


def _content(variable: str, path: Path) -> str:
    """What a file holds, as container engines hand over secrets."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{variable} names a file that cannot be read ({type(error).__name__})") from None


def _value(variable: str, text: str) -> object:
    """JSON for lists, objects and numbers; anything else is text."""
    if not re.match(r"^\s*(\[|\{|-?\d+(\.\d+)?\s*$|null\s*$|true\s*$|false\s*$)", text):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidSettings(f"{variable} is no valid JSON: {error.msg} at character {error.pos}") from None


def _explain(error: ValidationError) -> str:
    lines = []
    for detail in error.errors(include_input=False, include_url=False):
        path = ".".join(str(part) for part in detail["loc"])
        lines.append(f"Ophtha.{path}: {detail['msg']}" if path else f"Ophtha: {detail['msg']}")
    return "Invalid settings: " + "; ".join(lines)
