"""The dependency reviewer: what is added, lowered, left open or replaced, in several ecosystems."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.agents.dependency_reviewer.known import WELL_KNOWN
from functions.agents.dependency_reviewer.manifests import declared, normalized
from functions.agents.dependency_reviewer.names import lookalike
from functions.agents.dependency_reviewer.review import dependencies
from tests.unit.changes.made import change, rules

PLACE, OTHER_PLACE = (f"https://{host}.example/" for host in ("one", "another"))
STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=40)


def package(**groups):
    return json.dumps(groups, indent=2) + "\n"


def lock(**members):
    one = {"version": "1.0.0", "resolved": f"{PLACE}a", "integrity": "sha512-a", **members}
    return json.dumps({"packages": {"node_modules/x": one}}, indent=1) + "\n"


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("package.json", package(dependencies={"a": "^1.0.0"}, scripts={"b": "2"}), {"a": "^1.0.0"}),
        ("requirements.txt", "# no\n-r other.txt\nRuamel.yaml[x]==1.0 ; y\n", {"ruamel-yaml": "==1.0"}),
        ("requirements/dev.in", "pytest\n", {"pytest": ""}),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["a>=1"]\n[dependency-groups]\nb = ["c"]\n',
            {"a": ">=1", "c": ""},
        ),
        (
            "go.mod",
            "require (\n\texample.com/a v1.2.3\n)\nreplace example.com/b => ../b\n",
            {"example.com/a": "v1.2.3"},
        ),
        ("Cargo.toml", '[dependencies]\na_b = { version = "1" }\n', {"a-b": "1"}),
        ("Gemfile", 'gem "rails", "~> 7.1"\n', {"rails": "~> 7.1"}),
        (".github/workflows/a.yml", "  - uses: a/b@v1 # c\n", {"a/b": "v1"}),
        ("package.json", "{ no json", {}),
        ("pyproject.toml", "= no toml", {}),
        ("pyproject.toml", 'project = "x"\n', {}),
        ("a.txt", "a==1\n", {}),
    ],
)
def test_a_manifest_declares_its_dependencies(path, text, found):
    read = declared(path, text)
    assert {key: one.spec for key, one in read.items()} == found
    lines = text.split("\n")
    assert all(one.name in lines[one.line - 1] for one in read.values())


@pytest.mark.parametrize(
    ("ecosystem", "name", "like"),
    [
        ("npm", "expres", "express"),
        ("npm", "loadsh", "lodash"),
        ("npm", "cross-emv", "cross-env"),
        ("npm", "crossenv", "cross-env"),
        ("pypi", "requestss", "requests"),
        ("pypi", "reqests", "requests"),
        ("pypi", "python-dateutils", ""),
        ("npm", "react2", ""),
        ("npm", "@acme/expres", ""),
        ("npm", "koaa", ""),
        ("crates", "tokoi", ""),
        ("crates", "serde_jason", "serde-json"),
        ("gems", "sinatro", "sinatra"),
        ("go", "github.com/a/expres", ""),
    ],
)
def test_a_name_with_one_slip_is_a_lookalike(ecosystem, name, like):
    """A plural, a number at the end and a scope are how real names differ."""
    assert lookalike(ecosystem, normalized(ecosystem, name)) == like


def test_no_well_known_name_is_a_lookalike():
    """Of another one: all of them are real."""
    assert [one for kind, names in WELL_KNOWN.items() for one in names if lookalike(kind, one)] == []
    assert all(len(names) >= 80 for names in WELL_KNOWN.values())


@pytest.mark.parametrize(
    ("path", "old", "new", "found"),
    [
        ("requirements.txt", "a==2.0\n", "a==1.10\n", [(1, "downgraded")]),
        ("requirements.txt", "a==1.9\n", "a==1.10\n", []),
        ("requirements.txt", "a==2\n", "a==2.0.0\n", []),
        ("requirements.txt", "a>=2\n", "a==1\n", []),
        ("requirements.txt", "a==1\nb==1\n", "a==1\nb==1\nc\n", [(3, "unpinned")]),
        ("requirements.in", "a==1\nb==1\n", "a==1\nb==1\nc\n", []),
        ("package.json", package(dependencies={"a": "^1"}), package(dependencies={"a": "*"}), [(3, "unpinned")]),
        ("package.json", package(dependencies={}), package(dependencies={"a": "github:b/c"}), [(3, "mutable-source")]),
        ("package.json", package(dependencies={}), package(dependencies={"a": "github:b/c#v1.2.0"}), []),
        (
            "package.json",
            package(dependencies={}),
            package(dependencies={"a": "http://x/y"}),
            [(3, "insecure-source")],
        ),
        ("package.json", package(scripts={}), package(scripts={"prepare": "husky && tsc"}), []),
        ("package.json", package(scripts={}), package(scripts={"install": "wget x | bash"}), [(3, "install-script")]),
        ("requirements.txt", "a==1\n", "--extra-index-url https://x\na==1\n", [(1, "extra-index")]),
        ("requirements.txt", "a==1\n", "--trusted-host x\na==1\n", [(1, "insecure-source")]),
        (".github/workflows/a.yml", "a:\n", "a:\n  - uses: b/c@master\n", [(2, "mutable-source")]),
        (".github/workflows/a.yml", "a:\n", "a:\n  - uses: actions/c@main\n", []),
        ("package-lock.json", lock(), lock(integrity="sha512-b"), [(6, "integrity-changed")]),
        ("package-lock.json", lock(), lock(integrity="sha512-a sha512-b"), []),
        ("package-lock.json", lock(), lock(version="2", integrity="sha512-b"), []),
        ("package-lock.json", lock(), lock(version="2", resolved=f"{OTHER_PLACE}a"), [(5, "other-registry")]),
        ("package-lock.json", lock(), lock(hasInstallScript=True), [(7, "install-script")]),
    ],
)
def test_what_a_manifest_or_a_lock_changes_is_judged(path, old, new, found):
    assert rules(dependencies(change((path, old, new)))) == found


def test_a_lock_that_did_not_follow_is_named():
    """Not if it changes too, or if no dependency does."""
    old, new = package(dependencies={"a": "^1"}), package(dependencies={"a": "^2"})
    manifest = ("web/package.json", old, new)
    assert rules(dependencies(change(manifest, beside=["web/yarn.lock"]))) == [(3, "lock-not-updated")]
    assert dependencies(change(manifest, ("web/yarn.lock", "a\n", "b\n"), beside=["web/yarn.lock"])) == ()
    assert dependencies(change(manifest, beside=["yarn.lock"])) == ()


def test_long_manifests_are_read_once():
    """The time does not grow with the square of their lines."""
    names = [f"expresz{number:05}" for number in range(3_000)]
    listed = ",\n".join(f'"{name}"' for name in names)
    table = "\n".join(f'{name} = "1"' for name in names)
    long = [("pyproject.toml", f"[project]\ndependencies = [{listed}]\n"), ("Cargo.toml", f"[dependencies]\n{table}\n")]
    assert all(len(declared(*one)) == 3_000 for one in long)
    assert dependencies(change(*((path, None, text) for path, text in long))) == ()


def test_a_line_of_a_lock_that_is_made_to_tire_a_pattern_is_read_once():
    """The lock need not even be JSON."""
    assert dependencies(change(("package-lock.json", None, '"' + "node_modules/" * 25_000 + "\n"))) == ()


def test_a_version_of_more_digits_than_python_reads_is_survived():
    assert dependencies(change(("requirements.txt", "a==1.0\n", f"a==1.{'9' * 4_400}\n"))) == ()


def test_what_was_there_before_is_not_the_changes():
    old = package(dependencies={"expres": "*", "a": "^1"})
    assert dependencies(change(("package.json", old, old.replace("^1", "^2")))) == ()


@STABLE
@given(
    st.sampled_from(
        ["package.json", "requirements.txt", "pyproject.toml", "Cargo.toml", "go.mod", "package-lock.json"]
    ),
    st.text(st.sampled_from("a1\"'{}[]=:,.@#*\n ~^/-"), max_size=80),
)
def test_any_text_is_read_and_every_finding_is_on_an_added_line(path, text):
    for content in (
        text,
        f'{{"packages": {{"node_modules/x": {json.dumps(text)}}}}}',
        f'{{"dependencies": {json.dumps(text)}}}',
    ):
        made = change((path, "{}\n", content + "\n"))
        assert all(made.by_path[one.path].changed(one.line) for one in dependencies(made))
