"""What happens now: the way of an event, drawn live."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Page
from hookline.operator.overview import models_today, overview, queue_ages

page = Page("Now", order=10)


@page.view("now.html", command="now", tool="now")
def show(asked: Asked) -> Mapping[str, Any]:
    """The page; its live part is rendered with it, so that it is there at the first paint, and without a script."""
    return {"now": overview(asked.account, asked.now)}


@page.live("now_live.html", "live", every=2, command="now", tool="now")
def live(asked: Asked) -> Mapping[str, Any]:
    """The part that changes."""
    return {"now": overview(asked.account, asked.now)}


@page.view("now_slow.html", "slow", command="now", tool="now")
def slow(asked: Asked) -> Mapping[str, Any]:
    """What is read once a minute: what models cost, and the age of each queue's oldest message, which is billed."""
    return {"models": models_today(asked.account, asked.now), "ages": queue_ages(asked.account, asked.now)}
