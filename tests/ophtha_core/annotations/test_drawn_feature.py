"""What other programs draw: QuPath's features of several versions, and this product's own exports."""

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.annotations.drawn_feature import DrawnFeature, NamedClass, features_in
from ophtha_core.annotations.geojson import Feature, FeatureClass, FeaturePlane
from ophtha_core.errors import InvalidInput

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}


def drawn(properties: object, geometry: object = SQUARE) -> DrawnFeature:
    return DrawnFeature.from_json({"type": "Feature", "geometry": geometry, "properties": properties})


def test_a_class_that_is_derived_names_its_parent_in_both_spellings() -> None:
    (old,) = drawn({"classification": {"name": "Tumor: Positive: 1+", "colorRGB": -3140401}}).classes
    (new,) = drawn({"classification": {"names": ["Tumor", "Positive", "1+"], "color": [208, 20, 207]}}).classes
    assert old == new == NamedClass("Tumor: Positive: 1+", "#d014cf")
    assert new.parent == "Tumor: Positive"
    assert NamedClass("Stroma").parent is None


def test_measurements_are_read_by_name_or_from_a_list_and_only_what_was_measured() -> None:
    table = {"Area µm^2": 12.5, "Circularity": float("nan"), "Count": 3, "Odd": None, "Huge": 10**400}
    assert drawn({"measurements": table}).measurements == {"Area µm^2": 12.5, "Count": 3.0}
    entries = [{"name": name, "value": value} for name, value in table.items()]
    assert drawn({"measurements": entries}).measurements == {"Area µm^2": 12.5, "Count": 3.0}


def test_whatever_else_a_file_says_is_kept_and_what_is_always_so_is_not() -> None:
    usual = {"objectType": "annotation", "isLocked": False, "class_id": 3, "image_id": 5}
    feature = drawn({**usual, "name": "left rim", "metadata": {"ANNOTATION_DESCRIPTION": "seen twice"}})
    assert (feature.others, feature.metadata) == ({"name": "left rim"}, {"ANNOTATION_DESCRIPTION": "seen twice"})
    assert drawn({"objectType": "cell", "isLocked": True}).others == {"objectType": "cell", "isLocked": True}


classes = st.lists(
    st.builds(
        FeatureClass,
        value=st.integers(1, 99),
        name=st.text(min_size=1, max_size=9),
        color=st.from_regex(r"#[0-9a-f]{6}", fullmatch=True),
    ),
    max_size=3,
)
names = st.text(min_size=1, max_size=9)


@given(classes, st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False)), st.dictionaries(names, names))
def test_what_is_exported_is_read_again_with_all_it_carries(
    of_classes: list[FeatureClass], measurements: dict[str, float], metadata: dict[str, str]
) -> None:
    feature = Feature(
        geometry=shapely.box(1, 2, 3, 4),
        key="00000000-0000-4000-8000-000000000007",
        image_id=5,
        annotation_id=7,
        classes=tuple(of_classes),
        plane=FeaturePlane(z=2, t=1),
        more={"measurements": measurements, "metadata": metadata},
    )
    read = DrawnFeature.from_json(json.loads(feature.to_text()))
    assert shapely.equals_exact(read.geometry, feature.geometry)
    assert [(each.name, each.color) for each in read.classes] == [(each.name, each.color) for each in of_classes]
    assert (read.plane, read.measurements, read.metadata, read.others) == (
        feature.plane,
        measurements,
        metadata,
        {},
    )


def test_collections_lists_and_single_features_are_read() -> None:
    feature = {"type": "Feature", "geometry": SQUARE, "properties": {}}
    for document in ({"type": "FeatureCollection", "features": [feature]}, [feature], feature):
        assert features_in(json.dumps(document)) == [feature]
    for text in ("{", "5", "{}", '{"features": 5}', "[" * 100_000):
        with pytest.raises(InvalidInput):
            features_in(text)


@pytest.mark.parametrize(
    ("feature", "field"),
    [
        (5, "feature"),
        ({"geometry": None}, "geometry"),
        ({"geometry": {"type": "Circle"}}, "geometry.type"),
        ({"geometry": {"type": "Polygon", "coordinates": [1, 2]}}, "geometry"),
        ({"geometry": {**SQUARE, "plane": {"z": "top"}}}, "geometry.plane.z"),
        ({"geometry": SQUARE, "properties": 5}, "properties"),
        ({"geometry": SQUARE, "properties": {"classification": "Tumor"}}, "classification"),
        ({"geometry": SQUARE, "properties": {"classification": {"name": 5}}}, "classification.name"),
        ({"geometry": SQUARE, "properties": {"classification": {"name": "a", "color": [1, 2, 999]}}},
         "classification.color"),
        ({"geometry": SQUARE, "properties": {"measurements": [5]}}, "measurements"),
        ({"geometry": SQUARE, "properties": {"metadata": {"a": 5}}}, "metadata.a"),
    ],
)  # fmt: skip
def test_what_is_no_feature_is_refused_by_the_name_of_what_is_wrong(feature: object, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        DrawnFeature.from_json(feature)
    assert refused.value.field == field
