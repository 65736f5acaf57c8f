"""An AWS account as a deployment sees it: what is deployed, what exists beside it, and what waits in queues."""

import json
from types import SimpleNamespace

from botocore.exceptions import ClientError

from infra.templates import read

REGION, OWNER = "eu-central-1", "111122223333"


def refused(code, message="made up"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class FakeAccount:
    """`stacks` are the templates of the deployed stacks; `exist` names retained resources that belong to none."""

    def __init__(self, stacks=None, exist=(), waiting=None, concurrency=10):
        self.stacks = dict(stacks or {})
        self.exist = set(exist)
        self.waiting = dict(waiting or {})
        self.concurrency = concurrency
        self.deleting = set()
        self.calls = []
        self.meta = SimpleNamespace(region_name=REGION)

    def client(self, service):
        return self

    def get_paginator(self, operation):
        return SimpleNamespace(paginate=lambda **given: [getattr(self, operation)(**given)])

    # CloudFormation

    def list_stack_resources(self, StackName):
        ids = json.loads(self._template(StackName))["Resources"]
        ids = [{"LogicalResourceId": id, "ResourceStatus": "CREATE_COMPLETE"} for id in ids]
        return {"StackResourceSummaries": ids}

    def get_template(self, StackName):
        return {"TemplateBody": json.loads(self._template(StackName))}

    def describe_stacks(self, StackName):
        self._template(StackName)
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}

    def delete_stack(self, StackName):
        self.calls.append(("delete_stack", StackName))
        del self.stacks[StackName]

    def _template(self, stack):
        if stack not in self.stacks:
            raise refused("ValidationError", f"Stack with id {stack} does not exist")
        return self.stacks[stack]

    # What exists beside the stacks

    def describe_table(self, TableName):
        self._find(TableName)

    def head_bucket(self, Bucket, ExpectedBucketOwner):
        assert ExpectedBucketOwner == OWNER
        self._find(Bucket, "404")

    def describe_secret(self, SecretId):
        self._find(SecretId)
        deleted = {"DeletedDate": "2026-01-01"} if SecretId in self.deleting else {}
        return {"ARN": f"arn:aws:secretsmanager:{REGION}:{OWNER}:secret:{SecretId}-AbCdEf", **deleted}

    def describe_key(self, KeyId):
        self._find(KeyId, "NotFoundException")
        state = "PendingDeletion" if KeyId in self.deleting else "Enabled"
        return {"KeyMetadata": {"KeyId": "key-of-checkpoints", "KeyState": state}}

    def get_caller_identity(self):
        return {"Account": OWNER, "Arn": f"arn:aws:iam::{OWNER}:user/ada"}

    def _find(self, name, code="ResourceNotFoundException"):
        if name not in self.exist:
            raise refused(code)

    # Lambda and SQS

    def get_account_settings(self):
        return {"AccountLimit": {"ConcurrentExecutions": self.concurrency}}

    def list_event_source_mappings(self, **_):
        queues = [
            one.name
            for template in self.stacks.values()
            for one in read(template)
            if one.type == "AWS::SQS::Queue" and "RedrivePolicy" in one.properties
        ]
        return {
            "EventSourceMappings": [
                {"UUID": queue, "State": "Enabled", "EventSourceArn": f"arn:aws:sqs:{REGION}:{OWNER}:{queue}"}
                for queue in queues
            ]
        }

    def get_queue_url(self, QueueName):
        return {"QueueUrl": QueueName}

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        counts = self.waiting.get(QueueUrl, 0)
        now = counts.pop(0) if isinstance(counts, list) and len(counts) > 1 else counts
        now = now[0] if isinstance(now, list) else now
        found = {"QueueArn": f"arn:aws:sqs:{REGION}:{OWNER}:{QueueUrl}", "ApproximateNumberOfMessages": str(now)}
        return {"Attributes": {name: found.get(name, "0") for name in AttributeNames}}

    # IAM and EventBridge

    def list_role_policies(self, RoleName):
        return {"PolicyNames": ["DefaultPolicy"]}

    def list_rule_names_by_target(self, TargetArn, EventBusName):
        return {"RuleNames": ["one", "two"]}

    def disable_rule(self, Name, EventBusName):
        self.calls.append(("disable", Name))

    def enable_rule(self, Name, EventBusName):
        self.calls.append(("enable", Name))
