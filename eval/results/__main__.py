"""`python -m eval.results`."""

from eval.results.measure import main

main()
