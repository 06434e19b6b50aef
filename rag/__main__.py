"""`python -m rag` is `digest-qa`."""

from rag.cli import main

main()
