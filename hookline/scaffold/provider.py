"""The files of a new provider: its source and, with the root of its API, its connector and its sandbox."""

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from functions.core.events.catalogue import events
from functions.core.manifests import signature
from functions.core.manifests.checks import require_name
from functions.core.manifests.credentials import Basic, Bearer, Credential, Header
from functions.core.manifests.signature import Key, SignatureScheme
from functions.core.platform.detail_types import UNMAPPED
from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.names import check_line, check_provider, class_of
from hookline.scaffold.reading import Read, reads_of
from hookline.scaffold.rendering import render
from hookline.scaffold.writing import New
from hookline.validation.discovery import FUNCTIONS
from hookline.validation.references import OF_THE_ENGINE

# Schemes that providers share: the name in functions.api.source. They need no header.
SHARED = {"standard-webhooks": "STANDARD_WEBHOOKS", "svix": "SVIX", "http-basic": "HTTP_BASIC"}
# The format of the secret by the algorithm.
ALGORITHMS: Mapping[str, Key] = {
    "hmac-sha256": "text",
    "hmac-sha1": "text",
    "ed25519": "whpk",
    "ecdsa-p256-sha256": "der",
    "equality": "text",
}
SCHEMES = (*ALGORITHMS, *SHARED)
ENCODINGS = ("hex", "base64")  # of a signature; a shared key is sent as it is
CREDENTIALS = ("bearer", "basic", "header:NAME")
TOLERANCE = 300  # seconds
# What a first translation becomes if nothing else is named, so that a grant names what the connector acts on.
RAW_TYPE, EVENT = "item.created", "product.event"
_RAW_TYPE = re.compile(r"[a-z][a-z0-9_]{0,30}\.[a-z][a-z0-9_]{0,30}")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,59}")
_LITERAL = re.compile(r"[!-~]{0,40}")  # what stands around signatures: printable ASCII without blanks


@dataclass(frozen=True)
class ProviderOptions:
    """What the command was given; "" is what was not."""

    name: str
    scheme: str
    header: str = ""
    encoding: str = ""
    prefix: str = ""
    signs: str = ""
    timestamp: str = ""
    base: str = ""
    credential: str = ""
    translates: str = ""
    documents: str = ""
    owner: str = "engineering"


@dataclass(frozen=True)
class _Translates:
    """One raw type, the domain event that it becomes, the kind of the entity, and how each field is read."""

    raw: str
    event: str
    kind: str
    reads: Sequence[Read] = field(default=())

    @property
    def readers(self) -> list[str]:
        """What translate.py imports to read the fields."""
        return sorted({name for read in self.reads for name in read.imports} | {"name"}, key=str.lower)


def new_provider(options: ProviderOptions, functions: Path = FUNCTIONS) -> New:
    """The files of the new provider. Raises OperatorError or ManifestError for what it cannot be."""
    name = options.name
    check_provider(name)
    check_line("owner", options.owner)
    documents = options.documents or f"https://{name.replace('_', '-')}.example/webhooks"
    _check_url("--documents", documents)
    scheme = _scheme(options)
    if bool(options.base) != bool(options.credential):
        raise OperatorError("--base and --credential go together: the root of the API, and what its calls present")
    connects = _connection(options) if options.base else None
    given = options.translates or (f"{RAW_TYPE}={EVENT}" if connects else "")
    translates = _translates(given) if given else None
    needs_id = translates.raw if translates else RAW_TYPE
    values = {
        "name": name,
        "class_name": class_of(name),
        "owner": options.owner,
        "documents": documents,
        "scheme": scheme,
        "translates": translates,
        "raw_type": needs_id,
        "kind": needs_id.partition(".")[0],
        "connects": connects,
    }
    folder, test = f"functions/providers/{name}", f"tests/unit/providers/test_{name}_provider.py"
    files = {f"{folder}/{file}": render(f"provider/{template}.j2", **values) for file, template in _files(values)}
    if scheme.key in ("whpk", "der"):
        files |= {f"{folder}/{file}": text for file, text in _lock(functions).items()}
    fixture = f"{needs_id.replace('.', '_')}__first"
    uses = f"{name}:{values['kind']}.reply" if connects else "slack:message.post --to alerts"
    subscribes = translates.event if translates else f"{name}.{UNMAPPED} --raw {needs_id}"
    return New(
        files | {test: render("provider/test.py.j2", **values)},
        [folder, test],
        then=[
            "hookline check",
            f"hookline up --with {name}",
            f"hookline send {name} {fixture}",
            f"hookline new agent NAME --subscribes {subscribes} --uses {uses}",
            f"make test ARGS='{test}'",
            "make permissions",
        ],
        notes=[f"put a real delivery in place of fixtures/{fixture}.json, and its paths into source.py"],
    )


