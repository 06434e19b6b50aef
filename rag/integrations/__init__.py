"""Retrievers for the frameworks that people already build with, a file for each: LangChain, LlamaIndex, Haystack.

Each hands on the same passages with the same fields beside them (`passage_fields`); none is imported by `import rag`.
"""
