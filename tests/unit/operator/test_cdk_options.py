"""Which options of a deployment each command of the CDK CLI gets."""

import pytest

from hookline.operator.cdk_options import CdkOptions
from hookline.operator.errors import OperatorError


def test_options_that_every_command_knows_are_shared_and_the_others_are_of_deploy():
    found = CdkOptions.of(
        [
            "--profile",
            "me",
            "--require-approval",
            "never",
            "-c",
            "stage=dev",
            "--region=eu-west-1",
            "--concurrency",
            "2",
        ]
    )
    assert found.shared == ("--context", "stage=dev", "--profile", "me", "--region", "eu-west-1")
    assert found.deploy == ("--require-approval", "never", "--concurrency", "2")
    assert (found.profile, found.region, found.stage, found.approval) == ("me", "eu-west-1", "dev", "never")


@pytest.mark.parametrize(
    "words", [["-c", "a=1", "-c", "b=2"], ["-c", "a=1", "b=2"], ["--context=a=1", "--context", "b=2"]]
)
def test_the_context_may_be_spelled_as_the_cdk_cli_allows(words):
    assert CdkOptions.of(words).shared == ("--context", "a=1", "--context", "b=2")


def test_flags_are_passed_on_as_often_as_they_are_given():
    assert CdkOptions.of(["-v", "-v", "--ci"]).shared == ("--verbose", "--verbose", "--ci")


@pytest.mark.parametrize("words", [["--require-approval=never"], ["--require-approval", "never"]])
def test_the_approval_is_read_in_both_spellings(words):
    assert CdkOptions.of(words).approval == "never"
    assert CdkOptions.of(words).deploy == tuple(words)


def test_without_options_nothing_is_shared_and_nothing_approved():
    assert CdkOptions.of([]) == CdkOptions((), (), None, None, "", None)


@pytest.mark.parametrize("words", [["--profile"], ["-c"], ["--require-approval"]])
def test_an_option_without_its_value_is_one_clear_line(words):
    with pytest.raises(OperatorError, match="options of the CDK CLI: .*expected"):
        CdkOptions.of(words)


def test_abbreviations_are_left_to_the_cdk_cli():
    assert CdkOptions.of(["--prof", "me"]).deploy == ("--prof", "me")
