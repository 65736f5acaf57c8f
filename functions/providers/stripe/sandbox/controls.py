"""Reads the objects that a control request stores."""

from functions.api.sandbox import BadControl, parse_json
from functions.providers.stripe.sandbox.objects import Object

# The fields that the operations use: (type, required). Everything else is stored as given.
_SHAPES = {
    "charge": {
        "id": (str, True), "amount": (int, True), "currency": (str, True), "created": (int, True),
        "amount_refunded": (int, False), "review": (str, False), "payment_intent": (str, False),
    },
    "event": {"id": (str, True), "type": (str, True), "created": (int, True), "data": (dict, True)},
}  # fmt: skip


def objects(body: bytes, what: str) -> list[Object]:
    """The JSON list of objects of the type `what`. Raises BadControl if any of them is not whole."""
    given = parse_json(body)
    if not isinstance(given, list):
        raise BadControl(f"the body must be a JSON list of {what} objects")
    for position, value in enumerate(given):
        if not isinstance(value, dict) or value.get("object") != what:
            raise BadControl(f'item {position} is not an object with "object": "{what}"')
        for name, (kind, required) in _SHAPES[what].items():
            if not _fits(value.get(name), kind, required):
                wrong = f"missing, empty, out of range or not of type {kind.__name__}"
                raise BadControl(f"item {position}: {name} is {wrong}")
    return given


def _fits(value: object, kind: type, required: bool) -> bool:
    if value is None:
        return not required
    if kind is int:
        return type(value) is int and 0 <= value <= 10**12
    return isinstance(value, kind) and value != ""
