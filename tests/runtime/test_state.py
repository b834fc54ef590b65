from components.runtime import state
from components.runtime.state import code_files, state_key


def test_other_code_of_the_folder_or_of_a_module_it_names_gives_another_key(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "COMPONENTS", tmp_path)
    places = [tmp_path / "tokens" / "stage.py", tmp_path / "formats" / "corpus.py"]
    for place in places:
        place.parent.mkdir()
        place.write_text("")

    def key():
        return state_key({}, files=code_files("tokens", "formats/corpus.py"))

    keys = [key()]
    for place in places:
        place.write_text("changed")
        keys.append(key())
    (tmp_path / "tokens" / ".#stage.py").write_text("of an editor")
    (tmp_path / "formats" / "terms.py").write_text("not named")
    assert len({*keys}) == 3
    assert key() == keys[-1]
