"""Runs functions alone with their zips and boto3, as Lambda does: `python -I -S zygote.py PACKAGES RUNTIME`.

It loads what is not ours once, and forks for each function an interpreter that has loaded nothing else. A file that is
the same in several zips is compiled once for them all; whether a zip has it decides its own import. Tasks are read from
stdin, the answers written to stdout, both as JSON.
"""

import contextlib
import importlib
import json
import os
import socket
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path


def load_packages():
    sys.dont_write_bytecode = True  # a zip is read-only
    sys.path += sys.argv[1:]
    import boto3

    for service in ("dynamodb", "events", "lambda", "s3", "secretsmanager", "sqs"):
        boto3.client(service)
    for slow in ("pydantic", "aws_lambda_powertools.utilities.batch", "aws_lambda_powertools.utilities.idempotency"):
        with contextlib.suppress(ImportError):  # a function that needs it fails later
            importlib.import_module(slow)


def compile_once(tasks):
    known = {}
    for task in tasks.values():
        for file in Path(task["code"]).rglob("*.py"):
            source = file.read_bytes()
            if source not in known:
                known[source] = compile(source, file, "exec", dont_inherit=True)
    by_source = SourceFileLoader.source_to_code

    def source_to_code(self, data, path, **more):
        return known.get(bytes(data)) or by_source(self, data, path, **more)

    SourceFileLoader.source_to_code = source_to_code


def refuse(*_, **__):
    raise AssertionError("an import called out")


def live(task):
    os.environ.clear()
    os.environ.update(task["environment"])
    sys.path.insert(0, task["code"])
    socket.socket.connect = socket.getaddrinfo = refuse
    answer = {"handler": callable(importlib.import_module("functions.core.platform.cold_start").handler)}
    if "agents" in task:
        from functions.core.gate.policy import Policy, policy_of
        from functions.core.gate.serve import declared_agent

        answer["agents"] = [name for name in task["agents"] if declared_agent(name)]
        answer["policies"] = [name for name in task["agents"] if isinstance(policy_of(name), Policy)]
    if "delivery" in task:
        try:
            answer["events"] = events(builder(), task)
        except Exception as error:  # noqa: BLE001 - it is the answer
            answer["events"] = last_line(error)
    return answer


def builder():
    from functions.core.ingress.handlers import verifier
    from functions.core.platform.environment import VerifierEnvironment
    from functions.core.platform.in_lambda import in_lambda

    environment = VerifierEnvironment.read(os.environ)
    source = importlib.import_module(f"functions.providers.{environment.source}.source").MANIFEST
    return verifier.verifier_of(source, environment, in_lambda()).builder


def events(builder, task):
    from functions.core.ingress.reading import raw_events
    from functions.core.ingress.signatures.verify import verify

    delivery = {**task["delivery"], "body": task["delivery"]["body"].encode()}
    verified = verify(builder.manifest.signature, **delivery)
    found = raw_events(delivery["body"], delivery["headers"], builder.manifest.reading)
    made = builder.events(found, verified, delivery["body"], task["key"], delivery["now"])
    return [[event.id, event.type, event.data] for event in made]


def last_line(error):
    return traceback.format_exception_only(error)[-1].strip()


def fork(task):
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return reading
    os.dup2(2, 1)
    try:
        answer = live(task)
    except BaseException as error:  # noqa: BLE001 - it is the answer
        answer = {"handler": last_line(error)}
    with os.fdopen(writing, "w") as pipe:
        json.dump(answer, pipe)
    os._exit(0)


def main():
    load_packages()
    answers, running = {}, {}
    tasks = json.load(sys.stdin)
    compile_once(tasks)
    while tasks or running:
        while tasks and len(running) < os.cpu_count():
            name, task = tasks.popitem()
            running[name] = fork(task)
        name, reading = next(iter(running.items()))
        with os.fdopen(running.pop(name)) as pipe:
            answers[name] = json.load(pipe)
        os.wait()
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
