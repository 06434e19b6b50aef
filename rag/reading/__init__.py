"""Reading: a small cross-encoder that tells whether a window of a passage answers, and where."""
