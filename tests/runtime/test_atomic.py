import pytest

from components.runtime.atomic import write_json, written_file, written_folder


def test_a_folder_takes_its_place_whole(tmp_path):
    with written_folder(tmp_path / "deep" / "result") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "deep" / "result").exists()
    assert (tmp_path / "deep" / "result" / "a").read_text() == "1"
    assert [place.name for place in (tmp_path / "deep").iterdir()] == ["result"]


def test_a_failure_leaves_the_old_result_and_nothing_else(tmp_path):
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "old").touch()
    with pytest.raises(KeyboardInterrupt), written_folder(tmp_path / "result") as folder:
        (folder / "new").touch()
        raise KeyboardInterrupt
    assert [place.name for place in tmp_path.rglob("*")] == ["result", "old"]


def test_a_new_result_replaces_the_old_one_altogether(tmp_path):
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "old").touch()
    with written_folder(tmp_path / "result") as folder:
        (folder / "new").touch()
    assert [place.name for place in (tmp_path / "result").iterdir()] == ["new"]


def test_what_a_killed_run_left_beside_is_no_part_of_the_next_result(tmp_path):
    (tmp_path / "result.partial").mkdir()
    (tmp_path / "result.partial" / "half").touch()
    with written_folder(tmp_path / "result") as folder:
        (folder / "whole").touch()
    assert [place.name for place in tmp_path.rglob("*")] == ["result", "whole"]


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
    assert list(tmp_path.iterdir()) == [place]


def test_json_refuses_numbers_that_are_none(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())
