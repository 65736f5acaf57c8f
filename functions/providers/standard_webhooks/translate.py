"""One's own product's events in the taxonomy's words.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure
"""

import re

from functions.api.source import Fields, Happening, Translation, name

_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


def translate(happening: Happening) -> Translation | None:
    """A happening that has a `data.id` as a product.event; None for one that has none, or a type of another form.

    "invoice.item.paid" names the entity "invoice_item/<data.id>". Raises UnreadableBody where `data` is not an object
    or its id is not one.
    """
    if not _TYPE.fullmatch(happening.raw_type):
        return None
    subject = Fields(happening.body).part("data").may("id", name)
    if subject is None:
        return None
    entity = f"standard_webhooks:{happening.raw_type.rpartition('.')[0].replace('.', '_')}/{subject}"
    data = {"name": happening.raw_type, "subject": subject}
    return Translation(type="product.event", subject=entity, entities=[entity], data=data)
