"""The lead follow-up agent: asks for a mail, and sends the agreed one to a person who may get it."""

from functions.agents.lead_follow_up.blocks import BLOCKS, SUBJECTS
from functions.agents.lead_follow_up.mail import mail_of
from functions.agents.lead_follow_up.tools import Tools
from functions.api.agent import Done, Emit, Event, Outcome

ADDRESS, PERSON = "person:email", "person:mailbox"
# As long as what a person does belongs to one lead (ONE_LEAD_SECONDS of lead_router).
ONE_MAIL_SECONDS = 24 * 3600
SAME = ("lead", "channel", "origin", "said", "full_name", "company", "product", "grade")


def run(event: Event, tools: Tools) -> Outcome:
    """Ask for the mail, or send it once. If SES did not say whether it went out, a person decides (`email.send`)."""
    if event.type in ("lead.routed", "lead.joined"):
        return asked(event, tools)
    if event.data["state"] != "agreed":
        return Done(f"no mail: the members did not agree ({event.data['state']})")
    address = address_in(event)
    mail = mail_of(event.data["result"]["proposal"]["text"])
    if why := not_to_write(address, tools):
        return Done(f"no mail: {why}")
    tools.ses.email_send(to="sender", recipient=address, subject=mail.subject, text=mail.text, campaign="leads")
    return Done("sent")


def asked(event: Event, tools: Tools) -> Outcome:
    """The request for a mail, unless the person may not be written to, or a mail is under way for this lead."""
    if event.data["writable"] != "yes" or not address_in(event):
        return Done(f"no mail: {event.data['writable']}")
    if not tools.claims.claim_take(entity=person_in(event), of="lead-mail", seconds=ONE_MAIL_SECONDS)["new"]:
        return Done("no mail: another form of the same person led to one")
    texts = {
        name: [{"id": id, "text": text} for id, text in of.items()]
        for name, of in (("subjects", SUBJECTS), ("blocks", BLOCKS))
    }
    return Emit("follow_up.requested", {**{name: event.data[name] for name in SAME}, **texts}, "they may be written to")


def not_to_write(address: str, tools: Tools) -> str:
    """Why nobody writes to the address, by what the person chose and what their mailbox answered; "" if all agree.

    It is read right before the mail is sent. If one of these does not answer, nothing is sent yet.
    """
    if tools.ses.suppression_read(recipient=address)["suppressed"]:
        return "the address is on the suppression list"
    if tools.ses.subscription_read(to="sender", recipient=address)["unsubscribed_from_all"]:
        return "they left the contact list"
    chosen = tools.hubspot.consent_read(email=address)
    # Of one kind of mail too: nobody but the person knows which kind they would count this one as.
    unsubscribed = any(one["status"] == "UNSUBSCRIBED" for one in chosen["subscriptions"])
    return "they unsubscribed in the CRM" if unsubscribed or chosen["unsubscribed_from_all"] else ""


def address_in(event: Event) -> str:
    """The address that the verified delivery names, "" without any: nothing that a member wrote."""
    return entity(event, ADDRESS).partition("/")[2]


def person_in(event: Event) -> str:
    """The person whose mail it is; who has an address has a mailbox."""
    return entity(event, PERSON)


def entity(event: Event, kind: str) -> str:
    """The first entity of a kind, with its tenant if it has one; "" without any."""
    return next((one for one in event.entities if one.partition("/")[0].partition("@")[0] == kind), "")
