"""What a checkout puts into the store."""

from tests.small_study import clone, dvc, error_line, store_command


def test_what_is_pushed_is_pulled_by_a_clone_and_not_run_in_pods(study, pods, tmp_path):
    dvc(study, "repro")
    assert "5 stages" in store_command(study, "push", "--run", "mine").stdout
    for done in pods.start_all().values():
        assert "running" not in done.stdout
    printed = dvc(clone(study, tmp_path / "clone"), "repro", "--pull").stdout
    assert "Running" not in printed


def test_a_study_is_named_by_what_it_consists_of(study):
    dvc(study, "repro")
    first, second = (store_command(study, "push").stdout for _ in range(2))
    assert first == second
    assert store_command(study, "studies").stdout.count("local-") == 2  # one of the data alone


def test_results_of_other_parameters_are_not_pushed(study):
    dvc(study, "repro")
    params = study / "params.yaml"
    params.write_text(params.read_text().replace("letter: b", "letter: x"))
    done = store_command(study, "push", check=False)
    assert done.returncode == 1
    assert "dvc.lock: count@b" in done.stderr
    assert "run dvc repro first" in done.stderr


def test_entries_of_a_variant_that_was_removed_are_left_out_and_said_so(study, tmp_path):
    params = study / "params.yaml"
    before = params.read_text()
    params.write_text(f"{before}  c: {{letter: c}}\n")
    dvc(study, "repro")
    params.write_text(before)
    done = store_command(study, "push", "--run", "mine")
    assert "5 stages" in done.stdout
    assert "left out: count@c, which dvc.yaml does not have any more" in done.stderr
    adopted = store_command(clone(study, tmp_path / "clone"), "adopt", "--run", "mine")
    assert "5 of 5 stages" in adopted.stdout


def test_the_name_of_a_study_with_other_stages_is_refused(study, pods):
    for stage in ("alphabet", "upper"):
        pods.start(stage)
    dvc(study, "repro", "alphabet")
    line = error_line(store_command(study, "push", "--run", pods.run, check=False))
    assert "run: found study run-1 in the store with upper" in line
    dvc(study, "repro")
    assert "5 stages" in store_command(study, "push", "--run", pods.run).stdout


def test_results_that_are_nowhere_are_named(study, store_folder):
    dvc(study, "repro")
    lost = [
        file
        for folder in (study / ".dvc" / "cache", store_folder)
        for file in folder.glob("files/md5/*/*")
        if file.read_bytes() == b"ANNA"
    ]
    for file in lost:
        file.chmod(0o644)
        file.unlink()
    done = store_command(study, "push", check=False)
    assert done.returncode == 1
    assert "neither in" in done.stderr
    assert lost[0].name in done.stderr
