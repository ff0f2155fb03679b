# Kernels only: nothing in here is visible from Python.
