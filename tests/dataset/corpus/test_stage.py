import contextlib
import csv
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from operator import itemgetter

import pyarrow
import pytest
from pyarrow import parquet
from pyarrow.csv import write_csv

from components.dataset.corpus import building, corpus
from components.dataset.corpus.documents import Document
from components.dataset.corpus.selection import Selection
from components.dataset.corpus.sources import SourceFile
from components.dataset.corpus.state import State, opened_state
from components.dataset.originals import originals
from components.formats.cases import CaseRow, write_cases
from components.formats.corpus import SPLITS, documents
from components.formats.corpus_card import FILES, REMOVED, RemovedDocument
from components.overlap.stage import overlap
from components.runtime.errors import InputError
from tests.dataset.corpus.papers import ABSTRACT, jats, tei
from tests.fuzz import run_in_process
from tests.processes import FORK, ROOT
from tests.small_disk import skip_without_small_disks

KILLS = 15


def prose(seed, length=60):
    draw = random.Random(seed)
    return " ".join(f"word{draw.randrange(3000)}" for _ in range(length))


def write_papers(folder, numbers):
    """Articles that are not alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in numbers:
        (folder / f"{n:04}.xml").write_text(jats(doi=f"10.1234/{n}", body=f"<p>{prose(n)}</p>"))
    return folder


def rows(folder, split):
    return [json.loads(line) for line in (folder / f"{split}.jsonl").read_text().splitlines()]


def all_rows(folder):
    return [row for split in SPLITS for row in rows(folder, split)]


def removed(folder):
    with (folder / REMOVED).open(encoding="utf-8", newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Builds a corpus of sources, half of it for validation; returns its folder."""
    monkeypatch.chdir(tmp_path)

    def build(*sources, name="corpus", **options):
        options = {"validation_share": 0.5, "state": tmp_path / "state"} | options
        corpus(sources=tuple(map(str, sources)), corpus=tmp_path / name, **options)
        return tmp_path / name

    return build


def test_every_form_is_read(build, tmp_path, capsys):
    papers = tmp_path / "papers"
    (papers / "deep" / "er").mkdir(parents=True)
    (papers / "a.nxml").write_text(jats())
    with gzip.open(papers / "deep" / "b.tei.XML.GZ", "wt") as file:
        file.write(tei())
    (papers / "deep" / "er" / "c.txt").write_bytes("\ufeffPlain text.\r\n".encode())
    line = {"text": prose(1), "license": "CC BY-NC 4.0", "meta": {"any": 1}}
    content = json.dumps(line).encode()
    (papers / "d.jsonl.zst").write_bytes(pyarrow.compress(content, "zstd", asbytes=True))
    columns = {"abstract": [prose(2)], "body": [prose(3)], "published": [2011], "lang": ["de-AT"]}
    parquet.write_table(pyarrow.table(columns), papers / "e.parquet")
    (papers / "figure.jpg").write_bytes(b"\xff")
    (papers / ".hidden.txt").write_bytes(b"\xff")
    (papers / "loop").symlink_to(papers)
    (papers / os.fsdecode(b"\xff.txt")).write_text("Odd name.")
    found = all_rows(build(papers, columns=("year=published",)))
    expected = [
        {"doi": "10.1234/ab.1", "year": 2015, "language": "en", "license": "cc-by-4.0"}
        | {"text": f"{ABSTRACT}\n\nThe body says more."},
        {"text": prose(1), "license": "cc-by-nc-4.0"},
        {"doi": "10.5555/pelloch.2", "year": 2018, "language": "en"}
        | {"text": "The pelloch beats. It slows.\n\nMethods\n\nWe listened."},
        {"text": "Plain text."},
        {"text": "Odd name."},
        {"text": f"{prose(2)}\n\n{prose(3)}", "year": 2011, "language": "de"},
    ]
    assert sorted(found, key=itemgetter("text")) == sorted(expected, key=itemgetter("text"))
    assert f"{papers}: files that hold no documents: 1 .jpg\n" in capsys.readouterr().err


