from pathlib import Path

import pytest

from components.runtime.atomic import folder_lock, write_json, written_file, written_folder
from components.runtime.errors import InputError


def test_a_folder_takes_its_place_whole_or_not_at_all(tmp_path):
    place = tmp_path / "deep" / "result"

    def content():
        return sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*"))

    for name in ("old", "new"):
        partial = place.with_name("result.partial")
        partial.mkdir(parents=True)
        (partial / "half").touch()  # of a killed run
        with written_folder(place) as folder:
            (folder / name).touch()
            assert not (place / name).exists()
        assert content() == ["deep", "deep/result", f"deep/result/{name}"]
    with pytest.raises(KeyboardInterrupt), written_folder(place) as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt
    assert content() == ["deep", "deep/result", "deep/result/new"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    place = tmp_path / "result.txt"
    place.write_text("old")
    with pytest.raises(RuntimeError), written_file(place) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert place.read_text() == "old"
    with written_file(place) as partial:
        partial.write_text("new")
    assert place.read_text() == "new"
    with pytest.raises(ValueError, match="JSON"):
        write_json(place, {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_has_one_writer_at_a_time(tmp_path):
    data = tmp_path / "new" / "data"
    with folder_lock(data):
        second = pytest.raises(InputError, match=r"another process is writing to .*data")
        with second, folder_lock(data):
            pass
    with pytest.raises(BlockingIOError), folder_lock(data):  # an error inside is no second writer
        raise BlockingIOError
    assert list(data.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_without_a_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in (".", "..", "/"):
        with pytest.raises(InputError, match="expected the path of a file"):
            write_json(Path(place), {})


@pytest.mark.parametrize("place", [".", "..", "../working"])
def test_a_result_does_not_replace_the_working_directory(place, tmp_path, monkeypatch):
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    (tmp_path / "working" / "kept").touch()
    with (
        pytest.raises(InputError, match="holds the working directory"),
        written_folder(Path(place)),
    ):
        pass
    assert (tmp_path / "working" / "kept").exists()
