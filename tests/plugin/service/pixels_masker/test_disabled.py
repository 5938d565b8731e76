from pathlib import Path

from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes


def test_masking_is_there_only_when_it_is_enabled(orthanc_installed: None, tmp_path: Path) -> None:
    with Product(tmp_path / "product", orthanc={"PixelsMasker": {}}) as product:
        [instance] = product.upload(to_bytes(each) for each in slices(StudyIds(), 1))
        for method in ("POST", "GET"):
            with product.client() as client:
                answer = client.request(method, f"/plugins/pixels-masker/instances/{instance}/modify", content=b"{}")
            assert answer.status_code == 404
        assert "pixels-masker" not in product.get("/plugins/ophtha/status").json()["capabilities"]
        described = product.get("/plugins/ophtha/openapi.json").json()["paths"]
        assert not [path for path in described if path.startswith("/plugins/pixels-masker")]
        assert product.post(f"/instances/{instance}/modify", json={}).status_code == 200
