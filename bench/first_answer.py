"""A cold start as a separate script: import a handler, call it with one request, print the status of the response.

`python -I first_answer.py MODULE FOLDERS REQUEST`: FOLDERS, joined by colons, come first in the path, like the zip and
then the packages of Lambda's runtime. With BENCH_CLIENTS=1 it also prints the boto3 clients that were created. Without
REQUEST the start ends with the handler, and the status is 200.
"""

import importlib
import json
import os
import sys
import time
from typing import Any

module, folders, *requests = sys.argv[1:]
sys.path[:0] = folders.split(":")
made: list[str] = []
if os.environ.get("BENCH_CLIENTS"):
    from botocore.session import Session

    create_client = Session.create_client

    def noted(session: Session, name: str, *more: Any, **named: Any) -> Any:
        made.append(name)
        return create_client(session, name, *more, **named)

    Session.create_client = noted

deliveries = []
for request in requests:
    with open(request) as file:
        deliveries.append(json.load(file))
handler = importlib.import_module(module).handler
if "boto" in " ".join(sys.modules):
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    importlib.import_module("fake_aws").FakeAws().install()
answers = [handler(delivery, None)["statusCode"] for delivery in deliveries]
print("\nanswered", *(answers or [200]), time.process_time_ns(), *dict.fromkeys(made), flush=True)
