"""A cold start, as a script of its own: import a handler, hand it one request, say that it answered.

`python -I first_answer.py MODULE FOLDERS REQUEST`: FOLDERS, joined by colons, are looked through first, as Lambda
looks through the zip and then its own packages. With BENCH_CLIENTS=1 it prints the clients that were made.
"""

import importlib
import json
import os
import sys
import time
from typing import Any

module, folders, request = sys.argv[1:]
sys.path[:0] = folders.split(":")
made: list[str] = []
if os.environ.get("BENCH_CLIENTS"):
    from botocore.session import Session

    create_client = Session.create_client

    def noted(session: Session, name: str, *more: Any, **named: Any) -> Any:
        made.append(name)
        return create_client(session, name, *more, **named)

    Session.create_client = noted

with open(request) as file:
    delivery = json.load(file)
handler = importlib.import_module(module).handler
if "boto" in " ".join(sys.modules):
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    importlib.import_module("fake_aws").FakeAws().install()
answer = handler(delivery, None)
print("\nanswered", answer["statusCode"], time.process_time_ns(), *dict.fromkeys(made), flush=True)