def test_of_columns_for_one_thing_the_first_that_is_not_empty_counts(build, tmp_path):
    (tmp_path / "rows").mkdir()
    with (tmp_path / "rows" / "a.jsonl").open("w") as file:
        for n in range(20):
            row = {"text": prose(n), "year": "", "date": "2011-05", "language": None, "lang": "en"}
            file.write(json.dumps(row) + "\n")
    built = build(tmp_path / "rows", years="2011", languages=("en",))
    assert {(row["year"], row["language"]) for row in all_rows(built)} == {(2011, "en")}


def test_each_document_that_is_left_out_is_listed_with_its_reason(build, tmp_path, capsys):
    write_papers(tmp_path / "papers", range(20))
    (tmp_path / "papers" / "old.xml").write_text(jats(doi="10.1234/old", year=1990))
    (tmp_path / "papers" / "empty.xml").write_text(jats(doi="10.1234/no", abstract="", body=""))
    (tmp_path / "papers" / "again.xml").write_text(
        jats(doi="10.1234/else", body=f"<p>{prose(3)} once more</p>")
    )
    (tmp_path / "papers" / "moved.xml").write_text(
        jats(doi="10.1234/4", body="<p>Other words.</p>")
    )
    built = build(tmp_path / "papers", years="2000:")
    assert removed(built) == [
        ("papers/empty.xml", "10.1234/no", "no text in the chosen sections", ""),
        ("papers/old.xml", "10.1234/old", "other year", "1990"),
        ("papers/again.xml", "10.1234/else", "near-duplicate", "papers/0003.xml"),
        ("papers/moved.xml", "10.1234/4", "DOI of an earlier document", "papers/0004.xml"),
    ]
    printed = re.findall(r"(-?[\d,]+)  (.*)", capsys.readouterr().out)
    assert printed[:5] == [
        ("24", "read"),
        ("-1", "DOI of an earlier document"),
        ("-1", "near-duplicate"),
        ("-1", "no text in the chosen sections"),
        ("-1", "other year"),
    ]
    assert sum(int(number) for number, _ in printed[:5]) == len(all_rows(built)) == 20


def test_of_duplicates_the_first_source_stays(build, tmp_path):
    write_papers(tmp_path / "a", range(10))
    write_papers(tmp_path / "b", range(5, 15))
    for order in ("ab", "ba"):
        built = build(*(tmp_path / name for name in order), name=order)
        assert len(all_rows(built)) == 15
        assert {place[0] for place, *_ in removed(built)} == {order[1]}


def test_the_same_sources_give_the_same_bytes(build, tmp_path):
    write_papers(tmp_path / "papers", range(30))
    first = contents(build(tmp_path / "papers"))
    (tmp_path / "elsewhere").mkdir()
    write_papers(tmp_path / "elsewhere" / "papers", reversed(range(30)))
    assert contents(build(tmp_path / "elsewhere" / "papers", name="second")) == first
    assert first.keys() == set(FILES)
    assert not list((tmp_path / "state").iterdir())


def test_more_documents_replace_a_corpus_and_move_none_to_the_other_split(build, tmp_path):
    papers = write_papers(tmp_path / "papers", range(20, 40))
    built = build(papers)
    before, files = {split: rows(built, split) for split in SPLITS}, contents(built)
    write_papers(papers, range(20))
    with pytest.raises(InputError, match="no document for train"):
        build(papers, years="1990")
    assert contents(built) == files
    build(papers)
    for split in SPLITS:
        assert before[split]
        assert {row["text"] for row in before[split]} < {row["text"] for row in rows(built, split)}
    other = build(papers, name="other", seed=1)
    assert rows(other, "train") != rows(built, "train")


