"""The local stack: the emulator and the sandbox providers, with the real `cdk deploy` on them."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from botocore.credentials import Credentials

from hookline.local import console_process, emulator, sandbox
from hookline.local.bindings import Binding, bindings, local_stage
from hookline.local.code_update import built, update
from hookline.local.control import root_key
from hookline.local.deployed import UNKNOWN, Deployed, code_in, fingerprint, templates_digest
from hookline.local.emulator import ACCOUNT, REGION, Emulator
from hookline.local.generated_secrets import GeneratedSecret
from hookline.local.private_files import write_private
from hookline.local.sandbox import Sandboxes
from hookline.local.sandbox_providers import code_digest
from hookline.local.stack_secrets import set_secrets
from hookline.local.toolchain import ROOT, cdk, search_path
from hookline.local.variables import PORT, SANDBOX_PORT, StackError, live_providers, port_from
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.discovery import Project, discover
from infra import naming
from infra.deployable import deployable, every_flow

STATE = ROOT / ".hookline"
KEPT = ("credentials", "deployed", "destinations", "sources", "flows", "secrets")  # until the stack is stopped
STARTING = "starting the emulator and the sandbox providers"  # the first step, also if they run

Say = Callable[[str], None]


@dataclass(frozen=True)
class LocalStack:
    """A running local stack; `url` receives deliveries, `live` names the providers that are called themselves.

    `bindings` are those of its destinations, if `up` has just returned it.
    """

    emulator: Emulator
    sandboxes: Sandboxes
    url: str
    live: tuple[str, ...]
    state: Path
    bindings: tuple[Binding, ...] = ()

    def client(self, service: str) -> Any:
        """A boto3 client of this stack with the operator's credentials, made once; threads share it."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.emulator.client(service)
            return self._clients[service]

    def credentials(self) -> Credentials:
        """The operator's credentials: the emulator's root credential."""
        key = root_key(self.state)
        return Credentials(key, key)

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _lock(self) -> Lock:
        return Lock()  # a session makes one client at a time

    def signing_secret(self, source: str) -> str:
        """The value that signs deliveries of `source` here, generated when the stack started.

        Raises StackError if that source is not deployed.
        """
        if not self.has(source):
            raise StackError(f"source {source} is not deployed: run 'hookline up --with {source}'")
        signs: str = self._generated()[source]["signs"]
        return signs

    def has(self, source: str) -> bool:
        """Whether `source` is deployed here."""
        return source in self._generated()

    @property
    def sources(self) -> list[str]:
        """The deployed sources."""
        return list(self._generated())

    def _generated(self) -> Any:
        return json.loads((self.state / "secrets.json").read_text())


def remember_secret(running: LocalStack, source: str, secret: str) -> None:
    """Store the secret that signs deliveries of `hookline send` from now on."""
    keep = running.state / "secrets.json"
    write_private(keep, json.dumps(json.loads(keep.read_text()) | {source: asdict(GeneratedSecret(secret, secret))}))


def up(
    say: Say,
    state: Path = STATE,
    port: int | None = None,
    sandbox_port: int | None = None,
    also: Sequence[str] = (),
    bind: Mapping[str, str] | None = None,
    discard_waiting: bool = False,
    code_only: bool = False,
    flows: Sequence[str] = (),
) -> LocalStack:
    """Start the stack if it does not run, and deploy it if something has changed.

    `say` receives each step; `also` are sources to deploy in addition to those that an agent subscribes to, `bind`
    binds destinations to entities. From now on the agents of `flows` are deployed too. An agent without a
    folder is removed; if events wait for it, only with `discard_waiting`. With `code_only`, functions are updated
    without a synthesis if the change is in the code of plugins alone, and the sandbox providers restart if their code
    has changed. Raises OperatorError with one line that says what to do.
    """
    if naming.STAGE:
        raise StackError(f"the local stack has no stages: unset HOOKLINE_STAGE={naming.STAGE}")
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)  # logs and the emulator's objects may hold secrets too
    with _alone(state, say):
        _remember_flows(state, flows)
        return _up(say, state, port, sandbox_port, also, bind or {}, discard_waiting, code_only)


