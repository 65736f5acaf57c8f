"""The names and keys that the tests of the review service share."""

from functions.core.events.event import child_id
from functions.core.reviews.review import Voter

LINK_KEY = "the key of links in these tests, 32 or more"
URL = "https://reviews.example"
QUESTION = child_id("stripe:evt_1", "agent.fraud", "approval.required")
ADA, BOB = (Voter(f"arn:aws:iam::111122223333:user/{name}", (name,)) for name in ("ada", "bob"))
