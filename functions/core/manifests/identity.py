"""What makes two deliveries the same happening: each source declares one of three kinds.

A happening that is taken for a copy of another is lost, and one that is not recognized as a copy happens twice. Which
of the two can occur, and for how long, follows from the kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.manifests.checks import require, require_list

# A copy is recognized for as long as its claim is kept.
LONGEST_WINDOW = 30 * 24 * 3600
DAY = 24 * 3600


@dataclass(frozen=True)
class BodyDigest:
    """The signed bytes: the same bytes are a copy within `window` seconds since the first of them, and new after that.

    For providers that send no id that anything vouches for. The window is longer than the provider retries, and at
    most 30 days. In a list, the digest is that of each item. `parameters`: the signature covers a form's sorted
    parameters and not its bytes, so the digest does too.
    """

    window: int
    parameters: bool = False

    def __post_init__(self) -> None:
        good = isinstance(self.window, int) and 0 < self.window <= LONGEST_WINDOW
        require(good, f"body digest window {self.window!r}: a number of seconds from 1 to {LONGEST_WINDOW}")


@dataclass(frozen=True)
class SignedId:
    """The provider's id that the signature covers, for good.

    `paths` are dotted paths in the body whose values are joined by a slash (`a|b` takes the first that is present, `a|`
    is optional); together they tell any two happenings apart. Without `paths`, it is the delivery id that the scheme
    signs. `otherwise` identifies a delivery without that id; if missing, such a delivery is unreadable.

    `types` are the paths of some raw types, in place of `paths`: those whose happening has a name of its own that the
    provider's API lists too, where the id of its webhook is in no API. `=word` is that word itself.
    """

    paths: Sequence[str] = ()
    otherwise: BodyDigest | None = None
    types: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        paths = self.paths if require_list("signed id paths", self.paths, str) else ()
        typed = isinstance(self.types, Mapping) and all(
            require_list(f"signed id types {name!r}", own, str) and require(own, f"signed id types {name!r}: no path")
            for name, own in self.types.items()
        )
        require(isinstance(self.types, Mapping), f"signed id types {self.types!r}: paths by raw type")
        require(not self.types or paths, "signed id types: without paths, the delivery's id identifies each type")
        every = [*paths, *(path for own in self.types.values() for path in own)] if typed else paths
        unsigned = [path for path in every if "header:" in path]
        require(not unsigned, f"signed id {unsigned!r}: a header is not signed, so it cannot be an id")
        digest = self.otherwise is None or isinstance(self.otherwise, BodyDigest)
        require(digest, f"signed id otherwise {self.otherwise!r}: write a BodyDigest(…)")

    def of(self, raw_type: str) -> Sequence[str]:
        """The paths that identify a raw event of that type."""
        return self.types.get(raw_type, self.paths)


@dataclass(frozen=True)
class DeliveryId:
    """The delivery id in a header that is not signed, where only the sender's enforced address list vouches for it.

    `otherwise` identifies a delivery without that header.
    """

    otherwise: BodyDigest

    def __post_init__(self) -> None:
        require(isinstance(self.otherwise, BodyDigest), f"delivery id otherwise {self.otherwise!r}: a BodyDigest(…)")


Identity = SignedId | DeliveryId | BodyDigest


def digest_of(identity: Identity) -> BodyDigest | None:
    """The digest that identifies what has no other id, None if nothing does."""
    return identity if isinstance(identity, BodyDigest) else identity.otherwise
