"""Invokes the review service when a review expires, and when a report is late: schedules of EventBridge Scheduler."""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.reviews.review import Review


class Schedules:
    """One-time schedules in a group, which invoke `target` as `role` (ARNs) and then delete themselves."""

    def __init__(self, scheduler: Any, group: str, target: str, role: str) -> None:
        self._scheduler = scheduler
        self._group = group
        self._target = target
        self._role = role

    def wake(self, review: Review, when: float, what: str = "review") -> None:
        """Schedule an invocation with {"review": id} for `when` (unix seconds); a second call changes nothing."""
        at = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        try:
            self._scheduler.create_schedule(
                Name=f"{what}-{review.id}",
                GroupName=self._group,
                ScheduleExpression=f"at({at})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={"Arn": self._target, "RoleArn": self._role, "Input": json.dumps({"review": review.id})},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise
