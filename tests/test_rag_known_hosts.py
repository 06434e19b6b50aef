"""Names of the server, with and without ports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.known_hosts import _name
from rag.mcp.http import known_hosts


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("localhost:7860", "localhost"),
        ("[::1]", "[::1]"),
        ("[::1]:7860", "[::1]"),
        ("Docs.Example.ORG:*", "docs.example.org"),
        ("", ""),
    ],
)
def test_a_name_is_what_stands_before_the_port(host: str, name: str) -> None:
    assert _name(host) == name


@given(st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True), st.integers(0, 65535))
def test_any_port_will_do(name: str, port: int) -> None:
    assert _name(f"{name}:{port}") == _name(name) == name


def test_the_names_of_a_loopback_server_and_of_one_that_is_meant_for_all() -> None:
    local = known_hosts("127.0.0.1", ["docs.example.org"])
    assert {_name(host) for host in local.allowed_hosts} == {"127.0.0.1", "localhost", "[::1]", "docs.example.org"}
    assert not known_hosts("0.0.0.0").enable_dns_rebinding_protection
