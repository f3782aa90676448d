"""A small loopback server that speaks all four wire formats: Parley without a key and without a network.

`DemoServer` is a real HTTP server; `demo_models()` is what it serves, priced, as the catalogue would say it.
Everything here is stdlib only, so that starting it costs next to nothing.
"""

from __future__ import annotations

from providers.demo.catalogue import demo_models
from providers.demo.server import DemoServer

__all__ = ["DemoServer", "demo_models"]
