"""Claims about what a function gave back; each failure says what was called, what came back,
what was expected and which misunderstanding is likely, in at most four lines.

A test names *suspects*: what the value would be under each misunderstanding it knows of. Where one of
them fits what came back, the message names it; otherwise `ask` puts the question worth asking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from labkit.grading.calls import LabUnderTest, Verdict

Suspects = Mapping[str, object]  # misunderstanding, in words -> the value it would give (or a function of none)


class Check:
    """The fixture `check`."""

    def __init__(self, lab: LabUnderTest):
        self._lab = lab

    def array(self, got, name: str, *, shape: tuple, dtype=None, ask: str = "") -> np.ndarray:
        """`got` has this shape, then this dtype, then only finite values; returned as an array."""
        array = np.asarray(got)
        if array.shape != tuple(shape):
            self.fail(got, f"{name} has shape {array.shape}, expected {tuple(shape)}", ask)
        if dtype is not None and array.dtype != np.dtype(dtype):
            self.fail(
                got, f"{name} is {array.dtype}, expected {np.dtype(dtype)}", ask or _dtype_ask(array.dtype, dtype)
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            at = _first(~np.isfinite(array))
            self.fail(
                got,
                f"{name}{_index(at)} is {array[at]}, expected a finite number",
                ask or "Is something divided by a scale of zero?",
            )
        return array

    def codes(self, got, name: str, *, shape: tuple, low: int, high: int, dtype=np.int8, ask: str = "") -> np.ndarray:
        """Integer codes: shape, dtype, then every code in [low, high]."""
        array = self.array(got, name, shape=shape, dtype=dtype)
        outside = (array < low) | (array > high)
        if outside.any():
            at = _first(outside)
            self.fail(
                got,
                f"{name}{list(at)} is {array[at]}, outside [{low}, {high}] ({int(outside.sum())} codes are)",
                ask or "Is the clip there, and does it come after the rounding?",
            )
        return array

    def equal(self, got, name: str, expected, *, suspects: Suspects = {}, ask: str = "") -> None:
        """Exactly equal, element by element."""
        self._compare(got, name, expected, 0.0, suspects, ask)

    def close(
        self, got, name: str, expected, *, atol=0.0, rtol: float = 0.0, suspects: Suspects = {}, ask: str = ""
    ) -> None:
        """|got - expected| <= atol + rtol * |expected|, element by element; atol may be an array."""
        self._compare(got, name, expected, atol + rtol * np.abs(np.asarray(expected, np.float64)), suspects, ask)

    def rounded(self, got, name: str, ratio, *, low: int, high: int, suspects: Suspects = {}, ask: str = "") -> None:
        """Codes equal clip(rint(ratio)), where a ratio within 1e-5 of a tie may go to either side:
        dividing by a scale and multiplying by its reciprocal differ there, and both are right."""
        ratio = np.asarray(ratio, np.float64)
        expected = np.clip(np.rint(ratio), low, high)
        near_tie = np.abs(ratio - np.floor(ratio) - 0.5) < 1e-5
        self._compare(got, name, expected, np.where(near_tie, 1.0, 0.0), suspects, ask)

    def at_most(self, got, name: str, bound, *, of=None, ask: str = "") -> None:
        """got <= bound, element by element; `of` is the result whose call the message names."""
        values, bound = np.asarray(got, np.float64), np.asarray(bound, np.float64)
        too_much = ~(values <= bound)  # also true for NaN
        if too_much.any():
            at = _first(too_much)
            limit = np.broadcast_to(bound, values.shape)[at]
            self.fail(
                of if of is not None else got,
                f"{name}{_index(at)} is {values[at]:.6g}, at most {limit:.6g} is possible",
                ask,
            )

    def that(self, holds: bool, says: str, *, of=None, ask: str = "") -> None:
        """A claim in words, `says` being what is wrong when it does not hold."""
        if not holds:
            self.fail(of, says, ask)

    def refuses(self, function: Callable, *args, naming: str | tuple[str, ...], because: str, **kwargs) -> None:
        """The call raises ValueError, and its message names the argument."""
        names = (naming,) if isinstance(naming, str) else naming
        called = f"{function.__name__} with {because}"
        try:
            function(*args, **kwargs)
        except ValueError as error:
            if not any(re.search(rf"\b{re.escape(name)}\b", str(error)) for name in names):
                raise Verdict(
                    f"{called}\nraised ValueError({str(error)!r:.80}), which does not name {' or '.join(names)}:\n"
                    "would the message tell its reader which argument to mend?"
                ) from None
            return
        except (Verdict, NotImplementedError):
            raise
        except Exception as error:
            raise Verdict(
                f"{called}\nraised {type(error).__name__}: {error!s:.80}\nexpected a ValueError that names {names[0]}: "
                "is the input checked before it is used?"
            ) from None
        raise Verdict(f"{called}\nwas accepted; expected a ValueError that names {names[0]}")

    def fail(self, got, says: str, ask: str = "", named: bool = False) -> None:
        """Raise the verdict: the call, what is wrong, the question (or, `named`, the misunderstanding)."""
        call = self._lab._call_that_gave(got)
        raise Verdict("\n".join(filter(None, (call.text if call else "", says, ask))), named=named)

    def _compare(self, got, name, expected, atol, suspects, ask) -> None:
        expected = np.asarray(expected)
        values = self.array(got, name, shape=expected.shape)
        if values.dtype.kind not in "biuf":
            self.fail(got, f"{name} is {values.dtype}, expected numbers")
        wrong = _differs(values, expected, atol)
        if not wrong.any():
            return
        at = _first(wrong)
        count = f" ({int(wrong.sum())} of {wrong.size} differ)" if wrong.size > 1 else ""
        says = f"{name}{_index(at)}: got {_number(values[at])}, expected {_number(expected[at])}{count}"
        for words, value in suspects.items():
            value = np.asarray(value() if callable(value) else value)
            tolerance = np.maximum(atol, 1e-6 * np.abs(value))  # a suspect has float32 rounding of its own size
            if value.shape == expected.shape and not _differs(values, value, tolerance).any():
                self.fail(got, says, f"That is what you get with {words}", named=True)
        self.fail(got, says, ask)


def _differs(values, expected, atol) -> np.ndarray:
    # float64 holds every float32, int32 and uint8 exactly; "not <=" so that NaN differs.
    return ~(np.abs(np.asarray(values, np.float64) - np.asarray(expected, np.float64)) <= atol)


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0]) if mask.ndim else ()


def _index(at: tuple) -> str:
    return f"[{', '.join(map(str, at))}]" if at else ""


def _number(value) -> str:
    return (
        str(int(value)) if np.asarray(value).dtype.kind in "iub" or float(value).is_integer() else f"{float(value):.7g}"
    )


def _dtype_ask(got, wanted) -> str:
    if np.dtype(got) == np.float64 and np.dtype(wanted) == np.float32:
        return "Working in float64 is fine: is the last step an .astype(np.float32)?"
    return ""
