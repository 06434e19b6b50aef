"""The table of all sets, the assistant beside the naive pipeline: `python -m eval.results`."""
