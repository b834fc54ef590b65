import pytest

from components.dataset.claim import claimed
from components.runtime.errors import InputError


def test_a_folder_has_one_writer_at_a_time(tmp_path):
    data = tmp_path / "new" / "data"
    with claimed(data):
        second = pytest.raises(InputError, match=r"another process is writing into .*data")
        with second, claimed(data):
            pass
    with claimed(data):
        assert list(data.iterdir()) == []


def test_an_error_inside_is_not_taken_for_a_second_writer(tmp_path):
    with pytest.raises(BlockingIOError), claimed(tmp_path):
        raise BlockingIOError
