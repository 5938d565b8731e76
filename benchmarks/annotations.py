"""Figures of the annotation platform: ``python -m benchmarks.annotations [PART …]``, parts named as their functions.

Masks are drawn by three peers in one run; every peer runs in a process of its own, so that its memory is its own.
Times are CPU seconds and, for masks, wall seconds too.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import rasterio.features  # type: ignore[import-untyped]
import shapely
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGBaseline8Bit, generate_uid
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.raster import LabelledArea, LabelMask
from ophtha_core.annotations.tiff import write_bigtiff
from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from ophtha_core.slides.frames import FrameCache
from ophtha_core.slides.pyramid import InstanceHeader, read_pyramid
from ophtha_core.slides.window import Window, read_window

WIDTH, HEIGHT, POLYGONS = 40_000, 30_000, 20_000


def polygons() -> list[shapely.Polygon]:
    """Cells and glands: 20 to 60 vertices, 15 to 90 px in radius."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(POLYGONS):
        count = random.integers(20, 60)
        centre, radius = random.uniform([0, 0], [WIDTH, HEIGHT]), random.uniform(15, 90)
        angle = np.sort(random.uniform(0, 2 * np.pi, count))
        radii = radius * random.uniform(0.7, 1.3, count)
        made.append(shapely.Polygon(centre + np.column_stack((radii * np.cos(angle), radii * np.sin(angle)))))
    return made


Shapes = Sequence[shapely.Polygon]
Work = Callable[[], None]


def labelled(shapes: Iterable[BaseGeometry]) -> LabelMask:
    areas = [LabelledArea(shape, number % 5 + 1) for number, shape in enumerate(shapes)]
    return LabelMask(areas, width_px=WIDTH, height_px=HEIGHT)


def draw_here(shapes: Shapes) -> Work:
    def draw() -> None:
        for _ in labelled(shapes).tiles():
            pass

    return draw


def draw_with_opencv(shapes: Shapes) -> Work:
    def draw() -> None:
        mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
        for number, shape in enumerate(shapes):
            points = np.rint(shapely.get_coordinates(shape)).astype(np.int32)
            cv2.fillPoly(mask, [points], number % 5 + 1)

    return draw


def draw_with_pillow(shapes: Shapes) -> Work:
    def draw() -> None:
        drawn_with_pillow(shapes)

    return draw


def drawn_with_pillow(shapes: Iterable[BaseGeometry]) -> Image.Image:
    """Ring by ring, as the reference does it."""
    picture = Image.new("L", (WIDTH, HEIGHT), 0)
    drawer = ImageDraw.Draw(picture, "L")
    for number, shape in enumerate(shapes):
        assert isinstance(shape, shapely.Polygon)
        drawer.polygon([(x, y) for x, y in np.array(shape.exterior.coords)], fill=number % 5 + 1)
    return picture


def export_here(shapes: Shapes) -> Work:
    def export() -> None:
        with tempfile.TemporaryFile() as file:
            write_bigtiff([labelled(shapes)], cast("BufferedIOBase", file))

    return export


def export_with_pillow(shapes: Shapes) -> Work:
    def export() -> None:
        picture = drawn_with_pillow(shapes)
        with tempfile.TemporaryFile() as file:
            picture.save(file, "PNG")

    return export


HERE, OPENCV, PILLOW = "here, tiles", "cv2.fillPoly, array", "Pillow as in the reference, array"
HERE_FILE, PILLOW_FILE = "here, BigTIFF written", "Pillow as in the reference, PNG written"
PEERS = {
    HERE: draw_here,
    OPENCV: draw_with_opencv,
    PILLOW: draw_with_pillow,
    HERE_FILE: export_here,
    PILLOW_FILE: export_with_pillow,
}
CLIENTS = "clients"


def run_peer(name: str) -> None:
    """Inside the process of a peer: CPU seconds and MB on standard output."""
    work = PEERS[name](polygons())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun, clock = time.process_time(), time.perf_counter()
    work()
    seconds, wall = time.process_time() - begun, time.perf_counter() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak, "wall": wall, "more": peak - before}))


def masks() -> None:
    print(f"\nMask of {WIDTH} x {HEIGHT} px with {POLYGONS} polygons")
    print(f"{'':40}{'CPU s':>8}{'wall s':>8}{'peak MB':>9}")
    figures: dict[str, dict[str, float]] = {}
    for name in PEERS:
        command = [sys.executable, "-m", "benchmarks.annotations", name]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]).stdout
        figures[name] = figure = json.loads(said)
        print(f"{name:40}{figure['seconds']:8.2f}{figure['wall']:8.2f}{figure['peak']:9.0f}")
    for peer, own in ((OPENCV, HERE), (PILLOW, HERE), (PILLOW_FILE, HERE_FILE)):
        ratios = [figures[peer][clock] / figures[own][clock] for clock in ("seconds", "wall")]
        print(f"{own}: {ratios[0]:.2f} times as fast as {peer} in CPU time, {ratios[1]:.2f} in wall time")
    tile_px = 4096
    some = [LabelledArea(shape, number % 5 + 1) for number, shape in enumerate(polygons()) if shape.bounds[2] < tile_px]
    exact = rasterio.features.rasterize([(each.area, each.label) for each in some], out_shape=(tile_px, tile_px))
    ours = LabelMask(some, width_px=tile_px, height_px=tile_px).array()
    rounded = np.zeros_like(ours)
    for each in some:
        cv2.fillPoly(rounded, [np.rint(shapely.get_coordinates(each.area)).astype(np.int32)], each.label)
    print(f"Pixels that differ from rasterio: here {np.sum(ours != exact)}, cv2 {np.sum(rounded != exact)}")


