"""Sorts the options of a deployment: those that every command of the CDK CLI knows, and those of `cdk deploy` alone."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from hookline.operator.errors import OperatorError

# `cdk --help` lists them; every command accepts them.
VALUES = ("--profile", "--region", "--role-arn", "--proxy", "--ca-bundle-path", "--plugin")
SHORT = {"--role-arn": "-r", "--plugin": "-p", "--verbose": "-v", "--ec2creds": "-i", "--yes": "-y"}
FLAGS = ("--verbose", "--debug", "--trace", "--strict", "--ec2creds", "--no-color", "--color", "--ci", "--yes")


@dataclass(frozen=True)
class CdkOptions:
    """`shared` is for every command, `deploy` for `cdk deploy` alone."""

    shared: tuple[str, ...]
    deploy: tuple[str, ...]
    profile: str | None
    region: str | None
    stage: str
    approval: str | None

    @classmethod
    def of(cls, words: Sequence[str]) -> "CdkOptions":
        """Sort the words of a command line. Raises OperatorError if an option lacks its value."""
        parser = _parser()
        try:
            found, deploy = parser.parse_known_args(list(words))
            approval = _approval().parse_known_args(deploy)[0].require_approval
        except argparse.ArgumentError as error:
            raise OperatorError(f"options of the CDK CLI: {error}") from None
        context = [pair for pairs in found.context for pair in pairs]
        stages = [pair.partition("=")[2] for pair in context if pair.startswith("stage=")]
        shared = [word for pair in context for word in ("--context", pair)]
        for option in VALUES:
            shared += [word for value in getattr(found, _field(option)) for word in (option, value)]
        shared += [option for option in FLAGS for _ in range(getattr(found, _field(option)))]
        return cls(
            tuple(shared), tuple(deploy), _last(found.profile), _last(found.region), _last(stages) or "", approval
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    # The CDK CLI takes several values after one -c.
    parser.add_argument("-c", "--context", action="append", nargs="+", default=[])
    for option in VALUES:
        parser.add_argument(*_spellings(option), action="append", default=[])
    for option in FLAGS:
        parser.add_argument(*_spellings(option), action="count", default=0)
    return parser


def _approval() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--require-approval")
    return parser


def _spellings(option: str) -> tuple[str, ...]:
    return (SHORT[option], option) if option in SHORT else (option,)


def _field(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _last(values: Sequence[str]) -> str | None:
    return values[-1] if values else None
