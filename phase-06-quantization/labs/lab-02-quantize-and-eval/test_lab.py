"""What lab 02's cost model must hold. `lab` is the implementation under test, `check` makes the claims,
`draw` gives irregular inputs; conftest.py at the root says what the three promise.

Everything here is counted, so it is exact; only seconds have a tolerance, room for float32 arithmetic.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

exercise = pytest.mark.exercise
SCHEMES = ("bf16", "int8", "fp8", "int4-g128")
FLOAT32 = 1e-6  # eight units in the last place of float32; the smallest term of a small model is far larger
PUBLISHED = yaml.safe_load(Path(__file__).with_name("published-models.yaml").read_text(encoding="utf-8"))
GIB = 2**30 / 10**9  # a GiB in GB
MODELS, CARDS = PUBLISHED["models"], PUBLISHED["cards"]


@dataclass(frozen=True)
class Llama:
    """A model by its sizes; every expectation below is counted from them, matrix by matrix."""

    hidden: int
    inner: int
    layers: int
    heads: int
    kv: int
    head: int  # head_dim
    vocab: int
    tied: bool = False
    qwen: bool = False  # biases on q, k and v

    def config(self, **changes) -> dict:
        """As a config.json would say it, everything explicit; a change to `...` removes the field."""
        fields = dict(
            model_type="qwen2" if self.qwen else "llama", hidden_size=self.hidden, intermediate_size=self.inner,
            num_hidden_layers=self.layers, num_attention_heads=self.heads, num_key_value_heads=self.kv,
            head_dim=self.head, vocab_size=self.vocab, tie_word_embeddings=self.tied, torch_dtype="bfloat16",
        ) | changes
        return {name: value for name, value in fields.items() if value is not ...}

    @property
    def layer(self) -> list[tuple[int, int]]:
        """(outputs, inputs) of q, k, v, o, gate, up, down."""
        q, kv = self.heads * self.head, self.kv * self.head
        return [(q, self.hidden), (kv, self.hidden), (kv, self.hidden), (self.hidden, q),
                (self.inner, self.hidden), (self.inner, self.hidden), (self.hidden, self.inner)]

    @property
    def weights(self) -> int:  # of the layers' matrices
        return self.layers * sum(out * width for out, width in self.layer)

    @property
    def rows(self) -> int:
        return self.layers * sum(out for out, _ in self.layer)

    @property
    def columns(self) -> int:
        return self.layers * sum(width for _, width in self.layer)

    @property
    def biases(self) -> int:
        return self.layers * (self.heads + 2 * self.kv) * self.head * self.qwen

    @property
    def table(self) -> int:
        return self.vocab * self.hidden

    @property
    def tables(self) -> int:
        return self.table if self.tied else 2 * self.table

    @property
    def norm(self) -> int:
        return (2 * self.layers + 1) * self.hidden

    @property
    def parameters(self) -> int:
        return self.weights + self.biases + self.tables + self.norm

    def stored(self, scheme: str) -> int:
        """Bytes of the layers' matrices with their scales."""
        return {
            "bf16": 2 * self.weights,
            "fp8": self.weights + 4 * self.rows,
            "int8": self.weights + 4 * self.rows,
            "int4-g128": self.weights // 2 + 2 * (self.weights // 128),
        }[scheme]

    def bytes(self, scheme: str) -> int:
        return self.stored(scheme) + 2 * (self.biases + self.tables + self.norm)

    def per_token(self, width: int = 2) -> int:
        return 2 * self.layers * self.kv * self.head * width

    def read(self, scheme: str, batch: int, context: int) -> int:
        """Bytes that one decode step reads."""
        return self.stored(scheme) + 2 * (self.table + self.norm) + batch * context * self.per_token()

    def operations(self, batch: int) -> int:
        return 2 * batch * (self.weights + self.table)

    # What two common misunderstandings take the model for.

    @property
    def ungrouped(self) -> "Llama":
        return replace(self, kv=self.heads)

    @property
    def evenly_divided(self) -> "Llama":
        return replace(self, head=self.hidden // self.heads)


UNGROUPED = "as many KV heads as heads: under grouped-query attention there are num_key_value_heads"
DIVIDED = "hidden_size / num_attention_heads for head_dim, which this config gives itself"


def published(name: str) -> Llama:
    c = MODELS[name]["config"]
    return Llama(
        c["hidden_size"], c["intermediate_size"], c["num_hidden_layers"], c["num_attention_heads"],
        c["num_key_value_heads"], c.get("head_dim", c["hidden_size"] // c["num_attention_heads"]), c["vocab_size"],
        c["tie_word_embeddings"], c["model_type"] == "qwen2",
    )


def a_model(draw, **changes) -> Llama:
    """Sizes that are pairwise different; grouped heads; heads * head_dim is not hidden; untied."""
    kv, group = draw.sizes(2, 2, 5)
    head, layers = draw.sizes(2, 6, 11)
    heads = kv * group
    hidden = heads * head + draw.sizes(1, heads, 2 * heads - 1)[0]  # hidden // heads is head + 1
    inner = 2 * hidden + draw.sizes(1, 3, 60)[0]
    return replace(Llama(hidden, inner, layers, heads, kv, head, inner + draw.sizes(1, 100, 300)[0]), **changes)


def a_model_in_groups(draw, **changes) -> Llama:
    """The same, with every width a multiple of 128."""
    # heads * head_dim is 4 kv * 32 m = 128 kv m; the 32 kv m rows of k and v are no multiple of 128, as need not be.
    kv, m = (int(n) for n in draw.rng.permutation([2, 3, 5])[:2])
    hidden, inner = (128 * (kv * m + n) for n in draw.sizes(2, 1, 9))
    return replace(Llama(hidden, inner, *draw.sizes(1, 3, 5), 4 * kv, kv, 32 * m, 401 + kv), **changes)


def plain_heads(m: Llama) -> Llama:
    """A model for which every optional field may stay away: hidden = heads * head_dim, one KV head a head, untied."""
    return replace(m, hidden=m.heads * m.head, kv=m.heads, tied=False)


def short_configs(m: Llama):
    """(what it is, config, model): the optional fields absent or None, in mappings and in objects."""
    even, plain = replace(m, hidden=m.heads * m.head), plain_heads(m)
    for kind, gone in (("absent", ...), ("None", None)):
        yield f"head_dim {kind}", even.config(head_dim=gone), even
        yield f"num_key_value_heads {kind}", m.ungrouped.config(num_key_value_heads=gone), m.ungrouped
        yield f"tie_word_embeddings {kind}", m.config(tie_word_embeddings=gone), m
        bare = plain.config(head_dim=gone, num_key_value_heads=gone, tie_word_embeddings=gone)
        yield f"all three {kind}", bare, plain
        yield f"all three {kind} in an object", SimpleNamespace(**bare), plain
    yield "an object", SimpleNamespace(**m.config()), m
    tied = replace(m, tied=True)
    yield "an object with a tied head", SimpleNamespace(**tied.config()), tied


def follows_the_defaults(compute, expected, check, m: Llama, name: str) -> None:
    """`compute(config)` equals `expected(model)` for configs that leave things out, and for objects."""
    for what, config, model in short_configs(m):
        check.equal(compute(config), f"{name} ({what})", expected(model), suspects={
            "as many heads as KV heads, or the reverse: which one has a default?": expected(replace(model, kv=1)),
            "a tied head where nothing ties it": expected(replace(model, tied=True)),
            "an untied head, though tie_word_embeddings is true": expected(replace(model, tied=False)),
        }, ask="An absent field and one that is None take the default; a config may be a mapping or an object")


def refuses_unknown_schemes(compute, check) -> None:
    compute("int8")  # a function that refuses everything refuses nothing
    for scheme in ("int3", "int4", "int8-g128", "awq", ""):
        check.refuses(compute, scheme, naming="scheme", because=f"the scheme {scheme!r}")


def named(function, call):
    """`call`, under the name that check.refuses shows."""
    call.__name__ = function.__name__
    return call


WIDTH_WORDS = ("scheme", "config", "width", "widths", "inputs", "in_features", "columns", "128", "g128",
               "hidden_size", "intermediate_size", "head_dim", "num_attention_heads")


def refuses_widths_that_128_does_not_divide(compute, check, m: Llama) -> None:
    """compute(config, scheme), on each of the three widths of a layer."""
    compute(m.config(), "int4-g128")
    for what, odd in (
        ("hidden_size", replace(m, hidden=m.hidden + 64)),
        ("intermediate_size", replace(m, inner=m.inner + 1)),
        ("heads * head_dim, the width of o,", replace(m, head=m.head + 1)),
    ):
        compute(odd.config(), "int8")  # only groups need it
        check.refuses(compute, odd.config(), "int4-g128", naming=WIDTH_WORDS,
                      because=f"int4-g128 where 128 does not divide {what}")


# ---- exercise 1: parameters ----


def four_counts(check, counts) -> dict:
    keys = ("linear", "embedding", "lm_head", "norm")
    check.that(isinstance(counts, dict), f"returned {type(counts).__name__}, expected a dict", of=counts)
    check.that(set(counts) == set(keys), f"the keys are {', '.join(map(str, counts))}; expected {', '.join(keys)}",
               of=counts, ask="Four parts whose sum is the model: is a total, or a part of a part, among them?")
    return counts


@exercise("count_parameters")
def test_published_models_are_counted_to_the_last_digit(lab, check):
    for name, model in MODELS.items():
        m = published(name)
        assert m.parameters == model["parameters"], "the expectation itself"
        counts = four_counts(check, lab.count_parameters(dict(model["config"])))
        check.equal(sum(counts.values()), f"parameters of {name}", model["parameters"], suspects={
            "the tied table counted twice: lm_head is the embedding here": m.parameters + m.table * m.tied,
            "an untied head left out: tie_word_embeddings is false here": m.parameters - m.table * (not m.tied),
            UNGROUPED: m.ungrouped.parameters,
            DIVIDED: m.evenly_divided.parameters,
            "the biases left out: model_type qwen2 has them on q, k and v": m.parameters - m.biases,
            "a bias on o as well: qwen2 has them on q, k and v": m.parameters + m.layers * m.hidden * m.qwen,
            "the final norm left out": m.parameters - m.hidden,
            "the norms left out": m.parameters - m.norm,
            "a single norm in each layer: attention and MLP have one each": m.parameters - m.layers * m.hidden,
            "two matrices in the MLP: gate, up and down are three": m.parameters - m.layers * m.hidden * m.inner,
            "o taken as hidden x hidden": m.parameters + m.layers * m.hidden * (m.hidden - m.heads * m.head),
            "q and o taken as hidden x hidden": m.parameters + 2 * m.layers * m.hidden * (m.hidden - m.heads * m.head),
            "biases on q, k and v of every model": replace(m, qwen=True).parameters,
            "np.int32, which ends at 2**31: Python's own integers have no end":
                (m.weights + 2**31) % 2**32 - 2**31 + m.parameters - m.weights,
        }, ask="Write down the seven matrices of one layer with their shapes: which is missing or misshapen?")


@exercise("count_parameters")
def test_each_part_is_counted_by_itself(lab, check, draw):
    m = a_model(draw)
    config = m.config()
    before = dict(config)
    counts = four_counts(check, lab.count_parameters(config))
    per_layer = m.weights // m.layers
    check.equal(counts["linear"], "linear", m.weights, suspects={
        UNGROUPED: m.ungrouped.weights,
        DIVIDED: m.evenly_divided.weights,
        "one layer: there are num_hidden_layers of them": per_layer,
        "two matrices in the MLP: gate, up and down are three": m.weights - m.layers * m.hidden * m.inner,
        "k alone, without v": m.weights - m.layers * m.kv * m.head * m.hidden,
        "o left out": m.weights - m.layers * m.heads * m.head * m.hidden,
        "o taken as hidden x hidden": m.weights + m.layers * m.hidden * (m.hidden - m.heads * m.head),
        "num_key_value_heads taken for the size of a group": replace(m, kv=m.heads // m.kv).weights,
        "the head among the layers' matrices: it has a part of its own": m.weights + m.table,
        "attention alone": m.weights - 3 * m.layers * m.hidden * m.inner,
        "the MLP alone": 3 * m.layers * m.hidden * m.inner,
        "a bias for every output: Llama has none": m.weights + m.rows,
        "biases on q, k and v, which model_type llama has not": m.weights + replace(m, qwen=True).biases,
        "the norms among the matrices: they have a part of their own": m.weights + m.norm,
    }, ask="Write down the seven matrices of one layer with their shapes: which is missing or misshapen?")
    check.equal(counts["embedding"], "embedding", m.table, suspects={
        "both tables: the untied head has a part of its own": 2 * m.table,
        "the vocabulary alone": m.vocab,
    }, ask="vocabulary x hidden")
    check.equal(counts["lm_head"], "lm_head", m.table, suspects={
        "no head: this config does not tie it": 0,
    }, ask="An untied head is a matrix of its own, vocabulary x hidden")
    check.equal(counts["norm"], "norm", m.norm, suspects={
        "the final norm left out": 2 * m.layers * m.hidden,
        "a single norm in each layer: attention and MLP have one each": (m.layers + 1) * m.hidden,
        "a single norm in each layer, and no final one": m.layers * m.hidden,
        "a bias beside each gain: an RMSNorm has only a gain": 2 * m.norm,
        "one layer's norms": 2 * m.hidden,
        "one layer's norms and the final one": 3 * m.hidden,
    }, ask="Two in each layer and one after the last, hidden_size each")
    check.that(config == before, "config was changed: a config is read, never written",
               ask="Is something popped from it, or filled in?")


@exercise("count_parameters")
def test_a_tied_head_is_counted_once_as_the_embedding(lab, check, draw):
    m = a_model(draw, tied=True)
    counts = four_counts(check, lab.count_parameters(m.config()))
    check.equal(counts["embedding"] + counts["lm_head"], "embedding + lm_head", m.table, suspects={
        "the tied table counted twice": 2 * m.table,
        "the tied table not counted at all": 0,
    }, ask="tie_word_embeddings is true: how many tables are in memory?")
    check.equal(counts["lm_head"], "lm_head", 0, suspects={
        "the one table counted as the head: here it counts as the embedding": m.table,
    }, ask="The one table counts as the embedding")
    check.equal(counts["linear"] + counts["norm"], "linear + norm", m.weights + m.norm,
                ask="Tying concerns the two tables and nothing else")


@exercise("count_parameters")
def test_absent_and_none_fields_take_their_defaults_in_mappings_and_objects(lab, check, draw):
    follows_the_defaults(lambda config: sum(four_counts(check, lab.count_parameters(config)).values()),
                         lambda m: m.parameters, check, a_model(draw), "parameters")


@exercise("count_parameters")
def test_a_size_that_is_missing_is_not_invented(lab, check, draw):
    m = a_model(draw)
    lab.count_parameters(m.config())
    for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"):
        try:
            counts = lab.count_parameters(m.config(**{name: ...}))
        except (AssertionError, NotImplementedError):
            raise
        except Exception:
            continue  # a KeyError or an AttributeError says it as well
        check.fail(counts, f"a config without {name} was accepted; expected an error",
                   "Only head_dim, num_key_value_heads and tie_word_embeddings have a default")


# ---- exercise 2: bytes of the weights ----


@exercise("weight_bytes")
def test_sixteen_bits_are_two_bytes_a_parameter(lab, check):
    for name, model in MODELS.items():
        m = published(name)
        check.equal(lab.weight_bytes(dict(model["config"]), "bf16"), f"bytes of {name} in bf16",
                    2 * model["parameters"], suspects={
            "bits: a byte is eight of them": 16 * model["parameters"],
            "a byte a parameter": model["parameters"],
            "float32: bf16 is two bytes": 4 * model["parameters"],
            "the tied table held twice": 2 * (m.parameters + m.table * m.tied),
            UNGROUPED: 2 * m.ungrouped.parameters,
            DIVIDED: 2 * m.evenly_divided.parameters,
            "scales, which bf16 has not": 2 * m.parameters + 4 * m.rows,
            "the biases left out": 2 * (m.parameters - m.biases),
            "the norms left out": 2 * (m.parameters - m.norm),
            "one layer: there are num_hidden_layers of them": 2 * (m.parameters - m.weights + m.weights // m.layers),
            "the untied head left out": 2 * (m.parameters - m.table * (not m.tied)),
            "float32 for embedding, head and norms: they are 16-bit": 2 * (m.parameters + m.tables + m.norm),
            "the layers' matrices alone": 2 * m.weights,
        }, ask="Two bytes for each of the model's parameters, and nothing else")


@exercise("weight_bytes")
def test_eight_bits_are_a_byte_a_weight_and_four_for_each_row(lab, check, draw):
    for tied in (False, True):
        m = a_model(draw, tied=tied)
        right, codes, other = m.bytes("int8"), m.weights, 2 * (m.tables + m.norm)
        assert right == codes + 4 * m.rows + other, "the expectation itself"
        for scheme in ("int8", "fp8"):
            check.equal(lab.weight_bytes(m.config(), scheme), f"bytes in {scheme}, {'tied' if tied else 'untied'}",
                        right, suspects={
                "the scales left out": codes + other,
                "2 bytes a scale: these are float32": codes + 2 * m.rows + other,
                "a scale for each input: an output channel is a row": codes + 4 * m.columns + other,
                "one scale for each matrix": codes + 4 * 7 * m.layers + other,
                "one scale for each 128 inputs, which is int4-g128": codes + 4 * (codes // 128) + other,
                "the embedding and the head in 8 bits too: they stay 16-bit": right - m.tables,
                "the head in 8 bits too: it stays 16-bit": right - m.table,
                "the head in 8 bits too, with scales: it stays 16-bit": right - m.table + 4 * m.vocab,
                "the embedding and the head in 8 bits too, with scales": right - m.tables + 4 * m.vocab * (2 - tied),
                "the norms in 8 bits too: they stay 16-bit": right - m.norm,
                "every parameter in 8 bits": codes + 4 * m.rows + m.tables + m.norm,
                "every parameter in 8 bits, and no scales": m.parameters,
                "the tied table held twice": right + 2 * m.table,
                "the embedding left out: it is in memory as well": right - 2 * m.table,
                "the norms left out": right - 2 * m.norm,
                "the layers' matrices alone": m.stored("int8"),
                "16 bits: is scheme used?": m.bytes("bf16"),
                "float32 for what is not quantized: it stays 16-bit": m.stored("int8") + 2 * other,
                "bits: a byte is eight of them": 8 * right,
                UNGROUPED: m.ungrouped.bytes("int8"),
                DIVIDED: m.evenly_divided.bytes("int8"),
            }, ask="Matrices at one byte, a float32 for each of their rows, and all the rest at two bytes")


@exercise("weight_bytes")
def test_four_bits_are_half_a_byte_a_weight_and_two_for_each_group(lab, check, draw):
    for tied in (False, True):
        m = a_model_in_groups(draw, tied=tied)
        right, codes, other = m.bytes("int4-g128"), m.weights // 2, 2 * (m.tables + m.norm)
        groups = m.weights // 128
        assert right == codes + 2 * groups + other, "the expectation itself"
        check.equal(lab.weight_bytes(m.config(), "int4-g128"), f"bytes in int4-g128, {'tied' if tied else 'untied'}",
                    right, suspects={
            "the scales left out": codes + other,
            "4 bytes a scale: these are float16": codes + 4 * groups + other,
            "a float16 scale for each row: there is one for each 128 inputs": codes + 2 * m.rows + other,
            "a float32 scale for each row: there is a float16 for each 128 inputs": codes + 4 * m.rows + other,
            "zero points of 4 bits, which a symmetric format has not": right + groups // 2,
            "zero points of a byte, which a symmetric format has not": right + groups,
            "zero points of 2 bytes, which a symmetric format has not": right + 2 * groups,
            "a byte a code: two of them share one": m.weights + 2 * groups + other,
            "the scales also halved": codes + groups + other,
            "the embedding and the head in 4 bits too: they stay 16-bit": right - 2 * m.tables + m.tables // 2,
            "the embedding and the head in 4 bits too, with scales":
                right - 2 * m.tables + m.tables // 2 + 2 * (m.tables // 128),
            "the head in 4 bits too: it stays 16-bit": right - 2 * m.table + m.table // 2,
            "the head in 4 bits too, with scales":
                right - 2 * m.table + m.table // 2 + 2 * (m.table // 128),
            "every parameter in 4 bits": m.parameters // 2 + 2 * groups,
            "every parameter in 4 bits, and no scales": m.parameters // 2,
            "the tied table held twice": right + 2 * m.table,
            "the layers' matrices alone": m.stored("int4-g128"),
            "float32 for what is not quantized: it stays 16-bit": m.stored("int4-g128") + 2 * other,
            "bits: a byte is eight of them": 8 * right,
            UNGROUPED: m.ungrouped.bytes("int4-g128"),
        }, ask="Matrices at half a byte, a float16 for each 128 of their weights, and all the rest at two bytes")


@exercise("weight_bytes")
def test_weights_follow_the_defaults_in_mappings_and_objects(lab, check, draw):
    follows_the_defaults(lambda config: lab.weight_bytes(config, "int8"), lambda m: m.bytes("int8"), check,
                         a_model(draw), "bytes in int8")


@exercise("weight_bytes")
def test_a_small_model_is_mostly_table(lab, check):
    # Of Qwen2.5-0.5B's 494 million parameters 136 million are its table: 4 bits do not make it 4 times smaller.
    m = published("Qwen2.5-0.5B")
    m, config = replace(m, qwen=False), m.config(model_type="llama")  # biases apart
    taken = [lab.weight_bytes(config, scheme) for scheme in ("bf16", "int4-g128")]
    check.equal(taken[0], "bytes in bf16", m.bytes("bf16"), ask="Two bytes a parameter")
    check.equal(taken[1], "bytes in int4-g128", m.bytes("int4-g128"), suspects={
        "a quarter of bf16: only the layers' matrices are quantized, and they have scales": m.bytes("bf16") / 4,
        "the table in 4 bits too": m.bytes("int4-g128") - 2 * m.table + m.table // 2,
        "the scales left out": m.bytes("int4-g128") - 2 * (m.weights // 128),
        "the tied table held twice": m.bytes("int4-g128") + 2 * m.table,
    }, ask=f"bf16 takes {m.bytes('bf16') / m.bytes('int4-g128'):.2f} times as much")


@exercise("weight_bytes")
def test_groups_need_widths_that_128_divides(lab, check, draw):
    refuses_widths_that_128_does_not_divide(lab.weight_bytes, check, a_model_in_groups(draw))


@exercise("weight_bytes")
def test_weights_in_an_unknown_scheme_are_refused(lab, check, draw):
    config = a_model_in_groups(draw).config()
    refuses_unknown_schemes(named(lab.weight_bytes, lambda scheme: lab.weight_bytes(config, scheme)), check)


# ---- exercise 3: bytes of the cache ----


def token_suspects(m: Llama, width: int) -> dict:
    right = m.per_token(width)
    return {
        "keys alone: a token has a key and a value": right // 2,
        "one layer: every layer has a cache of its own": right // m.layers,
        "one layer, and keys alone": right // m.layers // 2,
        UNGROUPED: m.ungrouped.per_token(width),
        "num_key_value_heads taken for the size of a group": replace(m, kv=m.heads // m.kv).per_token(width),
        DIVIDED: m.evenly_divided.per_token(width),
        "hidden_size for a key: it is KV heads * head_dim": 2 * m.layers * m.hidden * width,
        "one head": right // m.kv,
        "KV heads * hidden_size": 2 * m.layers * m.kv * m.hidden * width,
        "heads and KV heads both": right * m.heads,
        "numbers, not bytes": right // width,
        "bits: a byte is eight of them": right * 8,
        "2 bytes a number: is kv_dtype used?": m.per_token(2),
        "1 byte a number: is kv_dtype used?": m.per_token(1),
        "4 bytes a number": m.per_token(4),
        "2 ** for 2 *": right * 2,
    }


@exercise("kv_bytes_per_token")
def test_published_models_keep_these_bytes_a_token(lab, check):
    for name, by_hand in {
        "Llama-3.1-8B": 131_072,  # 2 * 32 layers * 8 KV heads * 128 * 2 bytes
        "Llama-3.1-70B": 327_680,  # 2 * 80 * 8 * 128 * 2
        "Llama-2-7B": 524_288,  # 2 * 32 * 32 * 128 * 2: no grouping
        "Mistral-Nemo-12B": 163_840,  # 2 * 40 * 8 * 128 * 2: head_dim is not hidden / heads = 160
        "Qwen2.5-0.5B": 12_288,  # 2 * 24 * 2 * 64 * 2
    }.items():
        m = published(name)
        check.equal(lab.kv_bytes_per_token(dict(MODELS[name]["config"])), f"bytes a token of {name}", by_hand,
                    suspects=token_suspects(m, 2), ask="2 * layers * KV heads * head_dim * bytes")


@exercise("kv_bytes_per_token")
def test_a_token_is_a_key_and_a_value_in_every_layer(lab, check, draw):
    m = a_model(draw)
    for kv_dtype, width in (("bf16", 2), ("fp16", 2), ("fp8", 1), ("int8", 1)):
        check.equal(lab.kv_bytes_per_token(m.config(), kv_dtype), f"bytes a token in {kv_dtype}", m.per_token(width),
                    suspects=token_suspects(m, width), ask="2 * layers * KV heads * head_dim * bytes")
    check.equal(lab.kv_bytes_per_token(m.config(), kv_dtype="fp8"), "bytes a token", m.per_token(1),
                suspects=token_suspects(m, 1), ask="Is the argument still called kv_dtype?")


@exercise("kv_bytes_per_token")
def test_the_cache_follows_the_defaults_in_mappings_and_objects(lab, check, draw):
    follows_the_defaults(lab.kv_bytes_per_token, lambda m: m.per_token(), check, a_model(draw), "bytes a token")


@exercise("kv_bytes_per_token")
def test_an_unknown_kv_dtype_is_refused(lab, check, draw):
    config = a_model(draw).config()
    lab.kv_bytes_per_token(config, "fp8")
    for kv_dtype in ("int4", "fp6", ""):
        check.refuses(lab.kv_bytes_per_token, config, kv_dtype, naming="kv_dtype",
                      because=f"the kv_dtype {kv_dtype!r}")


# ---- exercise 4: tokens that fit ----


def whole_blocks(free: float, per_token: int, block: int) -> int:
    return max(0, int(free) // (block * per_token)) * block


def capacity_suspects(m: Llama, scheme: str, budget: float, width: int, block: int) -> dict:
    free, token = budget - m.bytes(scheme), m.per_token(width)
    right = whole_blocks(free, token, block)
    return {
        "tokens that do not make a whole block": int(free) // token,
        "a fraction of a token": free / token,
        "blocks rounded up: the last one does not fit": right + block,
        "blocks, not tokens": right // block,
        "the weights left out: they take their part of the budget first":
            whole_blocks(budget, token, block),
        "the weights in bf16 whatever the scheme": whole_blocks(budget - m.bytes("bf16"), token, block),
        "GB on one side and GiB on the other: the weights in units of 2**30 bytes, the budget in units of 10**9":
            whole_blocks(budget - m.bytes(scheme) / GIB, token, block),
        "GB on one side and GiB on the other: the budget in units of 2**30 bytes, the weights in units of 10**9":
            whole_blocks(budget / GIB - m.bytes(scheme), token, block),
        "a budget taken for GiB (2**30 bytes): it is given in bytes":
            whole_blocks(budget * GIB - m.bytes(scheme), token, block),
        "a cache in bf16 whatever kv_dtype": whole_blocks(free, m.per_token(2), block),
        "keys alone: a token has a key and a value": whole_blocks(free, token // 2, block),
        "one layer's cache: every layer has its own": whole_blocks(free, token // m.layers, block),
        UNGROUPED: whole_blocks(budget - m.ungrouped.bytes(scheme), m.ungrouped.per_token(width), block),
        UNGROUPED + " (in the cache)": whole_blocks(free, m.ungrouped.per_token(width), block),
        DIVIDED + " (in the cache)": whole_blocks(free, m.evenly_divided.per_token(width), block),
        "blocks of 16 whatever block_size": whole_blocks(free, token, 16),
        "the embedding left out of the weights": whole_blocks(free + 2 * m.table, token, block),
        "the scales left out of the weights":
            whole_blocks(free + m.stored(scheme) - m.weights // {"int4-g128": 2}.get(scheme, 1), token, block)
            if scheme != "bf16" else None,
        "a tied table held twice": whole_blocks(free - 2 * m.table, token, block) if m.tied else None,
        "a reserve of a tenth (gpu_memory_utilization): the whole budget is meant here":
            whole_blocks(0.9 * budget - m.bytes(scheme), token, block),
    }


def negative_suspects(free: float, m: Llama) -> dict:
    below = int(free // (16 * m.per_token())) * 16
    return {
        "less than nothing: weights that do not fit leave no tokens": below,
        "less than nothing, without blocks": int(free // m.per_token()),
        "less than nothing, rounded towards zero": -int(-free // (16 * m.per_token())) * 16,
        "the magnitude of a negative rest": -below,
        "the whole budget, the weights forgotten where they do not fit":
            whole_blocks(free + m.bytes("bf16"), m.per_token(), 16),
    }


def suspects_that_differ(suspects: dict, right) -> dict:
    """Without those that this case cannot tell from the right answer, or that have no value here."""
    return {words: value for words, value in suspects.items() if value is not None and value != right}


@exercise("kv_capacity_tokens")
def test_tokens_of_real_models_on_a_24_gb_and_an_80_gb_card(lab, check):
    for card in CARDS.values():
        for name in ("Llama-3.1-8B", "Llama-3.1-70B", "Qwen2.5-0.5B", "Mistral-Nemo-12B"):
            m, budget = published(name), card["memory"]
            m, config = replace(m, qwen=False), m.config(model_type="llama")  # biases apart
            for scheme in SCHEMES:
                right = whole_blocks(budget - m.bytes(scheme), m.per_token(), 16)
                check.equal(lab.kv_capacity_tokens(budget, config, scheme),
                            f"tokens of {name} in {scheme} on {budget / 1e9:.0f} GB", right,
                            suspects=suspects_that_differ(capacity_suspects(m, scheme, budget, 2, 16), right) | (
                                negative_suspects(budget - m.bytes(scheme), m) if right == 0 else {}),
                            ask="(budget - weights) / bytes a token, in whole blocks of 16")


@exercise("kv_capacity_tokens")
def test_capacity_is_what_the_weights_leave_in_whole_blocks(lab, check, draw):
    for scheme, kv_dtype, width, block in (("bf16", "bf16", 2, 16), ("int8", "fp8", 1, 16), ("fp8", "fp16", 2, 7),
                                           ("int4-g128", "int8", 1, 128)):
        m = a_model_in_groups(draw, tied=scheme == "fp8")
        # Room for some ten blocks and a part of one.
        free = int((draw.sizes(1, 9, 14)[0] + draw.rng.uniform(0.3, 0.7)) * block * m.per_token(width))
        budget = m.bytes(scheme) + free
        right = whole_blocks(free, m.per_token(width), block)
        check.equal(lab.kv_capacity_tokens(budget, m.config(), scheme, kv_dtype, block),
                    f"tokens ({scheme}, {kv_dtype}, blocks of {block})", right,
                    suspects=suspects_that_differ(capacity_suspects(m, scheme, budget, width, block), right),
                    ask="(budget - weights) / bytes a token, in whole blocks of block_size tokens")
        check.equal(lab.kv_capacity_tokens(budget, m.config(), scheme, kv_dtype=kv_dtype, block_size=block), "tokens",
                    right, ask="Are the arguments still called kv_dtype and block_size?")


@exercise("kv_capacity_tokens")
def test_a_block_that_just_fits_counts_and_one_byte_less_does_not(lab, check, draw):
    m = a_model(draw)
    block, weights = 16 * m.per_token(), m.bytes("int8")
    for blocks in (1, 2, draw.sizes(1, 5, 90)[0]):
        check.equal(lab.kv_capacity_tokens(weights + blocks * block, m.config(), "int8"),
                    f"tokens where {blocks} blocks fit exactly", 16 * blocks, suspects={
            "the last block lost though it fits": 16 * (blocks - 1),
            "blocks rounded up or one added": 16 * (blocks + 1),
        }, ask="Nothing is left over, and nothing is missing")
        check.equal(lab.kv_capacity_tokens(weights + blocks * block - 1, m.config(), "int8"),
                    f"tokens where the last of {blocks} blocks lacks a byte", 16 * (blocks - 1), suspects={
            "blocks rounded up, or to the nearest: the last one does not fit": 16 * blocks,
            "tokens that do not make a whole block": 16 * blocks - 1,
        }, ask="A block is there or it is not")


@exercise("kv_capacity_tokens")
def test_weights_that_do_not_fit_leave_no_tokens(lab, check, draw):
    m = a_model(draw)
    weights = m.bytes("bf16")
    for budget, what in ((weights, "exactly the weights"), (weights - 1, "a byte less than the weights"),
                         (weights // 3, "a third of the weights"), (0, "no budget")):
        tokens = lab.kv_capacity_tokens(budget, m.config(), "bf16")
        check.equal(tokens, f"tokens with {what}", 0, suspects=suspects_that_differ({
            "the weights left out": whole_blocks(budget, m.per_token(), 16),
        } | negative_suspects(budget - weights, m), 0), ask="What does your formula give for a negative rest?")


@exercise("kv_capacity_tokens")
def test_capacity_follows_the_defaults_in_mappings_and_objects(lab, check, draw):
    m = a_model(draw)
    budget = 3 * plain_heads(m).bytes("bf16") + 999 * m.ungrouped.per_token()
    follows_the_defaults(lambda config: lab.kv_capacity_tokens(budget, config, "bf16"),
                         lambda m: whole_blocks(budget - m.bytes("bf16"), m.per_token(), 16), check, m, "tokens")


@exercise("kv_capacity_tokens")
def test_capacity_with_an_unknown_scheme_or_kv_dtype_is_refused(lab, check, draw):
    config = a_model_in_groups(draw).config()
    name = lab.kv_capacity_tokens
    refuses_unknown_schemes(named(name, lambda scheme: lab.kv_capacity_tokens(10**9, config, scheme)), check)
    check.refuses(lab.kv_capacity_tokens, 10**9, config, "int8", "int4", naming="kv_dtype",
                  because="the kv_dtype 'int4'")
    refuses_widths_that_128_does_not_divide(
        named(name, lambda config, scheme: lab.kv_capacity_tokens(10**9, config, scheme)), check,
        a_model_in_groups(draw))


# ---- exercise 5: seconds of a decode step ----


def balanced(m: Llama, scheme: str, batch: int, context: int, ratio: float, bandwidth: float = 7.3e9) -> dict:
    """Hardware on which computing takes `ratio` times as long as reading."""
    reading = m.read(scheme, batch, context) / bandwidth
    return {"bandwidth": bandwidth, "peak": m.operations(batch) / (ratio * reading)}


def step_suspects(m: Llama, scheme: str, batch: int, context: int, hardware: dict) -> dict:
    bandwidth, peak = hardware["bandwidth"], hardware["peak"]
    read, ops = m.read(scheme, batch, context), m.operations(batch)
    cache, table = batch * context * m.per_token(), 2 * m.table

    def seconds(read, ops):
        return max(read / bandwidth, ops / peak)

    return {
        "min: the slower of the two decides, so the larger": min(read / bandwidth, ops / peak),
        "the sum of both: reading and computing overlap, the larger decides": read / bandwidth + ops / peak,
        "the embedding table read as well (one row a token is nothing)": seconds(read + table, ops),
        "all of weight_bytes: the embedding table itself is not read":
            seconds(read - table + 2 * m.tables, ops) if not m.tied else None,
        "no head: a tied table is the head": seconds(read - table, 2 * batch * m.weights) if m.tied else None,
        "a head that is not read: a tied table is the head": seconds(read - table, ops),
        "a head that is not computed": seconds(read, 2 * batch * m.weights),
        "neither head nor norms read": seconds(read - table - 2 * m.norm, ops),
        "the norms not read": seconds(read - 2 * m.norm, ops),
        "the head quantized: it stays 16-bit": seconds(read - m.table, ops),
        "one operation a weight: a multiply and an add are two": seconds(read, ops / 2),
        "operations of one sequence: each of the batch has its own": seconds(read, ops / batch),
        "the embedding table among the operations: a lookup computes nothing":
            seconds(read, ops + 2 * batch * m.table),
        "the norms among the operations": seconds(read, ops + 2 * batch * m.norm),
        "operations of every token of the context: only the new one is computed": seconds(read, ops * context),
        "the cache of one sequence: each of the batch has its own": seconds(read - cache + cache / batch, ops),
        "one token of cache: each sequence has `context` of them": seconds(read - cache + batch * m.per_token(), ops),
        "no cache read": seconds(read - cache, ops),
        "half the cache: a key and a value for each token, in bf16 whatever the scheme": seconds(read - cache / 2, ops),
        "the new token's cache too: context counts it": seconds(read + batch * m.per_token(), ops),
        "the weights read once for each sequence: a batch shares them":
            seconds((read - cache) * batch + cache, ops),
        "16 bits: is scheme used?": seconds(m.read("bf16", batch, context), ops),
        "the scales not read":
            seconds(read - m.stored(scheme) + m.weights // {"int4-g128": 2}.get(scheme, 1), ops)
            if scheme != "bf16" else None,
        UNGROUPED + " (in the cache)": seconds(read - cache + batch * context * m.ungrouped.per_token(), ops),
        "bits: a byte is eight of them": seconds(8 * read, ops),
        "milliseconds: seconds are asked for": 1e3 * seconds(read, ops),
        "the time of one token: a step gives `batch` of them": seconds(read, ops) / batch,
        "steps a second: seconds are asked for": 1 / seconds(read, ops),
        "tokens a second: seconds are asked for": batch / seconds(read, ops),
        "bandwidth and peak exchanged": max(read / peak, ops / bandwidth),
    }


def takes(lab, check, m: Llama, scheme: str, batch: int, context: int, hardware: dict, what: str, ask: str) -> None:
    right = max(m.read(scheme, batch, context) / hardware["bandwidth"], m.operations(batch) / hardware["peak"])
    seconds = lab.decode_step_seconds(m.config(), scheme, batch, context, hardware)
    check.array(seconds, "seconds", shape=())
    suspects = suspects_that_differ(step_suspects(m, scheme, batch, context, hardware), right)
    check.close(seconds, f"seconds ({what})", right, rtol=FLOAT32, suspects=suspects, ask=ask)


@exercise("decode_step_seconds")
def test_a_step_reads_the_weights_once_and_every_sequences_cache(lab, check, draw):
    for scheme in SCHEMES:
        m = a_model_in_groups(draw)
        batch, context = draw.sizes(2, 3, 40)
        takes(lab, check, m, scheme, batch, context, balanced(m, scheme, batch, context, 0.01),
              f"{scheme}, bound by bandwidth", "matrices and scales, head, norms, and batch * context * cache")


@exercise("decode_step_seconds")
def test_a_step_computes_two_operations_a_weight_and_sequence(lab, check, draw):
    for scheme in SCHEMES:
        m = a_model_in_groups(draw)
        batch, context = draw.sizes(2, 3, 40)
        takes(lab, check, m, scheme, batch, context, balanced(m, scheme, batch, context, 100),
              f"{scheme}, bound by computing", "2 * batch * (matrices + head), in every scheme the same")


@exercise("decode_step_seconds")
def test_the_slower_of_reading_and_computing_decides(lab, check, draw):
    m = a_model(draw)
    batch, context = draw.sizes(2, 3, 40)
    for ratio, slower in ((0.8, "reading"), (1.25, "computing")):
        takes(lab, check, m, "int8", batch, context, balanced(m, "int8", batch, context, ratio),
              f"{slower} is a quarter slower", "A roofline is the larger of two times")


@exercise("decode_step_seconds")
def test_a_tied_head_is_read_and_computed_like_any_other(lab, check, draw):
    for scheme in SCHEMES:
        tied = a_model_in_groups(draw, tied=True)
        batch, context = draw.sizes(2, 3, 40)
        for ratio, bound in ((0.01, "bandwidth"), (100, "computing")):
            takes(lab, check, tied, scheme, batch, context, balanced(tied, scheme, batch, context, ratio),
                  f"{scheme}, tied head, bound by {bound}", "Tying saves memory; the head's product still happens")


@exercise("decode_step_seconds")
def test_an_empty_cache_and_a_single_sequence_are_steps_too(lab, check, draw):
    m = a_model(draw)
    for batch, context in ((1, 0), (5, 0), (1, 77)):
        takes(lab, check, m, "fp8", batch, context, balanced(m, "fp8", batch, context, 0.01),
              f"batch {batch}, context {context}", "Which term is zero, and which is not?")


@exercise("decode_step_seconds")
def test_llama_8b_in_bf16_on_an_h100_and_biases_left_out(lab, check):
    h100 = {key: CARDS["H100 SXM"][key] for key in ("bandwidth", "peak")}
    m = published("Llama-3.1-8B")
    # (8 030 261 248 - 128 256 * 4096) parameters * 2 bytes / 3.35e12 bytes/s = 4.48 ms, so 223 steps a second at best.
    seconds = lab.decode_step_seconds(dict(MODELS["Llama-3.1-8B"]["config"]), "bf16", 1, 0, h100)
    check.close(seconds, "seconds of Llama-3.1-8B", 2 * (8_030_261_248 - 128_256 * 4096) / 3.35e12, rtol=FLOAT32,
                suspects=suspects_that_differ(step_suspects(m, "bf16", 1, 0, h100), 0),
                ask="Every parameter but the embedding table, two bytes each, over the bandwidth")
    qwen, plain = published("Qwen2.5-0.5B"), replace(published("Qwen2.5-0.5B"), qwen=False)
    seconds = lab.decode_step_seconds(dict(MODELS["Qwen2.5-0.5B"]["config"]), "bf16", 1, 0, h100)
    read = plain.read("bf16", 1, 0)
    check.close(seconds, "seconds of Qwen2.5-0.5B", read / 3.35e12, rtol=FLOAT32, suspects={
        "the biases read as well: the cost model leaves them out": (read + 2 * qwen.biases) / 3.35e12,
    } | suspects_that_differ(step_suspects(plain, "bf16", 1, 0, h100), 0),
        ask="Its head is tied, and biases are left out")


@exercise("decode_step_seconds")
def test_steps_follow_the_defaults_in_mappings_and_objects(lab, check, draw):
    hardware = {"bandwidth": 1.0, "peak": 1e30}  # a byte a second: exact

    def seconds(config) -> float:
        return float(check.array(lab.decode_step_seconds(config, "bf16", 3, 50, hardware), "seconds", shape=()))

    for what, config, m in short_configs(a_model(draw)):
        check.close(seconds(config), f"bytes read ({what})", m.read("bf16", 3, 50), rtol=FLOAT32,
                    ask="An absent field and one that is None take the default; a config may be an object")


@exercise("decode_step_seconds")
def test_a_step_in_an_unknown_scheme_is_refused(lab, check, draw):
    m, hardware = a_model_in_groups(draw), {"bandwidth": 1e9, "peak": 1e12}
    name = lab.decode_step_seconds

    def call(scheme):
        return lab.decode_step_seconds(m.config(), scheme, 2, 30, hardware)

    refuses_unknown_schemes(named(name, call), check)
    refuses_widths_that_128_does_not_divide(
        named(name, lambda config, scheme: lab.decode_step_seconds(config, scheme, 2, 30, hardware)), check, m)


# ---- exercise 6: the orders ----

FEWEST_BYTES = ["int4-g128", "int8", "fp8", "bf16"]  # int8 and fp8 are equal


def orders(check, order) -> dict[str, list]:
    check.that(isinstance(order, dict), f"returned {type(order).__name__}, expected a dict", of=order)
    check.that(set(order) == {"throughput", "capacity"}, f"the keys are {', '.join(map(str, order))}; "
               "expected throughput, capacity", of=order)
    for key, value in order.items():
        check.that(isinstance(value, (list, tuple)), f"{key} is {value!r}, expected a list of schemes", of=order,
                   ask="The winner alone says little: all of them, best first")
    return {key: list(value) for key, value in order.items()}


def is_order(check, order, key: str, expected: list, suspects: dict, ask: str, when: str) -> None:
    """One of the two orders is `expected`, unless it is named by a suspect."""
    got = orders(check, order)[key]
    if got == list(expected):
        return
    says = f"{key} {when}: {', '.join(map(str, got))}; expected {', '.join(expected)}"
    for words, value in suspects.items():
        if got == list(value):
            check.fail(order, says, f"That is what you get with {words}", named=True)
    check.fail(order, says, ask)


def room(m: Llama, scheme: str, tokens: int) -> int:
    """The smallest budget in which `scheme` holds `tokens`, which 16 must divide."""
    assert tokens % 16 == 0
    return m.bytes(scheme) + tokens * m.per_token()


@exercise("predict_order")
def test_where_reading_decides_the_fewest_bytes_are_fastest(lab, check, draw):
    m = a_model_in_groups(draw)
    hardware = balanced(m, "int4-g128", 1, 1024, 0.5)  # even the smallest format reads longer than it computes
    order = lab.predict_order(m.config(), hardware, room(m, "bf16", 4096))
    for key in ("throughput", "capacity"):
        is_order(check, order, key, FEWEST_BYTES, {
            "the worst first": ["bf16", "int8", "fp8", "int4-g128"],
            "the worst first, and equals reversed": FEWEST_BYTES[::-1],
            "equals by name: int8 and fp8 are equal, and `schemes` lists int8 first":
                ["int4-g128", "fp8", "int8", "bf16"],
            "the order in which schemes lists them": SCHEMES,
        }, "Fewer bytes to read, and more room for the cache", "where reading decides")


@exercise("predict_order")
def test_equals_stay_in_the_order_listed(lab, check, draw):
    m = a_model_in_groups(draw)
    hardware = balanced(m, "int4-g128", 1, 1024, 0.5)
    for listed, expected in (
        (("bf16", "fp8", "int8"), ["fp8", "int8", "bf16"]),
        (("int8", "bf16", "fp8"), ["int8", "fp8", "bf16"]),
        (("fp8",), ["fp8"]),
    ):
        order = lab.predict_order(m.config(), hardware, room(m, "bf16", 4096), schemes=listed)
        for key in ("throughput", "capacity"):
            is_order(check, order, key, expected, {
                "all four schemes, whatever `schemes` lists": FEWEST_BYTES,
                "equals by name, or in the order of the default": ["int8", "fp8", "bf16"],
                "equals in reverse": ["fp8", "int8", "bf16"],
            }, "int8 and fp8 are equal: the one listed first stays first", f"of {', '.join(listed)}")


@exercise("predict_order")
def test_where_computing_decides_all_are_equally_fast(lab, check, draw):
    m = a_model_in_groups(draw)
    hardware = balanced(m, "bf16", 64, 16, 2.0)  # at batch 64 even the largest format computes longer than it reads
    order = lab.predict_order(m.config(), hardware, room(m, "bf16", 4096), batch=64, context=16)
    is_order(check, order, "throughput", SCHEMES, {
        "the fewest bytes first: here every scheme takes the same time, that of its operations": FEWEST_BYTES,
    }, "All four compute the same: equals stay in the order listed", "where computing decides")
    is_order(check, order, "capacity", FEWEST_BYTES, {
        "the order of throughput: capacity is ordered by tokens": SCHEMES,
    }, "More room for the cache is still more room", "where computing decides")


@exercise("predict_order")
def test_batch_and_context_move_the_line_between_reading_and_computing(lab, check, draw):
    m = a_model_in_groups(draw)
    budget = room(m, "bf16", 65536)
    few, many = 1, 512
    # The line lies between: at batch `few` int4 reads longer than it computes, at `many` bf16 computes longer.
    ratio = m.operations(few) / m.read("int4-g128", few, 16), m.operations(many) / m.read("bf16", many, 16)
    assert ratio[0] < ratio[1], "the case itself"
    hardware = {"bandwidth": 1e9, "peak": 1e9 * (ratio[0] * ratio[1]) ** 0.5}
    for batch, expected, why in ((few, FEWEST_BYTES, "reading"), (many, SCHEMES, "computing")):
        order = lab.predict_order(m.config(), hardware, budget, batch, 16)
        is_order(check, order, "throughput", expected, {
            "one sequence, whatever `batch` says": FEWEST_BYTES,
            "the order in which schemes lists them": SCHEMES,
        }, f"At this batch {why} decides", f"at batch {batch}")
    # With a long context the cache is read too, and it is the same in every scheme; reading decides again.
    order = lab.predict_order(m.config(), {**hardware, "peak": hardware["peak"] * 1e3}, budget, many, 128)
    is_order(check, order, "throughput", FEWEST_BYTES, {}, "Reading decides here", f"at batch {many}, context 128")


@exercise("predict_order")
def test_a_scheme_that_cannot_hold_the_load_comes_last(lab, check, draw):
    m = a_model_in_groups(draw)
    batch, context = 4, 64
    hardware = balanced(m, "bf16", batch, context, 2.0)  # computing decides: all are equally fast
    for budget, expected, when in (
        (room(m, "bf16", 256), SCHEMES, "where bf16 just holds the load"),
        (room(m, "bf16", 256) - 1, ["int8", "fp8", "int4-g128", "bf16"], "where bf16 lacks a byte for the load"),
        (room(m, "int8", 256) - 1, ["int4-g128", "bf16", "int8", "fp8"], "where only int4-g128 holds the load"),
        (0, SCHEMES, "where no scheme fits"),
    ):
        order = lab.predict_order(m.config(), hardware, budget, batch=batch, context=context)
        is_order(check, order, "throughput", expected, {
            "the time alone: a scheme that cannot hold batch * context tokens cannot run this load": SCHEMES,
            "the fewest bytes first: computing decides here": FEWEST_BYTES,
            "a scheme left out: those that cannot run come last": [s for s in SCHEMES if s in expected[:3]],
        }, "First those that can hold batch * context tokens, then the rest; equals as listed", when)


@exercise("predict_order")
def test_capacity_counts_tokens_not_bytes(lab, check, draw):
    m = a_model_in_groups(draw)
    hardware = {"bandwidth": 1e9, "peak": 1e15}
    for budget, expected, when in (
        (0, SCHEMES, "where no scheme fits, all with 0 tokens"),
        (room(m, "int4-g128", 32), ["int4-g128", "bf16", "int8", "fp8"], "where only int4-g128 fits"),
        (room(m, "bf16", 32), FEWEST_BYTES, "where all fit"),
    ):
        assert budget != room(m, "int4-g128", 32) or budget < m.bytes("int8"), "the case itself"
        order = lab.predict_order(m.config(), hardware, budget)
        is_order(check, order, "capacity", expected, {
            "the weights' bytes compared: equals in tokens (also in none) stay as listed": FEWEST_BYTES,
            "the fewest tokens first": list(expected)[::-1],
        }, "By kv_capacity_tokens, the most first", when)


@exercise("predict_order")
def test_an_unknown_scheme_among_those_to_order_is_refused(lab, check, draw):
    m, hardware = a_model_in_groups(draw), {"bandwidth": 1e9, "peak": 1e12}
    lab.predict_order(m.config(), hardware, 10**9)
    check.refuses(lab.predict_order, m.config(), hardware, 10**9, schemes=("bf16", "int3"),
                  naming=("scheme", "schemes"), because="schemes=('bf16', 'int3')")
