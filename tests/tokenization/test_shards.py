import random

import pytest

from components.formats.corpus import SPLITS, documents
from components.formats.tokens import COUNTS
from components.runtime.errors import InputError
from components.tokenization import packing, shards, stage
from components.tokenization.byte_counts import ByteCounts
from components.tokenization.stage import tokenization
from tests.processes import FORK

FILES = (*(f"{split}.npy" for split in SPLITS), COUNTS)
KILLS = 20


@pytest.fixture
def options(corpus, tokenizer, tmp_path, monkeypatch):
    """Of the stage, with some eight shards and the tokens of a run that made only one."""
    options = {"corpus": corpus, "tokenizer": tokenizer, "context_length": 16}
    tokenization(**options, tokens=tmp_path / "whole", state=tmp_path / "none")
    monkeypatch.setattr(packing, "SHARD_CHARACTERS", 3000)
    return options | {"tokens": tmp_path / "tokens", "state": tmp_path / "state"}


def assert_same(folder):
    for name in FILES:
        assert (folder / "tokens" / name).read_bytes() == (folder / "whole" / name).read_bytes()


def assert_whole(folder):
    assert_same(folder)
    assert not list((folder / "state").iterdir())


def test_a_stopped_run_resumes_behind_its_shards(options, tmp_path, monkeypatch):
    """Stopped before each shard in turn; each document is tokenized once."""
    tokenized, made = [], ByteCounts.__call__

    def stopped(self, texts, *, before):
        if tokenized and not stops:
            stops.append(before)
            raise KeyboardInterrupt
        stops.clear()
        tokenized.extend(texts)
        return made(self, texts, before=before)

    stops = []
    monkeypatch.setattr(ByteCounts, "__call__", stopped)
    while not (tmp_path / "tokens").exists():
        try:
            tokenization(**options)
        except KeyboardInterrupt:
            continue
    assert tokenized == [text for split in SPLITS for text in documents(options["corpus"], split)]
    assert_whole(tmp_path)


def test_one_output_is_not_made_twice_at_a_time_but_two_of_the_same_input_are(
    options, tmp_path, monkeypatch
):
    made, refused = ByteCounts.__call__, []

    def meanwhile(self, texts, *, before):
        if not refused:
            with pytest.raises(InputError, match="another process is writing to"):
                tokenization(**options)
            refused.append(before)
            tokenization(**options | {"tokens": tmp_path / "others"})
        return made(self, texts, before=before)

    monkeypatch.setattr(ByteCounts, "__call__", meanwhile)
    tokenization(**options)
    assert refused
    assert (tmp_path / "others" / COUNTS).is_file()
    assert_whole(tmp_path)


@pytest.mark.slow
def test_a_run_that_is_killed_at_random_makes_the_same_tokens(options, tmp_path):
    draw = random.Random(1)
    num_kills, before, result = 0, {}, None
    while num_kills < KILLS:
        process = FORK.Process(target=_tokenize, args=(options,))
        process.start()
        process.join(draw.uniform(0.05, 0.4))
        if process.is_alive():
            process.kill()
            num_kills += 1
        process.join()
        files = {file: file.stat().st_ino for file in (tmp_path / "state").rglob("*.npz")}
        made = _inode(tmp_path / "tokens")
        if is_new := made not in (result, None):
            assert_same(tmp_path)
        else:
            assert before.items() <= files.items()
        assert process.exitcode or not files
        # The state goes when the tokens are there: nothing that a kill leaves of it has to stay.
        before, result = {} if is_new else files, made
    tokenization(**options)
    assert_whole(tmp_path)


def _inode(folder):
    return folder.stat().st_ino if folder.exists() else None


def _tokenize(options):
    packing.SHARD_CHARACTERS = 600
    tokenization(**options)


def _stop_behind_the_last_shard(options, monkeypatch):
    def stop(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(shards.Shards, "sequences", stop)
        tokenization(**options)


def test_shards_of_another_version_of_a_library_do_not_count(options, tmp_path, monkeypatch):
    _stop_behind_the_last_shard(options, monkeypatch)
    made = list((tmp_path / "state").iterdir())
    monkeypatch.setattr(stage, "version", lambda _: "0.1")
    _stop_behind_the_last_shard(options, monkeypatch)
    assert len(made) == 1
    assert len(list((tmp_path / "state").iterdir())) == 2


def test_an_output_that_is_not_replaced_is_refused_before_shards_are_lost(
    options, tmp_path, monkeypatch
):
    _stop_behind_the_last_shard(options, monkeypatch)
    made = sorted((tmp_path / "state").rglob("*"))
    (tmp_path / "tokens").mkdir()
    monkeypatch.chdir(tmp_path / "tokens")
    with pytest.raises(InputError, match="holds the working directory"):
        tokenization(**options)
    assert sorted((tmp_path / "state").rglob("*")) == made


def test_a_damaged_shard_is_named_and_then_made_anew(options, tmp_path, monkeypatch):
    _stop_behind_the_last_shard(options, monkeypatch)
    file = max((tmp_path / "state").rglob("train-*.npz"))
    file.write_bytes(file.read_bytes()[:-99])
    with pytest.raises(InputError, match=r"damaged or cut off .*\.npz, now removed"):
        tokenization(**options)
    tokenization(**options)
    assert_whole(tmp_path)
