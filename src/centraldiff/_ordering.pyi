from ._csr import Indices

def ordering(
    kind: str,
    indptr: Indices,
    indices: Indices,
    column_starts: Indices,
    column_rows: Indices,
    is_graph: bool,
    longest: int,
) -> Indices: ...
