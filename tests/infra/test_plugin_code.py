"""Code that cannot work is reported before a deploy, without being run."""

import os

import pytest

from tests.infra.garden import AGENT, CONNECTOR, GOOD, POLICY, SOURCE

HERE = "functions/agents/planted_agent"
RUN = "def run(event, tools): ...\n"


@pytest.fixture
def findings_in(garden):
    """Returns the findings in an agent with this code."""

    def plant(**code):
        garden.plant_agent("planted_agent", code)
        return [finding.removeprefix(f"{HERE}/") for finding in garden.findings()]

    return plant


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (RUN + "def broken(:\n", "agent.py:2: SyntaxError: invalid syntax"),
        (RUN + "\treturn 1\n", "agent.py:2: IndentationError: unexpected indent"),
        (RUN + "return 1\n", "agent.py:2: SyntaxError: 'return' outside function"),
        ("", "agent.py:1: has no run(event, tools)"),
        ("def rum(event, tools): ...\n", "agent.py:1: has no run(event, tools) (did you mean rum?)"),
        ("class A:\n    def run(self, event): ...\n", "agent.py:1: has no run(event, tools)"),
        ("\ndef run(event): ...\n", "agent.py:2: run is called with event and tools: write 'def run(event, tools)'"),
        (
            "def run(event, tools, more): ...\n",
            "agent.py:1: run is called with event and tools: write 'def run(event, tools)'",
        ),
        (
            "def run(event, *, tools): ...\n",
            "agent.py:1: run is called with event and tools: write 'def run(event, tools)'",
        ),
        (
            "async def run(event, tools): ...\n",
            "agent.py:1: run is async, but is not awaited: write 'def run(event, tools)'",
        ),
    ],
)
def test_an_agent_that_cannot_be_called_is_reported_with_the_line(findings_in, code, expected):
    assert findings_in(agent=code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "def run(event, tools, more=None): ...\n",
        "def run(*everything): ...\n",
        "run = print\n",
        f"from {HERE.replace('/', '.')}.manifest import MANIFEST as run\n",
        "if True:\n    def run(event, tools): ...\n",
        "try:\n    import gone\nexcept ImportError:\n    gone = None\n" + RUN,
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gone\n" + RUN,
        "from functions.api import agent\nfrom functions.api.agent import Done, Emit\n" + RUN,
        "from functions.api.classify import Label, Unsure, classify\n" + RUN,
        "from .manifest import MANIFEST\nfrom . import manifest as wiring\n" + RUN,
        "import functions.events.payments\nimport math, pydantic\nimport aws_lambda_powertools.metrics\n" + RUN,
    ],
)
def test_code_that_may_work_is_not_reported(findings_in, code):
    assert findings_in(agent=code) == []


def test_a_name_that_a_module_lacks_is_reported_with_those_it_defines(findings_in):
    rules = "import math\nfrom typing import Any\nLIMIT = 1\n_OWN = 2\ndef rule(): ...\n"
    (finding,) = findings_in(rules=rules, agent=f"from .rules import zz\n{RUN}")
    assert finding.endswith(".rules, which does not define it (known: LIMIT, rule)")


def test_a_handler_file_without_a_handler_is_reported(findings_in):
    assert findings_in(handler="strat = print\n") == ["handler.py:1: has no start(platform) (did you mean strat?)"]


