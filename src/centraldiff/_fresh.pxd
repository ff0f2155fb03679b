"""Does anybody but us see an object that fun was given? For all that hand objects to fun."""

from cpython.ref cimport PyObject

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030E0000
    #define CD_HELD_ONCE(o) PyUnstable_Object_IsUniquelyReferenced(o)
    #elif defined(Py_GIL_DISABLED)
    /* The sum of the local and the shared count may become 2 as soon as it was seen to be 1. Nobody
       else can make a reference where this thread owns the object and the shared count is as it
       was made, without the flag that weak references leave: any doubt means "no". */
    static inline int CD_HELD_ONCE(PyObject *o) {
        return _Py_IsOwnedByCurrentThread(o)
            && _Py_atomic_load_uint32_relaxed(&o->ob_ref_local) == 1
            && _Py_atomic_load_ssize_acquire(&o->ob_ref_shared) == 0;
    }
    #else
    #define CD_HELD_ONCE(o) (Py_REFCNT(o) == 1)
    #endif
    """
    bint CD_HELD_ONCE(PyObject*)

cdef extern from *:
    """
    #include "numpy/arrayobject.h"

    static int cd_has_shape(PyArrayObject *a, PyObject *shape) {
        for (int i = 0; i < PyArray_NDIM(a); i++)
            if (PyArray_DIMS(a)[i] != PyLong_AsSsize_t(PyTuple_GET_ITEM(shape, i)))
                return 0;
        return 1;
    }

    /* Is the array as it was made, and does nobody else see it: no reference, no weak one? */
    static inline int
    cd_is_fresh(PyObject *o, PyObject *descr, int flags, int nd, npy_intp n, PyObject *shape) {
        PyArrayObject *a = (PyArrayObject *)o;
        return CD_HELD_ONCE(o)
            && *(PyObject **)((char *)o + Py_TYPE(o)->tp_weaklistoffset) == NULL
            && (PyObject *)PyArray_DESCR(a) == descr && PyArray_FLAGS(a) == flags
            && PyArray_NDIM(a) == nd
            && (nd == 1 ? PyArray_DIMS(a)[0] == n : cd_has_shape(a, shape));
    }
    """
    # n is the length where there is one axis, shape that of several
    bint cd_is_fresh(PyObject*, PyObject* descr, int flags, int nd, Py_ssize_t n, tuple shape)
