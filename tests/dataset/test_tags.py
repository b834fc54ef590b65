import pytest

from components.dataset.originals import originals
from components.formats.terms import ANSWERS
from components.runtime.errors import InputError


def test_tags_lie_beside_the_corpora_and_are_got_when_asked_for(tmp_path):
    source, data = tmp_path / "source", tmp_path / "data"
    (source / "deep").mkdir(parents=True)
    (data / "corpus" / "domain").mkdir(parents=True)
    given = {"data": data, "parts": ("tags",), "tags": str(source)}
    with pytest.raises(InputError, match=r"no pretrain_filtered\S+ and no neuro_filtered"):
        originals(**given)
    for name in ANSWERS.values():
        (source / "deep" / name).write_bytes(b"the, no\r\naxon, yes\n")
    originals(**given)
    for name in ANSWERS.values():
        assert (data / "corpus" / "tags" / name).read_bytes() == b"the, no\r\naxon, yes\n"
    assert sorted(each.name for each in (data / "corpus").iterdir()) == ["domain", "tags"]
    (source / "deep" / ANSWERS["domain"]).write_text("axon: yes\n")
    with pytest.raises(InputError, match=r"'axon: yes', expected a term.*neuro_filtered\S+ in "):
        originals(**given)
    (source / "deep" / ANSWERS["domain"]).unlink()
    with pytest.raises(InputError, match=r"no neuro_filtered\S+ in .*source"):
        originals(**given)
