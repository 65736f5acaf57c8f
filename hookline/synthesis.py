"""Synthesizes what would be deployed to AWS, for commands that read it."""

import json

from hookline.local import stack
from infra.templates import Deployed

STATE = stack.STATE / "synthesis"


def synthesize() -> Deployed:
    """Everything in the templates for AWS, without the functions' code. Raises OperatorError where it fails."""
    STATE.mkdir(parents=True, exist_ok=True)
    assembly = stack.synthesize({"bundle": "false"}, STATE)
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name: one for name, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    return Deployed.of(
        {name: (assembly / one["properties"]["templateFile"]).read_bytes() for name, one in stacks.items()}
    )
