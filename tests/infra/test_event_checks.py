"""Domain events that cannot work are reported together, each with its file and line."""

import pytest

EVENT = '''\
from typing import ClassVar

from functions.api.event import DomainEvent, Identifier, Increment, RunningTotal


class {name}(DomainEvent):
    """A note."""

    detail_type = {type!r}
    owner = "tests"
    measures: ClassVar = {measures}
    example: ClassVar = {example!r}

    note: Identifier
'''
GOOD = {"name": "NoteTaken", "type": "planted.taken", "measures": "{}", "example": {"note": "n_1"}}
AT = "functions/events/planted_notes.py"


def event(**changed):
    return EVENT.format(**{**GOOD, **changed})


def test_an_event_in_a_file_of_its_own_is_found_and_can_be_subscribed_to(garden):
    garden.plant_event("planted_notes", event())
    garden.plant_agent("planted_agent", subscribes="planted.taken")
    assert garden.findings() == []


def test_an_event_that_rejects_its_own_example_is_reported(garden):
    garden.plant_event("planted_notes", event(example={"note": ""}))
    (said,) = garden.findings()
    assert said.startswith(f"{AT}:6: NoteTaken does not accept its own example: note: ")


def test_a_file_that_does_not_compile_is_reported_with_the_line(garden):
    garden.plant_event("planted_notes", "X = 1\n\nclass NoteTaken(:\n")
    (said,) = garden.findings()
    assert said.startswith(f"{AT}:3: SyntaxError: invalid syntax")


def test_a_detail_type_of_another_event_is_reported(garden):
    garden.plant_event("planted_notes", event(type="payment.held"))
    (said,) = garden.findings()
    assert said == f"{AT}:6: NoteTaken has the detail_type 'payment.held', which PaymentHeld in payments.py already has"


def test_an_invalid_detail_type_is_reported(garden):
    garden.plant_event("planted_notes", event(type="Note Taken"))
    (said,) = garden.findings()
    assert said == f"{AT}:6: NoteTaken has the detail_type 'Note Taken': it looks like 'payment.succeeded'"


def test_missing_attributes_of_an_event_are_reported(garden):
    garden.plant_event("planted_notes", event().replace('    owner = "tests"\n', ""))
    assert garden.findings() == [f"{AT}:6: NoteTaken has no owner"]


def test_an_event_without_an_example_is_reported(garden):
    garden.plant_event("planted_notes", event().replace("    example: ClassVar = {'note': 'n_1'}\n", ""))
    assert garden.findings() == [f"{AT}:6: NoteTaken has no example"]


def test_a_facet_that_is_not_a_field_is_reported(garden):
    garden.plant_event("planted_notes", event(measures=("amount",)).replace("measures: ClassVar = ", "facets = "))
    assert garden.findings() == [f"{AT}:6: NoteTaken facets name 'amount', which the event does not define"]


def test_a_measure_that_is_not_a_field_is_reported(garden):
    garden.plant_event("planted_notes", event(measures="{'amount': Increment()}"))
    assert garden.findings() == [f"{AT}:6: NoteTaken measures name 'amount', which the event does not define"]


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        (("note",), "has measures ('note',): write {'amount': Increment(currency='currency')}, or RunningTotal(…)"),
        ("{'note': 'sum'}", "measures 'note' as 'sum': write Increment(…) or RunningTotal(…)"),
        ("{'note': RunningTotal(of='page')}", "measures name 'page', which the event does not define"),
        ("{'note': Increment(currency='coin')}", "measures name 'coin', which the event does not define"),
    ],
)
def test_a_measure_that_does_not_say_how_it_is_summed_is_reported(garden, measures, said):
    garden.plant_event("planted_notes", event(measures=measures))
    assert garden.findings() == [f"{AT}:6: NoteTaken {said}"]


def test_a_file_that_cannot_be_imported_is_reported_and_the_others_are_read(garden):
    garden.plant_event("planted_broken", "X = 1\n1 / 0\n")
    garden.plant_event("planted_notes", event(measures="{'amount': Increment()}"))
    assert garden.findings() == [
        "functions/events/planted_broken.py:2: ZeroDivisionError: division by zero",
        f"{AT}:6: NoteTaken measures name 'amount', which the event does not define",
    ]


def test_agents_are_checked_beside_a_broken_file_except_for_what_it_may_declare(garden):
    garden.plant_event("planted_broken", "X = 1\n1 / 0\n")
    garden.plant_agent("planted_agent", subscribes="planted.taken", source="webhook.x")
    broken, agent = sorted(garden.findings(), reverse=True)
    assert broken == "functions/events/planted_broken.py:2: ZeroDivisionError: division by zero"
    assert agent.startswith(
        "functions/agents/planted_agent/manifest.py:8: subscribes to events of 'webhook.x', which does not exist"
    )