def test_none_of_the_code_is_run(garden):
    crash = "raise SystemExit('was run')\n"
    handler = "def start(platform): ...\n" + crash
    garden.plant_agent("planted_agent", {"agent": RUN + crash, "handler": handler, "own": crash})
    assert garden.findings() == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "from functions.api.agent import Dnoe",
            "imports 'Dnoe' from functions.api.agent, which does not define it (did you mean Done?)",
        ),
        (
            "from functions.events.payment import PaymentHeld",
            "imports functions.events.payment, which does not exist (did you mean functions.events.payments?)",
        ),
        (
            "from functions.events import payment",
            "imports 'payment' from functions.events, which does not define it (did you mean payments?)",
        ),
        ("from .scroe import score", f"imports {HERE.replace('/', '.')}.scroe, which does not exist"),
        (
            "from functions.agents.planted_other.agent import run as other",
            "imports functions.agents.planted_other.agent: from functions/, agent.py may import only "
            "functions.api.agent, functions.api.workflow, functions.api.changes, functions.api.classify, "
            f"functions.api.desk, functions.events, {HERE.replace('/', '.')}",
        ),
        (
            "from functions.core.platform import in_lambda",
            "imports functions.core.platform.in_lambda: from functions/, agent.py may import only functions.api",
        ),
        ("import os", "imports os: an agent calls the outside only through its tools"),
        (
            "from urllib.request import urlopen",
            "imports urllib.request: an agent calls the outside only through its tools",
        ),
        ("import boto3", "imports boto3: an agent calls the outside only through its tools"),
        ("import infra.naming", "imports infra.naming, which is not in the function's zip"),
        (
            "def later():\n    import httpx",
            "imports httpx, which is not in its zip: add the package to ",
        ),
        (
            "import moto",
            "imports moto, which is not in its zip: add the package to ",
        ),
    ],
)
def test_an_import_that_would_fail_in_lambda_is_reported(findings_in, line, expected):
    at = 1 + line.count("\n")
    (finding,) = findings_in(agent=f"{line}\n{RUN}")
    assert finding.startswith(f"agent.py:{at}: {expected}")


def test_a_manifest_may_only_import_from_the_api(garden):
    """An agent's manifest is in the zips of its connectors, too."""
    garden.plant_agent("planted_agent", {"limits": "HOPS = 1\n"})
    place = garden.root / "agents/planted_agent/manifest.py"
    place.write_text(f"from {HERE.replace('/', '.')}.limits import HOPS\n{place.read_text()}")
    assert garden.findings() == [
        f"{HERE}/manifest.py:1: imports {HERE.replace('/', '.')}.limits: from functions/, manifest.py may import only "
        "functions.api.agent, functions.api.workflow"
    ]


def test_every_file_of_a_folder_is_checked(findings_in):
    assert findings_in(score="import httpx\n", rules="def x(:\n") == [
        "rules.py:1: SyntaxError: invalid syntax",
        f"score.py:1: imports httpx, which is not in its zip: add the package to {HERE}/requirements.in "
        "and run 'make lock'",
    ]


@pytest.mark.parametrize("module", ["planted_package", "moto"])  # not installed here; installed for the tests only
def test_packages_of_the_folders_own_lock_are_in_its_zip(garden, module):
    garden.plant_agent("planted_agent", {"agent": f"import {module}\n{RUN}"})
    assert len(garden.findings()) == 1
    (garden.root / "agents/planted_agent/requirements.txt").write_text(
        f"# pinned\n{module}==1.0 ; python_version >= '3.11' \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "    # via something else\n"
    )
    assert garden.findings() == []


def test_a_requirement_without_its_hash_is_reported_with_its_line(garden):
    garden.plant_agent("planted_agent")
    lock = garden.root / "agents/planted_agent/requirements.txt"
    lock.write_text("first==1.0 \\\n    --hash=sha256:00\nsecond>=2\n")
    assert garden.findings() == [
        f"{HERE}/requirements.txt:3: 'second>=2' is not pinned by its hash: add it to requirements.in "
        "and run 'make lock'"
    ]


def test_requirements_that_are_not_pinned_yet_are_reported(garden):
    garden.plant_agent("planted_agent")
    (garden.root / "agents/planted_agent/requirements.in").write_text("httpx\n")
    assert garden.findings() == [f"{HERE}/requirements.in:1: is not pinned yet: run 'make lock'"]


