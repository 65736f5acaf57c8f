"""What the secrets reviewer finds in a change: secrets on the lines that it adds. Pure.

A finding never repeats the secret.
"""

from collections.abc import Iterator

from functions.agents.secrets_reviewer.assigned import assigned, is_placeholder
from functions.agents.secrets_reviewer.formats import FORMATS, PRIVATE_KEY
from functions.api.changes import Change, ChangedFile, Finding, quoted

LONGEST = 5_000  # characters of a line that are read; a file with a longer one is not read
REASON = "It is in the history for good, also if a later commit removes it: revoke it, and take it from a secret store."


def secrets(change: Change) -> tuple[Finding, ...]:
    """The secrets that the change adds, at most one a line."""
    return tuple(found for file in change.readable for found in _in_file(file))


def _in_file(file: ChangedFile) -> Iterator[Finding]:
    # A value that moves within the file, or that only its line's end or indentation changes, was there before.
    before = "\n".join(file.removed.values())
    for number, text in file.added.items():
        what = _secret(file, number, text[:LONGEST], before)
        if what:
            rule, message = what
            yield Finding(rule, file.path, number, "high", message, REASON)


def _secret(file: ChangedFile, number: int, line: str, before: str) -> tuple[str, str] | None:
    if PRIVATE_KEY.search(line) and _has_key(file, number, line):
        return "private-key", "A private key is committed."
    for one in FORMATS:
        for found in one.pattern.finditer(line):
            value = found["secret"]
            if not is_placeholder(value) and value not in before:
                return one.rule, f"The line holds {one.what}."
    if file.is_lock:
        return None
    value_of = assigned(file.path, line)
    if value_of is None or value_of.secret in before:
        return None
    return "assigned-secret", f"{quoted(value_of.name)} is assigned a random value, as secrets are."


def _has_key(file: ChangedFile, number: int, line: str) -> bool:
    """Whether key material follows the header: code that looks for the header has none."""
    following = " ".join(
        [line.partition("-----BEGIN")[2], file.added.get(number + 1, ""), file.added.get(number + 2, "")]
    )
    words = following.replace("\\n", " ").replace('"', " ").replace("'", " ").split()
    return any(len(word) >= 40 and all(letter.isalnum() or letter in "+/=" for letter in word) for word in words)