def test_a_taken_or_invalid_detail_type_is_reported_beside_agents(garden):
    garden.plant_event("planted_notes", event(type="payment.held"))
    garden.plant_event("planted_odd", event(name="Odd", type=["note.taken"]))
    garden.plant_agent("planted_agent", publishes=["payment.helt"])
    assert [finding.partition(", which")[0] for finding in garden.findings()] == [
        "functions/agents/planted_agent/manifest.py:9: publishes 'payment.helt'",
        f"{AT}:6: NoteTaken has the detail_type 'payment.held'",
        "functions/events/planted_odd.py:6: Odd has the detail_type ['note.taken']: it looks like 'payment.succeeded'",
    ]


def test_all_findings_of_an_event_and_of_its_file_are_reported_together(garden):
    first = event(type="payment.held", measures="{'amount': Increment()}", example={})
    garden.plant_event("planted_notes", f"{first}\n\nclass Other(NoteTaken):\n    detail_type = 'Other'\n")
    assert [finding.partition(": ")[2].split()[:2] for finding in garden.findings()] == [
        ["NoteTaken", "does"],
        ["NoteTaken", "has"],
        ["NoteTaken", "measures"],
        ["Other", "does"],
        ["Other", "has"],
        ["Other", "measures"],
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import httpx", "imports httpx, which is not in its zip: add the package to group "),
        ("import moto", "imports moto, which is not in its zip: add the package to "),  # installed for the tests
        ("import cedarpy", "imports cedarpy, which is not in its zip: add the package to "),  # connectors' only
        ("def later():\n    import httpx", "imports httpx, which is not in its zip: add the package to "),
        ("import infra.naming", "imports infra.naming, which is not in the function's zip"),
        ("from hookline.local import stack", "imports hookline.local, which is not in the function's zip"),
        (
            "from functions.core.platform import errors",
            "imports functions.core.platform.errors: from functions/, planted_notes.py may import only "
            "functions.api.event, functions.events",
        ),
        (
            "import functions.agents.fraud",
            "imports functions.agents.fraud: from functions/, planted_notes.py may import only ",
        ),
        (
            "from functions.api.event import Domain",
            "imports 'Domain' from functions.api.event, which does not define it (did ",
        ),
        ("from functions.events.payment import X", "imports functions.events.payment, which does not exist (did you "),
        ("import os", "imports os: agents import events, and an agent reaches the outside through its tools only"),
        ("import boto3", "imports boto3: agents import events, and "),
    ],
)
def test_an_import_that_would_fail_in_lambda_is_reported_with_its_line(garden, line, said):
    garden.plant_event("planted_notes", f"{line}\n{event()}")
    (finding,) = garden.findings()
    assert finding.startswith(f"{AT}:{1 + line.count(chr(10))}: {said}")


def test_an_event_may_import_what_every_zip_holds(garden):
    garden.plant_event("planted_parts", "import math\nfrom pydantic import BaseModel\nimport aws_lambda_powertools\n")
    garden.plant_event("planted_notes", f"from .planted_parts import math\nimport functions.events.models\n{event()}")
    assert garden.findings() == []


@pytest.mark.parametrize("line", ["def x(:", "import infra.naming", "import boto3"])
def test_a_file_with_a_finding_in_its_code_is_not_run(garden, line):
    garden.plant_event("planted_notes", f"raise SystemExit('was run')\n{line}\n")
    (finding,) = garden.findings()
    assert finding.startswith(f"{AT}:2: ") and "was run" not in finding


def test_a_file_that_imports_a_broken_one_is_reported_where_it_does(garden):
    garden.plant_event("planted_broken", "\n\n\ndef x(:\n")
    garden.plant_event("planted_notes", f"import functions.events.planted_broken\n{event()}")
    assert [finding.partition(": ")[0] for finding in garden.findings()] == [
        "functions/events/planted_broken.py:4",
        f"{AT}:1",
    ]


@pytest.mark.parametrize("file", ["requirements.in", "requirements.txt"])
def test_requirements_of_events_are_reported_because_nothing_installs_them(garden, file):
    (garden.root / "events" / file).write_text("httpx==1.0 --hash=sha256:00\n")
    assert garden.findings() == [
        f"functions/events/{file}:1: is not installed: events have the packages of group 'functions' of pyproject.toml"
    ]


@pytest.mark.parametrize("file", ["__init__.py", "notes/__init__.py", "notes/notes.py", "sandbox_notes.py"])
def test_an_event_in_a_place_that_is_not_searched_is_one_finding(garden, file):
    place = garden.root / "events" / file
    place.parent.mkdir(exist_ok=True)
    place.write_text(event())
    garden.plant_agent("planted_agent", subscribes="planted.taken")
    assert garden.findings() == [
        f"functions/events/{file}:6: NoteTaken is not found here: move it to a file of its own, like "
        "functions/events/payments.py"
    ]


def test_what_events_share_may_stand_in_the_init_and_in_a_folder(garden):
    shared = event().replace("    detail_type = 'planted.taken'\n", "")
    (garden.root / "events/__init__.py").write_text(shared)
    (garden.root / "events/notes").mkdir()
    (garden.root / "events/notes/shared.py").write_text(f"{shared}\n\nclass Kind:\n    detail_type = 'none'\n")
    assert garden.findings() == []
