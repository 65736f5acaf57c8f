"""A console of Rich that prints no control characters but its own. Apart, because Rich is slow to import."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from hookline.operator.terminal import plain


class SafeConsole(Console):
    """A console whose text is escaped after the layout, so that no renderable can bypass it."""

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """The segments of a renderable; its text is plain and holds no links, whose targets are not shown."""
        for segment in super().render(renderable, options):
            if segment.control:  # Rich's own
                yield segment
                continue
            text = "\n".join(map(plain, segment.text.split("\n")))
            style = segment.style
            yield Segment(text, style.update_link(None) if style and style.link else style)
