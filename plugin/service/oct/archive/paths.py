"""What the paths of these routes are made of."""

from typing import Annotated

from fastapi import Path

from plugin.service.oct.archive.loading import Level

ResourceLevel = Annotated[Level, Path(description="What the identifier names")]
ResourceId = Annotated[str, Path(description="Orthanc's identifier", pattern="^[0-9a-fA-F-]{1,64}$")]
