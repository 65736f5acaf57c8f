"""The console in a real browser, on the deployed stack: each page's main job, and what every page must be."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from hookline.local.stack import LocalStack
from hookline.operator import reviews
from hookline.operator.records import asking
from hookline.operator.send import Signed, post, send_request
from hookline.operator.trail import Trail
from infra import naming
from tests import hostile_texts
from tests.local.payments import effects_on, payment

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from hookline.console.session import Session

pytestmark = pytest.mark.local

At = Callable[[str], "Page"]
Eventually = Callable[..., Any]

DEAD = naming.dead_letters(naming.agent("summarizer"))
PAGES = ("/now", "/events", "/runs", "/reviews", "/agents", "/agents/one?name=fraud", "/dead-letters", "/sources")
MORE = (
    *("/sources/one?name=stripe", "/audit", "/audit/chain?identity=agent.fraud", "/reviews?all=1", "/what-if"),
    *("/replay", "/replay?agent=fraud&type=payment.succeeded"),
)
HOSTILE = (
    *("/now", "/events", "/reviews", "/reviews?all=1", "/dead-letters", "/sources", "/audit"),
    *("/audit/chain?identity=webhook.hostile", f"/reviews/one?id={hostile_texts.REVIEW}"),
)
HELD = {"amount": 420_000, "risk_level": "elevated", "risk_score": 66}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What acts on a click and is not reached by Tab, or not in the order in which it is read.
UNREACHABLE = """[...document.querySelectorAll("[hx-get], [hx-post], a, button, input, select, summary, [tabindex]")]
    .filter(one => one.tabIndex > 0 || (one.tabIndex < 0 && one.id != "content" && one.type != "hidden"
        && !(one.getAttribute("hx-trigger") || "").startsWith("load"))).map(one => one.outerHTML)"""
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def held(stack: LocalStack, eventually: Eventually) -> tuple[dict[str, Any], str]:
    """Stripe's event about a payment that waits for a person, and the id of its review."""
    event = payment(stack, **HELD)
    assert post(stack, "stripe", json.dumps(event).encode()).status == 200

    def opened() -> str:
        waiting = (one for one in reviews.listed(stack, everything=False) if one["status"] == "open")
        return next((one["id"] for one in waiting if one["correlation"] == f"stripe:{event['id']}"), "")

    return event, eventually(opened, "the review is open")


@pytest.fixture
def hostile(stack: LocalStack) -> Iterator[None]:
    """Every text that can come from outside is hostile somewhere."""
    with hostile_texts.everywhere(stack.client("dynamodb"), stack.client("sqs"), DEAD):
        yield


def test_now_is_live(at: At, stack: LocalStack) -> None:
    """A delivery appears without a reload."""
    page = at("/now")
    in_15_minutes = page.locator(".figures li", has_text="in 15 minutes").locator("strong")
    before = int(in_15_minutes.inner_text())
    event = payment(stack)
    assert post(stack, "stripe", json.dumps(event).encode()).status == 200
    page.wait_for_function(
        "before => Number(document.querySelectorAll('.figures strong')[1].innerText) > before",
        arg=before,
        timeout=30_000,
    )
    assert page.locator(".way h2").all_inner_texts() == ["Sources", "Bus", "Queues and agents", "Connectors"]


