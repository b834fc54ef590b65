import pytest

from components.runtime.errors import InputError
from components.runtime.folder_lock import folder_lock


def test_a_folder_has_one_writer_at_a_time(tmp_path):
    data = tmp_path / "new" / "data"
    with folder_lock(data):
        second = pytest.raises(InputError, match=r"another process is writing to .*data")
        with second, folder_lock(data):
            pass
    with folder_lock(data):
        assert list(data.iterdir()) == []


def test_an_error_inside_is_not_taken_for_a_second_writer(tmp_path):
    with pytest.raises(BlockingIOError), folder_lock(tmp_path):
        raise BlockingIOError
