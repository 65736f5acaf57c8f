"""What a deployment is told from outside: CDK context, `cdk deploy -c name=value`."""

import re
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from constructs import Node

from functions.core.platform.errors import ManifestError
from infra.bundling import Target, lambda_target, local_target

MOST_CHANNELS = 5  # what functions/agents/notifier may do because of one event
_CHANNEL = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*/[^\s,]+")


@dataclass(frozen=True)
class Settings:
    """The deployment's settings.

    `local` is the local stack: its emulator lacks some resources, speaks plain HTTP, and runs functions in this
    machine's interpreter. `sources` are deployed beside those that an agent hears. `sandboxes` maps a connector to
    the address of its sandbox provider. `bundle=False` puts empty zips in place of the functions' code, for tests
    that only read templates. `review_emails` are told of every review, `review_deciders` are patterns of the ARNs that
    may decide on them; without any, IAM alone says who may. `review_channels` are entities ("slack:channel/C0123ABCD")
    that agents may tell of them. `alarm_emails` are told of every dead letter.
    """

    local: bool = False
    endpoint: str = ""
    sources: tuple[str, ...] = ()
    sandboxes: tuple[tuple[str, str], ...] = ()
    bundle: bool = True
    review_emails: tuple[str, ...] = ()
    review_deciders: tuple[str, ...] = ()
    review_channels: tuple[str, ...] = ()
    alarm_emails: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.review_channels) > MOST_CHANNELS:
            raise ManifestError(f"context review_channels names {len(self.review_channels)}: at most {MOST_CHANNELS}")
        for channel in self.review_channels:
            if not _CHANNEL.fullmatch(channel):
                raise ManifestError(f"context review_channels: {channel!r} is no entity like 'slack:channel/C0123ABCD'")

    @classmethod
    def of(cls, node: Node) -> "Settings":
        """Read the context of the app."""
        return cls(
            local=node.try_get_context("local") == "true",
            endpoint=node.try_get_context("endpoint") or "",
            sources=_names(node.try_get_context("sources")),
            sandboxes=tuple(
                pair.split("=", 1) for pair in (node.try_get_context("sandboxes") or "").split(",") if pair
            ),
            bundle=node.try_get_context("bundle") != "false",
            review_emails=_names(node.try_get_context("review_emails")),
            review_deciders=_names(node.try_get_context("review_deciders")),
            review_channels=_names(node.try_get_context("review_channels")),
            alarm_emails=_names(node.try_get_context("alarm_emails")),
        )

    @property
    def target(self) -> Target:
        """The machine that zips are built for."""
        return local_target() if self.local else lambda_target()

    @property
    def removal(self) -> RemovalPolicy:
        """What holds data outlives its stack, but on a laptop."""
        return RemovalPolicy.DESTROY if self.local else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def sandbox(self, connector: str) -> str:
        """The sandbox provider's address for `connector`, or nothing: then it is the real one."""
        return dict(self.sandboxes).get(connector, "")


def _names(given: object) -> tuple[str, ...]:
    """The names in a list, as cdk.json has it, or in text with commas, as the command line has it."""
    names = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(str(name).strip() for name in names if str(name).strip())
