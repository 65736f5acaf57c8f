"""What a provider's reconcile.py imports: how what the provider says it sent is listed and read."""

from functions.core.manifests.reconcile import Attempt, Page, ReconcileManifest, Sent, Window
from functions.core.platform.errors import UnreadableBody
from functions.core.platform.paths import at

__all__ = ["Attempt", "Page", "ReconcileManifest", "Sent", "UnreadableBody", "Window", "at"]
