"""The API's operations as one self-contained HTML page, made from its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from rag.json_schemas import inlined

_STYLE = """
:root{color-scheme:light dark;--ink:#1f1d1a;--soft:#6a645b;--paper:#faf8f3;--card:#fff;--line:#e4ded2;--seal:#a6321f}
@media(prefers-color-scheme:dark){:root{--ink:#ece8e0;--soft:#a49d92;--paper:#151617;--card:#1d1f21;--line:#34363a;
--seal:#f0836b}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}h1{margin:0;font-size:1.7rem}a{color:var(--seal)}
h2{margin:2.2rem 0 0;font-size:1.2rem}
article{margin-top:1rem;padding:1rem 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
h3{margin:0;font:600 1rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}h3 b{color:var(--seal);margin-right:.6rem}
p{margin:.4rem 0}summary{cursor:pointer;color:var(--soft)}
pre{overflow-x:auto;padding:.8rem;border:1px solid var(--line);border-radius:.4rem;font:13px/1.5 ui-monospace,monospace}
"""


def operations_page(openapi: dict[str, Any]) -> str:
    """HTML listing every operation under its tag: method, path, what it does, its parameters, its body and what it
    answers, each with its example.
    """
    info = openapi["info"]
    tags = "".join(_tag(tag, openapi) for tag in openapi.get("tags", []))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API</h1><p>{escape(info.get('summary', ''))}</p>"
        f'<p>Machine-readable: <a href="/openapi.json">openapi.json</a>. Errors are problem+json (RFC 9457).</p>'
        f"{tags}</main></body></html>"
    )


def _tag(tag: dict[str, Any], openapi: dict[str, Any]) -> str:
    operations = "".join(
        _operation(method.upper(), path, operation, openapi)
        for path, methods in sorted(openapi["paths"].items())
        for method, operation in methods.items()
        if tag["name"] in operation.get("tags", [])
    )
    title, description = escape(tag["name"].capitalize()), escape(tag.get("description", ""))
    return f'<section id="{escape(tag["name"])}"><h2>{title}</h2><p>{description}</p>{operations}</section>'


def _operation(method: str, path: str, operation: dict[str, Any], openapi: dict[str, Any]) -> str:
    parts = [f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"]
    for parameter in operation.get("parameters", []):
        name, place = escape(parameter["name"]), escape(parameter["in"])
        parts.append(f"<p><code>{name}</code> ({place}) {escape(parameter.get('description', ''))}</p>")
    if "requestBody" in operation:
        parts.append(_content("Body", operation["requestBody"], openapi))
    for status, response in operation["responses"].items():
        parts.append(_content(f"{status} {response['description']}", response, openapi))
    name = escape(operation["operationId"])
    return f'<article id="{name}"><h3><b>{method}</b>{escape(path)}</h3>{"".join(parts)}</article>'


def _content(label: str, holder: dict[str, Any], openapi: dict[str, Any]) -> str:
    """What is sent or answered: its media types, and the examples and the schema behind a fold where there are any."""
    parts = []
    for media_type, content in holder.get("content", {}).items():
        title = escape(f"{label}: {media_type}")
        schema = inlined(content.get("schema", {}), openapi["components"]["schemas"])
        shown = [*_examples(content), *([schema] if schema else [])]
        body = "".join(f"<pre>{escape(_text(one))}</pre>" for one in shown)
        parts.append(f"<details><summary>{title}</summary>{body}</details>" if body else f"<p>{title}</p>")
    return "".join(parts) or f"<p>{escape(label)}</p>"


def _examples(content: dict[str, Any]) -> Iterator[Any]:
    yield from (example["value"] for example in content.get("examples", {}).values())
    if "example" in content:
        yield content["example"]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
