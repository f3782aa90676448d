"""What is printed of the objects that carry keys."""

from __future__ import annotations

from app.config.settings import ProviderSettings
from providers.errors import Rejected
from providers.failures import redacted
from providers.formats import wire_format
from providers.messages import user
from providers.request import ChatRequest
from tests.connections.making import routed

KEY = "sk-planted-0123456789"


def test_settings_routes_endpoints_and_calls_do_not_show_their_keys() -> None:
    headers = {"X-Gateway-Token": "$TOKEN", "Authorization": f"Bearer {KEY}"}
    settings = ProviderSettings("work", "openai", api_key=KEY, extra_headers=headers)
    way = routed(settings, TOKEN=KEY)
    call = wire_format(way.endpoint.format).build(ChatRequest("a-model", (user("Hello"),)), way.endpoint)
    assert call.headers["X-Gateway-Token"] == KEY
    assert KEY not in repr((settings, way, way.endpoint, way.key, call))


def test_what_came_from_a_variable_is_a_secret_whatever_its_header_is_called() -> None:
    headers = {"X-Gateway": "$TOKEN", "X-Team": "planted-in-the-file"}
    settings = ProviderSettings("work", "openai", extra_headers=headers, secret_headers=("x-team",))
    way = routed(settings, TOKEN=KEY)
    error = redacted(Rejected(f"{KEY} or planted-in-the-file is wrong."), "", way.endpoint)
    assert error.summary == "[key] or [key] is wrong."
