from ._csr import Indices

def partial_coloring(
    order: Indices,
    indptr: Indices,
    indices: Indices,
    column_starts: Indices,
    column_rows: Indices,
    longest: int,
    cycle: int,
) -> tuple[Indices, int]: ...
