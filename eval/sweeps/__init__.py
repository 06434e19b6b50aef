"""Many settings on one gold set; the files here can be run as they are."""
