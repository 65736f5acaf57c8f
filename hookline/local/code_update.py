"""Updates the code of functions on the local stack from the project's files, without CloudFormation."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from hookline.local.emulator import Emulator
from infra.local_zips import pack, packed, packed_digest

OURS = "the code of 'hookline dev'"  # the description of a version that CloudFormation did not publish


@dataclass(frozen=True)
class Built:
    """The zip of a function, and the digest of the code in it."""

    name: str
    zipped: bytes
    digest: str


def built(names: Sequence[str]) -> list[Built]:
    """Build the zips of functions that a synthesis has built before. Raises BundleError."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_built, names))


def update(running: Emulator, functions: Sequence[Built]) -> None:
    """Make this the code of the functions, and of the versions that their aliases name.

    An invocation that runs goes on; the next one starts a process with the new code.
    """
    client = running.client("lambda")
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda function: _update(client, function), functions))


def _built(name: str) -> Built:
    recipe = packed(name)
    if recipe is None:
        raise LookupError(f"{name} was never built")
    place = pack(recipe)
    return Built(name, place.read_bytes(), packed_digest(place))


def _update(client: Any, function: Built) -> None:
    name = function.name
    client.update_function_code(FunctionName=name, ZipFile=function.zipped)
    aliases = client.list_aliases(FunctionName=name)["Aliases"]
    if not aliases:
        return
    version = client.publish_version(FunctionName=name, Description=OURS)["Version"]
    for alias in aliases:
        client.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion=version)
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    for one in (one for page in pages for one in page["Versions"]):
        if one.get("Description") == OURS and one["Version"] != version:
            client.delete_function(FunctionName=name, Qualifier=one["Version"])  # its process ends with it
