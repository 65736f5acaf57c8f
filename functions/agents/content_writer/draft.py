"""The proposal of a mail, and what stands in for the model. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

Id = Annotated[str, Field(max_length=50)]


class Draft(BaseModel):
    """A mail of approved blocks, by their ids."""

    subject: Id
    blocks: Annotated[list[Id], Field(min_length=1, max_length=6)]
    name: Annotated[str, Field(max_length=40)]


def by_rules(task: Mapping[str, Any], objections: Sequence[Mapping[str, str]]) -> Draft:
    """The greeting, the block of the product or else the general one, the trial's if they use it, and the closing."""
    there = [block["id"] for block in task["blocks"]]
    product = f"product-{(task['product'] or '').strip().lower()}"
    middle = [product if product in there else "general", *(["trial"] if task["channel"] == "product" else [])]
    name = (task["full_name"] or "").split(" ")[0][:40]
    if any("name" in one["text"] for one in objections):
        name = ""
    subject = "trial" if task["channel"] == "product" else "welcome"
    return Draft(subject=subject, blocks=["hello" if name else "hello-nobody", *middle, "closing"], name=name)
