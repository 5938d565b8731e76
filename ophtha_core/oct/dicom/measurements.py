"""Key measurements of macula and nerve fibre layer as Comprehensive SR (PS3.16 TID 2124, TID 2123).

One document per root template; each holds a measurement group of one eye (TID 2120) and says which algorithm measured
it (TID 4019). A measurement without a value stays in the document, empty and qualified, because the template asks for
every one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ComprehensiveSR,
    ContainerContentItem,
    ContentItem,
    ContentSequence,
    DeviceObserverIdentifyingAttributes,
    ImageContentItem,
    LanguageOfContentItemAndDescendants,
    NumContentItem,
    ObserverContext,
    RelationshipTypeValues,
    TextContentItem,
    UIDRefContentItem,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code

from ophtha_core.dicom.derived_header import (
    MANUFACTURER,
    SOFTWARE_VERSION,
    add_patient_and_study,
    derived_uid,
    equipment,
    patient_and_study,
)
from ophtha_core.oct.dicom.codes import (
    AVERAGE_MACULAR,
    CENTRE_POINT,
    CENTRE_SUBFIELD,
    COMMENT,
    EYE,
    FINDING_SITE,
    LATERALITY,
    MACULAR_REPORT,
    MEASUREMENT_GROUP,
    MEASUREMENT_METHOD,
    MICROLITER,
    MICROMETER,
    QUADRANT_SECTORS,
    RNFL_AVERAGE,
    RNFL_REPORT,
    RNFL_SECTORS,
    ROI_WIDTH,
    SIDES,
    SUBFIELDS,
    TOTAL_VOLUME,
    VALUE_UNKNOWN,
)
from ophtha_core.oct.dicom.header import (
    DEVICE_UID,
    MODEL_NAME,
    Scanned,
    derived_identity,
)
from ophtha_core.oct.enface import Laterality

SR_SERIES_NUMBER: Final = 9102
_DEVICE: Final = Code("121007", "DCM", "Device")
_ALGORITHM_NAME: Final = Code("111001", "DCM", "Algorithm Name")
_ALGORITHM_VERSION: Final = Code("111003", "DCM", "Algorithm Version")
_TRACKING_ID: Final = Code("112039", "DCM", "Tracking Identifier")
_TRACKING_UID: Final = Code("112040", "DCM", "Tracking Unique Identifier")
_MEASUREMENT_SOURCE: Final = Code("121112", "DCM", "Source of Measurement")


@dataclass(frozen=True, kw_only=True)
class MacularThickness:
    """ETDRS results of the full retina; ``subfields_um`` by "inner nasal" … "outer temporal", None where unknown."""

    laterality: Laterality
    centre_point_um: float | None
    centre_subfield_um: float | None
    subfields_um: dict[str, float | None]
    average_um: float | None
    total_volume_ul: float | None


@dataclass(frozen=True, kw_only=True)
class RnflThickness:
    """Nerve fibre layer on a circle of ``circle_diameter_um``; ``quadrants_um`` by side, None off the field."""

    laterality: Laterality
    circle_diameter_um: float
    average_um: float | None
    quadrants_um: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Quantity:
    name: Code
    value: float | None
    unit: Code


def write_macular_report(
    volume: Scanned,
    macula: MacularThickness,
    *,
    supplied: Sequence[str] = (),
    layers_by: str = "",
    instance_number: int = 1,
) -> Dataset:
    """Macular Thickness Key Measurements (TID 2124) in the study of the volume.

    It says what a person ``supplied``, and which algorithm layers were computed by that nobody reviewed.
    """
    quantities = [
        _Quantity(name=CENTRE_POINT, value=macula.centre_point_um, unit=MICROMETER),
        _Quantity(name=CENTRE_SUBFIELD, value=macula.centre_subfield_um, unit=MICROMETER),
        *(
            _Quantity(name=code, value=macula.subfields_um.get(name), unit=MICROMETER)
            for name, code in SUBFIELDS.items()
        ),
        _Quantity(name=AVERAGE_MACULAR, value=macula.average_um, unit=MICROMETER),
        _Quantity(name=TOTAL_VOLUME, value=macula.total_volume_ul, unit=MICROLITER),
    ]
    group = _Group(
        laterality=macula.laterality,
        method=None,
        quantities=quantities,
        supplied=tuple(supplied),
        layers_by=layers_by,
    )
    return _document(volume, title=MACULAR_REPORT, template="2124", group=group, instance_number=instance_number)


def write_rnfl_report(
    volume: Scanned,
    rnfl: RnflThickness,
    *,
    supplied: Sequence[str] = (),
    layers_by: str = "",
    instance_number: int = 1,
) -> Dataset:
    """Circumpapillary Retinal Nerve Fiber Layer Key Measurements (TID 2123) in the study of the volume."""
    quantities = [
        _Quantity(name=ROI_WIDTH, value=rnfl.circle_diameter_um, unit=MICROMETER),
        _Quantity(name=RNFL_AVERAGE, value=rnfl.average_um, unit=MICROMETER),
        *(
            _Quantity(name=code, value=rnfl.quadrants_um.get(side), unit=MICROMETER)
            for side, code in RNFL_SECTORS.items()
        ),
    ]
    group = _Group(
        laterality=rnfl.laterality,
        method=QUADRANT_SECTORS,
        quantities=quantities,
        supplied=tuple(supplied),
        layers_by=layers_by,
    )
    return _document(volume, title=RNFL_REPORT, template="2123", group=group, instance_number=instance_number)


def read_measurements(document: Dataset) -> dict[str, float | None]:
    """Value of every numeric item of a report by code value, None where it is empty."""
    values: dict[str, float | None] = {}

    def visit(items: Sequence[Dataset]) -> None:
        for item in items:
            if item.ValueType == "NUM":
                measured = item.get("MeasuredValueSequence") or []
                values[str(item.ConceptNameCodeSequence[0].CodeValue)] = (
                    float(measured[0].NumericValue) if measured else None
                )
            visit(item.get("ContentSequence") or [])

    visit(document.ContentSequence)
    return values


@dataclass(frozen=True, kw_only=True)
class _Group:
    laterality: Laterality
    method: Code | None
    quantities: list[_Quantity]
    supplied: tuple[str, ...] = ()
    layers_by: str = field(default="", repr=False)


def _document(volume: Scanned, *, title: Code, template: str, group: _Group, instance_number: int) -> Dataset:
    content = (repr((template, group)) + group.layers_by).encode()
    identity = derived_identity(
        volume, kind="SR", content=[content], series_number=SR_SERIES_NUMBER, instance_number=instance_number
    )
    root = ContainerContentItem(name=title, template_id=template)
    root.ContentSequence = ContentSequence(
        [
            *LanguageOfContentItemAndDescendants(CodedConcept("en-US", "RFC5646", "English (United States)")),
            *_observer(),
            *_algorithm(),
            *_operator_supplied(group.supplied),
            *_computed(group.layers_by),
            _measurement_group(volume, group, tracking_uid=str(derived_uid(f"tracking {identity.instance_uid}"))),
        ]
    )
    document = ComprehensiveSR(
        evidence=_evidence(volume),
        content=root,
        series_instance_uid=identity.series_uid,
        series_number=identity.series_number,
        sop_instance_uid=identity.instance_uid,
        instance_number=identity.instance_number,
        **equipment(MODEL_NAME),
        is_complete=True,
        is_final=False,
        is_verified=False,
        series_description="OCT key measurements (research)",
    )
    assert isinstance(document, Dataset)
    _empty_unknown_values(document.ContentSequence)
    add_patient_and_study(document, volume.source)
    return document


def _evidence(volume: Scanned) -> list[Dataset]:
    """The source images as far as a document refers to them."""
    evidence = {}
    for bscan in volume.bscans:
        image = patient_and_study(bscan.source)
        for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
            setattr(image, keyword, bscan.source.get(keyword))
        evidence[image.SOPInstanceUID] = image
    return list(evidence.values())


def _observer() -> ContentSequence:
    return ObserverContext(
        observer_type=CodedConcept.from_code(_DEVICE),
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=DEVICE_UID, name=MODEL_NAME, manufacturer_name=MANUFACTURER, model_name=MODEL_NAME
        ),
    )


def _algorithm() -> list[TextContentItem]:
    return [
        TextContentItem(
            name=_ALGORITHM_NAME, value=MODEL_NAME, relationship_type=RelationshipTypeValues.HAS_OBS_CONTEXT
        ),
        TextContentItem(
            name=_ALGORITHM_VERSION, value=SOFTWARE_VERSION, relationship_type=RelationshipTypeValues.HAS_OBS_CONTEXT
        ),
    ]


def _operator_supplied(names: Sequence[str]) -> list[TextContentItem]:
    if not names:
        return []
    said = f"Operator supplied, not read from the image: {', '.join(names)}"
    return [TextContentItem(name=COMMENT, value=said, relationship_type=RelationshipTypeValues.HAS_OBS_CONTEXT)]


def _computed(layers_by: str) -> list[TextContentItem]:
    if not layers_by:
        return []
    said = f"Layers computed by {layers_by}, not reviewed"
    return [TextContentItem(name=COMMENT, value=said, relationship_type=RelationshipTypeValues.HAS_OBS_CONTEXT)]


def _measurement_group(volume: Scanned, group: _Group, *, tracking_uid: str) -> ContainerContentItem:
    """TID 2120."""
    eye = CodeContentItem(name=FINDING_SITE, value=EYE, relationship_type=RelationshipTypeValues.HAS_CONCEPT_MOD)
    side = CodeContentItem(
        name=LATERALITY, value=SIDES[group.laterality], relationship_type=RelationshipTypeValues.HAS_CONCEPT_MOD
    )
    eye.ContentSequence = ContentSequence([side])
    items: list[ContentItem] = [
        TextContentItem(
            name=_TRACKING_ID,
            value=f"OCT key measurements {group.laterality.value}",
            relationship_type=RelationshipTypeValues.HAS_OBS_CONTEXT,
        ),
        UIDRefContentItem(
            name=_TRACKING_UID, value=tracking_uid, relationship_type=RelationshipTypeValues.HAS_OBS_CONTEXT
        ),
        eye,
    ]
    if group.method is not None:
        items.append(
            CodeContentItem(
                name=MEASUREMENT_METHOD, value=group.method, relationship_type=RelationshipTypeValues.HAS_CONCEPT_MOD
            )
        )
    items += _source_items(volume)
    items += [_number(quantity) for quantity in group.quantities]
    container = ContainerContentItem(
        name=MEASUREMENT_GROUP, template_id="2120", relationship_type=RelationshipTypeValues.CONTAINS
    )
    container.ContentSequence = ContentSequence(items)
    return container


def _source_items(volume: Scanned) -> list[ContentItem]:
    sources = {bscan.source.SOPInstanceUID: bscan.source for bscan in volume.bscans}
    return [
        ImageContentItem(
            name=_MEASUREMENT_SOURCE,
            referenced_sop_class_uid=source.SOPClassUID,
            referenced_sop_instance_uid=source.SOPInstanceUID,
            referenced_frame_numbers=_frames(volume, source),
            relationship_type=RelationshipTypeValues.CONTAINS,
        )
        for source in sources.values()
    ]


def _frames(volume: Scanned, source: Dataset) -> list[int] | None:
    frames = [bscan.frame + 1 for bscan in volume.bscans if bscan.source is source]
    return frames if len(frames) > 1 else None


def _number(quantity: _Quantity) -> NumContentItem:
    return NumContentItem(
        name=quantity.name,
        value=0.0 if quantity.value is None else round(quantity.value, 4),
        unit=quantity.unit,
        qualifier=VALUE_UNKNOWN if quantity.value is None else None,
        relationship_type=RelationshipTypeValues.CONTAINS,
    )


def _empty_unknown_values(items: Sequence[Dataset]) -> None:
    """Take the stand-in value out of every qualified number: highdicom builds none without one (PS3.3 C.18.1)."""
    for item in items:
        if item.ValueType == "NUM" and "NumericValueQualifierCodeSequence" in item:
            item.MeasuredValueSequence = DicomSequence()
        _empty_unknown_values(item.get("ContentSequence") or [])
