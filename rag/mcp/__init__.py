"""The Model Context Protocol: other programs' assistants ask the collection, over HTTP (`/mcp`) or stdin and stdout."""
