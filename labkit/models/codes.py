"""From a weight to codes and scales, by the learner's functions, checked before they go into a file.

Exercises of the core must be written; a "beyond" exercise that is not has a stand-in here or in `packing`,
and `Codes.by` says which of the two made each part.
"""

from __future__ import annotations

import numpy as np
import torch

from labkit import course
from labkit.grading.implementation import Implementation
from labkit.models import packing
from labkit.models.learner import Learner, NotUsable

GROUP_SIZE = 128
E4M3_MAX = 448.0  # the largest finite number of E4M3FN
INT4, NIBBLE = (-8, 7), (0, 15)


class Codes:
    """The functions of one implementation; NotUsable where one cannot be used or gives what no file can hold."""

    def __init__(self, implementation: Implementation):
        self._implementation = implementation
        self._learner = Learner(implementation)
        self.inputs: np.ndarray | None = None  # of the layer at work, where GPTQ chooses its codes
        self.by: dict[str, str] = {}  # what was made -> by which function

    def int8_per_channel(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lab 01: codes int8 (out, in), scale float32 (out,)."""
        q, scale = self._call("01", "quantize_per_channel", (w,), (w.shape, w.shape[:1]), (np.int8, np.float32))
        self.by["codes"] = self._source("01", "quantize_per_channel")
        return q, scale

    def int4_groups(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lab 03: codes int8 (out, in) in [-8, 7], scale float16 (out, in // 128)."""
        shapes = (w.shape, (len(w), w.shape[1] // GROUP_SIZE))
        name, given = "quantize_groupwise", (w, GROUP_SIZE)
        if self.inputs is not None:
            name, given = "gptq_quantize", (w, self.inputs, GROUP_SIZE)
        q, scale = self._call("03", name, given, shapes, (np.int8, np.float16), INT4)
        self.by["codes"] = self._source("03", name)
        return q, scale

    def int4_groups_with_zero_points(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lab 03, beyond: codes - 8 int8 (out, in), scale float16 and zero point - 8 int8 (out, in // 128).

        Without that function: the symmetric codes, whose zero point is 8 in a file that counts from 0.
        """
        name, groups = "quantize_groupwise_asymmetric", (len(w), w.shape[1] // GROUP_SIZE)
        shapes, dtypes = (w.shape, groups, groups), (np.uint8, np.float16, np.uint8)
        made = self._call("03", name, (w, GROUP_SIZE), shapes, dtypes, NIBBLE, optional=True)
        if made is None:
            self.by["zero points"] = f"8 everywhere ({self._absence('03', name)})"
            return *self.int4_groups(w), np.zeros(groups, np.int8)
        self.by["codes"] = self.by["zero points"] = self._source("03", name)
        q, scale, zero_point = made
        return q.astype(np.int8) - np.int8(8), scale, zero_point.astype(np.int8) - np.int8(8)

    def fp8_per_channel(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lab 01, beyond: codes uint8 (out, in), the bits of E4M3FN; scale float32 (out,)."""
        name = "quantize_fp8_e4m3"
        made = self._call("01", name, (w,), (w.shape, w.shape[:1]), (np.uint8, np.float32), optional=True)
        if made is None:
            self.by["codes"] = f"labkit's own fp8_e4m3 ({self._absence('01', name)})"
            return fp8_e4m3(w)
        if ((made[0] & 0x7F) == 0x7F).any():
            raise NotUsable("error", name, "01", "gave NaN (0x7F or 0xFF): is w / scale clamped to ±448 first?")
        self.by["codes"] = self._source("01", name)
        return made

    def pack(self, layout: str, q: np.ndarray) -> np.ndarray:
        """Lab 03, beyond: int32 words of codes (out, in) in [-8, 7]; layout: gptq, awq, compressed_tensors."""
        name, (out, columns) = f"pack_{layout}", q.shape
        shape = {"gptq": (columns // 8, out), "awq": (columns, out // 8), "compressed_tensors": (out, columns // 8)}
        made = self._call("03", name, (q,), (shape[layout],), (np.int32,), optional=True)
        if made is None:
            self.by["words"] = f"labkit's own {name} ({self._absence('03', name)})"
            return getattr(packing, name)(q)
        self.by["words"] = self._source("03", name)
        return made[0]

    def _call(self, lab: str, function: str, arguments: tuple, shapes: tuple, dtypes: tuple,
              within: tuple | None = None, optional: bool = False) -> tuple[np.ndarray, ...] | None:  # fmt: skip
        """What the learner's function gives, a tuple; None for an optional one that is not written.

        A scale must be positive; every array of integers lies in `within`.
        """
        try:
            made = self._learner.call(lab, function, *arguments, gives=shapes)
        except NotUsable as problem:
            if optional and problem.kind == "not written" and self._file(lab).is_file():
                return None
            raise
        made = made if isinstance(made, tuple) else (made,)
        for array, dtype in zip(made, dtypes):
            if array.dtype != dtype:
                raise NotUsable("error", function, lab, f"gave {array.dtype}, expected {np.dtype(dtype).name}")
            if array.dtype.kind == "f" and not (array > 0).all():
                raise NotUsable("error", function, lab, "gave a scale that is not positive")
            if within and array.dtype.kind != "f" and (array.min() < within[0] or array.max() > within[1]):
                said = f"gave {array.min()} to {array.max()}, expected {within[0]} to {within[1]}"
                raise NotUsable("error", function, lab, said)
        return made

    def _file(self, lab: str):
        return self._implementation.file_for(course.find(lab))

    def _source(self, lab: str, function: str) -> str:
        return f"{function} of {course.show_path(self._file(lab))}"

    def _absence(self, lab: str, function: str) -> str:
        return f"{course.show_path(self._file(lab))} has no {function} yet"


def fp8_e4m3(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stand-in for lab 01's quantize_fp8_e4m3: E4M3FN bits uint8 (out, in), scale float32 (out,).

    scale = absmax / 448 a row, 1 for a zero row; clamped before the cast, because a cast beyond 448 saturates
    in one version of torch and gives NaN in another.
    """
    w = np.asarray(w, np.float32)
    scale = np.abs(w).max(axis=1) / np.float32(E4M3_MAX)
    scale[scale == 0] = 1
    steps = torch.from_numpy(w / scale[:, None]).clamp(-E4M3_MAX, E4M3_MAX)
    return steps.to(torch.float8_e4m3fn).view(torch.uint8).numpy(), scale
