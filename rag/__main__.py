"""`python -m rag` is `digest-qa`."""

from rag.entry import main

main()
