"""What tests of permissions ask of one: whether its action reads, and which queue it names."""


def reads(action: str) -> bool:
    """Whether an action of AWS reads, by its name."""
    return action.split(":")[1].startswith(("Get", "BatchGet", "Query", "Scan", "Describe", "List", "Receive"))


def writes(action: str) -> bool:
    """Whether it does anything else."""
    return not reads(action)


def queue_arn(name: str) -> str:
    """The ARN of a queue, as the templates have it."""
    return f"arn:aws:sqs:REGION:ACCOUNT:{name}"
