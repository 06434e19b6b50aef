"""The recipe of the reader: one small cross-encoder that says whether a window answers a question, and where."""
