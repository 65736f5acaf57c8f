"""IAM: boundaries, denies, and the resources that a policy names."""

from collections.abc import Callable

import pytest

from hookline.local.emulator import ACCOUNT, REGION, Emulator
from tests.local.emulator.actor import DENIED, Actor, Refused
from tests.local.emulator.resources import allow, policy

pytestmark = pytest.mark.local


def test_converse_is_authorised_as_invoke_model_on_the_named_model(make_actor: Callable[..., Actor]) -> None:
    model = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
    prompter = make_actor("prompter", allow("bedrock:InvokeModel", model))
    messages = [{"role": "user", "content": [{"text": "hello"}]}]
    assert prompter.calls("bedrock-runtime", "converse", modelId="amazon.nova-lite-v1:0", messages=messages)["output"]
    with pytest.raises(Refused, match=DENIED):
        prompter.calls("bedrock-runtime", "converse", modelId="amazon.nova-pro-v1:0", messages=messages)
    with pytest.raises(Refused, match=DENIED):
        prompter.calls("bedrock-runtime", "converse_stream", modelId="amazon.nova-lite-v1:0", messages=messages)


def test_a_permissions_boundary_limits_what_a_roles_policy_allows(
    emulator: Emulator, make_actor: Callable[..., Actor]
) -> None:
    document = policy(allow("sqs:*", "*"))
    boundary = emulator.client("iam").create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]
    bounded = make_actor("bounded", allow("*", "*"), boundary=boundary["Arn"])
    bounded.calls("sqs", "list_queues")
    with pytest.raises(Refused, match=DENIED):
        bounded.calls("dynamodb", "list_tables")


def test_a_deny_put_on_a_role_applies_at_once_to_its_running_sessions(
    emulator: Emulator, make_actor: Callable[..., Actor]
) -> None:
    listing = make_actor("listing", allow("sqs:ListQueues", "*"))
    listing.calls("sqs", "list_queues")
    iam = emulator.client("iam")
    deny = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName="listing", PolicyName="suspended", PolicyDocument=deny)
    with pytest.raises(Refused, match="AccessDenied"):
        listing.calls("sqs", "list_queues")
    iam.delete_role_policy(RoleName="listing", PolicyName="suspended")
    listing.calls("sqs", "list_queues")


def test_a_key_policy_matches_a_session_by_its_role(emulator: Emulator, make_actor: Callable[..., Actor]) -> None:
    signers = {name: make_actor(name, allow("kms:Sign", "*")) for name in ("signer", "other-signer")}
    role = f"arn:aws:iam::{ACCOUNT}:role/signer"
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    others = {"ArnNotEquals": {"aws:PrincipalArn": role}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*", "Condition": others}
    kms = emulator.client("kms")
    created = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=policy(root, deny))
    key = created["KeyMetadata"]["Arn"]
    request = {"KeyId": key, "Message": "0" * 32, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert signers["signer"].calls("kms", "sign", **request)["KeyId"] == key
    with pytest.raises(Refused, match=DENIED):
        signers["other-signer"].calls("kms", "sign", **request)
