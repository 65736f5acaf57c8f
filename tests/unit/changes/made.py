"""Changes as GitHub gives them, made of texts before and after."""

from difflib import unified_diff

from functions.api.changes import Change, changed_file


def patch(old, new):
    """The hunks of a unified diff, as GitHub gives them: without the header that names the files."""
    lines = list(unified_diff(_lines(old), _lines(new), lineterm=""))[2:]
    return "\n".join(lines)


def file(path, old, new, **entry):
    """A changed file with both contents; None for the side that has none."""
    status = "added" if old is None else "removed" if new is None else "modified"
    listed = {"filename": path, "status": status, "changes": 1, "patch": patch(old or "", new or ""), **entry}
    return changed_file(listed, None if old is None else old.encode(), None if new is None else new.encode())


def change(*files, beside=()):
    """A change of files, each (path, old, new)."""
    return Change([file(*one) for one in files], frozenset(beside))


def rules(findings):
    """The findings by line, as short as a test needs them."""
    return sorted((one.line, one.rule) for one in findings)


def _lines(text):
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") if text else []
