"""The context connector: reads the timelines that the context service writes."""

from functions.core.manifests.connector import ConnectorManifest, Operation

MANIFEST = ConnectorManifest(
    name="context",
    owner="platform",
    operations=[Operation("timeline.read", kind="read", entity="{entity}", takes={"limit": "number", "type": "text"})],
)
