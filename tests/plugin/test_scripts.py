"""The administrator's own Python script lives beside the product, in both ways of the documentation."""

from pathlib import Path

import pytest

from plugin.scripts import UnusableScript, load_scripts, scripts_of
from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

REPOSITORY = Path(__file__).parents[2]
SCRIPT = """
import orthanc
from helper_of_the_hospital import GREETING

def OnChange(change, level, resource):
    if change == orthanc.ChangeType.STABLE_STUDY:
        orthanc.LogWarning("own script: a study is stable")

def OnStoredInstance(dicom, instance):
    orthanc.LogWarning("own script: an instance is stored")

def Filter(uri, **request):
    return uri != "/tools/shutdown"

def Hello(output, uri, **request):
    output.AnswerBuffer(GREETING, "text/plain")

orthanc.RegisterOnChangeCallback(OnChange)
orthanc.RegisterOnStoredInstanceCallback(OnStoredInstance)
orthanc.RegisterIncomingHttpRequestFilter(Filter)
orthanc.RegisterRestCallback("/hospital/hello", Hello)
"""
STARTS_US = f"""
import sys
sys.path.append({str(REPOSITORY)!r})
import plugin.orthanc_main
plugin.orthanc_main.start()
"""
BEFORE_US = f"""
import sys
import orthanc
sys.path.append({str(REPOSITORY)!r})
import plugin.orthanc_main

def OnChange(change, level, resource):
    if change == orthanc.ChangeType.STABLE_STUDY:
        orthanc.LogWarning("own script: a study is stable")
    plugin.orthanc_main.on_change(change, level, resource)

orthanc.RegisterOnChangeCallback(OnChange)
plugin.orthanc_main.start()
"""


def script(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "helper_of_the_hospital.py").write_text('GREETING = "hello from the hospital"\n')
    path = folder / "hospital.py"
    path.write_text(text)
    return path


def store_one(product: Product) -> None:
    product.upload([to_bytes(each) for each in slices(StudyIds(), 1, rows=8, columns=8)])


def assert_heard(product: Product, what: str) -> None:
    wait_until(lambda: f"own script: {what}" in product.log(), what=f"word that {what}")


@pytest.mark.parametrize("way", ["a setting names it", "it starts the product"])
def test_a_script_with_every_callback_and_the_product_share_one_orthanc(
    orthanc_installed: None, tmp_path: Path, way: str
) -> None:
    settings: dict[str, object] = {"Workers": 1}
    orthanc: dict[str, object] = {"StableAge": 1}
    if way == "a setting names it":
        script(tmp_path / "product" / "own", SCRIPT)
        settings["Scripts"] = ["own/hospital.py"]
    else:
        orthanc["PythonScript"] = str(script(tmp_path / "own", STARTS_US + SCRIPT))
    with Product(tmp_path / "product", settings=settings, orthanc=orthanc) as product:
        assert product.get("/hospital/hello").text == "hello from the hospital"
        assert product.post("/tools/shutdown").status_code == 403
        store_one(product)
        assert_heard(product, "an instance is stored")
        assert_heard(product, "a study is stable")
        assert product.get("/jobs?expand").status_code == 200


def test_an_on_change_of_an_earlier_script_passes_on_what_it_hears(orthanc_installed: None, tmp_path: Path) -> None:
    orthanc = {"StableAge": 1, "PythonScript": str(script(tmp_path / "own", BEFORE_US))}
    with Product(tmp_path / "product", settings={"Workers": 1}, orthanc=orthanc) as product:
        store_one(product)
        assert_heard(product, "a study is stable")
        assert "let it call plugin.orthanc_main.on_change" in product.log()
        socket = product.socket_path()
    assert not socket.exists()


def test_an_earlier_filter_of_requests_stops_the_start_and_says_what_to_do(
    orthanc_installed: None, tmp_path: Path
) -> None:
    earlier = "import orthanc\northanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: True)\n"
    refused = Product(
        tmp_path / "product", orthanc={"PythonScript": str(script(tmp_path / "own", earlier + STARTS_US))}
    )
    refused.spawn()
    assert refused._process is not None
    assert refused._process.wait(30) != 0
    assert "register it after plugin.orthanc_main.start()" in refused.log()


@pytest.mark.parametrize(
    ("named", "reason"),
    [("absent.py", "there is no file"), ("json.py", "rename it"), ("hospital.txt", "is no Python script")],
)
def test_a_script_that_cannot_be_loaded_is_named(tmp_path: Path, named: str, reason: str) -> None:
    for name in ("json.py", "hospital.txt"):
        (tmp_path / name).touch()
    with pytest.raises(UnusableScript, match=reason):
        load_scripts(scripts_of({"Ophtha": {"Scripts": [named]}}, {}, tmp_path))


@pytest.mark.parametrize(
    ("setting", "environment"), [("hospital.py", {}), ([1], {}), ([], {"OPHTHA_SCRIPTS": "hospital.py"})]
)
def test_scripts_are_a_list_of_paths(tmp_path: Path, setting: object, environment: dict[str, str]) -> None:
    with pytest.raises(UnusableScript, match=r"list of paths|no valid JSON"):
        scripts_of({"Ophtha": {"Scripts": setting}}, environment, tmp_path)


def test_the_environment_wins(tmp_path: Path) -> None:
    environment = {"OPHTHA_SCRIPTS": '["/etc/orthanc/a.py", "b.py"]'}
    assert scripts_of({"Ophtha": {"Scripts": ["c.py"]}}, environment, tmp_path) == [
        Path("/etc/orthanc/a.py"),
        tmp_path / "b.py",
    ]