def test_a_corpus_holds_nothing_of_the_benchmark(build, tmp_path, capsys):
    papers = write_papers(tmp_path / "papers", range(30))
    words = prose(7).split()
    texts = [" ".join(["We", "asked", *words[20:40], verb, "today"]) for verb in ("rose", "fell")]
    combined = " ".join(["We asked", *words[20:40], "[[rose, fell]]", "today"])
    write_cases(tmp_path / "cases" / "human.csv", [CaseRow("10.1234/9", "Tides", *texts, combined)])
    built = build(papers, benchmark=tmp_path / "cases")
    assert removed(built) == [
        ("papers/0007.xml", "10.1234/7", "text of the benchmark", " ".join(words[20:33])),
        ("papers/0009.xml", "10.1234/9", "DOI of the benchmark", ""),
    ]
    overlap(cases=tmp_path / "cases", corpus=built, overlap=tmp_path / "overlap")
    assert "1 of 1 share no 13 words in a row" in capsys.readouterr().out


def test_the_card_says_what_is_in_the_corpus(build, tmp_path):
    from huggingface_hub import DatasetCard

    built = build(write_papers(tmp_path / "my papers", range(20)), years="2015")
    card = DatasetCard.load(built / "README.md")
    assert card.data.language == ["en"]
    assert card.data.license == ["cc-by-4.0"]
    assert card.data.size_categories == ["n<1K"]
    assert "| 2015 | 20 | ████████████████████ |" in card.text
    assert "| `my papers` | folder |" in card.text
    assert str(tmp_path) not in card.text
    for name in FILES[:-2]:
        assert hashlib.md5((built / name).read_bytes()).hexdigest() in card.text
    for split in SPLITS:
        texts = list(documents(built, split))
        size = sum(len(text.encode()) for text in texts)
        count = sum(len(text.split()) for text in texts)
        assert f"| {split} | {len(texts)} | {count:,} | {size:,} |" in card.text


def test_an_unreadable_file_ends_in_a_line_and_what_was_read_before_counts_unless_it_changes(
    build, tmp_path, monkeypatch
):
    papers = write_papers(tmp_path / "papers", range(30))
    expected = contents(build(papers, name="whole"))
    read, prepare = [], Selection.prepare
    monkeypatch.setattr(Selection, "prepare", lambda *each: read.append(1) or prepare(*each))

    def stop():
        (papers / "0020.xml").write_bytes(b"<article>\xff</article>")
        found = r"^not XML .*papers/0020.xml \(what was read before"
        with pytest.raises(InputError, match=found) as error:
            build(papers)
        assert "\n" not in str(error.value)
        assert not (tmp_path / "corpus").exists()

    stop()
    write_papers(papers, [20])
    assert contents(build(papers)) == expected
    assert len(read) == 30
    shutil.rmtree(tmp_path / "corpus")
    stop()
    (papers / "0010.xml").write_text(jats(doi="10.1234/changed", body=f"<p>{prose(77)}</p>"))
    (papers / "0005.xml").unlink()
    (papers / "0020.xml").unlink()
    resumed = contents(build(papers))
    assert resumed == contents(build(papers, name="new", state=tmp_path / "other"))


