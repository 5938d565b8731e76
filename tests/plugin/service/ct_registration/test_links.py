import stat
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from plugin.service.access.doors import Door
from plugin.service.ct_registration.files import ResultFile
from plugin.service.ct_registration.links import LinkMaker, link_key
from plugin.service.ct_registration.refusals import AuthFailed

_JOB = "0c6e5c1e-7a52-4b43-9a80-5ad3c0f0a111"


def asked(link: str, **changes: str) -> dict[str, str]:
    query = {name.lower(): value for name, value in parse_qsl(urlsplit(link).query)}
    return {**query, **changes}


def maker(lifetime_s: int = 300, key: bytes = b"k" * 32) -> LinkMaker:
    return LinkMaker(key, lifetime_s)


def test_a_link_opens_what_it_names() -> None:
    link = maker().link("http://pacs:8042", _JOB, ResultFile.NIFTI, door=Door.API)
    assert link.startswith(f"http://pacs:8042/plugins/registration/results/{_JOB}/registered.nii.gz?Expires=")
    maker().check(_JOB, ResultFile.NIFTI, door=Door.API, **asked(link))
    maker().check(_JOB, ResultFile.NIFTI, door=Door.ORTHANC, **asked(link))


def test_a_link_opens_nothing_else() -> None:
    query = asked(maker().link("", _JOB, ResultFile.NIFTI, door=Door.API))
    for job, file, changes in (
        (_JOB, ResultFile.DICOM, {}),
        (_JOB.replace("0", "1"), ResultFile.NIFTI, {}),
        (_JOB, ResultFile.NIFTI, {"expires": str(int(query["expires"]) + 1)}),
        (_JOB, ResultFile.NIFTI, {"expires": "x"}),
        (_JOB, ResultFile.NIFTI, {"expires": "9" * 40}),
        (_JOB, ResultFile.NIFTI, {"signature": ""}),
        (_JOB, ResultFile.NIFTI, {"signature": "ü"}),
        (_JOB, ResultFile.NIFTI, {"via": "window"}),
    ):
        with pytest.raises(AuthFailed, match="not signed by this service"):
            maker().check(job, file, door=Door.API, **{**query, **changes})
    with pytest.raises(AuthFailed):
        maker(key=b"other").check(_JOB, ResultFile.NIFTI, door=Door.API, **query)


def test_a_link_expires() -> None:
    link = maker(lifetime_s=-1).link("", _JOB, ResultFile.NIFTI, door=Door.API)
    with pytest.raises(AuthFailed, match="expired"):
        maker().check(_JOB, ResultFile.NIFTI, door=Door.API, **asked(link))


def test_a_link_made_behind_orthancs_password_does_not_open_the_api_port() -> None:
    link = maker().link("", _JOB, ResultFile.NIFTI, door=Door.ORTHANC)
    maker().check(_JOB, ResultFile.NIFTI, door=Door.ORTHANC, **asked(link))
    with pytest.raises(AuthFailed, match="own port"):
        maker().check(_JOB, ResultFile.NIFTI, door=Door.API, **asked(link))
    with pytest.raises(AuthFailed, match="not signed"):
        maker().check(_JOB, ResultFile.NIFTI, door=Door.API, **asked(link, via="api"))


def test_the_key_is_made_once_and_is_nobody_elses_business(tmp_path: Path) -> None:
    folder = tmp_path / "registration"
    key = link_key(folder)
    assert len(key) == 32
    assert link_key(folder) == key
    assert stat.S_IMODE((folder / "link.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["link.key"]