def test_an_event_is_found_and_drawn(
    at: At, held: tuple[dict[str, Any], str], records: Callable[..., list[dict[str, Any]]]
) -> None:
    """From the search by its entity to each step, its data and its log lines."""
    event, review = held
    records(event["id"], "service.reviews", "published")
    page = at("/events")
    page.get_by_label("Entity").focus()
    page.keyboard.type(f"stripe:charge/{event['data']['object']['id']}")
    enter(page)
    press(page, f"stripe:{event['id']}")
    steps = page.locator(".steps .who").all_inner_texts()
    assert steps[0] == "webhook.stripe"
    assert {"agent.fraud", "connector.stripe", "service.reviews"} <= set(steps)
    page.locator(".steps summary").first.press("Enter")
    assert '"kind": "published"' in page.locator(".steps pre").first.inner_text()
    assert '"amount": 420000' in page.locator("details[open] > pre").last.inner_text()
    page.get_by_role("region", name="Log lines").wait_for()
    page.get_by_role("button", name="Look for the raw body").click()
    page.get_by_text("Not kept:").wait_for()
    page.get_by_role("button", name="What it has used").click()
    budget = page.locator("#budget")
    budget.get_by_role("button").wait_for(state="detached")
    used = budget.inner_text()  # the notifier posts about the review meanwhile, or has not yet
    assert "slack" in used or "has used no budget" in used
    page.get_by_role("button", name="Explain it from the records").click()
    page.get_by_text("there is no recorded run").wait_for()
    page.get_by_role("link", name=review).click()
    assert page.get_by_role("heading", level=1).inner_text().startswith(f"Review {review}")
    trail = records(event["id"], "service.reviews", "asked")
    asked = next(one["event"] for one in trail if one["event"].startswith("agent.fraud:"))
    page = at(f"/events/one?id={asked}")
    assert page.get_by_role("heading", level=1).inner_text() == f"stripe:{event['id']}"
    assert page.locator(".asked").count() >= 1


def test_a_review_is_approved_by_keyboard_alone(
    at: At, stack: LocalStack, held: tuple[dict[str, Any], str], eventually: Eventually
) -> None:
    """From the inbox to the effect at the provider; what was decided is on the page."""
    event, review = held
    page = at("/reviews")
    keys = page.keyboard
    keys.press("Tab")
    assert focused(page) == "Skip to the content"
    keys.press("Enter")
    tab_to(page, f"/reviews/one?id={review}")
    keys.press("Enter")
    page.wait_for_url(f"**/reviews/one?id={review}")
    assert "4,200.00 USD" in page.locator("#content").inner_text() or "4200.00 USD" in page.content()
    tab_to(page, "Approve…")
    keys.press("Enter")
    keys.press("Tab")
    keys.type("she called")
    keys.press("Enter")
    page.get_by_role("status").wait_for()
    assert page.get_by_role("status").inner_text().startswith("approved by arn:")
    assert page.locator("dd", has_text="she called").is_visible()
    eventually(lambda: effects_on(stack, event) == ["review.approve"], "the effect")

    def done() -> bool:
        page.reload()
        return "done at" in page.locator("section", has_text="What became of it").inner_text()

    eventually(done, "the effect is on record")
    assert page.get_by_text("Approve…").count() == 0


def test_a_review_shows_its_state_then_and_now(
    at: At, held: tuple[dict[str, Any], str], trail: Trail, eventually: Eventually
) -> None:
    """The connector asks the provider by the proposal that it signed, and has that on record."""
    event, review = held
    page = at(f"/reviews/one?id={review}")
    table = page.get_by_role("region", name="State then and now", exact=True)
    table.wait_for()
    assert page.locator("section", has_text="then and now").locator(".state").inner_text() == "as it was"
    assert table.get_by_role("row", name="open").inner_text().split() == ["open", "true", "true"]

    def recorded() -> bool:
        latest = trail.of_correlation(f"stripe:{event['id']}")
        return any(one["reason"] == "the state now, for a person who decides" for one in latest)

    eventually(recorded, "the read on record")


def test_a_what_if_result_is_shown(at: At, stack: LocalStack) -> None:
    """As the command keeps it: what flips, where first, in which lane."""
    kinds = [{"verdict": "flip", "number": 3, "was": "Emit", "now": hostile_texts.TEXT, "times": 1}]
    one = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "at": "2026-11-28T12:00:00.000000Z", "drift": None}
    row = {**one, "verdict": "flip", "number": 3, "was": "Emit", "now": hostile_texts.TEXT, "why": hostile_texts.TEXT}
    counts = {"runs": 5, "flip": 1, "content": 0, "unknown": 0, "same": 4, "drift": 0, "since": one["at"]}
    found = {"present": "the present code", **counts, "kinds": kinds, "events": [row]}
    results = asking.results(stack)
    kept = results.keep("summarizer", "code", "../candidate", found, 1_790_000_000)
    try:
        page = at("/what-if")
        page.locator(f"a[href$='{kept['id']}']").click()
        assert page.get_by_role("heading", level=1).inner_text() == "1 of 5 runs of summarizer would change"
        assert hostile_texts.TEXT.replace("\u202e", "\\u202e") in page.get_by_role("region", name="Events").inner_text()
        assert page.locator("img, script:not([src^='/static/'])").count() == 0
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate(OVERFLOWS) is False
    finally:
        results.forget("stripe:evt_1")
    assert kept["id"] not in [one["id"] for one in results.listed()]


