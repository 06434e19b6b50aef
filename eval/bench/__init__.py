"""Benchmarks: each compares with a named peer in one run and prints a table with the ratio."""
