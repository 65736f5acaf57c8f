"""GitHub's pull requests as domain events.

https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
"""

from collections.abc import Callable, Mapping
from functools import partial

from functions.api.source import (
    COMMIT,
    LONGEST_LINE,
    LONGEST_TEXT,
    LONGEST_WORD,
    Fields,
    RawEvent,
    Translation,
    UnreadableBody,
    flag,
    matching,
    name,
    text,
    translated,
    whole,
)

_commit = matching(COMMIT, "a commit's hash in hex")


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _pull_request(type: str, body: Fields) -> Translation:
    pull = body.part("pull_request")
    number = pull.need("number", whole)
    # The event's name is in a header that is not signed, and only a pull_request event has this member: the body of a
    # review, which names a pull request too, cannot be passed off as one.
    if body.need("number", whole) != number:
        raise UnreadableBody("number is not that of the pull request")
    # A repository is renamed and moved to other owners, and its old name can become another's; its id stays.
    repository, head = body.need("repository.id", name), pull.need("head.sha", _commit)
    entity = f"github:pull_request/{repository}/{number}"
    additions, deletions = pull.may("additions", whole), pull.may("deletions", whole)
    data = {
        "repository": body.may("repository.full_name", text(LONGEST_LINE)),
        "repository_id": repository,
        "number": number,
        "title": pull.may("title", text(LONGEST_LINE)),
        "text": pull.may("body", text(LONGEST_TEXT)),
        "author": pull.may("user.login", name),
        "draft": pull.may("draft", flag),
        # A head without a repository belonged to a fork that was deleted.
        "fork": pull.may("head.repo.id", name) != repository,
        "head": head,
        "replaces": body.may("before", _commit),
        "base": pull.may("base.sha", _commit),
        "base_branch": pull.may("base.ref", text(LONGEST_LINE)),
        "changed_files": pull.may("changed_files", whole),
        "changed_lines": None if additions is None or deletions is None else additions + deletions,
        "action": body.need("action", text(LONGEST_WORD)),
    }
    if type == "change.closed":
        data["merged"] = pull.may("merged", flag)
    return Translation(type=type, subject=entity, entities=[entity, f"github:commit/{repository}/{head}"], data=data)


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    "pull_request.opened": partial(_pull_request, "change.proposed"),
    "pull_request.reopened": partial(_pull_request, "change.proposed"),
    "pull_request.ready_for_review": partial(_pull_request, "change.proposed"),
    "pull_request.synchronize": partial(_pull_request, "change.updated"),
    "pull_request.edited": partial(_pull_request, "change.updated"),
    "pull_request.closed": partial(_pull_request, "change.closed"),
}
