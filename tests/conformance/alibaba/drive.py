"""Drives a registration with the vendor's SDK, unmodified; runs in the SDK's own venv, talks JSON.

usage: drive.py '{"endpoint": …, "key": …, "secret": …, "algorithm": …, "reference": […], "floating": […]}'
"""

import json
import sys
import time
import urllib.request

from alibabacloud_imageprocess20200320.client import Client
from alibabacloud_imageprocess20200320.models import (
    GetAsyncJobResultRequest,
    RunCTRegistrationRequest,
    RunCTRegistrationRequestFloatingList,
    RunCTRegistrationRequestReferenceList,
)
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException


def main(order):
    config = Config(
        endpoint=order["endpoint"], protocol="http", access_key_id=order["key"], access_key_secret=order["secret"]
    )
    if order.get("algorithm"):
        config.signature_algorithm = order["algorithm"]
    client = Client(config)
    request = RunCTRegistrationRequest(
        data_format="DICOM",
        data_source_type="HTTP_FILES",
        org_id="7ff51bfe-e73d-11ea-827d-506b4b3f3cf6",
        org_name="测试组织",
        reference_list=[RunCTRegistrationRequestReferenceList(reference_url=url) for url in order["reference"]],
        floating_list=[RunCTRegistrationRequestFloatingList(floating_url=url) for url in order["floating"]],
    )
    started = client.run_ctregistration(request)
    job_id = started.body.request_id
    deadline = time.monotonic() + 300
    while True:
        data = client.get_async_job_result(GetAsyncJobResultRequest(job_id=job_id)).body.data
        if data.status not in ("QUEUING", "PROCESSING") or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    outcome = {"status": started.status_code, "message": started.body.message, "job_id": job_id, **data.to_map()}
    if data.result:
        links = json.loads(data.result)
        outcome["links"] = links
        outcome["sizes"] = {}
        for name, link in links.items():
            with urllib.request.urlopen(link) as answer:
                outcome["sizes"][name] = len(answer.read())
    return outcome


if __name__ == "__main__":
    try:
        answer = main(json.loads(sys.argv[1]))
    except TeaException as error:
        answer = {"code": error.code, "error": error.message, "data": error.data}
    sys.stdout.write(json.dumps(answer))
