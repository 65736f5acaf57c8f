"""GitHub's sandbox: the part of its API that Hookline calls, in memory and in a real git repository.

It follows https://docs.github.com/rest (apps, pulls, issues/comments, checks, repos/contents) and GitHub's published
description of the API and of its webhooks, which tests hold it to. GitHub documents neither how it words a 422 nor
where exactly it cuts a list of files, so nothing may depend on either. Threads, suggestions, required reviews and
GraphQL are not played.
"""

from functions.providers.github.sandbox.provider import GitHub

SANDBOX = GitHub

__all__ = ["SANDBOX", "GitHub"]
