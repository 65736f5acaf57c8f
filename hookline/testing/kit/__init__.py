"""The testing kit: runs an agent through the real runtime and gate in one process (docs/test-an-agent.md)."""

from hookline.testing.kit.answers import SANDBOX, error, in_turn
from hookline.testing.kit.deliveries import Delivery, delivery
from hookline.testing.kit.events import Happening, event
from hookline.testing.kit.kit import Kit, wake
from hookline.testing.kit.results import Asked, Denial, Effect, Result

__all__ = [
    "SANDBOX",
    "Asked",
    "Delivery",
    "Denial",
    "Effect",
    "Happening",
    "Kit",
    "Result",
    "delivery",
    "error",
    "event",
    "in_turn",
    "wake",
]