def test_the_local_stack_says_that_it_cannot_replay(at: At, held: tuple[dict[str, Any], str]) -> None:
    """From the event's page to what would be replayed; without an archive there is no button."""
    event, _ = held
    page = at(f"/events/one?id=stripe:{event['id']}")
    page.get_by_role("link", name="Replay to agent fraud").first.click()
    assert "may still act" in page.get_by_role("row", name=f"stripe:{event['id']}").inner_text()
    assert "The local stack has no archive" in page.locator(".failed").inner_text()
    assert page.get_by_text("Replay…").count() == 0


def test_a_review_that_has_changed_is_not_decided_on(at: At, held: tuple[dict[str, Any], str]) -> None:
    """The form holds what was shown."""
    _, review = held
    page = at(f"/reviews/one?id={review}")
    page.locator("details.act", has_text="Deny").locator("summary").click()
    page.eval_on_selector_all("[name=state_digest]", "all => all.forEach(one => one.value = 'another')")
    page.get_by_role("button", name="Deny").click()
    assert "not what was shown" in page.get_by_role("alert").inner_text()


def test_an_agent_is_suspended_and_resumed_by_keyboard_alone(
    at: At, stack: LocalStack, trail: Trail, eventually: Eventually
) -> None:
    """Both are on the operators' chain, with the reason."""
    page = at("/agents")
    press(page, "summarizer")
    for act, state in (("Suspend", "suspended"), ("Resume", "running")):
        press(page, f"{act}…")
        page.keyboard.press("Tab")
        page.keyboard.type(f"a test {act}s it")
        enter(page)
        page.get_by_role("status").wait_for()
        assert page.locator("h1 .state").inner_text() == state

    def recorded() -> bool:
        latest = [(one["kind"], one["resource"], one["reason"]) for one in islice(trail.backwards("operator"), 10)]
        wanted = [("suspended", "a test Suspends it"), ("resumed", "a test Resumes it")]
        return all((kind, "agent.summarizer", reason) in latest for kind, reason in wanted)

    eventually(recorded, "both acts on the operators' chain")


