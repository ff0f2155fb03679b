from ._csr import Indices

def star_coloring(
    order: Indices, indptr: Indices, indices: Indices, mirror: Indices
) -> tuple[Indices, int]: ...
def acyclic_coloring(
    order: Indices, indptr: Indices, indices: Indices, mirror: Indices
) -> tuple[Indices, int]: ...
