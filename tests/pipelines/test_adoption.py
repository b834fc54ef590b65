from components.formats.tokens import read_tokens
from pipelines.dvc.graph import read_graph
from pipelines.study.costs import costs, table
from pipelines.study.params import read_params
from pipelines.study.validation import read_study, use, with_variants
from tests.conftest import ROOT

DEFINITION = (ROOT / "dvc.yaml").read_text()


def test_the_published_study_takes_the_demos_place_and_gives_it_back(tmp_path):
    definition, used = tmp_path / "dvc.yaml", tmp_path / "params.yaml"
    definition.write_text(DEFINITION)
    for params in (ROOT / "params.paper.yaml", ROOT / "params.yaml"):
        use(params=params, definition=definition)
        assert used.read_bytes() == params.read_bytes()
        read_study(used, definition=definition)
    assert definition.read_text() == DEFINITION


def test_a_separator_run_has_tokens_of_its_own(tmp_path):
    (tmp_path / "components").symlink_to(ROOT / "components")
    (tmp_path / ".dvcignore").symlink_to(ROOT / ".dvcignore")
    params = ROOT / "params.paper.yaml"
    variants = read_params(params).variants
    (tmp_path / "dvc.yaml").write_text(with_variants(DEFINITION, variants))
    data = (ROOT / "data.dvc").read_text()
    after = {
        node.stage: set(node.after)
        for node in read_graph(tmp_path, params=params.read_text(), data=data)
    }
    assert after["training@gpt2-774m-neuro-separator"] == {
        "initialization@gpt2-large",
        "tokenization@domain-separator",
    }
    assert after["tokenization@domain-separator"] == {"tokenizer@domain-separator"}
    assert after["tokenizer@domain-separator"] == {"tokenizer@domain"}
    scores = {f"brainbench@{name}" for name in variants}
    assert after["statistics"] == scores | {"overlap"}
    assert after["evidence"] == scores


def test_costs_are_known_once_the_tokens_are_made(tmp_path, tokens):
    study = read_params(ROOT / "params.yaml")
    twice = study.variants["gpt2-neuro"].model_copy(update={"epochs": 2})
    study = study.model_copy(
        update={"context_length": 32, "variants": study.variants | {"gpt2-neuro": twice}}
    )
    (tmp_path / "domain").symlink_to(tokens)
    rows = {name: rest for name, *rest in costs(study, tokens=tmp_path)}
    num_sequences = len(read_tokens(tokens).train.sequences)
    assert rows["gpt2-neuro"] == [f"{2 * num_sequences * 32:,}", f"{num_sequences // 4 * 2:,}"]
    assert rows["gpt2-scratch"] == ["1 x tokens of pretrained, not made yet", "?"]
    assert rows["gpt2-untrained"] == ["0", "0"]
    assert table([("a", "bc"), ("def", "g")]) == "a    bc\ndef  g"
