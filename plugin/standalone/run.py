"""``make run``: Orthanc with the plugin in the foreground, with demo studies on the first start."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import httpx

from plugin.standalone import demo
from plugin.standalone.settings import RunSettings

_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 30.0


def main() -> int:
    try:
        settings = RunSettings.from_environment(os.environ)
    except ValueError as error:
        _say(str(error))
        return 2
    executable = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if executable is None:
        _say("Orthanc is not installed; install it with: sudo apt-get install orthanc orthanc-python")
        return 2
    orthanc = _start_orthanc(executable, settings)
    stopping = _stop_with(orthanc)
    try:
        if _wait_until_ready(settings, orthanc):
            if settings.demo:
                _add_demo_studies(settings)
            _say(demo.welcome(settings))
    except httpx.HTTPError as error:
        if not stopping.is_set():
            _say(f"The demo studies could not be stored ({type(error).__name__}); everything else works")
    code = orthanc.wait()
    return 0 if stopping.is_set() else code


def _start_orthanc(executable: str, settings: RunSettings) -> "subprocess.Popen[bytes]":
    for folder in ("orthanc", "ophtha"):
        (settings.storage / folder).mkdir(parents=True, exist_ok=True)
    path = settings.storage / "orthanc.json"
    path.touch(mode=0o600)  # may hold keys
    path.write_text(json.dumps(settings.orthanc_configuration(), indent=2), encoding="utf-8")
    # A group of its own: Ctrl+C reaches this process only, which then ends Orthanc once and in order.
    return subprocess.Popen([executable, str(path)], start_new_session=True)


def _stop_with(orthanc: "subprocess.Popen[bytes]") -> threading.Event:
    """End Orthanc on SIGINT and SIGTERM."""
    stopping = threading.Event()

    def stop(signal_number: int, frame: object) -> None:
        if not stopping.is_set():
            stopping.set()
            orthanc.send_signal(signal.SIGINT)
            last_resort = threading.Timer(_STOP_TIMEOUT_S, orthanc.kill)
            last_resort.daemon = True
            last_resort.start()

    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, stop)
    return stopping


def _wait_until_ready(settings: RunSettings, orthanc: "subprocess.Popen[bytes]") -> bool:
    url = f"http://127.0.0.1:{settings.http_port}/plugins/ophtha/status"
    as_text = {"Accept": "text/plain"}  # an answer of another type, while there is no service, leaves errors in the log
    deadline = time.monotonic() + _START_TIMEOUT_S
    while orthanc.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url, headers=as_text).status_code == 200:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    return False


def _add_demo_studies(settings: RunSettings) -> None:
    """Once per archive: an archive that was emptied on purpose stays empty."""
    marker = settings.storage / "demo-studies-stored"
    if marker.exists():
        return
    _say("Making the demo studies ...")
    with httpx.Client(base_url=f"http://127.0.0.1:{settings.http_port}", timeout=60) as client:
        demo.store(client)
    marker.touch()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
