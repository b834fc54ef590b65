"""What is said of the pinned packages: known vulnerabilities, and a bill of materials."""

import json
import os
import re
import subprocess
import zipfile

import pytest

from tests.conftest import ROOT

REQUIREMENTS = ROOT / "images" / "requirements"
FOUND = "GHSA-xxxx-yyyy-zzzz"


def packages(*arguments, **variables):
    command = [ROOT / ".ci" / "packages", *arguments]
    environment = os.environ | {"UV_HTTP_RETRIES": "0"} | variables
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def audit(tmp_path, httpserver):
    """Audits a package of one's own, of which the service knows a vulnerability."""
    name, metadata = "tiny_brook", "Metadata-Version: 2.1\nName: tiny-brook\nVersion: 1.0\n"
    with zipfile.ZipFile(tmp_path / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", metadata)
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    (tmp_path / "development.txt").write_text("tiny-brook==1.0 ; sys_platform != 'nowhere'\n")
    stamp = {"id": FOUND, "modified": "2026-01-01T00:00:00Z"}
    answer = {"results": [{"vulns": [stamp]}]}

    def run(accepted="", *, mended=(), url=None, **variables):
        events = [{"introduced": "0"}, *({"fixed": version} for version in mended)]
        package = {
            "package": {"name": "tiny-brook", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        known = stamp | {"summary": "Too shallow", "affected": [package]}
        httpserver.clear_all_handlers()
        httpserver.expect_request("/v1/querybatch").respond_with_json(answer)
        httpserver.expect_request(f"/v1/vulns/{FOUND}").respond_with_json(known)
        (tmp_path / "accepted").write_text(accepted)
        service = url or httpserver.url_for("/")
        flags = ["--no-index", "--find-links", str(tmp_path), "--service-url", service]
        files = {"PINS": str(tmp_path), "ACCEPTED": str(tmp_path / "accepted"), "UV_NO_CACHE": "1"}
        return packages("audit", *flags, **files, **variables)

    return run


def test_a_known_vulnerability_is_accepted_with_a_reason_until_it_is_mended(audit):
    accepted = f"# comment\n\n{FOUND} we have no brook\n"
    assert audit(accepted).returncode == 0
    done = audit(accepted, mended=["1.1"])
    assert done.returncode == 1
    for words in ("tiny-brook 1.0", FOUND, "Too shallow", "Fixed in: 1.1"):
        assert words in done.stdout
    assert audit().returncode == 1
    done = audit(f"{FOUND}\n")
    assert done.returncode == 1
    assert f"no reason for {FOUND}, expected one behind it" in done.stdout


def test_a_service_that_is_not_reached_is_one_line_unless_the_audit_is_required(audit):
    url = "http://127.0.0.1:9"
    done = audit(url=url)
    line = f"audit: skipped, not reached: ({url}/v1/querybatch)\n"
    assert (done.returncode, done.stdout) == (0, line)
    assert audit(url=url, MATCHING_EXPERTS_AUDIT="required").returncode == 2


def test_a_package_that_no_index_has_is_no_reason_to_skip(audit, tmp_path):
    (tmp_path / "development.txt").write_text("tiny-brook==2.0\n")
    done = audit()
    assert done.returncode
    assert "no version of tiny-brook==2.0" in done.stdout


def test_a_workflow_names_every_action_by_its_commit():
    for workflow in (ROOT / ".github" / "workflows").iterdir():
        for used in re.findall(r"uses: (.*)", workflow.read_text()):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", used), workflow.name


@pytest.mark.slow
def test_a_bill_of_materials_has_every_pinned_package_and_the_hashes_of_its_files(tmp_path):
    done = packages("bill", str(tmp_path))
    if done.returncode and re.search("sending request|Failed to fetch", done.stderr):
        pytest.skip("the package index is not reached")
    assert done.returncode == 0, done.stderr
    for image in ("models", "analysis"):
        bill = json.loads((tmp_path / f"{image}.cdx.json").read_text())
        assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
        assert bill["metadata"]["component"]["name"] == f"matching-experts-{image}"
        components = {each["purl"]: each for each in bill["components"]}
        lines = [*pins(image), *pins("store")]
        assert components.keys() == {f"pkg:pypi/{name}@{version}" for name, version in lines}
        for each in components.values():
            files = each["externalReferences"]
            assert all(file["hashes"][0]["alg"] == "SHA-256" for file in files), each["name"]
        known = {each["bom-ref"] for each in bill["components"]}
        assert known <= {each["ref"] for each in bill["dependencies"]}


def pins(name):
    """Names and versions of a set of packages."""
    return re.findall(r"^([\w.-]+)==([^ ;\n]+)", (REQUIREMENTS / f"{name}.txt").read_text(), re.M)
