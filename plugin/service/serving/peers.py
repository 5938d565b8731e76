"""Who is at the other end of a connection, as far as addresses tell."""

import ipaddress

_HOST_BITS = 64
"""Of an IPv6 address: whoever has one usually has them all."""


def peer_of(client: tuple[str, int] | None) -> str:
    """The address of a client, or the network of an IPv6 one; empty when it is not known."""
    if client is None:
        return ""
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return client[0]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> _HOST_BITS << _HOST_BITS, 128 - _HOST_BITS)))
