"""The offline side: read a document, repair its layout, split it into passages, encode and store them."""

import os

# torch and faiss bring an OpenMP runtime each, and threads of the one that wait for work by spinning take the cores
# from the other: on two cores the e5 vector of a question took 620 ms instead of 25. Threads that sleep at once are
# woken 7,000 times while passages are read, which doubles the time. So they spin for a fifth of a millisecond, longer
# than the gaps between a model's products. Read when the runtimes are loaded; values of the user's stay.
if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ):
    os.environ |= {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "20000"}
