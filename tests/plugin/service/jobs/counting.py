"""A kind of job whose work can be seen from outside: every task writes a file."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from plugin.service.jobs import Attempt, JobFailed, JsonObject, RunningJob
from plugin.service.jobs.task import Lease, TaskControl, TaskSignals


@dataclass(frozen=True)
class Item:
    folder: str
    attempt: int
    number: int
    seconds: float
    fails: bool


def write_one(control: TaskControl, item: Item) -> int:
    """Leaves ``<attempt>-<number>.begun``, holding the worker's process id, then ``….done``."""
    folder = Path(item.folder)
    name = f"{item.attempt}-{item.number}"
    # Renamed into place: who sees the file can read the number in it.
    unfinished = folder / f"{name}.starting"
    unfinished.write_text(str(os.getpid()))
    unfinished.rename(folder / f"{name}.begun")
    time.sleep(item.seconds)
    if item.fails:
        raise ValueError("as asked")
    Lease(control).require()
    (folder / f"{name}.done").touch()
    return item.number


def work_long(control: TaskControl, seconds: float, listens: bool) -> str:
    signals = TaskSignals(control)
    steps = int(seconds / 0.02)
    for step in range(steps):
        if listens:
            signals.check(step / steps)
        time.sleep(0.02)
    return "finished"


class Counting:
    """``request``: folder, tasks, seconds each, failing task; or ``long`` seconds."""

    name = "Counting"
    concurrency = 2

    def __init__(self) -> None:
        self.undone: list[str] = []

    async def run(self, job: RunningJob) -> JsonObject:
        request = job.request
        if "long" in request:
            answer = await job.run_long(
                work_long, request["long"], request.get("listens", True), time_limit_s=float(str(request["limit"]))
            )
            return {"answer": answer}
        if job.plan is None:
            await job.save_plan({"key": os.urandom(4).hex()})
        tasks = int(str(request["tasks"]))
        items = [
            Item(
                str(request["folder"]),
                job.attempt,
                number,
                float(str(request["seconds"])),
                number == request.get("fails"),
            )
            for number in range(tasks)
        ]
        done = 0
        try:
            async for _ in job.map(write_one, items):
                done += 1
                await job.progress(done / tasks)
        except ValueError as error:
            raise JobFailed("task failed", content={"done": done}) from error
        assert job.plan is not None
        return {"done": done, "key": job.plan["key"]}

    async def undo(self, attempt: Attempt) -> None:
        self.undone.append(attempt.id)
        folder = attempt.request.get("folder")
        for file in Path(str(folder)).glob(f"{attempt.attempt}-*.done") if folder else ():
            file.unlink()
