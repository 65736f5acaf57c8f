"""The context connector: reads the timelines that the context service writes."""

from functions.core.manifests.arguments import Number, Text
from functions.core.manifests.aws_access import TableAccess
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation

MANIFEST = ConnectorManifest(
    name="context",
    owner="platform",
    operations=[
        Operation(
            "timeline.read",
            kind="read",
            entity="{entity}",
            takes={"limit": Number(lowest=1, highest=500), "type": Text(longest=100)},
        ),
        # Extends the grant of the caller by what a verified link leads to (docs/links.md).
        Operation("link.follow", kind="read", entity="{entity}", extends=True),
    ],
    tables=[TableAccess("timelines", ["dynamodb:Query", "dynamodb:GetItem"])],
)
