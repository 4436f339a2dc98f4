# SPDX-License-Identifier: Apache-2.0
"""Pairs that may end otherwise than predicted, each kind with its reason. Everything else that differs is a fault of akushu."""


def reason(client, server, want, got):
    """The name of the exception that covers this pair, or None."""
    for name, _, covers in EXCEPTIONS:
        if covers(client, server, want, got):
            return name
    return None


def both_refuse(client, server, want, got):
    return {want, got} == {("refused", "client", "P4"), ("refused", "server", "P4")}


# (name, reason, which pairs)
EXCEPTIONS = [
    ("both-refuse", "The server finds behind its Certificate that it cannot sign while the client refuses that certificate: both end it at "
     "the same step, and the faster one is seen to.", both_refuse),
]
