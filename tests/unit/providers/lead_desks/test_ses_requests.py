"""What the connector sends to SES is valid by AWS's own description of it, which botocore has."""

import boto3
import pytest
from botocore.validate import ParamValidator

from functions.core.gate.outbound import Refused
from functions.providers.ses.operations import message

MAIL = {
    "identity": "us@example.com",
    "configuration_set": "leads",
    "contact_list": "customers",
    "recipient": "ada@example.com",
    "subject": "Your demo",
    "text": "Hello,\n\nthank you.",
    "hookline": "f" * 64,
}


@pytest.fixture(scope="module")
def send_email():
    """The shape of a request of SendEmail."""
    made_up = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("sesv2", region_name="us-east-1", **made_up)
    return client.meta.service_model.operation_model("SendEmail").input_shape


@pytest.mark.parametrize("more", [{}, {"campaign": "leads", "topic": "news"}], ids=["least", "all"])
def test_a_request_is_one_of_ses(send_email, more):
    request = message({**MAIL, **more})
    assert ParamValidator().validate(request, send_email).generate_report() == ""
    assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}  # nobody else gets a copy
    assert set(request) <= set(send_email.members)


def test_every_mail_has_a_way_to_leave_and_the_ledgers_key():
    """SES makes List-Unsubscribe of the contact list; the tag is on each of its delivery events."""
    request = message({**MAIL, "topic": "news"})
    assert request["ListManagementOptions"] == {"ContactListName": "customers", "TopicName": "news"}
    assert request["ConfigurationSetName"] == "leads"
    assert request["EmailTags"] == [{"Name": "hookline", "Value": "f" * 64}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hi\r\nBcc: eve@example.com"},
        {"subject": "Hi\nthere"},
        {"campaign": "two words"},
        {"campaign": "a:b"},
    ],
)
def test_a_subject_is_one_line_and_a_tag_one_word(wrong):
    with pytest.raises(Refused):
        message({**MAIL, **wrong})
