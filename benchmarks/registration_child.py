"""One registration in a process of its own: ``python registration_child.py METHOD REFERENCE FLOATING FOLDER``.

Runs under our interpreter for ``ours`` and under the peers' one for the rest, so it imports nothing at the top that is
not in both. Writes the mapping into FOLDER and ``cost.json``: CPU seconds, wall seconds and peak memory of the
registration alone, measured before anything is written.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main(method: str, reference: str, floating: str, folder: str) -> None:
    save = {"ours": ours, "elastix": elastix, "ants": ants_quick}[method](reference, floating, Path(folder))
    cpu, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - START
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "cpu_s": cpu.ru_utime + cpu.ru_stime + children.ru_utime + children.ru_stime,
        "wall_s": wall,
        "memory_mb": max(cpu.ru_maxrss, children.ru_maxrss) / 1024,
    }
    Path(folder, "cost.json").write_text(json.dumps(cost), encoding="utf-8")
    save()


def ours(reference: str, floating: str, folder: Path) -> Callable[[], None]:
    import SimpleITK as sitk

    from registration.engine import register
    from registration.slices import Side
    from registration.volume import read_series

    sides = [
        read_series(sorted(Path(series).glob("*.dcm")), side=side)
        for series, side in ((reference, Side.REFERENCE), (floating, Side.FLOATING))
    ]
    result = register(sides[0], sides[1])
    return lambda: sitk.WriteImage(result.field, str(folder / "field.mha"))


def elastix(reference: str, floating: str, folder: Path) -> Callable[[], None]:
    import itk

    fixed, moving = (itk.imread(f"{name}.nii.gz", itk.F) for name in (reference, floating))
    parameters = itk.ParameterObject.New()
    for name in ("translation", "affine", "bspline"):
        parameters.AddParameterMap(parameters.GetDefaultParameterMap(name))
    _, transform = itk.elastix_registration_method(fixed, moving, parameter_object=parameters, log_to_console=False)

    def save() -> None:
        itk.imwrite(itk.transformix_deformation_field(moving, transform), str(folder / "field.mha"))

    return save


def ants_quick(reference: str, floating: str, folder: Path) -> Callable[[], None]:
    import ants

    fixed, moving = (ants.image_read(f"{name}.nii.gz") for name in (reference, floating))
    result = ants.registration(
        fixed, moving, type_of_transform="antsRegistrationSyNQuick[s]", outprefix=str(folder / "ants"), random_seed=1
    )
    return lambda: Path(folder, "transforms.json").write_text(json.dumps(result["fwdtransforms"])) and None


if __name__ == "__main__":
    START = time.monotonic()
    main(*sys.argv[1:])