def tiles() -> None:
    phantom = SlidePhantom(width_px=4096, height_px=4096, tile_px=256, levels=4, syntax=JPEGBaseline8Bit)
    files = slide_files(phantom)
    frames = [list(generate_frames(each.PixelData, number_of_frames=each.NumberOfFrames)) for each in files]
    pyramid = read_pyramid(
        InstanceHeader(str(number), each, each.file_meta.TransferSyntaxUID) for number, each in enumerate(files)
    )
    cache = FrameCache()

    def tile(zoom: int) -> None:
        side = 256 << zoom
        window = Window(1000 // side * side, 1000 // side * side, side, side)
        pixels = read_window(pyramid, window, zoom=zoom, read=lambda key, frame: frames[int(key)][frame], cache=cache)
        Image.fromarray(pixels).save(BytesIO(), "JPEG", quality=95)

    print("\nTile of 256 x 256 px of a slide, JPEG in, JPEG out: CPU ms")
    for zoom in range(5):
        begun = time.process_time()
        tile(zoom)
        cold = time.process_time() - begun
        begun = time.process_time()
        for _ in range(20):
            tile(zoom)
        print(f"zoom {zoom}: cold {1000 * cold:6.1f}, warm {1000 * (time.process_time() - begun) / 20:6.2f}")


def listings() -> None:
    from tests.kit.annotation_service import annotation_service
    from tests.kit.product import Product

    with tempfile.TemporaryDirectory() as folder:
        orthanc = Product(Path(folder) / "orthanc", with_plugin=False)
        with annotation_service(Path(folder), orthanc) as service, service.client() as client:
            ontology = client.add("ontology", name="o")["id"]
            term = client.add("term", name="t", ontology=ontology)["id"]
            project = client.add("project", name="p", ontology=ontology)["id"]
            base = client.add("abstractimage", originalFilename="i", width=WIDTH, height=HEIGHT)["id"]
            image = client.add("imageinstance", baseImage=base, project=project)["id"]
            shapes = [shapely.to_wkt(shape.intersection(shapely.box(0, 0, WIDTH, HEIGHT))) for shape in polygons()]
            print("\nAnnotations through the service (SQLite): seconds")
            for turn in range(10):
                body = [{"image": image, "location": text, "term": [term]} for text in shapes]
                begun = time.perf_counter()
                assert client.post("/api/annotation.json", json=body).status_code == 200
                if turn in (0, 9):
                    print(f"bulk post of {POLYGONS} onto {turn * POLYGONS:6}: {time.perf_counter() - begun:6.2f}")

            def ask(what: str, **query: object) -> None:
                begun = time.perf_counter()
                answer = client.get("/api/annotation.json", params={"image": image} | cast("dict[str, str]", query))
                seconds = time.perf_counter() - begun
                print(f"{what:44}{seconds:8.3f}   ({answer.json()['size']} found)")

            for offset in (0, 100_000, 199_900):
                ask(f"page of 100 at {offset} of 200 000", max=100, offset=offset)
            for side in (256, 2048, 16_384):
                box = shapely.box(9000, 9000, 9000 + side, 9000 + side).wkt
                ask(f"page of 100 in a box of {side} px", max=100, bbox=box, showWKT=True)
            ask("all 200 000 with WKT and terms", showMeta=True, showWKT=True, showTerm=True)


def exports(count: int = 280, clients: int = 32) -> None:
    from email.utils import formatdate

    from tests.kit.annotation_service import ADMIN, annotation_service, signature
    from tests.kit.product import Product

    with tempfile.TemporaryDirectory() as folder:
        orthanc = Product(Path(folder) / "orthanc", with_plugin=False)
        with annotation_service(Path(folder), orthanc) as service, service.client() as client:
            project = client.add("project", name="p", ontology=client.add("ontology", name="o")["id"])["id"]
            base = client.add("abstractimage", originalFilename="i", width=WIDTH, height=HEIGHT)["id"]
            image = client.add("imageinstance", baseImage=base, project=project)["id"]
            inside = shapely.box(0, 0, WIDTH, HEIGHT)
            body = [{"image": image, "location": shape.intersection(inside).wkt} for shape in polygons()[:count]]
            assert client.post("/api/annotation.json", json=body).status_code == 200
            date = formatdate(usegmt=True)
            headers = {"date": date, "authorization": signature(ADMIN, method="GET", content_type="", date=date)}
            url = f"{service.url}/api/imageinstance/{image}/export.geojson"
            print(f"\nGeoJSON of {count} annotations through the service: milliseconds, median")
            alone, together = (seconds_of_clients(url, headers, many) for many in (1, clients))
            print(f"one client {1000 * alone:8.1f}")
            print(
                f"{clients} clients {1000 * together:8.1f} = {clients} x {together / clients / alone:.2f} x one client"
            )


def seconds_of_clients(url: str, headers: dict[str, str], clients: int) -> float:
    """Median seconds of a GET, asked by some clients at once from a process of their own."""
    command = [sys.executable, "-m", "benchmarks.annotations", CLIENTS, url, json.dumps(headers), str(clients)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]).stdout
    return float(said)


