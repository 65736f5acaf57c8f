"""A domain event as data: its fields, its schema, an example, who publishes it and who subscribes to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.events.catalogue import events
from functions.core.events.domain_event import DomainEvent, Increment
from functions.core.events.reviews import APPROVAL_REQUIRED, DECISIONS, REVIEW_OPENED, TO_SERVICE
from functions.core.events.reviews import SOURCE as REVIEW_SERVICE
from functions.core.events.tasks import TASK_REPORTED
from functions.core.platform.detail_types import UNMAPPED
from functions.core.workflows.published import published
from hookline.operator.errors import UnknownName
from hookline.validation.discovery import Project


def listed(project: Project) -> list[dict[str, Any]]:
    """Every domain event with its publishers and subscribers, by name."""
    return [_row(name, events()[name], project) for name in sorted(events())]


def sheet(name: str, project: Project) -> dict[str, Any]:
    """Everything about one event; `<source>.unmapped` is one for each source. Raises UnknownName."""
    unmapped = [f"{source}.{UNMAPPED}" for source in project.sources]
    if name not in events() and name not in unmapped:
        raise UnknownName("event", name, [*sorted(events()), *unmapped])
    model = events()[UNMAPPED if name in unmapped else name]
    schema = model.model_json_schema(mode="serialization")
    return {
        **_row(name, model, project),
        "schema_name": f"{name}/{model.version}",
        "fields": [_field(name, content, schema) for name, content in schema.get("properties", {}).items()],
        "measures": {field: _measure(measure) for field, measure in model.measures.items()},
        "facets": list(model.facets),
        "example": dict(model.example),
        "schema": schema,
    }


def _row(name: str, model: type[DomainEvent], project: Project) -> dict[str, Any]:
    return {
        "event": name,
        "owner": model.owner,
        "about": " ".join((model.__doc__ or "").split()),
        "published_by": [*_sources(name, project), *_agents(name, project), *_services(name)],
        "subscribed_by": list(_subscribers(name, project)),
    }


def _sources(name: str, project: Project) -> Iterator[dict[str, Any]]:
    for source in project.sources.values():
        raw_types = [raw_type for raw_type, names in source.detail_types.items() if name in names]
        if name in (UNMAPPED, f"{source.name}.{UNMAPPED}"):
            raw_types = ["any that is not translated"]
        if raw_types:
            yield {"publisher": source.identity, "raw_types": raw_types}


def _agents(name: str, project: Project) -> Iterator[dict[str, Any]]:
    for agent in project.agents.values():
        if name != APPROVAL_REQUIRED and name in published(agent):
            yield {"publisher": agent.identity, "raw_types": []}
    if name == APPROVAL_REQUIRED:
        yield {"publisher": "any agent that asks a person", "raw_types": []}


def _services(name: str) -> Iterator[dict[str, Any]]:
    if name in (REVIEW_OPENED, *DECISIONS):
        yield {"publisher": REVIEW_SERVICE, "raw_types": []}


def _subscribers(name: str, project: Project) -> Iterator[dict[str, Any]]:
    if name in TO_SERVICE:
        yield {"subscriber": REVIEW_SERVICE, "sources": ["any agent"], "raw_types": []}
    if name in DECISIONS:
        yield {"subscriber": "the agent that asked", "sources": [REVIEW_SERVICE], "raw_types": []}
    for agent in project.agents.values():
        if name == TASK_REPORTED and agent.workflow:
            members = [f"agent.{member}" for member in dict.fromkeys(agent.workflow.members)]
            yield {"subscriber": agent.identity, "sources": members, "raw_types": []}
        for one in agent.receives:
            if one.detail_type == name or (name == UNMAPPED and one.detail_type.endswith(f".{UNMAPPED}")):
                yield {"subscriber": agent.identity, "sources": list(one.sources), "raw_types": list(one.raw)}


def _field(name: str, content: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    required = name in schema.get("required", ()) and "default" not in content
    about = content.get("description", "")
    return {"name": name, "kind": kind_of(content, schema.get("$defs", {})), "required": required, "about": about}


def kind_of(content: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """The kind of a field of a JSON schema, as text for people: "text of at most 255 characters", "list of text"."""
    if reference := content.get("$ref"):
        return kind_of(definitions[reference.rpartition("/")[2]], definitions)
    if choices := content.get("anyOf"):
        return " or ".join(kind_of(choice, definitions) for choice in choices)
    if "enum" in content or "const" in content:
        return f"one of {', '.join(map(str, content.get('enum', [content.get('const')])))}"
    match content.get("type"):
        case "string":
            return f"text{_bounds(content)}"
        case "integer":
            return f"whole number{_range(content)}"
        case "number":
            return f"number{_range(content)}"
        case "boolean":
            return "true or false"
        case "null":
            return "nothing"
        case "array":
            return f"list of {kind_of(content.get('items', {}), definitions)}"
        case "object" if "properties" in content:
            return f"object with {', '.join(content['properties'])}"
        case "object":
            return "object"
    return "any value"


def _bounds(content: Mapping[str, Any]) -> str:
    most, pattern = content.get("maxLength"), content.get("pattern")
    return (f" of at most {most:,} characters" if most else "") + (f" like {pattern}" if pattern else "")


def _range(content: Mapping[str, Any]) -> str:
    lowest, highest = content.get("minimum"), content.get("maximum")
    return (f" from {lowest}" if lowest is not None else "") + (f" to {highest}" if highest is not None else "")


def _measure(measure: Any) -> str:
    kind = "added up" if isinstance(measure, Increment) else f"the newest of each {measure.of}, added up"
    return f"{kind}, by {measure.currency}" if measure.currency else kind
