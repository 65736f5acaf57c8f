"""One person is one entity, however they write their address; and no text makes the address of another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.events.people import LONGEST, LONGEST_LOCAL, address_of

PLAIN = settings(derandomize=True, deadline=None, database=None, max_examples=100)
LOCAL = st.from_regex(r"[a-z0-9]{1,10}([._-][a-z0-9]{1,10})?", fullmatch=True)
DOMAINS = st.sampled_from(["example.com", "mail.example.co.uk", "xn--bcher-kva.example"])


@pytest.mark.parametrize(
    ("written", "email", "mailbox"),
    [
        ("ada@example.com", "ada@example.com", "ada@example.com"),
        (" Ada@Example.COM\n", "ada@example.com", "ada@example.com"),
        ("Ada+demo+2@example.com", "ada+demo+2@example.com", "ada@example.com"),
        ("+demo@example.com", "+demo@example.com", "+demo@example.com"),
        ("a.+demo@example.com", "a.+demo@example.com", "a.+demo@example.com"),
        ("a.da@example.com", "a.da@example.com", "a.da@example.com"),  # dots count, as at most providers
    ],
)
def test_an_address_has_one_form(written, email, mailbox):
    found = address_of(written)
    assert found and (found.email, found.mailbox, found.meant) == (email, mailbox, "")
    assert found.entities == (f"person:email/{email}", f"person:mailbox/{mailbox}")


@pytest.mark.parametrize(
    "written",
    [
        *(
            None,
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@.com",
            "ada@example..com",
            "a da@example.com",
        ),
        *("a/b@example.com", '"a@b"@example.com', "ada@exämple.com", "ädä@example.com", "a..b@example.com", ".a@b.com"),
        *("ada@-example.com", "ada@example.com.", "ada@127.0.0.1", "ada@[127.0.0.1]", "a\0@example.com", "a{b}@b.com"),
        *("ada@example.com, eve@example.com", "ada@example.com\r\nBcc: eve@example.com", "Ada <ada@example.com>"),
        *("a" * (LONGEST_LOCAL + 1) + "@example.com", "a@" + "b." * LONGEST + "com"),
    ],
    ids=lambda text: repr(text)[:30],
)
def test_what_is_no_address_names_nobody(written):
    assert address_of(written) is None


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        *(
            ("gmial.com", "gmail.com"),
            ("gmal.com", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("gmail.co", "gmail.com"),
        ),
        *(("gnail.com", "gmail.com"), ("hotnail.com", "hotmail.com"), ("outlok.com", "outlook.com")),
        *(
            ("gmail.com", ""),
            ("mail.com", ""),
            ("ymail.com", ""),
            ("example.com", ""),
            ("gmx.com", ""),
            ("gmaily.net", ""),
        ),
    ],
)
def test_a_domain_that_looks_like_a_typo_is_flagged_and_never_changed(domain, meant):
    found = address_of(f"ada+x@{domain}")
    assert found and found.meant == (f"ada+x@{meant}" if meant else "")
    assert found.email == f"ada+x@{domain}"


@PLAIN
@given(LOCAL, DOMAINS, st.text("abcXYZ019+", max_size=8), st.data())
def test_case_blanks_and_what_follows_a_plus_change_no_person(local, domain, tag, data):
    plain = f"{local}@{domain}"
    letters = data.draw(st.lists(st.booleans(), min_size=len(plain), max_size=len(plain)))
    other = "".join(one.upper() if up else one for one, up in zip(plain, letters, strict=True))
    tagged = other.replace("@", f"+{tag}@")
    one, two = address_of(plain), address_of(f" {tagged}\t")
    assert one and two and one.mailbox == two.mailbox == plain
    assert two.email == tagged.lower()


@PLAIN
@given(LOCAL, LOCAL, DOMAINS)
def test_two_persons_are_never_one(one, other, domain):
    found = [address_of(f"{local}@{domain}") for local in (one, other)]
    assert (found[0] == found[1]) is (one == other)


@PLAIN
@given(st.one_of(st.text(), st.from_regex(r"\S{0,20}@\S{0,20}")))
def test_no_text_makes_an_entity_of_another_form(text):
    """An entity is printable ASCII with one slash, and reading an address again gives the same one."""
    found = address_of(text)
    if found is None:
        return
    for entity in found.entities:
        assert entity.isascii() and entity.isprintable() and " " not in entity and entity.count("/") == 1
    assert address_of(found.email) == found
    again = address_of(found.mailbox)
    assert again and again.email == again.mailbox == found.mailbox
