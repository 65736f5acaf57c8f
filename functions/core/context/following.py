"""Following a link: from the entity of a grant to the customer with its confirmed address, as the settings allow."""

from functions.core.authority.vouchers import Confirmation, Extension, Followed
from functions.core.context.link_rules import Rules
from functions.core.context.links import Links, kind_of


def follow(entity: str, confirmed: Confirmation | None, rules: Rules, links: Links, now: float) -> Followed:
    """Follow the link of `entity`, whose addresses `confirmed` has; whatever is missing or ambiguous is no link."""
    rule = rules.of.get(kind_of(entity))
    if rule is None:
        return Followed(None, f"the settings allow no link from {kind_of(entity)}")
    if confirmed is None or confirmed.entity != entity:
        return Followed(None, f"no connector has confirmed an address of {entity}")
    if not confirmed.addresses:
        return Followed(None, f"the provider confirms no address of {entity}")
    held = sorted({one for address in confirmed.addresses for one in links.holders(address, rule.to, now)})
    if len(held) != 1:
        many = f"{len(held)} of {rule.to} have" if held else f"no {rule.to} has"
        return Followed(None, f"{many} the confirmed address of {entity}")
    entities = (held[0], *links.named_with(held[0], rule.with_))
    return Followed(Extension(entity, entities, tuple(rule.operations)), f"{entity} is {held[0]}")