def run_clients(url: str, headers: dict[str, str], clients: int, *, turns: int = 10) -> None:
    def ask(_: int) -> float:
        begun = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            answer.read()
        return time.perf_counter() - begun

    with ThreadPoolExecutor(clients) as pool:
        sys.stdout.write(str(statistics.median(pool.map(ask, range(clients * turns)))))


def slices_of(series: int, count: int) -> Iterator[bytes]:
    """Tiny CT slices, a patient for each series."""
    for number in range(series):
        study, own = generate_uid(), generate_uid()
        for instance in range(1, count + 1):
            dataset = next(head_ct(HeadCt(pixels=16, slices=1)))
            dataset.PatientID, dataset.InstanceNumber = f"patient {number}", instance
            dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, own
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            yield file_bytes(dataset)


def inventory(series: int = 100, count: int = 20) -> None:
    from tests.kit.annotation_service import annotation_service
    from tests.kit.product import Product

    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "orthanc", with_plugin=False) as orthanc:
        orthanc.upload(slices_of(series, count))
        with annotation_service(Path(folder) / "service", orthanc) as service, service.client() as client:
            print(f"\nListing an Orthanc of {series} series of {count} slices: seconds")
            for what in ("first listing", "second listing"):
                begun = time.perf_counter()
                size = client.get("/api/abstractimage.json", params={"max": 10}).json()["size"]
                print(f"{what:20}{time.perf_counter() - begun:8.3f}   ({size} images)")


def sparse_slide(frames: int) -> tuple[bytes, list[tuple[int, int]]]:
    """One level of 76,800 x 153,600 pixels with some of its tiles, and where these lie."""
    phantom = SlidePhantom(width_px=256, height_px=256, levels=1, syntax=JPEGBaseline8Bit, sparse=True)
    file = slide_files(phantom)[0]
    across, down = 300, 600
    cells = np.random.default_rng(0).choice(across * down, frames, replace=False)
    places = [(int(cell) % across * 256, int(cell) // across * 256) for cell in cells]
    file.TotalPixelMatrixColumns, file.TotalPixelMatrixRows = across * 256, down * 256
    file.StudyInstanceUID, file.SeriesInstanceUID = generate_uid(), generate_uid()
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    group = file.PerFrameFunctionalGroupsSequence[0]
    groups = []
    for column, row in places:
        place = Dataset()
        place.update(group.PlanePositionSlideSequence[0])
        place.ColumnPositionInTotalImagePixelMatrix, place.RowPositionInTotalImagePixelMatrix = column + 1, row + 1
        each = Dataset()
        each.PlanePositionSlideSequence = [place]
        groups.append(each)
    file.PerFrameFunctionalGroupsSequence, file.NumberOfFrames = groups, frames
    tile = BytesIO()
    Image.new("RGB", (256, 256), (200, 120, 160)).save(tile, "JPEG")
    file.PixelData = encapsulate([tile.getvalue()] * frames)
    file["PixelData"].is_undefined_length = True
    return file_bytes(file), places


def sparse(frames: int = 60_000) -> None:
    from tests.kit.annotation_service import annotation_service
    from tests.kit.product import Product

    content, places = sparse_slide(frames)
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "orthanc", with_plugin=False) as orthanc:
        instances = orthanc.upload([content])
        with annotation_service(Path(folder) / "service", orthanc) as service, service.client() as client:
            project = client.add("project", name="p")["id"]
            print(f"\nA sparse slide of {frames} frames: seconds")
            begun = time.perf_counter()
            added = client.post(f"/api/project/{project}/orthanc.json", json={"Resources": instances})
            print(f"adding it to a project {time.perf_counter() - begun:8.3f}")
            image = added.json()["collection"][0]["id"]
            for what, (x, y) in (("first window", places[0]), ("another window", places[-1])):
                begun = time.perf_counter()
                assert client.get(f"/api/imageinstance/{image}/window-{x}-{y}-256-256.png").status_code == 200
                print(f"{what:22} {time.perf_counter() - begun:8.3f}")


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if wanted[:1] == [CLIENTS]:
        run_clients(wanted[1], json.loads(wanted[2]), int(wanted[3]))
    elif wanted and wanted[0] in PEERS:
        run_peer(wanted[0])
    else:
        for part in (masks, tiles, listings, exports, inventory, sparse):
            if not wanted or part.__name__ in wanted:
                part()
