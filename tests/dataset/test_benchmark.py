import pytest

from components.dataset.benchmark import get_benchmark
from components.dataset.checksums import BRAINBENCH_V0_1, checksums
from components.dataset.source import parse_source
from components.runtime.errors import InputError

CASE_OF_EQUAL_VERSIONS = (
    b"doi,journal_section,original_abstract,incorrect_abstract,combined_abstract\n"
    b'10.1/1,Cells,It rose.,It rose.,"It [[rose, rose]]."\n'
)


def test_both_files_take_their_place_with_their_bytes_unchanged(benchmark_folder, tmp_path):
    human = benchmark_folder / "cases" / "BrainBench_Human_v0.1.csv"
    human.write_bytes(b"\xef\xbb\xbf" + human.read_bytes())  # a byte order mark stays
    provenance = get_benchmark(
        parse_source(str(benchmark_folder)), tmp_path / "brainbench", sha256=None
    )
    assert (tmp_path / "brainbench" / "human.csv").read_bytes() == human.read_bytes()
    assert provenance["sha256"] == checksums(tmp_path / "brainbench")
    assert list(provenance["sha256"]) == ["human.csv", "machine.csv"]


def test_the_published_files_pass(reference, tmp_path):
    source = parse_source(f"file://{reference}/brainbench")
    provenance = get_benchmark(source, tmp_path / "brainbench", sha256=BRAINBENCH_V0_1)
    assert tuple(provenance["sha256"].values()) == BRAINBENCH_V0_1


def test_a_file_with_another_checksum_changes_nothing(benchmark_folder, tmp_path):
    kept = tmp_path / "brainbench"
    kept.mkdir()
    (kept / "human.csv").write_text("kept")
    with pytest.raises(InputError, match=r"unexpected sha256 of BrainBench_Human_v0.1.csv in"):
        get_benchmark(parse_source(str(benchmark_folder)), kept, sha256=BRAINBENCH_V0_1)
    assert {file.name: file.read_text() for file in kept.iterdir()} == {"human.csv": "kept"}
    assert not list(tmp_path.glob("*.partial"))


def test_a_missing_file_is_named(benchmark_folder, tmp_path):
    (benchmark_folder / "cases" / "BrainBench_GPT-4_v0.1.csv").unlink()
    with pytest.raises(InputError, match=r"no BrainBench_GPT-4_v0.1.csv in .*benchmark: found"):
        get_benchmark(parse_source(str(benchmark_folder)), tmp_path / "x", sha256=None)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"doi,title\n", "no column journal_section.* found doi, title"),
        (b"doi\xff", "not UTF-8"),
        (b"", "no column doi"),
        (CASE_OF_EQUAL_VERSIONS, "v0.1.csv in .*benchmark, row 1"),
    ],
)
def test_a_file_in_another_form_is_named_by_its_source(benchmark_folder, tmp_path, content, found):
    (benchmark_folder / "cases" / "BrainBench_GPT-4_v0.1.csv").write_bytes(content)
    with pytest.raises(InputError, match=found) as error:
        get_benchmark(parse_source(str(benchmark_folder)), tmp_path / "x", sha256=None)
    assert f"BrainBench_GPT-4_v0.1.csv in {benchmark_folder}" in str(error.value)
    assert ".partial" not in str(error.value)