def test_unreadable_files_are_listed_where_that_is_asked_for(build, tmp_path):
    papers = write_papers(tmp_path / "papers", range(20))
    (papers / "0003.xml").write_text("<html/>")
    (papers / "0005.txt").write_bytes(b"caf\xe9")
    lines = [json.dumps({"text": prose(n)}) for n in (100, 101)]
    (papers / "rows.jsonl").write_text("\n".join([*lines, "{", *lines]))
    (papers / "annexed.xml").symlink_to("nowhere")
    (papers / "itself.xml").symlink_to("itself.xml")
    os.mkfifo(papers / "pipe.txt")
    with pytest.raises(InputError, match="no document for validation"):  # all is read by now
        build(papers, skip_unreadable=True, validation_share=0)
    with pytest.raises(InputError, match="found html"):
        build(papers, validation_share=0)
    built = build(papers, skip_unreadable=True)
    assert [(place, detail[:28]) for place, _, _, detail in removed(built)] == [
        ("papers/0003.xml", "expected article (JATS) or T"),
        ("papers/0005.txt", "not UTF-8: byte 0xe9 at 3 of"),
        ("papers/annexed.xml", "no such file or directory: p"),
        ("papers/itself.xml", "too many levels of symbolic "),
        ("papers/rows.jsonl", "not JSON (Expecting property"),
    ]
    assert len(all_rows(built)) == 21


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--sources", "nowhere/none"], "cannot|no data set|HF_HUB|Hub"),
        (["--sources", "./none"], "no folder at ./none"),
        (["--sources"], "no sources: expected at least one"),
        (["--sources", "empty"], "no file to read in empty: expected .xml"),
        (["--sources", "papers#main"], "a folder has no revision"),
        (["--sources", "papers", "--corpus", "papers/new"], "papers/new lies in the source papers"),
        (["--sources", "papers", "--corpus", "other/thesis.odt/x"], "exists: other/thesis.odt"),
        (["--sources", "papers", "--corpus", "other"], "other holds thesis.odt: expected nothing"),
        (
            ["--sources", "papers", "--years", "2040:"],
            "no document for train of 9 read; left out: 9",
        ),
        (
            ["--sources", "papers", "--validation-share", "0"],
            "no document for validation of 9 read",
        ),
        (["--sources", "papers", "--validation-share", "1"], "less than 1"),
        (
            ["--sources", "table"],
            "left out: 1 no text in the chosen sections .--columns names other columns than text,",
        ),
        (["--sources", "papers", "--similarity", "0.5"], "similarity 0.5: expected 0.7 to 1"),
        (
            ["--sources", "papers", "--columns", "when=year"],
            "columns when=year: expected NAME=COLUMN",
        ),
        (["--sources", "papers", "--dois", "none.txt"], "no file at none.txt"),
        (["--sources", "papers", "--benchmark", "empty"], "no cases in empty"),
        (["--sources", "typed"], "abstract is \\['a'\\], expected a text: typed/a.jsonl, line 1"),
    ],
)
def test_what_a_person_can_mend_is_one_line(tmp_path, monkeypatch, flags, line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_papers(tmp_path / "papers", range(9))
    for name, file, content in [
        ("empty", "note.odt", ""),
        ("other", "thesis.odt", ""),
        ("typed", "a.jsonl", '{"abstract": ["a"]}'),
        ("table", "a.jsonl", '{"content": "Brooks are cold."}'),
    ]:
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(content)
    given = {"--corpus": "corpus"} if "--corpus" not in flags else {}
    refused = run_in_process(corpus, *flags, *sum(given.items(), ()))
    assert refused
    assert re.search(line, refused)
    assert (tmp_path / "other" / "thesis.odt").exists()
    assert not (tmp_path / "corpus").exists()


@pytest.mark.slow
def test_originals_takes_a_corpus(build, data_sets, tmp_path):
    built = build(write_papers(tmp_path / "papers", range(20)))
    data = tmp_path / "data"
    originals(data=data, parts=("domain-corpus",), domain_corpus=str(built))
    for split in SPLITS:
        taken = list(documents(data / "corpus" / "domain", split))
        assert taken == list(documents(built, split))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "csv"])  # read by us, and by datasets
def test_a_data_set_on_the_hub_is_read_with_all_its_splits(data_hub, build, tmp_path, form):
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    write = {"parquet": parquet.write_table, "csv": write_csv}[form]
    for split, numbers in (("train", range(20)), ("test", range(20, 30))):
        table = pyarrow.table({"text": [prose(n) for n in numbers], "year": [2000] * len(numbers)})
        write(table, folder / f"{split}-00000-of-00001.{form}")
    data_hub.folders["datasets/owner/papers"] = tmp_path / "set"
    built = build("owner/papers", years="2000")
    assert len(all_rows(built)) == 30
    assert f"| `owner/papers` | `{'1' * 40}` |" in (built / "README.md").read_text()