def _files(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Each file with its template."""
    fixture = f"fixtures/{str(values['raw_type']).replace('.', '_')}__first.json"
    files = [(file, file) for file in ("__init__.py", "source.py", "README.md")] + [(fixture, "fixture.json")]
    if values["translates"]:
        files.append(("translate.py", "translate.py"))
    if values["connects"]:
        files += [("connector.py", "connector.py"), ("sandbox.py", "sandbox.py")]
    return files


def _scheme(options: ProviderOptions) -> "_Scheme":
    """The signature scheme, which its own class has checked."""
    name = options.scheme
    if name not in SCHEMES:
        raise UnknownName("signature scheme", name, SCHEMES)
    given = {part: getattr(options, part) for part in ("header", "encoding", "prefix", "signs", "timestamp")}
    if name in SHARED:
        if extra := [f"--{part}" for part, value in given.items() if value]:
            raise OperatorError(f"scheme {name} has its own headers and encoding: leave out {', '.join(extra)}")
        return _Scheme(SHARED[name], {}, getattr(signature, SHARED[name]))
    if not _HEADER.fullmatch(options.header):
        what = f"--header {options.header!r} is no header's name" if options.header else f"scheme {name} needs a header"
        raise OperatorError(f"{what}: write it like --header X-Acme-Signature")
    if name == "equality":
        if extra := [f"--{part}" for part in ("encoding", "signs", "timestamp") if given[part]]:
            raise OperatorError(f"scheme equality compares a key as it is sent: leave out {', '.join(extra)}")
    elif options.encoding and options.encoding not in ENCODINGS:
        raise UnknownName("encoding", options.encoding, ENCODINGS)
    for part in ("prefix", "signs"):
        if not _LITERAL.fullmatch(given[part]):
            raise OperatorError(f"--{part} {given[part]!r}: up to 40 characters of ASCII, without blanks")
    if options.timestamp and not _HEADER.fullmatch(options.timestamp):
        raise OperatorError(f"--timestamp {options.timestamp!r} is no header's name: write it like X-Acme-Timestamp")
    if options.timestamp and "{timestamp}" not in options.signs:
        raise OperatorError("--timestamp: an unsigned time proves nothing; add --signs '{timestamp}.{body}'")
    parts: dict[str, object] = {"header": options.header.lower(), "algorithm": name}
    parts |= {"signs": "", "encoding": "text"} if name == "equality" else {"encoding": options.encoding or "hex"}
    parts |= {"signs": options.signs} if options.signs else {}
    parts |= {"prefix": options.prefix} if options.prefix else {}
    parts |= {"timestamp": options.timestamp.lower(), "tolerance": TOLERANCE} if options.timestamp else {}
    parts |= {"key": ALGORITHMS[name]} if ALGORITHMS[name] != "text" else {}
    return _Scheme("", parts, SignatureScheme(**parts))  # type: ignore[arg-type]  # checked above, and by the class


@dataclass(frozen=True)
class _Scheme:
    """A scheme as it is written: the name of a `shared` one, or its `parts`; and what is `made` of it."""

    shared: str
    parts: Mapping[str, object]
    made: SignatureScheme

    @property
    def key(self) -> str:
        """The format of its secret."""
        return self.made.key

    @property
    def secret(self) -> str:
        """What the secret is, in words."""
        words = {"whpk": "its public key, whpk_… in base64", "der": "its public key in base64", "whsec": "whsec_…"}
        return words.get(self.key, "user:password" if self.key == "user:password" else "the signing secret")


@dataclass(frozen=True)
class _Connection:
    """The root of the API, its host, and the credential with its class and an example for the sandbox."""

    base: str
    host: str
    credential: Credential
    written: str
    example: str

    @property
    def header(self) -> str:
        """The header of the credential, in lower case."""
        return self.credential.name.lower() if isinstance(self.credential, Header) else "authorization"


def _connection(options: ProviderOptions) -> _Connection:
    base = options.base if options.base.endswith("/") else f"{options.base}/"
    _check_url("--base", base)
    host = urlsplit(base).netloc
    kind, _, header = options.credential.partition(":")
    token = f"{options.name}-sandbox"
    match kind:
        case "bearer" if not header:
            return _Connection(base, host, Bearer(), "Bearer()", token)
        case "basic" if not header:
            return _Connection(base, host, Basic(), "Basic()", f"user:{token}")
        case "header" if _HEADER.fullmatch(header):
            return _Connection(base, host, Header(header), f"Header({header!r})", token)
    raise UnknownName("credential", options.credential, CREDENTIALS)


def _check_url(option: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.netloc == parts.hostname and not parts.query and not parts.fragment
    except ValueError:
        plain = False
    if not plain or len(url) > 100 or not re.fullmatch(r"[a-zA-Z0-9:/._~-]+", url):
        raise OperatorError(f"{option} {url!r}: write an https URL like https://api.acme.example/")


def _translates(given: str) -> _Translates:
    raw, sign, event = given.partition("=")
    if not sign or not _RAW_TYPE.fullmatch(raw):
        raise OperatorError(f"--translates {given!r}: write RAW=EVENT, like note.created=note.taken")
    known = [name for name in events() if name not in (UNMAPPED, *OF_THE_ENGINE)]
    if event not in known:
        raise UnknownName("event", event, known)
    kind = raw.partition(".")[0]
    require_name("entity", kind)
    if keyword.iskeyword(kind) or kind in ("to", "text"):
        raise OperatorError(f"--translates {given!r}: {kind!r} cannot name an entity: choose another raw type")
    return _Translates(raw, event, kind, reads_of(events()[event]))


def _lock(functions: Path) -> dict[str, str]:
    """The lock of another provider that needs nothing but the package that checks public keys."""
    for wanted in sorted(functions.glob("providers/*/requirements.in")):
        lock = wanted.with_suffix(".txt")
        if wanted.read_text("utf-8").split() == ["cryptography"] and lock.is_file():
            return {file.name: file.read_text("utf-8") for file in (wanted, lock)}
    raise OperatorError("no provider has a lock of the package cryptography to copy: choose another scheme")
