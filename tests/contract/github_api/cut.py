"""Writes api.json and webhooks.json: the parts of GitHub's published descriptions that the tests use.

The packages that hold them have 440 MB, so they are no part of the setup. To renew the two files, in this folder:

    npm ci && python cut.py
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules/@octokit"
REPO = "/repos/{owner}/{repo}"
OPERATIONS = (
    f"GET {REPO}/installation",
    f"GET {REPO}/pulls/{{pull_number}}",
    f"GET {REPO}/pulls/{{pull_number}}/files",
    f"GET {REPO}/pulls/{{pull_number}}/reviews",
    f"POST {REPO}/pulls/{{pull_number}}/reviews",
    f"PUT {REPO}/pulls/{{pull_number}}/reviews/{{review_id}}",
    f"GET {REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/comments",
    f"GET {REPO}/pulls/{{pull_number}}/comments",
    f"GET {REPO}/pulls/comments/{{comment_id}}",
    f"PATCH {REPO}/pulls/comments/{{comment_id}}",
    f"GET {REPO}/issues/{{issue_number}}/comments",
    f"POST {REPO}/issues/{{issue_number}}/comments",
    f"PATCH {REPO}/issues/comments/{{comment_id}}",
    f"DELETE {REPO}/issues/comments/{{comment_id}}",
    f"GET {REPO}/contents/{{path}}",
    f"GET {REPO}/commits/{{ref}}/check-runs",
    f"POST {REPO}/check-runs",
    f"GET {REPO}/check-runs/{{check_run_id}}",
    f"PATCH {REPO}/check-runs/{{check_run_id}}",
    "GET /app",
    "POST /app/installations/{installation_id}/access_tokens",
    "GET /app/hook/deliveries",
    "POST /app/hook/deliveries/{delivery_id}/attempts",
)
ACTIONS = ("opened", "reopened", "ready-for-review", "synchronize", "edited", "closed")
# What says nothing about whether a value is valid.
LEFT_OUT = ("description", "example", "examples", "title", "deprecated", "externalDocs", "default")


def main() -> None:
    """Write both files."""
    api = _read("openapi")
    operations = {line: _operation(api, *line.split(" ")) for line in OPERATIONS}
    _write("api.json", "openapi", operations, api)
    hooks = _read("openapi-webhooks")
    payloads = {
        action.replace("-", "_"): _schema(
            hooks["webhooks"][f"pull-request-{action}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        )
        for action in ACTIONS
    }
    _write("webhooks.json", "openapi-webhooks", payloads, hooks)


def _read(package: str) -> Any:
    return json.loads((PACKAGES / package / "generated/api.github.com.json").read_text())


def _operation(api: Any, method: str, path: str) -> dict[str, Any]:
    """The parameters in the query, the body and the answers of an operation."""
    declared = api["paths"][path][method.lower()]
    parameters = [_found(api, parameter) for parameter in declared.get("parameters", ())]
    body = declared.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = {status: _found(api, answer) for status, answer in declared["responses"].items()}
    return {
        "query": {one["name"]: _schema(one["schema"]) for one in parameters if one["in"] == "query"},
        "body": _schema(body) if body else None,
        "answers": {
            status: _schema(answer["content"]["application/json"]["schema"]) if answer.get("content") else None
            for status, answer in answers.items()
            if status.startswith("2")
        },
    }


def _found(api: Any, value: Any) -> Any:
    while "$ref" in value:
        found = api
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _schema(value: Any, of_properties: bool = False) -> Any:
    """A schema of OpenAPI 3.0 or 3.1 as JSON Schema (2020-12), without what is for people."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    if of_properties:
        return {name: _schema(item) for name, item in value.items()}
    if "$ref" in value:
        return {"$ref": value["$ref"].replace("#/components/schemas/", "#/$defs/")}
    made = {
        name: _schema(item, of_properties=name == "properties")
        for name, item in value.items()
        if name not in LEFT_OUT and name != "nullable" and not name.startswith("x-")
    }
    return {"anyOf": [made, {"type": "null"}]} if value.get("nullable") else made


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix("#/$defs/")
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _write(name: str, package: str, content: dict[str, Any], api: Any) -> None:
    """Write the content with the schemas that it refers to, one a line."""
    schemas: dict[str, Any] = {}
    wanted = set(_names(content))
    while missing := sorted(wanted - set(schemas)):
        schemas |= {one: _schema(api["components"]["schemas"][one]) for one in missing}
        wanted |= set(_names([schemas[one] for one in missing]))
    about = json.loads((PACKAGES / package / "package.json").read_text())
    notice = (PACKAGES / package / "LICENSE").read_text()
    source = {"package": about["name"], "version": about["version"], "license": notice}
    parts = {"source": source, "content": content, "$defs": dict(sorted(schemas.items()))}
    lines = [f'"{part}": {{\n' + ",\n".join(_lines(value)) + "\n}" for part, value in parts.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _lines(value: dict[str, Any]) -> Iterator[str]:
    for name, item in value.items():
        yield f"  {json.dumps(name)}: {json.dumps(item, separators=(',', ':'))}"


if __name__ == "__main__":
    main()
