"""What a changed file means for a deployment: a synthesis, or new code of the functions whose zips hold it."""

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.util import cache_from_source, source_hash

import pytest

from functions.core.manifests.agent import AgentManifest, Subscription
from hookline.local import deployed
from hookline.local.deployed import UNKNOWN, Deployed, code_in, fingerprint, templates_digest
from hookline.validation.discovery import Project
from infra import bundling
from infra.bundling import Recipe
from infra.local_zips import pack, packed_digest

CORE = ["functions/core"]
# What the zips of three functions hold, as the stacks say it.
ZIPS = {
    "verifier": Recipe("verifier", [*CORE, "functions/providers/acme"], ("connector.py",)),
    "agent": Recipe("agent", [*CORE, "functions/events", "functions/agents/watch"], ()),
    "connector": Recipe(
        "connector",
        [
            *CORE,
            "functions/providers/acme",
            "functions/agents/watch/manifest.py",
            "functions/agents/watch/policy.cedar",
        ],
        ("source.py",),
    ),
}
# The functions that a change of each file touches.
TOUCHED = {
    "functions/core/platform/log.py": {"verifier", "agent", "connector"},
    "functions/events/notes.py": {"agent"},
    "functions/agents/watch/agent.py": {"agent"},
    "functions/agents/watch/manifest.py": {"agent", "connector"},
    "functions/agents/watch/policy.cedar": {"connector"},
    "functions/agents/watch/README.md": set(),
    "functions/providers/acme/source.py": {"verifier"},
    "functions/providers/acme/connector.py": {"connector"},
    "functions/providers/acme/words.py": {"verifier", "connector"},
    "functions/providers/acme/sandbox.py": set(),
    "functions/providers/acme/fixtures/note__one.json": set(),
}
PACKAGES = ("functions", "functions/core", "functions/events", "functions/agents", "functions/agents/watch")
OTHERS = (*(f"{folder}/__init__.py" for folder in (*PACKAGES, "functions/providers", "functions/providers/acme")),)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A small project."""
    for module in (bundling, deployed):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(bundling, "BUILD", tmp_path / ".build")
    for path in (*TOUCHED, *OTHERS, "infra/app.py", "requirements/functions.txt", "cdk.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    return tmp_path


@pytest.fixture
def live(root):
    """The record of the functions as they are built."""
    for one in ZIPS.values():
        pack(one)
    digests = {name: bundling.digest(one.contents()) for name, one in ZIPS.items()}
    return Deployed("1", "all", "templates", digests)


@pytest.fixture
def watch():
    """The manifest of an agent."""
    return AgentManifest("watch", "watches", "payments", [Subscription("note.taken", ["webhook.acme"])])


def test_of_what_was_just_built_nothing_is_outdated(live):
    assert live.outdated() == []


@pytest.mark.parametrize("path", TOUCHED, ids=str)
def test_a_changed_file_touches_the_functions_whose_zips_hold_it(live, root, path):
    (root / path).write_text("# changed")
    assert set(live.outdated()) == TOUCHED[path]


def test_a_new_and_a_removed_file_touch_them_too(live, root):
    (root / "functions/agents/watch/score.py").write_text("")
    assert live.outdated() == ["agent"]
    (root / "functions/agents/watch/score.py").unlink()
    (root / "functions/providers/acme/words.py").unlink()
    assert live.outdated() == ["verifier", "connector"]


def test_a_file_changed_back_touches_nothing(live, root):
    (root / "functions/agents/watch/agent.py").write_text("# changed")
    (root / "functions/agents/watch/agent.py").write_text("")
    assert live.outdated() == []


def test_a_zip_has_the_digest_of_the_files_that_it_was_built_from(live):
    """So the record says what is deployed, even if a file was saved during the deployment."""
    for name in ZIPS:
        assert packed_digest(pack(ZIPS[name])) == live.code[name]


def test_the_code_of_an_assembly_is_that_of_its_assets(live, root):
    assembly = root / "cdk.out"
    assembly.mkdir()
    shutil.copy(pack(ZIPS["agent"]), assembly / "asset.1a.zip")
    function = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "agent", "Code": {"S3Key": "1a.zip"}}}
    inline = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "cdk's", "Code": {"ZipFile": ""}}}
    (assembly / "one.template.json").write_text(json.dumps({"Resources": {"F": function, "I": inline}}))
    (assembly / "before.template.json").write_text(json.dumps({"Resources": {"F": {**function, "Properties": {}}}}))
    made = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "one.template.json"}}
    (assembly / "manifest.json").write_text(json.dumps({"artifacts": {"one": made}}))
    assert code_in(assembly) == {"agent": live.code["agent"]}


def test_templates_do_not_depend_on_the_code_of_plugins(root, watch):
    """Not even on how a manifest is written, only on its values."""
    project = Project(agents={"watch": watch})
    before = templates_digest({}, project)
    for path in TOUCHED.keys() - {"functions/core/platform/log.py"}:
        (root / path).write_text("# changed")
    assert templates_digest({}, project) == before


@pytest.mark.parametrize(
    "path",
    [
        "functions/agents/watch/handler.py",
        "functions/agents/watch/requirements.txt",
        "functions/core/platform/log.py",
        "infra/app.py",
        "requirements/functions.txt",
        "cdk.json",
    ],
)
def test_templates_depend_on_everything_else(root, watch, path):
    project = Project(agents={"watch": watch})
    before = templates_digest({}, project)
    (root / path).write_text("# changed")
    assert templates_digest({}, project) != before


@pytest.mark.parametrize("value", [{"subscribes": [Subscription("note.read", ["webhook.acme"])]}, {"owner": "fraud"}])
def test_templates_depend_on_the_values_of_manifests_and_on_the_settings(root, watch, value):
    """The owner is a tag."""
    before = templates_digest({}, Project(agents={"watch": watch}))
    assert templates_digest({}, Project(agents={"watch": replace(watch, **value)})) != before
    assert templates_digest({}, Project()) != before
    assert templates_digest({"sources": "gitlab"}, Project(agents={"watch": watch})) != before


def test_the_fingerprint_depends_on_every_file(root):
    found = {fingerprint({})}
    for path in TOUCHED:
        (root / path).write_text("# changed")
        found.add(fingerprint({}))
    assert len(found) == len(TOUCHED) + 1


def test_new_code_is_enough_where_templates_are_the_same_and_each_zip_can_be_built(live):
    assert live.takes_code("templates")
    assert not live.takes_code("others")
    pack(ZIPS["agent"]).unlink()
    assert not live.takes_code("templates")


def test_while_functions_are_updated_nothing_counts_as_deployed_that_may_not_be(live):
    """If the update ends halfway and the files are changed back, those functions are updated again."""
    partly = live.uncertain(["agent"])
    assert (partly.fingerprint, partly.templates, partly.code["verifier"]) == (
        UNKNOWN,
        "templates",
        live.code["verifier"],
    )
    assert partly.outdated() == ["agent"]
    whole = live.uncertain()
    assert (whole.fingerprint, whole.templates, set(whole.outdated())) == (UNKNOWN, UNKNOWN, ZIPS.keys())


def test_a_record_of_another_emulator_or_version_is_none(live, tmp_path):
    live.write(tmp_path)
    assert Deployed.read(tmp_path, "1") == replace(live, replaced=[])
    assert Deployed.read(tmp_path, "2") is None
    (tmp_path / "deployed.json").write_text('{"started": "1", "unheard": "of"}')
    assert Deployed.read(tmp_path, "1") is None


def test_a_build_compiles_what_has_changed_and_keeps_the_other_bytecode(live, root):
    """Bytecode is used without a check of its source, so that of an older source would be run instead of it."""
    changed, same = "functions/agents/watch/agent.py", "functions/events/notes.py"

    def compiled():
        with zipfile.ZipFile(pack(ZIPS["agent"])) as archive:
            return [archive.read(cache_from_source(path)) for path in (changed, same)]

    before = compiled()
    (root / changed).write_text("NUMBER = 2")
    after = compiled()
    assert after[0] != before[0] and after[1] == before[1]
    assert after[0][8:16] == source_hash(b"NUMBER = 2")


def test_a_zip_is_not_written_again_if_nothing_has_changed(live, root):
    (root / "functions/agents/watch/README.md").write_text("changed")
    written = {name: pack(one).stat().st_ino for name, one in ZIPS.items()}
    assert {name: pack(one).stat().st_ino for name, one in ZIPS.items()} == written
    (root / "functions/events/notes.py").unlink()
    assert [name for name, one in ZIPS.items() if pack(one).stat().st_ino != written[name]] == ["agent"]


def test_what_a_zip_holds_is_imported_from_its_bytecode(live, root, tmp_path):
    """Also if it is unpacked later, with other file times."""
    (root / "functions/agents/watch/agent.py").write_text("NUMBER = 2")
    zipfile.ZipFile(pack(ZIPS["agent"])).extractall(tmp_path / "out")
    (tmp_path / "out/functions/agents/watch/agent.py").write_text("NUMBER = 3")
    words = [sys.executable, "-c", "from functions.agents.watch import agent; print(agent.NUMBER, agent.__cached__)"]
    said = subprocess.run(words, cwd=tmp_path / "out", capture_output=True, text=True, check=True).stdout.split()
    assert said == ["2", str(tmp_path / "out" / cache_from_source("functions/agents/watch/agent.py"))]


def test_a_build_of_code_that_does_not_compile_is_refused(live, root):
    (root / "functions/agents/watch/agent.py").write_text("def broken(")
    with pytest.raises(bundling.BundleError, match=r"functions/agents/watch/agent\.py: "):
        pack(ZIPS["agent"])
