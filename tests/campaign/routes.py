"""The routes that read what lies in the archive, taken from the description of the API: none is forgotten."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Description = Mapping[str, Any]
"""An OpenAPI document."""

MASK: Final = {"Regions": [{"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [16, 16]}]}
LEVELS: Final = ("instances", "series", "studies", "patients")
IMAGES: Final = ("abstractimage", "imageinstance", "abstractslice", "sliceinstance")
_ANNOTATIONS: Final = ("annotation", "userannotation")
_KINDS: Final = frozenset({*LEVELS, *IMAGES, *_ANNOTATIONS, "project"})
OTHER_OBJECTS: Final = frozenset(
    {
        "annotationtrack", "attachedfile", "command", "comment", "defaultlayer", "display", "domain", "export",
        "job_id", "jobs", "key", "ontology", "parent", "previews", "property", "relation", "representative", "results",
        "reviewedannotation", "role", "storage", "tag", "tag_domain_association", "term", "term1", "term2", "track",
        "uploadedfile", "user", "userconnection", "userkey",
    }
)  # fmt: skip
"""What else paths name. It comes from requests or results, never from a file that somebody sent."""
_VALUES: Final = {
    "frame": "0", "zoom": "0", "column": "0", "row": "0", "extension": "png", "window": "0-0-16-16.png",
    "name": "label",
}  # fmt: skip
_BODIES: Final[Mapping[str, object]] = {
    "/modify": {"MaskPixelData": MASK, "Force": True},
    "/anonymize": {"MaskPixelData": MASK},
    "/hits": {"MaskPixelData": MASK},
    "/preview": {"MaskPixelData": MASK},
    "/studies/find": {"Query": {}},
}
_PLACE = re.compile(r"\{(\w+)\}")

Objects = Mapping[str, str]
"""Identifiers of what came of one file, by the word that stands before them in a path."""


@dataclass(frozen=True)
class Reading:
    """One call that makes the service read."""

    method: str
    path: str
    body: object = field(default=None)


def readings(description: Description, objects: Objects) -> Iterator[Reading]:
    """Every call that reads one of ``objects``, and every list that has no parameter of its own."""
    for template, operations in description["paths"].items():
        for method in {"get", "post"} & operations.keys():
            for path in _filled(template, _levels(operations[method], description), objects):
                if method == "get":
                    yield Reading("GET", path)
                elif path != template:
                    yield Reading("POST", path, _body(path))
    if "series" in objects:
        pair = {"ReferenceSeries": objects["series"], "FloatingSeries": objects["series"]}
        yield Reading("POST", "/plugins/registration/jobs", pair)


def unknown_places(description: Description) -> set[str]:
    """Places in paths of which nobody has said whether a file fills them."""
    return {
        f"{template}: {name}"
        for template in description["paths"]
        for before, name in _places(template)
        if not (before in _KINDS | OTHER_OBJECTS or before.startswith("{"))
        and name not in {*_VALUES, *OTHER_OBJECTS, "level", "action"}
    }


def _places(template: str) -> Iterator[tuple[str, str]]:
    """Each parameter, and the segment before its own."""
    segments = template.split("/")
    for before, segment in itertools.pairwise(segments):
        for name in _PLACE.findall(segment):
            yield before, name


def _filled(template: str, levels: tuple[str, ...], objects: Objects) -> Iterator[str]:
    if "{level}" in template:
        for level in levels:
            yield from _filled(template.replace("{level}", level), (), objects)
        return
    path = template
    for before, name in _places(template):
        value = _VALUES.get(name) or (objects.get(before) if name.endswith("_id") else None)
        if value is None:
            return
        path = path.replace(f"{{{name}}}", value, 1)
    yield path


def _levels(operation: Mapping[str, Any], description: Description) -> tuple[str, ...]:
    """What may stand for ``{level}``."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "level":
            schema = parameter["schema"]
            if "$ref" in schema:
                schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return tuple(schema["enum"])
    return ()


def _body(path: str) -> object:
    return next((body for ending, body in _BODIES.items() if path.endswith(ending)), {})
