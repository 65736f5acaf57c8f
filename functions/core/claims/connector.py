"""The claims connector: an entity is claimed once, takes one turn of a rotation, or has places that are limited.

A person is one entity for all sources: `person:mailbox` of any tenant, and what a provider has a mailbox for (the
contact of a CRM, if the caller has read it before).

All are rows of the ledger, under the connector's own name, so that they need no table and no permission of their own.
"""

from functions.core.manifests.arguments import ListOf, Number, Text
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation

NAME = Text(longest=100)
ENTITY = Text(longest=1024)

MANIFEST = ConnectorManifest(
    name="claims",
    owner="platform",
    operations=[
        # {"new": …}: whether this event is the first about the entity in `seconds`; `of` is what is claimed.
        Operation(
            "claim.take",
            kind="effect",
            entity="{entity}",
            takes={"of": NAME, "seconds": Number(lowest=1, highest=400 * 24 * 3600)},
            needs=["of", "seconds"],
            idempotency="key",
            vouched=True,
        ),
        # {"member": …, "number": …, "new": …}: the next of `among`, or the one that the entity got before. `of` is what
        # the turn is for, `pool` the rotation; another list of members is another rotation.
        Operation(
            "turn.take",
            kind="effect",
            entity="{entity}",
            takes={"of": NAME, "pool": NAME, "among": ListOf(NAME, most=100)},
            needs=["of", "pool", "among"],
            idempotency="key",
            vouched=True,
        ),
        # {"taken": …, "held": …}: whether one of `most` places at the entity was taken for the `holder`, another entity
        # of the grant, and how many are held. A holder has one place, in whosever name: `by` is who takes it. It ends
        # after `seconds`, or is given back.
        Operation(
            "place.take",
            kind="effect",
            entity="{entity}",
            takes={
                "of": NAME,
                "holder": ENTITY,
                "by": ENTITY,
                "most": Number(lowest=0, highest=1_000),
                "seconds": Number(lowest=1, highest=24 * 3600),
            },
            needs=["of", "holder", "by", "most", "seconds"],
            also=["{holder}"],
            idempotency="key",
        ),
        # It is given back in the name of `by`, and stays the holder's if others took it too; without `by`, it is free.
        Operation(
            "place.give_back",
            kind="effect",
            entity="{entity}",
            takes={"of": NAME, "holder": ENTITY, "by": ENTITY},
            needs=["of", "holder"],
            also=["{holder}"],
            idempotency="key",
            anytime=True,
        ),
    ],
)
