"""Deploys to AWS with the CDK CLI: says what goes and which permissions come, and imports what was retained."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hookline.local.toolchain import ROOT, cdk, search_path
from hookline.operator.account import Account
from hookline.operator.cdk_options import CdkOptions
from hookline.operator.errors import OperatorError
from hookline.operator.removals import Removals, removals
from hookline.operator.retained import left_behind
from hookline.operator.synthesis import templates_in
from infra import naming
from infra.concurrency import UNRESERVED, of_queue
from infra.templates import Deployed

ASSEMBLY = ROOT / "cdk.out"
NO_TERMINAL = (
    "there is no terminal to approve changes of permissions in: add --require-approval never to say yes to all of them "
    "(they are printed before the deployment)"
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Deployment:
    """One deployment. `accept` decides whether what `removals` found may go; `terminal` is whether one is attached."""

    account: Account
    options: CdkOptions
    say: Say
    accept: Callable[[Sequence[str]], bool]
    terminal: bool
    assembly: Path = ASSEMBLY

    def run(self) -> None:
        """Bootstrap and deploy. Raises OperatorError before anything is changed if a check fails."""
        if not self.terminal and self.options.approval is None:
            raise OperatorError(NO_TERMINAL)
        self._cdk("synth", "--quiet", "--output", str(self.assembly))
        templates = {name: text.encode() for name, text in templates_in(self.assembly).items()}
        if foreign := [name for name in templates if not name.startswith(f"{naming.PREFIX}-")]:
            raise OperatorError(
                f"stack {foreign[0]} is of another stage: name the stage with -c stage=…, not in cdk.json"
            )
        self._check_removals(removals(self.account, templates))
        for advice in concurrency_advice(self.account, Deployed.of(templates)):
            self.say(advice)
        imports = left_behind(self.account, templates)
        self._cdk("bootstrap")
        if self.options.approval == "never":
            self.say("changes of permissions:")
            self._cdk("diff", "--app", str(self.assembly), "--security-only", "--method", "template")
        for stack, mapped in imports.items():
            self.say(f"stack {stack}: importing what an earlier deployment left: {', '.join(sorted(mapped))}")
            self._import(stack, mapped)
        self._cdk("deploy", "--all", "--app", str(self.assembly), *self.options.deploy)

    def _check_removals(self, found: Removals) -> None:
        if found.agents:
            names = [agent.name for agent in found.agents]
            raise OperatorError(
                "\n".join(map(str, found.agents))
                + "\nThis deployment would take away what they call. First: "
                + ", ".join(f"'hookline agents remove {name} --aws'" for name in names)
            )
        for line in found.losses:
            self.say(line)
        if found.losses and not self.accept(found.losses):
            raise OperatorError("nothing was deployed; --accept-removals says yes to the removals above")

    def _import(self, stack: str, mapped: Mapping[str, Mapping[str, str]]) -> None:
        with TemporaryDirectory() as folder:
            mapping = Path(folder, "mapping.json")
            mapping.write_text(json.dumps(mapped))
            # Without --force the CDK CLI imports nothing into a stack that has other changes too; they come afterwards.
            self._cdk("import", stack, "--app", str(self.assembly), "--resource-mapping", str(mapping), "--force")

    def _cdk(self, command: str, *words: str) -> None:
        quiet = {"PATH": search_path(os.environ), "PYTHONDONTWRITEBYTECODE": ""}
        line = [cdk(), command, *words, *self.options.shared]
        done = subprocess.run(line, cwd=ROOT, env={**os.environ, **quiet}, check=False)  # noqa: S603 - the CDK CLI, with the operator's own words
        if done.returncode:
            raise OperatorError(f"'cdk {command}' failed")


def concurrency_advice(account: Account, deployed: Deployed) -> list[str]:
    """What to set if the account's quota of concurrent executions is another than the templates were made for.

    Raises OperatorError if the templates reserve more than AWS allows: it would refuse the deployment halfway.
    """
    quota = account.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    reserved = sum(one.properties.get("ReservedConcurrentExecutions", 0) for one in deployed.functions.values())
    if reserved and reserved > quota - UNRESERVED:
        raise OperatorError(
            f"verifiers reserve {reserved} of the account's {quota} concurrent executions, and AWS keeps {UNRESERVED} "
            f'free: set "concurrency": {quota} in cdk.json'
        )
    mappings = deployed.all("AWS::Lambda::EventSourceMapping")
    highest = max(one.properties["ScalingConfig"]["MaximumConcurrency"] for one in mappings)
    if of_queue(quota) == highest:
        return []
    return [f'the account allows {quota} concurrent executions: set "concurrency": {quota} in cdk.json to use them']
