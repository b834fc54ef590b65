import pytest

from components.dataset.demo import demo


@pytest.fixture(scope="session")
def field(tmp_path_factory):
    """The demo's data."""
    folder = tmp_path_factory.mktemp("field") / "data"
    demo(data=folder)
    return folder
