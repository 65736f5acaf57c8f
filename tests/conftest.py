"""What tests of several kinds share: templates, and execution environments and a clock for Powertools' circuits."""

import atexit
import gc
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from functions.core.platform.times import Clock
from hookline.local.toolchain import search_path
from hookline.simulation.powertools import new_memory, powertools_on
from hookline.testing.example_settings import every_destination, every_tenant
from hookline.validation.discovery import Project
from infra.deployable import every_flow

# Before anything imports CDK, which starts the first Node of the PATH.
os.environ["PATH"] = search_path(os.environ)
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20"

pytest_plugins = ["hookline.testing.pytest_plugin", "pytester"]

# The same examples in each run, and none that fails because the machine is busy.
settings.register_profile("hookline", derandomize=True, deadline=None, database=None)
settings.load_profile("hookline")

Templates = Mapping[str, bytes]

# The collector's default looks through what lives as long as the session again and again.
gc.set_threshold(50_000, 20, 50)
atexit.register(gc.freeze)


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: the collector need not look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., Templates]:
    """Synthesizes for AWS what is declared, or another project, with all sources and flows; templates by stack.

    Its functions have no code: what that would be is tests/contract/test_zips.py's. The templates are not validated:
    that is tests/infra/test_findings.py's.
    """

    from tests.declared import PROJECT

    def synth(declared: Project | None = None, **context: str) -> Templates:
        from infra.app import build

        project = declared or PROJECT
        everything = {
            "bundle": "false",
            "sources": ",".join(project.sources),
            "destinations": every_destination(project),
            "tenants": every_tenant(project),
            "flows": ",".join(every_flow(project)),
        }
        assembly = build({**everything, **context}, declared, validated=False).synth()
        place = Path(assembly.directory)
        templates = {stack.stack_name: (place / stack.template_file).read_bytes() for stack in assembly.stacks}
        shutil.rmtree(place)
        return templates

    return synth


@pytest.fixture
def environments(circuits_follow: Callable[[Clock], None]) -> Callable[[], Callable[[], None]]:
    """Makes execution environments; calling one enters it."""
    return new_memory


@pytest.fixture
def circuits_follow() -> Iterator[Callable[[Clock], None]]:
    """Lets Powertools' circuit breaker live by a clock of the test's."""
    with ExitStack() as stack:
        yield lambda clock: stack.enter_context(powertools_on(clock))
