import pytest

from components.dataset.tree import folder_tree
from components.runtime.errors import InputError


def written(folder, **files):
    for path, text in files.items():
        file = folder / path.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".csv").write_text(text)
    return folder_tree(folder, where="HERE")


def test_a_file_is_found_wherever_it_lies(tmp_path):
    assert written(tmp_path, a__b__c="deep").content("c.csv") == b"deep"


def test_a_missing_file_is_named_with_those_of_its_kind(tmp_path):
    with pytest.raises(InputError, match=r"^no x.csv in HERE: found a/b.csv, c.csv$"):
        written(tmp_path, c="", a__b="").content("x.csv")
    with pytest.raises(InputError, match=r"found no .txt file"):
        written(tmp_path).content("x.txt")


def test_many_files_are_not_all_listed(tmp_path):
    with pytest.raises(InputError, match=r"0009.csv and 20 more$"):
        written(tmp_path, **{f"{n:04}": "" for n in range(30)}).content("x.csv")


def test_two_files_of_a_name_are_one_only_if_equal(tmp_path):
    assert written(tmp_path, a__x="same", b__x="same").content("x.csv") == b"same"
    with pytest.raises(InputError, match=r"2 files x.csv in HERE, expected one: a/x.csv, b/x.csv"):
        written(tmp_path, a__x="other").content("x.csv")


def test_files_of_git_itself_do_not_count(tmp_path):
    assert not written(tmp_path, **{".git__x": "hidden"}).paths
