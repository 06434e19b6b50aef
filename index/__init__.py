"""The offline side: read a document, repair its layout, split it into passages, encode and store them."""
