"""A slice is charged for the whole array it looks into.

fails: test_a_view_counts_only_what_it_shows
says: the array behind the view
"""


def memory_bytes(w):
    return (w if w.base is None else w.base).nbytes
