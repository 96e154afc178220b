"""Connections to public addresses alone.

An address that somebody else's DNS chooses must not lead into our own network (server-side request forgery). What is
looked at is what the socket is about to be connected to: behind every name, number and rebinding, there is no later
moment at which it could become another.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import AddrInfoType

_UNICAST: Final = IPv6Network("2000::/3")  # all of IPv6 that is given out (IANA: IPv6 address space)
_NAT64: Final = IPv6Network("64:ff9b::/96")  # the last four bytes are an IPv4 address (RFC 6052)
_IPV4: Final = 0xFFFF_FFFF
# Older releases of Python take parts of these for global (IANA: special-purpose address registries).
_SPECIAL: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_DOCUMENTS: Final = IPv6Network("3fff::/20")  # RFC 9637


class NotPublic(OSError):
    """The address is private, or nobody's."""


def only_public(info: AddrInfoType) -> socket.socket:
    """A socket for the address that is to be connected to. Raises NotPublic."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise NotPublic("not a public address")
    return socket.socket(family, kind, protocol)


def is_public(address: str) -> bool:
    """Whether it is one of the internet at large: not loopback, private, shared, link-local, multicast, reserved, nor a
    way of IPv6 to write one that is."""
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        special = found.is_multicast or found.is_reserved or any(found in each for each in _SPECIAL)
        return found.is_global and not special
    if (inside := _inside(found)) is not None:
        return is_public(str(inside))
    return found in _UNICAST and found not in _DOCUMENTS and found.is_global


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one may reach."""
    if address in _NAT64:
        return IPv4Address(int(address) & _IPV4)
    return address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
