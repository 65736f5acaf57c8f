"""What AWS would bill for reviews of pull requests, counted as `hookline cost` counts payments; prints a line of JSON.

The project's own functions run in a simulated account with GitHub's sandbox. `python -m bench.factory_cost` needs the
project's own packages; `make bench ARGS=factory` shows it.
"""

import json
import math
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from functions.api.sandbox import Provider
from hookline.demo.flow import Delivery
from hookline.demo.flows.code_review import Repository
from hookline.demo.pulls import DEPENDENCY, LANGUAGES, SECRET, PullRequest, push
from hookline.local import stack
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.cost import flow
from hookline.operator.cost.estimate import flow as priced
from hookline.operator.cost.meter import Meter
from hookline.operator.synthesis import CONTEXT, templates_in
from hookline.simulation.powertools import powertools_on
from hookline.simulation.tables import Tables
from hookline.simulation.wiring import Wiring
from hookline.testing.signing import sign
from infra import naming
from infra.templates import Deployed

SOURCE, SECRET_OF_SOURCE = "github", "a secret of an example"
URL = "https://hooks.example.test/webhooks/github"
GITHUBS_ADDRESS = "192.30.252.1"
SECONDS = 60.0  # in which all reviews of a measurement end


def main() -> None:
    """Measure, and print a line of JSON."""
    with TemporaryDirectory() as place:
        # With "unbound", the agents of every flow would be deployed.
        context = {name: value for name, value in CONTEXT.items() if name != "unbound"} | {"flows": "code-review"}
        made = templates_in(stack.synthesize(context, Path(place)))
    deployed = Deployed.of({name: template.encode() for name, template in made.items()})
    print(json.dumps(measured(deployed)))


def measured(deployed: Deployed) -> dict[str, Any]:
    """The dollars of a thousand reviews like those of three pull requests of the demo, and of one of 30 files."""
    wiring = Wiring.of(deployed)
    sandboxes = sandbox_providers()
    secrets = {
        naming.GRANT_KEY: flow.GRANT_KEY,
        naming.signing_secret(SOURCE): SECRET_OF_SOURCE,
        **{naming.credential(name): one.credential for name, one in sandboxes.items()},
    }
    account = flow.MeteredAccount(deployed, wiring, Meter(), dynamodb=Tables(wiring.tables), secrets=secrets)
    account.provider = hub = flow._Sandboxes(account)
    github = hub._sandboxes[SOURCE]
    repository = Repository("cost")
    with powertools_on(lambda: account.clock()), flow._logging_to(flow._LogStream(account)):
        _control(github, repository.base)
        warm = [PullRequest(f"warm{number}", "Warm", push({"a.py": "a = 1\n"})) for number in range(2)]
        _review(account, github, [repository.opened(one) for one in warm])
        account.meter.taken()
        small = [repository.opened(one) for one in (SECRET, DEPENDENCY, LANGUAGES)]
        _review(account, github, small)
        few = flow.Measured(len(small), account.meter.taken())
        texts = {f"src/part{file}.py": f"def part{file}(value):\n    return value + {file}\n" for file in range(30)}
        _review(account, github, [repository.opened(PullRequest("thirty", "Thirty files", push(texts)))])
        many = flow.Measured(1, account.meter.taken())
        account.world.end()
    return {"small": priced(few), "thirty": priced(many)}


def _review(account: flow.MeteredAccount, github: Provider, deliveries: list[Delivery]) -> None:
    """Let the pull requests be opened together, and the recorder handle the records of their reviews."""
    before, ends = _published(account), account.world.now + SECONDS
    for delivery in deliveries:
        account.world.start(partial(_deliver, account, github, delivery))
    account.world.run(ends)
    account.world.start(account.record)
    account.world.run(ends + flow.RECORDING)
    if (ended := _published(account) - before) != len(deliveries):
        raise RuntimeError(f"{ended} of {len(deliveries)} reviews ended")


def _published(account: flow.MeteredAccount) -> int:
    return sum(event["type"] == "workflow.ended" for event in account.bus.published)


def _deliver(account: flow.MeteredAccount, github: Provider, delivery: Delivery) -> None:
    for call in delivery.prepare:
        _control(github, call)
    (made,) = _control(github, delivery.made)["deliveries"]
    body, now = json.dumps(made["payload"]).encode(), account.clock()
    headers = sign(SOURCE, method="POST", url=URL, headers=made["headers"], body=body, secret=SECRET_OF_SOURCE, now=now)
    request = {
        "requestContext": {"http": {"method": "POST", "sourceIp": GITHUBS_ADDRESS}},
        "headers": {"content-type": "application/json", **made["headers"], **headers},
        "body": body.decode(),
    }
    account.meter.count("api.request", "provider", naming.verifier(SOURCE), math.ceil(len(body) / (512 * 1024)))
    answer = account.invoke(naming.verifier(SOURCE), request)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"the verifier answered {answer['statusCode']}: {answer.get('body', '')}")


def _control(github: Provider, call: Any) -> Any:
    return json.loads(github.control(call.method, call.path, json.dumps(call.body).encode()).body)


if __name__ == "__main__":
    main()
