"""Paging: how the next page of a provider's list is requested."""

from dataclasses import dataclass

from functions.core.manifests.checks import require

MOST_PAGES = 50


@dataclass(frozen=True)
class NextCursor:
    """The value at the dotted `path` of the answer is the query parameter `parameter` of the next page's request.

    With `more`, there is a next page only if the answer's flag at that dotted path is true: Zendesk's last page has a
    cursor too.
    """

    parameter: str
    path: str
    more: str = ""


@dataclass(frozen=True)
class LastId:
    """The `id` of the last item is the query parameter `parameter` of the next page's request.

    There is a next page if the answer's flag at the dotted path `more` is true.
    """

    parameter: str
    id: str
    more: str


@dataclass(frozen=True)
class NextLink:
    """The next page is the URL with rel="next" in the answer's Link header (RFC 8288), on the same host."""


@dataclass(frozen=True)
class Paging:
    """A list in pages: at the dotted path `items` of each answer, "" if the answer is the list itself.

    At most `most` pages are read. The operation returns {"items": […], "complete": …}: `complete` is false if there are
    more pages.
    """

    by: NextCursor | LastId | NextLink
    items: str = ""
    most: int = 10

    def __post_init__(self) -> None:
        known = isinstance(self.by, NextCursor | LastId | NextLink)
        require(known, f"paging by {self.by!r}: NextCursor(…), LastId(…) or NextLink()")
        in_range = type(self.most) is int and 1 <= self.most <= MOST_PAGES
        require(in_range, f"paging most {self.most!r}: a number of pages from 1 to {MOST_PAGES}")
