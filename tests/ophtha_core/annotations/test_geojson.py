import json
from contextlib import suppress

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.annotations.geojson import (
    Feature,
    FeatureClass,
    collection_chunks,
    features_of_collection,
    read_geometry,
)
from ophtha_core.errors import InvalidInput

classes = st.builds(
    FeatureClass,
    value=st.integers(1, 60_000),
    name=st.text(min_size=1, max_size=20),
    color=st.from_regex(r"#[0-9a-f]{6}", fullmatch=True),
)
boxes = st.tuples(*[st.floats(0, 1e5, width=32)] * 2, *[st.floats(1, 500, width=16)] * 2).map(
    lambda each: shapely.box(each[0], each[1], each[0] + each[2], each[1] + each[3])
)
features = st.builds(
    Feature,
    geometry=st.one_of(boxes, st.builds(shapely.Point, st.floats(0, 1e5), st.floats(0, 1e5))),
    key=st.uuids().map(str),
    image_id=st.integers(1, 2**31),
    annotation_id=st.integers(1, 2**31),
    classes=st.lists(classes, max_size=3).map(tuple),
)


@given(st.lists(features, max_size=4))
def test_features_come_back_as_they_were_written(written: list[Feature]) -> None:
    assert features_of_collection(b"".join(collection_chunks(written))) == written


def test_a_feature_opens_in_qupath_and_carries_the_keys_of_the_reference() -> None:
    feature = Feature(
        geometry=shapely.box(1, 2, 3, 4),
        key="00000000-0000-0000-0000-000000000007",
        image_id=5,
        annotation_id=7,
        classes=(FeatureClass(1, "Stroma", "#00ff00"), FeatureClass(2, "Tumour", "#ff0010")),
    )
    written = json.loads(feature.to_text())
    assert written["type"] == "Feature"
    assert written["properties"]["objectType"] == "annotation"
    assert written["properties"]["classification"] == {"name": "Tumour", "color": [255, 0, 16]}
    assert {key: written["properties"][key] for key in ("image_id", "annotation_id", "class_id", "class_name")} == {
        "image_id": 5,
        "annotation_id": 7,
        "class_id": 2,
        "class_name": "Tumour",
    }
    assert written["properties"]["class_names"] == ["Stroma", "Tumour"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[", "geojson"),
        ('{"features": 3}', "geojson.features"),
        ('{"features": [{"geometry": {"type": "Nothing"}}]}', "geojson.features[0].geometry"),
        ('{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}}]}', "image_id"),
    ],
)
def test_what_is_no_collection_is_refused_by_name(text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        features_of_collection(text)
    assert field in refused.value.field


numbers = st.floats(allow_nan=False) | st.integers() | st.none() | st.text(max_size=3)
coordinates = st.recursive(numbers, lambda inner: st.lists(inner, max_size=4), max_leaves=30)
kinds = ["Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon", "GeometryCollection"]


@given(st.fixed_dictionaries({"type": st.sampled_from(kinds) | coordinates, "coordinates": coordinates}))
def test_no_geometry_does_more_than_be_refused(geometry: dict[str, object]) -> None:
    with suppress(InvalidInput):
        read_geometry(geometry, field="geometry")


def test_lists_within_lists_never_reach_geos() -> None:
    nested: object = [0, 0]
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(InvalidInput, match="nested deeper"):
        read_geometry({"type": "Polygon", "coordinates": nested}, field="geometry")


def test_collections_within_collections_are_refused() -> None:
    nested: dict[str, object] = {"type": "Point", "coordinates": [0, 0]}
    for _ in range(100_000):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    with pytest.raises(InvalidInput, match=r"geometry\.type"):
        read_geometry(nested, field="geometry")


def test_a_document_of_brackets_is_no_json() -> None:
    with pytest.raises(InvalidInput, match="is not JSON"):
        features_of_collection("[" * 100_000)