def test_a_dead_letter_is_shown_and_discarded_by_keyboard_alone(at: At, stack: LocalStack) -> None:
    """With its reason and its content."""
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName=DEAD)["QueueUrl"]
    reason = {"reason": {"DataType": "String", "StringValue": "a test gave it up"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody='{"detail": {"id": "test:1"}}', MessageAttributes=reason)
    page = at("/dead-letters")
    assert "a test gave it up" in page.get_by_role("row", name=sent["MessageId"]).inner_text()
    press(page, sent["MessageId"])
    assert '"id": "test:1"' in page.locator("pre").inner_text()
    press(page, "Discard…")
    page.keyboard.press("Tab")
    page.keyboard.type("it was a test's")
    enter(page)
    assert page.get_by_role("status").inner_text() == f"{sent['MessageId']} is discarded"
    assert page.get_by_role("row", name=sent["MessageId"]).count() == 0


def test_a_source_shows_what_it_rejected(at: At, stack: LocalStack, trail: Trail, eventually: Eventually) -> None:
    """By reason."""
    wrong = Signed(f"{stack.url}/webhooks/stripe", {"Stripe-Signature": "t=1,v1=00"}, b"{}")
    assert send_request(wrong).status == 401
    latest = lambda: islice(trail.backwards("webhook.stripe"), 20)  # noqa: E731 - the chain as it is at each look
    eventually(lambda: any(one["kind"] == "rejected" for one in latest()), "the rejection")
    page = at("/sources")
    card = page.locator(".card", has=page.get_by_role("link", name="stripe", exact=True))
    assert "rejected:" in card.inner_text()
    assert "secret hookline/sources/stripe: current" in card.inner_text()
    press(page, "stripe")
    press(page, "Compare with the provider")
    page.get_by_text("that the provider lists").wait_for()


def test_the_trail_is_verified_and_reconciled(at: At) -> None:
    """Each by a button, because both read everything, and says how far it is until it has."""
    page = at("/audit")
    press(page, "Verify the trail")
    page.get_by_text("valid: no problems").wait_for()
    page.get_by_role("button", name="Reconcile the effects").click()
    page.get_by_text("every effect is in the ledger and on record").wait_for()
    assert page.locator("progress").count() == 0
    page.get_by_role("link", name="agent.fraud").click()
    assert page.locator(".steps li").count() > 1


@pytest.mark.parametrize("address", HOSTILE)
def test_hostile_texts_are_only_texts(at: At, hostile: None, address: str) -> None:
    """No script of theirs runs, no element of theirs is there, and their hidden letters are spelled out."""
    page = at(address)
    assert page.locator("img, script:not([src^='/static/'])").count() == 0
    assert "\u202e" not in page.content()
    if address not in ("/now", "/sources", "/audit"):
        assert "<img src=x onerror=alert(2)>" in page.locator("#content").inner_text()
    fits_a_phone(page)


def test_hostile_ids_lead_to_their_own_pages(at: At, hostile: None) -> None:
    """An event and a dead letter, by the links to them."""
    page = at("/events?source=hostile")
    page.locator("td a.id").first.click()
    page.locator(".steps").wait_for()
    assert page.get_by_role("heading", level=1).inner_text().startswith("hostile:")
    assert page.locator("img").count() == 0
    assert violations(page) == []
    fits_a_phone(page)
    page = at("/dead-letters")
    page.locator("td a.id").first.click()
    assert "<img src=x onerror=alert(2)>" in page.locator("pre").inner_text()
    assert violations(page) == []
    fits_a_phone(page)


@pytest.mark.parametrize("address", [*PAGES, *MORE])
def test_a_page_is_accessible_in_both_colour_schemes_and_fits_a_phone(at: At, address: str) -> None:
    """By axe-core's rules for WCAG 2.2 AA; all that acts is reached by Tab, and nothing scrolls sideways at 360 px."""
    page = at(address)
    assert violations(page) == []
    assert page.evaluate(UNREACHABLE) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, {"type": "rule", "values": ["color-contrast"]}) == []
    fits_a_phone(page)


def test_without_the_cookie_a_browser_sees_nothing(context: "BrowserContext", session: "Session") -> None:
    """Another profile of the same browser."""
    other = context.browser.new_context()
    page = other.new_page()
    answer = page.goto(f"http://127.0.0.1:{session.port}/reviews")
    assert answer.status == 401
    assert "Reviews" not in page.content()
    other.close()


def violations(page: "Page", rules: Any = RULES) -> list[tuple[str, str]]:
    """What axe-core finds on a page: each broken rule with its first element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": rules}).response
    assert found["passes"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]


def fits_a_phone(page: "Page") -> None:
    """At 360 px nothing makes the page scroll sideways."""
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(OVERFLOWS) is False


def press(page: "Page", what: str) -> None:
    """Go to something with this text or address by Tab, and press Enter."""
    tab_to(page, what)
    if page.evaluate("document.activeElement.tagName") == "A":
        enter(page)
    else:
        page.keyboard.press("Enter")


def enter(page: "Page") -> None:
    """Press Enter, which leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def focused(page: "Page") -> str:
    """The text of what has the focus."""
    return page.evaluate("document.activeElement.innerText")


def tab_to(page: "Page", what: str, most: int = 90) -> None:
    """Press Tab until something with this text or address has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate("[document.activeElement.innerText, document.activeElement.getAttribute('href')]")
        if what in at:
            return
    pytest.fail(f"Tab leads to no {what}")
