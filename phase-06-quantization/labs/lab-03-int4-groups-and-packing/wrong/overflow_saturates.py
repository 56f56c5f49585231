"""A scale beyond float16 is silently capped at 65504, so its loud group is clipped. (ik_llama.cpp PR 292)

fails: test_groupwise_refuses_bad_weights_by_name
says: whose scale is beyond float16 (65504)
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    if w.ndim != 2:
        raise ValueError(f"w must be (out, in), got {w.shape}")
    if not np.isfinite(w).all():
        raise ValueError("w holds NaN or inf")
    groups = w.reshape(len(w), -1, group_size)
    scale = np.clip(np.abs(groups).max(axis=2) / 7, 2.0**-24, 65504).astype(np.float16)
    q = np.clip(np.rint(groups / scale.astype(np.float32)[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