def test_a_sandbox_may_be_a_module_or_a_package_and_must_name_its_class(garden):
    for name, file in (("planted_module", "sandbox.py"), ("planted_package", "sandbox/__init__.py")):
        garden.plant("connectors", name, CONNECTOR.format(name=name))
        place = garden.root / "providers" / name / file
        place.parent.mkdir(exist_ok=True)
        place.write_text("SANBOX = object\n")
    assert garden.findings() == [
        "functions/providers/planted_module/sandbox.py:1: has no SANDBOX (did you mean SANBOX?)",
        "functions/providers/planted_package/sandbox/__init__.py:1: has no SANDBOX (did you mean SANBOX?)",
    ]


def test_a_connector_has_no_packages_of_its_own(garden):
    garden.plant("connectors", "planted_own", CONNECTOR.format(name="planted_own"))
    (garden.root / "providers/planted_own/requirements.in").write_text("httpx\n")
    assert garden.findings() == [
        "functions/providers/planted_own/requirements.in:1: is not installed: connectors have the packages of "
        "group 'connectors' of pyproject.toml"
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"translate": "def translation(raw_event): ...\n"}, "translate.py:1: has no translate(raw_event)"),
        (
            {"translate": "def translate(): ...\n"},
            "translate.py:1: translate is called with raw_event: write 'def translate(raw_event)'",
        ),
        ({"handshake": "def answer(delivery, secrets): ...\n"}, "handshake.py:1: has no SIGNED"),
        ({"handshake": "SIGNED = True\n"}, "handshake.py:1: has no answer(delivery, secrets)"),
    ],
)
def test_a_source_whose_parts_cannot_be_called_is_reported(garden, code, expected):
    garden.plant("sources", "planted_coded", SOURCE.format(name="planted_coded"), **code)
    (finding,) = garden.findings()
    assert finding.startswith(f"functions/providers/planted_coded/{expected}")


def test_a_link_out_of_the_folder_is_reported_and_never_opened(garden, tmp_path):
    """The zip would contain its target; and reading a pipe never ends."""
    garden.plant_agent("planted_agent", {})
    place = garden.root / "agents/planted_agent"
    (tmp_path / "credentials").write_text("secret")
    (place / "notes.txt").symlink_to(tmp_path / "credentials")
    os.mkfifo(place / "words.py")
    expected = "is not a regular file: its target must not get into a zip"
    assert garden.findings() == [f"{HERE}/notes.txt:1: {expected}", f"{HERE}/words.py:1: {expected}"]


@pytest.mark.parametrize("code", ["-" * 100_000 + "1", "x = " + "1 + " * 3000 + "1"])
def test_code_nested_too_deep_to_parse_is_reported(findings_in, code):
    """Unless this version of Python can parse it; in both cases the other files are checked."""
    *deep, other = findings_in(agent=RUN + code, zz="def x(:\n")
    assert deep in ([], ["agent.py:1: SyntaxError: nested too deeply"])
    assert other == "zz.py:1: SyntaxError: invalid syntax"


@pytest.mark.parametrize("module", ["os", "socket", "urllib.request", "subprocess"])
def test_a_manifest_may_import_no_more_than_its_agent(garden, module):
    """The connectors that it uses import it next to their credentials."""
    garden.plant("agents", "planted_agent", f"import {module}\n" + AGENT.format(name="planted_agent", **GOOD))
    (garden.root / "agents/planted_agent/policy.cedar").write_text(POLICY)
    (finding,) = garden.findings()
    assert f"imports {module}: an agent calls the outside only through its tools" in finding


def test_an_editors_lock_file_is_not_code(garden):
    garden.plant_agent("planted_agent")
    (garden.root / "agents/planted_agent/.#agent.py").symlink_to("somebody@somewhere.1234")
    assert garden.findings() == []


def test_code_is_checked_even_if_the_manifest_is_wrong(garden):
    garden.plant("agents", "planted_agent", AGENT.format(name="Planted", **GOOD), agent="import os\n")
    assert [finding.partition(": ")[0] for finding in garden.findings()] == [
        f"{HERE}/agent.py:1",
        f"{HERE}/agent.py:1",
        f"{HERE}/manifest.py:5",
        f"{HERE}/policy.cedar:1",
    ]
