"""``lab train`` on a tiny model: one seed gives one set of weights, and nothing is lost on the way."""

import dataclasses
import os
import signal

import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from labkit.models import train  # noqa: E402
from labkit.models.recipe import Recipe, batch, build_model, build_optimizers, set_learning_rates, weights_sha256  # noqa: E402

TINY = Recipe(
    steps=6, batch_tokens=512, hidden=128, layers=1, intermediate=128, heads=2, kv_heads=1, vocabulary=300
)  # fmt: skip


@pytest.fixture(autouse=True)
def torch_settings():
    """Training sets the thread count and determinism of the whole process: put them back."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


def trained(out, recipe=TINY, save_every=2):
    trainer = train.open_run(recipe, out, resume=False)
    assert train.run(trainer, out, save_every, quiet=True)
    return trainer


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The weights of an uninterrupted run, as a hash: float32, every bit."""
    return weights_sha256(trained(tmp_path_factory.mktemp("reference")).model.state_dict())


def test_one_seed_gives_the_same_weights_twice(tmp_path, reference):
    assert weights_sha256(trained(tmp_path).model.state_dict()) == reference


def test_another_seed_gives_other_weights(tmp_path, reference):
    other = trained(tmp_path, dataclasses.replace(TINY, seed=1))
    assert weights_sha256(other.model.state_dict()) != reference


def test_a_run_stopped_by_ctrl_c_and_resumed_equals_an_uninterrupted_one(tmp_path, reference, monkeypatch):
    trainer = train.open_run(TINY, tmp_path, resume=False)
    advance = trainer.advance

    def advance_and_interrupt():
        loss = advance()
        if trainer.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return loss

    monkeypatch.setattr(trainer, "advance", advance_and_interrupt)
    assert not train.run(trainer, tmp_path, save_every=100, quiet=True)
    assert trainer.step == 3
    resumed = train.open_run(TINY, tmp_path, resume=True)
    assert resumed.step == 3
    assert train.run(resumed, tmp_path, save_every=100, quiet=True)
    assert weights_sha256(resumed.model.state_dict()) == reference


def test_a_run_killed_between_saves_resumes_from_the_last_save_to_the_same_weights(tmp_path, reference, monkeypatch):
    trainer = train.open_run(TINY, tmp_path, resume=False)
    advance = trainer.advance

    def advance_or_die():
        if trainer.step == 5:
            raise MemoryError("the machine went away")
        return advance()

    monkeypatch.setattr(trainer, "advance", advance_or_die)
    with pytest.raises(MemoryError):
        train.run(trainer, tmp_path, save_every=2, quiet=True)
    resumed = train.open_run(TINY, tmp_path, resume=True)
    assert resumed.step == 4
    train.run(resumed, tmp_path, save_every=2, quiet=True)
    assert weights_sha256(resumed.model.state_dict()) == reference


def test_a_save_that_fails_leaves_the_last_state_whole(tmp_path, monkeypatch):
    trainer = train.open_run(TINY, tmp_path, resume=False)
    trainer.save(tmp_path / train.STATE)
    before = (tmp_path / train.STATE).read_bytes()

    def disk_full(state, path):
        path.write_bytes(b"half a state")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", disk_full)
    with pytest.raises(OSError, match="no space"):
        trainer.save(tmp_path / train.STATE)
    assert (tmp_path / train.STATE).read_bytes() == before


def test_training_lowers_the_loss(tmp_path):
    trainer = train.open_run(dataclasses.replace(TINY, steps=30), tmp_path, resume=False)
    first = trainer.advance()
    while trainer.step < 30:
        last = trainer.advance()
    assert last < first - 1.0  # nats a token; six is a random model's


def test_batches_start_each_row_with_a_document_and_depend_on_the_step_alone():
    tokenizer = train.recipes.train_tokenizer(TINY)
    ids = batch(TINY, tokenizer, step=4)
    assert ids.shape == (2, 256) and ids.dtype == torch.int64
    assert (ids[:, 0] == tokenizer.bos_token_id).all()
    assert torch.equal(ids, batch(TINY, tokenizer, step=4))
    assert not torch.equal(ids, batch(TINY, tokenizer, step=5))


