"""People as a hospital's Orthanc and its proxy know them."""

import base64
import json
from pathlib import Path

from tests.kit.product import Product

MASK = {"Regions": [{"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [3, 3]}]}
"""A small region of any image."""


def basic(name: str, password: str) -> dict[str, str]:
    """What a browser sends."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def keys(name: str) -> dict[str, str]:
    """Plain keys of a user made by ``user``."""
    return {"X-Auth-Token": f"{name}-public", "X-Auth-Secret": f"{name}-private"}


def user(name: str, role: str = "user", **more: str) -> dict[str, str]:
    """An entry of ``Users``."""
    return {"name": name, "public_key": f"{name}-public", "private_key": f"{name}-private", "role": role, **more}


def audit_lines(product: Product) -> list[dict[str, object]]:
    """What was written down, the last at the end."""
    path: Path = product.folder / "ophtha" / "audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
