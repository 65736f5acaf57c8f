"""Writes api.json: the objects of Intercom's own client that the tests use, as JSON Schema.

Intercom generates the client from its description of the API. To renew the file, in this folder:

    npm install && python cut.py
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules/intercom-client"
REQUESTS = {
    "POST /conversations/{id}/reply": "AdminReplyConversationRequest",
    "POST /conversations/{id}/parts assignment": "AssignConversationRequest",
    "POST /conversations/{id}/parts close": "CloseConversationRequest",
    "POST /conversations/{id}/tags": "TagConversationRequest",
    "POST /tags": "CreateOrUpdateTagRequest",
}
ANSWERS = {
    "GET /me": "AdminWithApp",
    "GET /contacts/{id}": "Contact",
    "GET /conversations/{id}": "Conversation",
    "POST /conversations/{id}/reply": "Conversation",
    "POST /conversations/{id}/parts assignment": "Conversation",
    "POST /conversations/{id}/parts close": "Conversation",
    "POST /conversations/{id}/tags": "Tag",
    "POST /tags": "Tag",
}
KINDS = {"string": "string", "number": "number", "boolean": "boolean"}
_FIELD = re.compile(r"^    (\w+)(\??): (.+);$", re.MULTILINE)
_ENUM = re.compile(r"const (\w+): {(.*?)}", re.DOTALL)


def main() -> None:
    """Write the file."""
    schemas: dict[str, Any] = {}
    wanted = {*REQUESTS.values(), *ANSWERS.values()}
    while missing := sorted(wanted - set(schemas)):
        schemas |= {name: _interface(name) for name in missing}
        wanted |= {found for name in missing for found in _names(schemas[name])}
    about = json.loads((PACKAGE / "package.json").read_text())
    notice = (PACKAGE / "LICENSE").read_text()
    source = {"package": about["name"], "version": about["version"], "license": notice}
    parts = {"source": source, "requests": REQUESTS, "answers": ANSWERS, "$defs": dict(sorted(schemas.items()))}
    lines = [f'"{part}": {{\n' + ",\n".join(_lines(value)) + "\n}" for part, value in parts.items()]
    (HERE / "api.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _interface(name: str) -> dict[str, Any]:
    """The interface of that name; {} for a type that is none, which says nothing."""
    (file,) = [*PACKAGE.glob(f"dist/cjs/api/**/{name}.d.ts")][:1]
    text = file.read_text()
    found = re.search(rf"export interface {name} {{\n(.*?)\n}}", text, re.DOTALL)
    if found is None:
        return {}
    enums = {enum: re.findall(r'"([^"]+)"', values) for enum, values in _ENUM.findall(text)}
    fields = {field: (kind, optional) for field, optional, kind in _FIELD.findall(found[1])}
    fields.pop("conversation_id", None)  # it is in the path
    return {
        "type": "object",
        "properties": {field: _kind(name, kind, optional, enums) for field, (kind, optional) in fields.items()},
        "required": [field for field, (_, optional) in fields.items() if not optional],
    }


def _kind(name: str, kind: str, optional: str, enums: dict[str, list[str]]) -> dict[str, Any]:
    if optional:  # what is left out can also be null
        return {"anyOf": [_kind(name, kind, "", enums), {"type": "null"}]}
    if kind.endswith("[]"):
        return {"type": "array", "items": _kind(name, kind.removesuffix("[]"), "", enums)}
    if kind in KINDS:
        return {"type": KINDS[kind]}
    if kind.startswith('"'):
        return {"const": kind.strip('"')}
    inner = kind.removeprefix(f"{name}.")
    if inner in enums:
        return {"enum": enums[inner]}
    return {"$ref": f"#/$defs/{kind.removeprefix('Intercom.')}"} if re.fullmatch(r"Intercom\.\w+", kind) else {}


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix("#/$defs/")
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _lines(value: dict[str, Any]) -> Iterator[str]:
    for name, item in value.items():
        yield f"  {json.dumps(name)}: {json.dumps(item, separators=(',', ':'))}"


if __name__ == "__main__":
    main()