def test_muon_takes_the_matrices_and_adamw_the_embedding_and_the_norms():
    model = build_model(TINY)
    muon, adamw = build_optimizers(TINY, model)
    in_muon = {id(p) for group in muon.param_groups for p in group["params"]}
    in_adamw = {id(p) for group in adamw.param_groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        assert (id(parameter) in in_muon) == name.endswith("proj.weight"), name
        assert (id(parameter) in in_adamw) != (id(parameter) in in_muon), name


def test_the_learning_rate_rises_then_falls_to_near_zero():
    recipe = Recipe(steps=100)
    optimizers = build_optimizers(recipe, build_model(TINY))
    rates = []
    for step in range(recipe.steps):
        set_learning_rates(recipe, optimizers, step)
        rates.append(optimizers[0].param_groups[0]["lr"])
    assert rates.index(max(rates)) in (4, 5) and max(rates) == pytest.approx(recipe.muon_lr)
    assert rates[-1] == pytest.approx(recipe.muon_lr / 95)  # one step of the 95 of the way down
    assert rates[4:] == sorted(rates[4:], reverse=True)


@pytest.mark.parametrize(
    "argv, named",
    [
        (["--steps", "many"], ("--steps", "'many'", "1 to")),
        (["--steps", "0"], ("--steps", "'0'", "1 to")),
        (["--seed", "-1"], ("--seed", "'-1'", "0 to")),
        (["--seed=--5"], ("--seed", "'--5'", "0 to")),
        (["--threads", "0"], ("--threads", "'0'", "1 to")),
        (["--threads", "100000"], ("--threads", "'100000'", "1 to")),
        (["--batch-tokens", "300"], ("--batch-tokens", "300", "256")),
        (["--save-every", "1.5"], ("--save-every", "'1.5'", "1 to")),
        (["--frobnicate"], ("--frobnicate", "--help")),
        (["--out", "{file}"], ("--out", "a file", "folder")),
        (["--resume", "--out", "{empty}"], ("--resume", "state.pt", "leave --resume out")),
        (["--resume", "--out", "{damaged}"], ("--resume", "state.pt", "cannot be read", "start again")),
        (["--out", "{damaged}"], ("--out", "state.pt", "--resume")),
        (["--out", "{finished}"], ("--out", "model.safetensors", "another folder")),
    ],
)
def test_a_wrong_argument_gives_one_line_that_names_it_and_the_mend(argv, named, tmp_path, capsys):
    for folder in ("empty", "damaged", "finished"):
        (tmp_path / folder).mkdir()
    (tmp_path / "damaged" / "state.pt").write_bytes(b"not a state")
    (tmp_path / "finished" / "model.safetensors").write_bytes(b"")
    (tmp_path / "file").write_text("")
    places = {name: tmp_path / name for name in ("empty", "damaged", "finished", "file")}
    assert train.main([arg.format(**places) for arg in argv]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1, message
    assert all(part in message for part in named), message


def test_resuming_with_another_recipe_names_the_argument_and_the_saved_value(tmp_path):
    train.open_run(TINY, tmp_path, resume=False).save(tmp_path / train.STATE)
    with pytest.raises(train.TrainError, match="--steps 7: the saved run has 6"):
        train.open_run(dataclasses.replace(TINY, steps=7), tmp_path, resume=True)


def test_a_finished_command_writes_the_model_prints_its_hash_and_removes_the_state(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(train, "Recipe", lambda **given: dataclasses.replace(TINY, **given))
    assert train.main(["--steps", "2", "--batch-tokens", "512", "--out", str(tmp_path / "model")]) == 0
    files = {path.name for path in (tmp_path / "model").iterdir()}
    assert files == {
        "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "training.json",
    }  # fmt: skip
    assert "weights sha256 " in capsys.readouterr().out
