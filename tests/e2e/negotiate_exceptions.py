# SPDX-License-Identifier: Apache-2.0
"""Pairs that may end otherwise than predicted, each kind with its reason. Everything else that differs is a fault of akushu."""


def reason(client, server, want, got):
    """The name of the exception that covers this pair, or None."""
    for name, _, covers in EXCEPTIONS:
        if covers(client, server, want, got):
            return name
    return None


# (name, reason, which pairs)
EXCEPTIONS = []