@contextmanager
def _alone(state: Path, say: Say) -> Iterator[None]:
    """Wait until another `up` from the same state ends; the lock is released with its process."""
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another 'hookline up'")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _up(
    say: Say,
    state: Path,
    port: int | None,
    sandbox_port: int | None,
    also: Sequence[str],
    bind: Mapping[str, str],
    discard_waiting: bool,
    code_only: bool,
) -> LocalStack:
    port = port or port_from("HOOKLINE_PORT", PORT)
    sandbox_port = sandbox_port or port_from("HOOKLINE_SANDBOX_PORT", SANDBOX_PORT)
    project, live = discover(), live_providers()
    sources, bindings_here = _sources(project, also, state), bindings(project, bind, state, live)
    bound = {one.name: one.entity for one in bindings_here}
    project = deployable(project, bound, flows_of(state))
    command = cdk()
    if code_only and (present := sandbox.find(state)) and present.code != code_digest():
        say("restarting the sandbox providers, whose code has changed: what they held is lost")
        present.stop()
    say(STARTING)
    running, sandboxes = _start(state, port, sandbox_port)
    context = {
        "local": "true",
        "endpoint": running.endpoint,
        "sources": ",".join(sources),
        "flows": ",".join(every_flow(project)),
        "sandboxes": ",".join(f"{name}={url}" for name, url in sandboxes.urls.items() if name not in live),
        "destinations": ",".join(f"{name}={entity}" for name, entity in bound.items()),
        "tenants": _tenants(),
        "links": local_stage().get("links", {}),
    }
    before = Deployed.read(state, running.started)
    wanted = Deployed(running.started, fingerprint(context), templates_digest(context, project))
    if before and code_only and before.takes_code(wanted.templates):
        wanted = _update_code(say, before, wanted, running, state)
    elif not before or before.fingerprint != wanted.fingerprint:
        if before:
            before.uncertain().write(state)
        wanted = _deploy_all(say, before, wanted, context, command, running, state, discard_waiting)
    else:
        wanted = before
    # Each time, because the fingerprint holds no secret: STRIPE_API_KEY may have another value since.
    set_secrets(running, project, sources, live, state)
    # A file that was saved meanwhile may be deployed or not.
    unchanged = fingerprint(context) == wanted.fingerprint
    (wanted if unchanged else replace(wanted, fingerprint=UNKNOWN)).write(state)
    return replace(_stack(running, sandboxes, live, state), bindings=tuple(bindings_here))


def _update_code(say: Say, before: Deployed, wanted: Deployed, running: Emulator, state: Path) -> Deployed:
    """Update the functions whose code has changed, without a synthesis."""
    names, code, replaced = before.outdated(), before.code, before.replaced
    if names:
        say(f"updating the code of {', '.join(names)}")
        functions = built(names)
        replaced = tuple(sorted({*replaced, *names}))
        replace(before.uncertain(names), replaced=replaced).write(state)
        update(running, functions)
        code = {**code, **{one.name: one.digest for one in functions}}
    return replace(wanted, code=code, replaced=replaced)


def _deploy_all(
    say: Say,
    before: Deployed | None,
    wanted: Deployed,
    context: Mapping[str, Any],
    command: str,
    running: Emulator,
    state: Path,
    discard_waiting: bool,
) -> Deployed:
    with ThreadPoolExecutor() as pool:
        say("synthesizing the stacks, cdk bootstrap")
        synthesis = pool.submit(synthesize, context, state)
        _bootstrap(command, running, state)
        synthesis.result()
    check_removals(say, running, state, discard_waiting)
    say("cdk deploy")
    _deploy(command, running, state)
    delete_removed_agents(running, state)
    code = code_in(state / "cdk.out")
    # CloudFormation changes a function only if its template has changed, not if its code was updated since.
    again = built([name for name in (before.replaced if before else ()) if name in code])
    update(running, again)
    code |= {one.name: one.digest for one in again}
    return replace(wanted, code=code, replaced=tuple(one.name for one in again))


def _start(state: Path, port: int, sandbox_port: int) -> tuple[Emulator, Sandboxes]:
    """Start what does not run yet; if the emulator cannot start, stop the sandboxes that this call started."""
    present = sandbox.find(state)
    sandboxes = sandbox.start(state, sandbox_port)
    try:
        return emulator.start(state, port), sandboxes
    except OperatorError:
        if present is None:
            sandboxes.stop()
        raise


def down(state: Path = STATE) -> bool:
    """Stop what `up` started and delete the state of the deployment; False if nothing was running."""
    running, sandboxes = emulator.find(state), sandbox.find(state)
    console_process.stop(state)
    for process in (running, sandboxes):
        if process is not None:
            process.stop()
    for name in ("control", *(f"{kept}.json" for kept in KEPT)):
        (state / name).unlink(missing_ok=True)
    return bool(running or sandboxes)


def find(state: Path = STATE) -> LocalStack | None:
    """The running stack, or None."""
    running, sandboxes = emulator.find(state), sandbox.find(state)
    if running is None or sandboxes is None or Deployed.read(state, running.started) is None:
        return None
    return _stack(running, sandboxes, live_providers(), state)


def find_emulated(state: Path = STATE) -> Emulator | None:
    """The emulator that has the deployed stacks, even if the sandbox providers do not run; None if missing."""
    running = emulator.find(state)
    return running if running and Deployed.read(state, running.started) else None


