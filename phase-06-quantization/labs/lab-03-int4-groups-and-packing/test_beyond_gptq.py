"""What GPTQ must hold, beyond lab 03's core. `lab` is the implementation under test, `check` makes the
claims, `draw` gives irregular inputs; conftest.py at the root says what the three promise."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
UNIT = 2.0**-24  # the smallest positive float16


def in_groups(w, size):
    return np.asarray(w, np.float64).reshape(len(w), -1, size)


def spread(values, size):
    """One value a column, as float64."""
    return np.repeat(np.asarray(values, np.float64), size, axis=1)


def as_float16(exact):
    with np.errstate(over="ignore"):
        return np.maximum(np.asarray(exact, np.float64), UNIT).astype(np.float16)


# ---- GPTQ: rounding that makes up for its own errors ----
# What a column's error is worth to the others is computed here by plain least squares, with no factor of anything.


def hessian(x, damping=0.01, of=np.mean):
    x = np.asarray(x, np.float64).reshape(-1, np.shape(x)[-1])
    h = x.T @ x
    return h + damping * of(np.diag(h)) * np.eye(len(h))


def feedback(h):
    """f[j, k], k > j: what column k grows by for each unit that rounding takes from column j.
    Least squares over the columns still to come: they undo as much of its effect on the output as they can."""
    f = np.zeros(h.shape)
    inverse = np.zeros((0, 0))  # of h[j + 1 :, j + 1 :], made larger by a column at each turn
    for j in range(len(h) - 1, -1, -1):
        f[j, j + 1 :] = inverse @ h[j + 1 :, j]
        left = h[j, j] - h[j, j + 1 :] @ f[j, j + 1 :]
        row = np.concatenate([[-1.0], f[j, j + 1 :]])
        inverse = np.pad(inverse, ((1, 0), (1, 0))) + np.outer(row, row) / left
    return f


def swept(w, f, size, *, updated=False, each_column=False, from_original=False, all_at_the_end=False):
    """(codes, scale, goals in steps): columns rounded in their order, each error passed on by f.
    The keywords are other orders of things: scales of the weights as updated so far, and misunderstandings."""
    original, w = np.asarray(w, np.float64), np.array(w, np.float64)
    q, goals, scales = np.empty(w.shape), np.empty(w.shape), []
    for j in range(w.shape[1]):
        if j % size == 0 or each_column:
            group = slice(j // size * size, j // size * size + size)
            peak = np.abs((w if updated or each_column else original)[:, group]).max(1)
            scale = as_float16(peak / 7).astype(np.float64)
            if j % size == 0:
                scales.append(scale)
        goals[:, j] = w[:, j] / scale
        q[:, j] = np.clip(np.rint(goals[:, j]), -7, 7)
        error = (original if from_original else w)[:, j] - q[:, j] * scale
        if all_at_the_end:  # the columns before j are changed too, and what is stored is rounded once more
            w[:, j] = q[:, j] * scale
            w[:, :j] += np.outer(error, f[j, :j])
        w[:, j + 1 :] += np.outer(error, f[j, j + 1 :])
    scales = np.stack(scales, 1)
    if all_at_the_end:
        q = np.clip(np.rint(w / spread(scales, size)), -7, 7)
    return q, scales, goals


def slips(w, x, size, damping):
    """Misunderstanding, in words -> the codes it gives."""
    h = hessian(x, damping)
    n, inverse, lower = len(h), np.linalg.inv(h), np.linalg.cholesky(h)
    upper = np.linalg.cholesky(inverse).T  # inverse = upper.T @ upper, as in the paper
    other = np.linalg.inv(lower).T  # inverse = other @ other.T: upper as well, but of the other product
    right, column = feedback(h), np.arange(n)
    twice = -upper / np.diag(upper)[:, None] ** 2
    raw = np.asarray(x, np.float64).reshape(-1, n)

    def over_diagonal(a):
        return -a / np.diag(a)[:, None]

    def with_damping(d, of=np.mean):
        return lambda: swept(w, feedback(hessian(x, d, of)), size)[0]

    def solved_without():
        f = np.zeros(h.shape)
        for j in range(n - 1):
            f[j, j + 1 :] = np.linalg.pinv(raw[:, j + 1 :]) @ raw[:, j]
        return swept(w, f, size)[0]

    found = {
        "plain rounding: no error reaches a later column (a lower triangular factor has zeros to the right of its "
        "diagonal)": lambda: swept(w, 0 * h, size)[0],
        "the other triangular factor: H^-1 must be U.T @ U (numpy's lower factor of H^-1, transposed)": lambda: swept(
            w, over_diagonal(other), size
        )[0],
        "a factor of H: the feedback is read from a factor of its inverse": lambda: swept(
            w, over_diagonal(lower.T), size
        )[0],
        "the rows of H instead of those of its inverse": lambda: swept(w, h / np.diag(h)[:, None], size)[0],
        "the whole inverse for every column: the columns already rounded are fixed and must leave it": lambda: swept(
            w, over_diagonal(inverse), size
        )[0],
        "error pushed onto columns already quantized, too: theirs is over": lambda: swept(
            w, over_diagonal(inverse), size, all_at_the_end=True
        )[0],
        "the sign of the feedback reversed": lambda: swept(w, -right, size)[0],
        "the error not divided by the diagonal of the factor": lambda: swept(w, -upper, size)[0],
        "the error divided by the diagonal twice": lambda: swept(w, twice, size)[0],
        "the error against the original weight: it is what rounding takes from the updated one": lambda: swept(
            w, right, size, from_original=True
        )[0],
        "the scale recomputed at every column: a group has one, settled before its first column": lambda: swept(
            w, right, size, each_column=True
        )[0],
        "error that stops at the end of its group": lambda: swept(
            w, right * (column[:, None] // size == column // size), size
        )[0],
        "error that stops at the end of a block of 128": lambda: swept(
            w, right * (column[:, None] // 128 == column // 128), size
        )[0],
        "error that reaches the next column only": lambda: swept(w, right * (column[:, None] == column - 1), size)[0],
        "the damping as it is, not times the mean of the Hessian's diagonal": lambda: swept(
            w, feedback(hessian(x, 0) + damping * np.eye(n)), size
        )[0],
        "damping times the trace": with_damping(damping, np.sum),
        "damping times the largest of the diagonal": with_damping(damping, np.max),
        "damping times each column's own diagonal": lambda: swept(
            w, feedback(hessian(x, 0) + damping * np.diag(np.diag(h))), size
        )[0],
        "a centred x (np.cov): the mean of a channel is part of the output": lambda: swept(
            w, feedback(hessian(raw - raw.mean(0), damping)), size
        )[0],
    }
    if n < 100:  # beyond, naming the slip would take seconds
        found["no damping"] = solved_without
    for value in (0.01, 0.05, 0.1, 0.001):
        if value != damping:
            found[f"damping = {value} whatever was asked for"] = with_damping(value)
    if (np.diag(h) == np.diag(h).min()).sum() > 1:
        found["0 / 0: a column that is never active has no loudness to divide by"] = lambda: np.zeros(w.shape)
    if len(w) == n:
        outputs = raw @ np.asarray(w, np.float64).T
        found["the Hessian of the outputs: it is that of the inputs, x.T @ x"] = lambda: swept(
            w, feedback(hessian(outputs, damping)), size
        )[0]
    if len(raw) == n:
        found["x @ x.T, which compares samples: the Hessian compares columns, x.T @ x"] = lambda: swept(
            w, feedback(hessian(raw.T, damping)), size
        )[0]
    return found


def correlated(draw, samples, columns, shared, *, noise=0.15):
    """A function of a number of samples: inputs of one distribution, `shared` directions and a little of their own."""
    mix = draw.rng.standard_normal((shared, columns)) * draw.rng.uniform(0.3, 2, columns)
    mean = 0.3 * draw.rng.standard_normal(columns)

    def sample(count=samples):
        own = noise * draw.rng.standard_normal((count, columns))
        return (draw.rng.standard_normal((count, shared)) @ mix + own + mean).astype(np.float32)

    return sample


def output_error(x, w, q, scale):
    size = w.shape[1] // np.shape(scale)[1]
    w_hat = np.asarray(q, np.float64) * spread(scale, size)
    x = np.asarray(x, np.float64).reshape(-1, w.shape[1])
    return np.linalg.norm(x @ (w_hat - w).T) / np.linalg.norm(x @ np.asarray(w, np.float64).T)


def check_form(check, made, w, size, what=""):
    q, scale = made
    scale = check.array(scale, f"scale{what}", shape=(len(w), w.shape[1] // size))
    check.that(bool((scale > 0).all()), f"scale{what} is not positive everywhere", of=scale)
    check.codes(q, f"q{what}", shape=w.shape, low=-7, high=7, dtype=np.int8,
                ask="Codes are those of quantize_groupwise, -7 to 7")  # fmt: skip
    return np.asarray(q, np.float64), np.asarray(scale, np.float64)


def name_the_slip(check, got, q, says, suspects, ask):
    """Fail, naming the misunderstanding whose codes these are: nearly all, since rounding again and again
    lets a last bit of float32 grow."""
    likeness = {}
    for words, codes in suspects.items():
        try:
            likeness[words] = (codes() == q).mean()
        except np.linalg.LinAlgError:
            continue
    nearest = max(likeness, key=likeness.get)
    if likeness[nearest] > 0.97:
        check.fail(got, says, f"That is what you get with {nearest}", named=True)
    check.fail(got, says, ask)


def judge(check, made, w, x, held_out, size, damping=0.01, what="", ask=""):
    """The error in the output on held-out inputs, against that of least-squares feedback."""
    q, scale = check_form(check, made, w, size, what)
    f = feedback(hessian(x, damping))
    # A group's scale may be that of its original weights or of its weights as updated: both are done, both are right.
    best = max(output_error(held_out, w, *swept(w, f, size, updated=updated)[:2]) for updated in (False, True))
    error = output_error(held_out, w, q, scale)
    if not error <= 1.1 * best:  # also for NaN
        name_the_slip(
            check,
            made[0],
            q,
            f"output error on held-out inputs{what} is {error:.4f}, at most {1.1 * best:.4f}"
            f" (least squares: {best:.4f})",
            slips(w, x, size, damping),
            ask or "Is what rounding takes from a column given back by the columns still to come, by least squares?",
        )


def a_settled_problem(draw, size, groups, damping, samples, rows=48):
    """(w, x) on which every right implementation gives the same codes, and those codes.

    Each group's last column is its loudest and shares no sample with any other column: it gets no feedback, so the
    group's scale is the same before and after the updates, 2**-5. Rows in which a goal comes within 0.01 of a tie,
    or beyond 6.4 steps, are left out: float32 or another order of sums moves goals much less.
    """
    columns = size * groups
    last = np.arange(columns) % size == size - 1
    x = np.zeros((samples + groups, columns))
    x[:samples, ~last] = correlated(draw, samples, columns - groups, max(2, columns // 6), noise=0.4)()
    x[np.arange(samples, samples + groups), last] = 3  # one sample each
    steps = draw.rng.uniform(-4, 4, (40 * rows, columns))
    steps[:, last] = 7 * draw.rng.choice([-1, 1], (len(steps), groups))
    w, x = (steps / 32).astype(np.float32), x.astype(np.float32)
    q, _, goals = swept(w, feedback(hessian(x, damping)), size)
    settled = (np.abs(goals - np.floor(goals) - 0.5) > 0.01).all(1) & (np.abs(goals[:, ~last]) < 6.4).all(1)
    assert settled.sum() >= rows // 2, "too few rows are settled: a slip of this test"
    chosen = np.flatnonzero(settled)[:rows]
    return w[chosen], x, q[chosen]


def check_settled(check, made, w, x, expected, size, damping):
    q, scale = check_form(check, made, w, size)
    check.close(scale, "scale", np.full(scale.shape, 1 / 32), rtol=1e-3,
                ask="Each group's loudest weight is 7/32, before and after any update")  # fmt: skip
    wrong = q != expected
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        name_the_slip(
            check,
            made[0],
            q,
            f"q[{at[0]}, {at[1]}]: got {q[at]:.0f}, expected {expected[at]:.0f} ({wrong.sum()} of {q.size} differ)",
            slips(w, x, size, damping),
            "Try two columns by hand: how much of the first one's error does the second make up for?",
        )


@exercise("gptq_quantize")
def test_gptq_gives_codes_and_scales_like_quantize_groupwise(lab, check, draw):
    rows, groups, size = draw.sizes(3, 3, 8)
    w, x = draw.tensor(rows, groups * size), draw.gaussian(40, groups * size)
    check_form(check, lab.gptq_quantize(w, x, size), w, size)
    made = lab.gptq_quantize(draw.tensor(3, 256), draw.gaussian(20, 256))
    check_form(check, made, np.empty((3, 256)), 128, " for the default group_size")


@exercise("gptq_quantize")
def test_each_error_is_made_up_for_by_the_columns_still_to_come(lab, check, draw):
    size, groups, damping = 6, 4, 0.03
    w, x, expected = a_settled_problem(draw, size, groups, damping, samples=60)
    check_settled(check, lab.gptq_quantize(w, x, size, damping), w, x, expected, size, damping)


@exercise("gptq_quantize")
def test_fewer_samples_than_columns_need_damping_times_the_mean_of_the_diagonal(lab, check, draw):
    size, groups = 6, 4
    w, x, expected = a_settled_problem(draw, size, groups, 0.01, samples=10)
    x = x / 64  # 0.01 itself is then more than the whole diagonal
    check_settled(check, lab.gptq_quantize(w, x, size), w, x, expected, size, 0.01)


@exercise("gptq_quantize")
def test_inputs_are_compared_by_columns_where_every_size_is_the_same(lab, check, draw):
    size, groups = 6, 4
    n = size * groups  # as many outputs, inputs and samples
    w, x, expected = a_settled_problem(draw, size, groups, 0.02, samples=n - groups, rows=n)
    w, expected = (np.concatenate([a, a])[:n] for a in (w, expected))
    check_settled(check, lab.gptq_quantize(w, x, size, 0.02), w, x, expected, size, 0.02)


@exercise("gptq_quantize")
def test_the_output_stays_nearer_on_held_out_correlated_inputs(lab, check, draw):
    size, columns = 16, 64
    for samples in (200, 200, 48):  # the last: fewer samples than columns
        sample = correlated(draw, samples, columns, 14)
        w, x, held_out = draw.gaussian(40, columns), sample(), sample(400)
        made = lab.gptq_quantize(w, x, size)
        judge(check, made, w, x, held_out, size, what=f" ({samples} samples, {columns} columns)")


@exercise("gptq_quantize")
def test_errors_cross_groups_and_blocks_of_columns(lab, check, draw):
    size, columns = 20, 160  # 128 is no multiple of the group, and not the end
    sample = correlated(draw, 300, columns, 24)
    w, x, held_out = draw.gaussian(24, columns), sample(), sample(300)
    judge(check, lab.gptq_quantize(w, x, size), w, x, held_out, size, what=f" ({columns} columns)")


@exercise("gptq_quantize")
def test_the_loudness_of_the_inputs_changes_nothing(lab, check, draw):
    size, columns = 12, 48
    sample = correlated(draw, 40, columns, 10)  # fewer samples than columns, so that the damping matters
    w, x, held_out = draw.gaussian(40, columns), sample(), sample(300)
    for loudness in (2.0**-12, 2.0**12):
        loud = (x * loudness).astype(np.float32)
        judge(check, lab.gptq_quantize(w, loud, size), w, loud, held_out, size, what=f" (x times {loudness:g})")


@exercise("gptq_quantize")
def test_columns_that_are_never_active_harm_no_other(lab, check, draw):
    size, columns = 8, 40
    sample = correlated(draw, 120, columns, 9)
    w, x, held_out = draw.gaussian(40, columns), sample(), sample(300)
    dead = draw.rng.permutation(columns)[:7]
    x[:, dead] = held_out[:, dead] = 0
    x[:, :size] = held_out[:, :size] = 0  # and a whole group
    judge(check, lab.gptq_quantize(w, x, size), w, x, held_out, size, what=" (with dead columns)")


@exercise("gptq_quantize")
def test_endless_damping_gives_plain_rounding(lab, check, draw):
    rows, groups, size = draw.sizes(3, 4, 8)
    w = draw.tensor(rows, groups * size)
    x = correlated(draw, 50, groups * size, 5)()
    q, scale = check_form(check, lab.gptq_quantize(w, x, size, 1e7), w, size)
    # The feedback is then a ten-millionth of each error: nothing beside the 1e-5 of a step left at ties.
    absmax = np.abs(in_groups(w, size)).max(2)
    check.close(scale, "scale", absmax / 7, rtol=2.0**-10, ask="A group's loudest weight over 7")
    ratio = w / spread(scale, size)
    check.rounded(
        q,
        "q for damping=1e7",
        ratio,
        low=-7,
        high=7,
        suspects={
            f"damping = {d}: is the argument used?": swept(w, feedback(hessian(x, d)), size)[0] for d in (0.01, 0.05)
        },
        ask="So large a diagonal lets no column speak to another: is damping added to the diagonal, and only there?",
    )


@exercise("gptq_quantize")
def test_gptq_takes_its_grid_from_bits(lab, check, draw):
    rows, groups, size = draw.sizes(3, 4, 8)
    w = draw.tensor(rows, groups * size)
    x = correlated(draw, 50, groups * size, 5)()
    for bits, qmax in ((3, 3), (6, 31)):
        try:
            q, scale = lab.gptq_quantize(w, x, size, 1e7, bits=bits)
        except AssertionError as verdict:
            if "cannot be called" in str(verdict):
                return  # `bits` is this course's addition: a function of four bits alone is a right one
            raise
        # Damped so far, nothing is fed back: plain rounding, as in the test above.
        peaks = np.abs(in_groups(w, size)).max(2)
        suspects = {"absmax / 7 for every number of bits: is `bits` used?": peaks / 7}
        ask = "qmax = 2**(bits - 1) - 1: over it for the scale, clipped to it for the codes?"
        check.close(scale, "scale", peaks / qmax, rtol=2.0**-10, suspects=suspects, ask=ask)
        check.rounded(q, f"q for bits={bits}", w / spread(scale, size), low=-qmax, high=qmax, ask=ask)


@exercise("gptq_quantize")
def test_gptq_takes_any_float_dtype_memory_layout_and_leading_axes(lab, check, draw):
    size, columns = 8, 32
    sample = correlated(draw, 60, columns, 7)
    w, x, held_out = draw.gaussian(columns, 20)[:, ::-1].T, sample(), sample(200)
    for dtype in (np.float16, np.float64):
        narrow, view = w.astype(dtype), (30 * x).astype(dtype)[::-1]  # squares of 30 x sum to more than float16 holds
        judge(check, lab.gptq_quantize(narrow, view, size), narrow, view, held_out, size,
              what=f" of {np.dtype(dtype)} views",
              ask="In which dtype is x.T @ x taken? Float16 ends at 65504")  # fmt: skip
    judge(check, lab.gptq_quantize(w, x.reshape(3, 20, columns), size), w, x, held_out, size, what=" for x (3, 20, in)")


@exercise("gptq_quantize")
def test_gptq_gives_zero_groups_zeros(lab, check, draw):
    size, columns = 8, 24
    w, x = draw.gaussian(6, columns), correlated(draw, 50, columns, 5)()
    w[1], w[2, size : 2 * size] = 0, 0  # in row 2, errors arrive in the zero group: any codes will do, but no NaN
    q, scale = check_form(check, lab.gptq_quantize(w, x, size), w, size)
    check.equal(q[1], "q of the all-zero row", np.zeros(columns), ask="0 / 0: what is the scale of an all-zero group?")


@exercise("gptq_quantize")
def test_gptq_refuses_bad_input_by_name(lab, check, draw):
    w, x = draw.tensor(5, 12), draw.gaussian(30, 12)
    lab.gptq_quantize(w, x, 4)
    for value in (np.nan, np.inf):
        bad_w, bad_x = w.copy(), x.copy()
        bad_w[-1, 0] = bad_x[-1, 0] = value
        check.refuses(lab.gptq_quantize, bad_w, x, 4, naming="w", because=f"a w that holds {value}")
        check.refuses(lab.gptq_quantize, w, bad_x, 4, naming="x", because=f"an x that holds {value}")
    for bad in (w[0], w[None]):
        check.refuses(lab.gptq_quantize, bad, x, 4, naming="w", because=f"a w of shape {bad.shape}")
    check.refuses(lab.gptq_quantize, w, x[:, :-1], 4, naming=("x", "w"), because="an x of 11 columns for a w of 12")
    for wrong in (5, 0, 24):
        check.refuses(lab.gptq_quantize, w, x, wrong, naming=("group_size", "w"),
                      because=f"group_size={wrong} for 12 columns")  # fmt: skip