def test_a_corpus_that_is_stopped_again_and_again_has_the_same_bytes(build, tmp_path, monkeypatch):
    papers = write_papers(tmp_path / "papers", range(30))
    for n in range(0, 30, 3):
        (papers / f"{n}.txt").write_text(f"{prose(n)} again")
    expected = contents(build(papers, name="whole"))
    assert len(removed(tmp_path / "whole")) == 10
    monkeypatch.setattr(building, "DOCUMENTS_AT_ONCE", 4)
    commit, stops, left = State.commit, 0, [0]

    def stopping(self, **flags):
        commit(self, **flags)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(State, "commit", stopping)
    while not (tmp_path / "corpus").exists():
        left[0] = stops * 7 + 1  # a run that stops later than the one before gets further
        with contextlib.suppress(KeyboardInterrupt):
            build(papers)
        stops += 1
    assert contents(tmp_path / "corpus") == expected
    assert stops > 5


@pytest.mark.slow
def test_a_corpus_that_is_killed_at_random_has_the_same_bytes(tmp_path, monkeypatch):
    papers = write_papers(tmp_path / "papers", range(400))
    for n in range(0, 400, 4):  # what is to be compared
        (papers / f"{n}.txt").write_text(f"{prose(n)} again")
    options = {"sources": (str(papers),), "validation_share": 0.5}
    corpus(**options, corpus=tmp_path / "whole", state=tmp_path / "none")
    options |= {"corpus": tmp_path / "corpus", "state": tmp_path / "state"}
    draw, num_kills = random.Random(1), 0
    while num_kills < KILLS:
        process = FORK.Process(target=_build, args=(options,))
        process.start()
        process.join(0.3 + draw.random())
        if process.is_alive():
            process.kill()
            process.join()
            num_kills += 1
        else:
            assert process.exitcode == 0
            assert contents(tmp_path / "corpus") == contents(tmp_path / "whole")
    corpus(**options)
    assert contents(tmp_path / "corpus") == contents(tmp_path / "whole")


def _build(options):
    building.DOCUMENTS_AT_ONCE = 16
    corpus(**options)


@pytest.mark.slow
@pytest.mark.parametrize("small", ["state", "corpus"])
def test_a_full_disk_is_one_line_and_no_corpus(tmp_path, small):
    skip_without_small_disks()
    papers = write_papers(tmp_path / "papers", range(300))
    for name in ("state", "corpus"):
        (tmp_path / name).mkdir()
    program = f"{sys.executable} -m components.dataset corpus --sources {papers}"
    places = f"--state {tmp_path}/state/it --corpus {tmp_path}/corpus/it"
    mount = f"mount -t tmpfs -o size=200k tmpfs {tmp_path}/{small}"
    script = f"{mount}; {program} {places}; ls {tmp_path}/corpus/*"
    process = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch(r"(?s).*error: no space left on the disk(: \S+)?\n.*", process.stderr)
    assert "Traceback" not in process.stderr
    assert "jsonl" not in process.stdout


def test_a_dead_network_is_no_unreadable_file(tmp_path):
    def dead():
        yield Document({}, where="x")
        raise InputError("cannot reach the Hub")

    file = SourceFile("x", "x", local=False, documents=dead)
    removed = RemovedDocument("x", None, "other year", None)
    with opened_state(tmp_path / "read.sqlite") as state:
        for _ in range(2):
            with pytest.raises(InputError, match="cannot reach the Hub"):
                building.read([file], state, lambda _: removed, skip_unreadable=True)
            assert list(state.removed()) == [removed]


def test_a_damaged_state_is_named(tmp_path):
    (tmp_path / "read.sqlite").write_bytes(b"no database" * 1000)
    found = f"file is not a database: remove {tmp_path} and start"
    with pytest.raises(InputError, match=found), opened_state(tmp_path / "read.sqlite"):
        pass
