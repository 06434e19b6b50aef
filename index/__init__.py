"""The offline side: read a document, repair its layout, split it into passages, encode and store them."""

import os

# torch and faiss bring an OpenMP runtime each, and the idle threads of the one spin against the other's work: on two
# cores a question took 620 ms instead of 25. Read when they are loaded, so set before; a value of the user's stays.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
