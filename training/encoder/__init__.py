"""The recipe of the tuned encoder: questions in any language near the passages and sentences that answer them."""
