"""Headers and display volumes of a series in Orthanc: files are fetched here, and read by readers."""

import asyncio
from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ophtha_core.display.stack import Stack
from ophtha_core.display.volume import Blocks, FileFrames, block_means, files_of, volume_of_means
from plugin.service.frames.headers import SeriesHeaders, instances_to_open, read_file_header, stack_of_series
from plugin.service.parts import Parts
from plugin.service.readers.stored import StoredInstance, find_stored, read_file

_AT_ONCE = 4


async def series_headers(parts: Parts, series_id: str) -> SeriesHeaders:
    """Headers of every instance of a series. Raises NotFound."""
    path = f"/series/{quote(series_id, safe='')}"
    await parts.orthanc.get_json(path)  # asked first: of the tags of no series, Orthanc 1.10 says "bad type"
    tags = await parts.orthanc.get_bytes(f"{path}/instances-tags?simplify")
    wanted = await parts.readers.ask(f"Series {series_id}", instances_to_open, tags)
    files = {each: await read_file(parts, await find_stored(parts, each), read_file_header) for each in wanted}
    return SeriesHeaders(tags=tags, files=files)


async def series_volume(parts: Parts, series_id: str, largest_side: int) -> bytes:
    """Gzipped NIfTI of a series. Raises NotFound, UnreadableImage, Unprocessable naming the instance."""
    headers = await series_headers(parts, series_id)
    stack: Stack = await parts.readers.ask(f"Series {series_id}", stack_of_series, headers)
    blocks = Blocks.of(stack, largest_side)
    means = await _means(parts, series_id, files_of(stack, blocks), blocks)
    return await asyncio.to_thread(volume_of_means, stack, means, blocks)


async def _means(
    parts: Parts, series_id: str, wanted: Sequence[FileFrames], blocks: Blocks
) -> list[NDArray[np.float32]]:
    listed = await parts.orthanc.get_json(f"/series/{quote(series_id, safe='')}/instances")
    stored = {each.id: each for each in map(StoredInstance.from_json, cast("list[object]", listed))}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def means(each: FileFrames) -> NDArray[np.float32]:
        async with gate:
            return await read_file(parts, stored[each.instance], block_means, each.frames, blocks)

    return list(await asyncio.gather(*map(means, wanted)))
