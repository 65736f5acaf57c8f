"""Domain events that could not be used are reported with file and line, all of them together."""

EVENT = '''\
from typing import ClassVar

from functions.api.event import DomainEvent, Identifier


class {name}(DomainEvent):
    """A note."""

    detail_type = {type!r}
    owner = "tests"
    measures = {measures!r}
    example: ClassVar = {example!r}

    note: Identifier
'''
GOOD = {"name": "NoteTaken", "type": "note.taken", "measures": (), "example": {"note": "n_1"}}
AT = "functions/events/planted_notes.py"


def event(**changed):
    return EVENT.format(**{**GOOD, **changed})


def test_an_event_in_a_file_of_its_own_is_found_and_can_be_subscribed_to(garden):
    garden.plant_event("planted_notes", event())
    garden.plant_agent("planted_agent", hears="note.taken")
    assert garden.mistakes() == []


def test_an_event_that_does_not_take_its_own_example_is_reported(garden):
    garden.plant_event("planted_notes", event(example={"note": ""}))
    (said,) = garden.mistakes()
    assert said.startswith(f"{AT}:6: NoteTaken does not take its own example: note: ")


def test_a_detail_type_that_another_event_has_is_reported(garden):
    garden.plant_event("planted_notes", event(type="payment.held"))
    (said,) = garden.mistakes()
    assert said == f"{AT}:6: NoteTaken has the detail_type 'payment.held', which PaymentHeld in payments.py has already"


def test_a_detail_type_that_is_none_is_reported(garden):
    garden.plant_event("planted_notes", event(type="Note Taken"))
    (said,) = garden.mistakes()
    assert said == f"{AT}:6: NoteTaken has the detail_type 'Note Taken': it looks like 'payment.succeeded'"


def test_what_an_event_lacks_is_reported(garden):
    garden.plant_event("planted_notes", event().replace('    owner = "tests"\n', ""))
    assert garden.mistakes() == [f"{AT}:6: NoteTaken has no owner"]


def test_a_measure_that_is_no_field_is_reported(garden):
    garden.plant_event("planted_notes", event(measures=("amount",)))
    assert garden.mistakes() == [f"{AT}:6: NoteTaken measures name 'amount', which it has not as a field"]


def test_a_file_that_cannot_be_imported_is_reported_and_the_others_are_read(garden):
    garden.plant_event("planted_broken", "X = 1\n1 / 0\n")
    garden.plant_event("planted_notes", event(measures=("amount",)))
    assert garden.mistakes() == [
        "functions/events/planted_broken.py:2: ZeroDivisionError: division by zero",
        f"{AT}:6: NoteTaken measures name 'amount', which it has not as a field",
    ]
