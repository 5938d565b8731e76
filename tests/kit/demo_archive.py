"""The demo studies as Orthanc holds them."""

from dataclasses import dataclass

from plugin.service.archive.tools import Tool
from tests.kit.product import Product


@dataclass(frozen=True)
class DemoArchive:
    """Finds demo studies by what they show."""

    product: Product

    def is_complete(self) -> bool:
        series = self.product.get("/series?expand").json()
        return {"CT", "MR", "US", "OPT", "SM"} <= {each["MainDicomTags"].get("Modality") for each in series}

    def find(self, modality: str) -> list[str]:
        """Series of a modality, in no particular order."""
        query = {"Level": "Series", "Query": {"Modality": modality}}
        found: list[str] = self.product.post("/tools/find", json=query).json()
        return found

    def series(self, modality: str) -> str:
        """The first series of a modality."""
        return sorted(self.find(modality))[0]

    def study_of(self, series: str) -> str:
        found: str = self.product.get(f"/series/{series}").json()["ParentStudy"]
        return found

    def studies_with(self, tool: Tool) -> list[str]:
        """Studies that a tool fits."""
        found = self.product.post("/plugins/ophtha/studies/find", json={"limit": 200}).json()["studies"]
        return [study["id"] for study in found if tool in study["tools"]]
