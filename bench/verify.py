"""`verify` compared with the bare digest of the same bytes, and with the providers' own libraries."""

import hmac
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bench.checks import Check, show
from bench.deliveries import Delivery, delivery
from bench.rounds import fastest
from functions.core.ingress.signatures.verify import verify
from hookline.testing.signing import schemes

if TYPE_CHECKING:
    from bench.peers import Peer

SIZES = (1_000, 20_000, 200_000)
AT = 20_000
AT_MOST = 1.5
PLAIN = ("stripe", "github", "slack", "standard_webhooks", "zendesk", "hubspot")
PARSING = ("twilio", "linear", "mailgun")  # the signed content or its timestamp has to be parsed from the body
BARE = "bare digest"


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    from bench.peers import PARTS_OF_PEERS, PEERS  # here, because only `make bench` installs their libraries

    every_peer = PEERS | PARTS_OF_PEERS
    figures = {size: _measure(size, every_peer) for size in SIZES}
    print("\nverify ÷ the bare hmac.digest(key, body, 'sha256') of the same bytes\n")
    _print_row("", [f"{size // 1000} kB" for size in SIZES])
    _print_row(BARE, [f"{figures[size][BARE] / 1000:.1f} µs" for size in SIZES])
    for source in (*PLAIN, *PARSING):
        note = "  (parses the body)" if source in PARSING else ""
        _print_row(source + note, [f"{figures[size][source] / figures[size][BARE]:.2f}" for size in SIZES])
    print("\nverify ÷ the provider's own library, on the same delivery (in brackets: a part of it that does less)\n")
    for name, (source, _) in every_peer.items():
        name_or_part = f"({name})" if name in PARTS_OF_PEERS else name
        _print_row(name_or_part, [f"{figures[size][source] / figures[size][name]:.2f}" for size in SIZES])
    checks = _checks(figures, PEERS)
    show(checks)
    return checks


def _measure(size: int, peers: Mapping[str, tuple[str, "Peer"]]) -> dict[str, float]:
    now = time.time()
    deliveries = {source: delivery(source, size, now) for source in (*PLAIN, *PARSING)}
    contenders = {source: _ours(one) for source, one in deliveries.items()}
    contenders |= {name: peer(deliveries[source]) for name, (source, peer) in peers.items()}
    for name, call in contenders.items():
        if call() is False:  # some raise, some return False
            raise AssertionError(f"{name} refuses a delivery of {size} bytes")
    key, body = deliveries["github"].secret.encode(), deliveries["github"].body
    return fastest({BARE: lambda: hmac.digest(key, body, "sha256"), **contenders})


def _ours(one: Delivery) -> Callable[[], object]:
    scheme, url, headers, body, secrets = schemes()[one.source], one.url, one.headers, one.body, [one.secret]
    return lambda: verify(scheme, method="POST", url=url, headers=headers, body=body, secrets=secrets, now=time.time())


def _checks(figures: dict[int, dict[str, float]], peers: Mapping[str, tuple[str, "Peer"]]) -> list[Check]:
    at = figures[AT]
    checks = [
        Check(f"{source} at {AT // 1000} kB ÷ the bare digest", at[source] / at[BARE], AT_MOST) for source in PLAIN
    ]
    for name, (source, _) in peers.items():
        slowest = max(SIZES, key=lambda size: figures[size][source] / figures[size][name])
        ratio = figures[slowest][source] / figures[slowest][name]
        checks.append(Check(f"{source} ÷ {name}, largest ratio ({slowest // 1000} kB)", ratio, 1.0))
    return checks


def _print_row(name: str, cells: list[str]) -> None:
    print(f"  {name:52}" + "".join(f"{cell:>10}" for cell in cells))
