"""The signed string: what the `signs` template of a scheme makes of a request."""

import re
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from functions.core.ingress.signatures.signed_request import SignedRequest
from functions.core.manifests.signature import SignatureScheme

_ORIGIN = re.compile(r"(https?)(://[^/?#]*?)(:\d+)?(?=[/?#]|$)", re.ASCII)


def signed_strings(form: SignatureScheme, request: SignedRequest) -> Iterable[list[bytes]]:
    """Return the signed string in pieces, so that the body is not copied.

    A second one follows if the provider may or may not include the port in the URL. Raises MalformedSignature or
    SignatureMismatch if the body is not what the scheme or the URL requires.
    """
    return signed_strings_of(form)(request)


def signed_strings_of(form: SignatureScheme) -> Callable[[SignedRequest], Iterable[list[bytes]]]:
    """Parse the template of a form once, and return `signed_strings` for that form."""
    head, body, tail = form.signs.partition("{body}")
    write_head, write_tail = _writer(head), _writer(tail)

    def pieces(request: SignedRequest) -> list[bytes]:
        made = []
        if head:
            made.append(write_head(request))
        if body:
            made.append(request.body)
        if tail:
            made.append(write_tail(request))
        return made

    if form.any_port:
        return lambda request: map(pieces, _with_either_port(request))
    return lambda request: (pieces(request),)


def _writer(template: str) -> Callable[[SignedRequest], bytes]:
    names = re.findall(r"{(\w+)}", template)
    text = re.sub(r"{\w+}", "%s", template.replace("%", "%%"))
    parts = attrgetter(*names) if names else lambda _: ()
    # A lone surrogate must not raise.
    return lambda request: (text % parts(request)).encode("utf-8", "surrogatepass")


def _with_either_port(request: SignedRequest) -> Iterator[SignedRequest]:
    yield request
    url = _ORIGIN.sub(_other_port, request.url, count=1)
    yield SignedRequest(request.method, url, request.headers, request.body)


def _other_port(origin: re.Match[str]) -> str:
    """The origin without its port, or with its protocol's default port if it has none."""
    default = ":80" if origin[1] == "http" else ":443"
    return origin[1] + origin[2] + ("" if origin[3] else default)
