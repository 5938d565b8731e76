"""Pictures of stored thickness maps: fixed colours, true labels, found from the volume or from the map itself."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload


def picture(product: Product, path: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    answer = product.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return np.asarray(Image.open(BytesIO(answer.content)).convert("RGB"))


@pytest.fixture(scope="module")
def stored(product: Product) -> tuple[str, list[dict[str, str]]]:
    """A left eye's volume and what a report stored of it."""
    from tests.plugin.service.oct.archive.conftest import file_of

    phantom = OctPhantom(anatomy=RetinaAnatomy(right_eye=False), num_slices=29)
    study = opt_study(phantom)
    volume, _ = product.upload([file_of(study.volume), file_of(study.localizer)])
    answer = product.post(f"/plugins/oct/instances/{volume}/report", json={"layers": phantom.layers(), "store": True})
    return volume, answer.json()["stored"]


@pytest.mark.parametrize("name", ["thickness.png", "etdrs.png"])
@pytest.mark.parametrize("kind", ["retina", "gcc", "rnfl"])
def test_every_stored_map_has_its_pictures(
    name: str, kind: str, product: Product, stored: tuple[str, list[dict[str, str]]]
) -> None:
    image = picture(product, f"/plugins/oct/instances/{stored[0]}/{name}?map={kind}&width=600")
    assert image.shape[1] == 600
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 50


def test_the_map_itself_its_series_and_the_volumes_series_lead_to_the_same_picture(
    product: Product, stored: tuple[str, list[dict[str, str]]]
) -> None:
    volume, objects = stored
    retina = next(each["ID"] for each in objects if each["SOPClassUID"].endswith(".81.1"))
    places = [f"instances/{volume}", f"instances/{retina}"]
    places += [f"series/{product.get(f'/instances/{each}').json()['ParentSeries']}" for each in (volume, retina)]
    first, *others = (picture(product, f"/plugins/oct/{place}/thickness.png?width=500") for place in places)
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_without_a_stored_map_there_is_no_picture(product: Product, upload: Upload) -> None:
    volume = upload([opt_study(OctPhantom(num_slices=6, columns=12)).volume])[0]
    answer = product.get(f"/plugins/oct/instances/{volume}/thickness.png")
    assert answer.status_code == 404
    assert "report" in answer.json()["Message"]


@pytest.mark.parametrize("query", ["map=choroid", "width=10", "width=100000"])
def test_unknown_wishes_are_refused(query: str, product: Product, stored: tuple[str, list[dict[str, str]]]) -> None:
    assert product.get(f"/plugins/oct/instances/{stored[0]}/etdrs.png?{query}").status_code == 422
