from libc.stdint cimport int32_t, int64_t

ctypedef fused index:
    int32_t
    int64_t


cdef inline const index* at(const index[::1] array) noexcept:
    """Where the numbers are; nowhere if there are none."""
    return &array[0] if array.shape[0] else NULL
