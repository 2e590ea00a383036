"""A bench for encrypted lines: an authority, identities of a listener, and who trusts them."""

from __future__ import annotations

import ssl
import warnings

import trustme

from harness.transports.security import Security
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import Dial, Secured
from tests.transports.party import Recorder
from tests.transports.test_tcp import PATIENCE, seen

CA = trustme.CA()
HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def server(*names: str, by: trustme.CA = CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    by.issue_cert(*names).configure_cert(context)
    return context


def client(*, by: trustme.CA = CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    by.configure_trust(context)
    return context


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same, able to do no more than TLS 1.1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def given(**more: object) -> Security:
    identities = {"good": server("localhost", "127.0.0.1"), "wrong host": server("elsewhere.example")}
    return Security(identities, frozenset({"primary"}), client(), "localhost", **more)


def at(host: TcpHost, listener: str = "primary") -> str:
    return "{}:{}".format(*host.address(listener))


def dials(host: TcpHost, *, secure: bool = True, listener: str = "primary") -> None:
    host.say("terminal", [Dial(at(host, listener), PATIENCE, secure=secure)])


async def join(host: TcpHost, cloud: Recorder, terminal: Recorder) -> None:
    dials(host)
    await seen(host, terminal, Secured)
    await seen(host, cloud, Secured)
