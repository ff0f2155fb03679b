"""The errors and the warning of this package; each error is also the builtin one it specialises."""


class CentraldiffError(Exception):
    """Base of every error that this package raises on its own account."""


class ArgumentValueError(CentraldiffError, ValueError):
    """An argument has the right type and a value that is not allowed."""


class ArgumentTypeError(CentraldiffError, TypeError):
    """An argument has a type that is not allowed."""


class FunctionValueError(CentraldiffError, ValueError):
    """``fun`` returned something of the wrong shape, or something that contradicts itself."""


class FunctionTypeError(CentraldiffError, TypeError):
    """``fun`` returned something that is not a real number, or not an array of real numbers."""


class MissingPackageError(CentraldiffError, ImportError):
    """An optional dependency is asked for and not installed."""


class NotFiniteWarning(RuntimeWarning):
    """``fun`` returned a value that is not finite; the entries that needed it are NaN."""


class NotCompiledWarning(RuntimeWarning):
    """A function that numba compiles had to be called as a Python function, which takes longer."""


# what the math module says outside of a function's domain: the first is all there was up to Python
# 3.13
_OUTSIDE = (
    "math domain error",
    "expected a nonnegative input, got",
    "expected a positive input",
    "expected a finite input, got",
    "expected a noninteger or positive integer, got",
    "expected a number in range from -1 up to 1, got",
    "expected a number between -1 and 1, got",
    "expected argument value not less than 1, got",
    "expected argument value > -1, got",
)


def is_outside_domain(error: BaseException) -> bool:
    """Is it what arithmetic and the math module raise where NumPy returns NaN or infinity?"""
    if isinstance(error, ArithmeticError):
        return True
    return type(error) is ValueError and str(error).startswith(_OUTSIDE)


def note_evaluation(
    error: BaseException, name: str, number: int, count: int, total: int | None, place: str
) -> None:
    """Note on an exception in which evaluation, or in which `count` of them, it was raised."""
    which, where = f"evaluation {number}", place
    if count > 1:
        which = f"evaluations {number} to {number + count - 1}"
        where = f"{count} points at once"
    if total is not None:
        which += f" of {total}"
    note = f"centraldiff: in {which} of {name}, {where}"
    try:
        # fun may raise the same exception again and again
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
    except Exception:
        pass  # an exception that takes no note is worth more than the note
