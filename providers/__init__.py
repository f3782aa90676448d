"""Talks to models: four wire formats, one set of events. Knows no screen, no environment and no home directory.

This is the door: the modules in `PUBLIC` are what `app` may import, and a test holds it. Names are imported from the
module that defines them, not from here: one place that pulled everything in would cost the first frame what only a
request needs.
"""

from __future__ import annotations

PUBLIC = frozenset(
    {
        # values
        "providers.amounts",
        "providers.connection",
        "providers.costs",
        "providers.credentials",
        "providers.errors",
        "providers.events",
        "providers.key_hints",
        "providers.messages",
        "providers.reference",
        "providers.request",
        "providers.tokens",
        "providers.usage",
        # presets
        "providers.catalogue.hosts",
        "providers.catalogue.loader",
        "providers.catalogue.records",
        # asking
        "providers.check",
        "providers.client",
        "providers.curl",
        "providers.discovery",
        "providers.formats",
        "providers.formats.urls",
        "providers.http",
        "providers.proxies",
        "providers.ranks",
        # the demo
        "providers.demo",
    }
)
"""Modules that `app` may use; everything else in this package may change without asking."""