def synthesize(context: Mapping[str, Any], state: Path, root: Path = ROOT) -> Path:
    """Run the app in `root` like the CDK CLI, without the start of a CLI, and return the assembly's folder in `state`.

    CDK's own validation is left out: it takes most of a synthesis, and nothing that is made here goes to AWS.
    Raises StackError if it fails.
    """
    given = {"CDK_OUTDIR": str(state / "cdk.out"), "CDK_CONTEXT_JSON": json.dumps(context), "CDK_VALIDATION": "false"}
    region = {"CDK_DEFAULT_ACCOUNT": ACCOUNT, "CDK_DEFAULT_REGION": REGION}
    _run("synth", [sys.executable, "-m", "infra"], {**os.environ, **given, **region}, state, root)
    return state / "cdk.out"


def _bootstrap(command: str, running: Emulator, state: Path) -> None:
    s3, bucket = running.client("s3"), f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    if any(found["Name"] == bucket for found in s3.list_buckets()["Buckets"]):
        return
    words = ["bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "", "--output", str(state / "bootstrap.out")]
    _run("bootstrap", [command, *words], running.environment(), state)
    # The bucket's policy denies plain HTTP, but the emulator has nothing else; it listens on loopback only.
    s3.delete_bucket_policy(Bucket=bucket)


def _deploy(command: str, running: Emulator, state: Path) -> None:
    outputs = ["--outputs-file", str(state / "outputs.json")]
    words = [
        "deploy",
        "--all",
        "--app",
        str(state / "cdk.out"),
        "--require-approval",
        "never",
        "--concurrency",
        "3",
    ]
    _run("deploy", [command, *words, *outputs], running.environment(), state)


def check_removals(say: Say, running: Emulator, state: Path, discard_waiting: bool) -> None:
    """Say what a deployment takes away. Raises StackError if events of an agent without a folder would be lost."""
    from hookline.operator.removals import removals  # it needs this module
    from hookline.operator.synthesis import templates_in

    templates = {name: text.encode() for name, text in templates_in(state / "cdk.out").items()}
    found = removals(running, templates)
    for line in (*map(str, found.agents), *found.losses):
        say(line)
    if not discard_waiting and (losing := [str(one) for one in found.agents if one.waiting or one.dead_letters]):
        raise StackError(
            "\n".join(losing)
            + "\nBring its folder back to handle them, or 'hookline up --discard-waiting' deletes them"
        )


def delete_removed_agents(running: Emulator, state: Path) -> None:
    """Delete the stacks of agents whose folders are removed; otherwise events would still wake them."""
    present = json.loads((state / "cdk.out/manifest.json").read_text())["artifacts"]
    cloudformation = running.client("cloudformation")
    for found in cloudformation.describe_stacks()["Stacks"]:
        name, gone = found["StackName"], found["StackStatus"] == "DELETE_COMPLETE"
        if name.startswith(naming.AGENTS) and name not in present and not gone:
            cloudformation.delete_stack(StackName=name)


def _run(step: str, words: list[str], environment: dict[str, str], state: Path, root: Path = ROOT) -> None:
    quiet = {
        "PATH": search_path(environment),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "PYTHONDONTWRITEBYTECODE": "",  # without bytecode, every synth would compile CDK's many modules again
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
    log = state / f"cdk-{step}.log"
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - the CDK CLI or this interpreter, with fixed arguments
            words, cwd=root, env={**environment, **quiet}, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise StackError(f"'cdk {step}' failed; the last lines of {log}:\n" + "\n".join(lines[-12:]))


def _sources(project: Project, also: Sequence[str], state: Path) -> list[str]:
    """The sources of `hookline up --with`, of this and earlier calls."""
    for name in also:
        if name not in project.sources:
            raise UnknownName("source", name, project.sources)
    asked = sorted({*asked_for(state), *also})
    project.deployed_sources(asked)  # refuses unknown names before they are stored
    (state / "sources.json").write_text(json.dumps(asked))
    return asked


def _tenants() -> str:
    """The parts of providers' hosts in the stage `local`, in the format of the command line."""
    tenants = local_stage().get("tenants", {})
    pairs = [f"{provider}.{part}={value}" for provider, parts in tenants.items() for part, value in parts.items()]
    return ",".join(pairs)


def asked_for(state: Path = STATE) -> list[str]:
    """The sources of earlier calls of `hookline up --with`."""
    keep = state / "sources.json"
    return json.loads(keep.read_text()) if keep.is_file() else []


def _remember_flows(state: Path, flows: Sequence[str]) -> None:
    (state / "flows.json").write_text(json.dumps(sorted({*flows_of(state), *flows})))


def flows_of(state: Path = STATE) -> list[str]:
    """The flows that were asked for on the stack: their agents are deployed."""
    keep = state / "flows.json"
    return json.loads(keep.read_text()) if keep.is_file() else []


def _stack(running: Emulator, sandboxes: Sandboxes, live: tuple[str, ...], state: Path) -> LocalStack:
    outputs = json.loads((state / "outputs.json").read_text())
    return LocalStack(running, sandboxes, outputs[naming.stack("ingress")]["Url"], live, state)
