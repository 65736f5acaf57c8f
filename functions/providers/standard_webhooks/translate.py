"""Events of the operator's own product as domain events.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure
"""

import re

from functions.api.source import Fields, RawEvent, Translation, name

_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


def translate(raw_event: RawEvent) -> Translation | None:
    """A raw event with a `data.id` as a product.event; None without one, or for a type of another form.

    "invoice.item.paid" names the entity "invoice_item/<data.id>". Raises UnreadableBody if the id is malformed.
    """
    if not _TYPE.fullmatch(raw_event.raw_type):
        return None
    subject = Fields(raw_event.body).part("data").key("id", name)
    if subject is None:
        return None
    entity = f"standard_webhooks:{raw_event.raw_type.rpartition('.')[0].replace('.', '_')}/{subject}"
    data = {"name": raw_event.raw_type, "subject": subject}
    return Translation(type="product.event", subject=entity, entities=[entity], data=data)
