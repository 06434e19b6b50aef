"""The optional writer: another model phrases the answer, and only what the cited passages bear out is kept.

draft (client, prompt) → sentences with their numbers (draft) → each checked against its passage (support).
"""
