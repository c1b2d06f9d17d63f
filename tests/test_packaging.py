"""What is installed, built and published: versions, locks, the sdist, the workflows, what is still to be filled in."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from mockcliq import __version__
from tests.processes import ROOT, clean_environment

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
TLS = EXTRAS["tls"]  # goes with the product, wherever this checkout installs it
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def requirements(name: str) -> dict[str, list[Requirement]]:
    """What a file of requirements/ pins, by name; every one exactly, and with hashes."""
    pinned: dict[str, list[Requirement]] = {}
    for entry in (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", "").splitlines():
        if entry.startswith("#"):
            continue
        text, *hashes = entry.split("--hash=")
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each.strip()) for each in hashes), entry
        requirement = Requirement(text)
        assert [each.operator for each in requirement.specifier] == ["=="], entry
        pinned.setdefault(requirement.name, []).append(requirement)
    return pinned


def allows(wanted: Requirement, pins: list[Requirement]) -> bool:
    versions = [each.version for pin in pins for each in pin.specifier]
    return all(wanted.specifier.contains(each) for each in versions)


@pytest.mark.parametrize("name", ["build", "run", *sorted(EXTRAS.keys() - {"tls"})])
def test_what_is_pinned_is_what_the_project_asks_for(name: str) -> None:
    wanted = [*PROJECT["dependencies"], *TLS, *EXTRAS.get(name, [])]
    if name == "build":
        wanted = PYPROJECT["build-system"]["requires"]
    pinned = requirements(name)
    for each in map(Requirement, wanted):
        key = re.sub(r"[-_.]+", "-", each.name).lower()
        assert key in pinned, f"{each.name} is not in requirements/{name}.txt: make pins"
        assert allows(each, pinned[key]), f"{each} against {pinned[key]}: make pins"


def test_what_is_pinned_twice_is_pinned_alike() -> None:
    everywhere: dict[str, set[str]] = {}
    for file in (ROOT / "requirements").glob("*.txt"):
        for name, pins in requirements(file.stem).items():
            everywhere.setdefault(name, set()).update(str(each) for each in pins)
    assert {
        name: pins for name, pins in everywhere.items() if len({re.split("[; ]", pin)[0] for pin in pins}) > 1
    } == {}


def test_there_is_one_version() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    changelog = re.findall(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    said = subprocess.run(
        [sys.executable, "-m", "mockcliq", "--version"],
        env=clean_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert re.findall(r"^ARG VERSION=(.*)$", dockerfile, re.MULTILINE) == [__version__]
    assert changelog[0] == __version__
    assert said == f"mockcliq {__version__}\n"
    assert PYPROJECT["tool"]["hatch"]["version"] == {"path": "mockcliq/version.py"}


@pytest.mark.parametrize(
    ("tag", "heading", "told"),
    [
        ("v1.2.3", "[1.2.3] - 2026-12-01", None),
        ("v1.2.4", "[1.2.3] - 2026-12-01", "version.py says 1.2.3"),
        ("1.2.3", "[1.2.3] - 2026-12-01", "version.py says 1.2.3"),
        ("v1.2.3", "[1.2.3] - unreleased", "YEAR-MONTH-DAY"),
        ("v1.2.3", "[Unreleased]", "YEAR-MONTH-DAY"),
        ("v1.2.3", "[1.2.30] - 2026-12-01", "YEAR-MONTH-DAY"),
    ],
)
def test_a_tag_is_released_where_version_and_changelog_say_the_same(tag: str, heading: str, told: str | None) -> None:
    notes = runpy.run_path(str(ROOT / ".ci" / "release.py"))["notes"]
    changelog = f"# Changelog\n\nWords.\n\n## {heading}\n\n- New.\n\n## [1.2.2] - 2026-11-01\n\n- Old.\n"
    if told is None:
        assert notes(tag, "1.2.3", changelog) == "- New."
    else:
        with pytest.raises(SystemExit, match=told):
            notes(tag, "1.2.3", changelog)


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(("goals", "named"), [(["run"], "make run PYTHON="), (["test", "run"], "make test PYTHON=")])
def test_an_older_python_is_refused_before_anything_is_set_up(tmp_path: Path, goals: list[str], named: str) -> None:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    old = tmp_path / "python3.9"
    pretend = "import sys; sys.version_info = (3, 9, 18); exec(sys.argv[2])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$@\"\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", *goals, f"PYTHON={old}"],
        cwd=tmp_path,
        env={name: value for name, value in clean_environment().items() if not name.startswith(("MAKE", "MFLAGS"))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    told = done.stderr.splitlines()[0]
    assert told.startswith("MockCliq needs Python 3.11 or newer")
    assert "is 3.9:" in told
    assert named in told
    assert not (tmp_path / ".venv").exists()


def tracked() -> set[str]:
    """The files that Git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    except FileNotFoundError:
        pytest.skip("needs git")
    if listed.returncode:
        pytest.skip("needs a checkout of git")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_sdist_has_what_the_repository_has(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    wanted = tracked()
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, env=clean_environment(), capture_output=True, timeout=120, check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        has = {name.partition("/")[2] for name in opened.getnames()}
    assert has - {"PKG-INFO"} == wanted


def test_what_has_to_be_filled_in_before_publishing_is_listed_on_one_page() -> None:
    page = (ROOT / "docs" / "publishing.md").read_text()
    listed = re.findall(r"^\| `(.+?)` \|", page, re.MULTILINE)
    found = {
        name
        for name in tracked()
        if re.search(rb"[.](com|io)/OWNER/", (ROOT / name).read_bytes()) and name != "tests/test_packaging.py"
    }
    assert listed == sorted(found)


def schema(kind: str) -> list[str]:
    return [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}"]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("dependabot", ".github/dependabot.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("compose-spec", "docker-compose.yml"),
    ],
)
def test_the_files_for_others_programs_are_what_those_expect(kind: str, pattern: str, tmp_path: Path) -> None:
    files = [str(each) for each in ROOT.glob(pattern)]
    assert files
    done = subprocess.run([*schema(kind), *files], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(Path(files[0]).read_text() + "\nnobody_knows_this: 1\n")
    assert subprocess.run([*schema(kind), str(wrong)], capture_output=True, timeout=60, check=False).returncode


def steps(node: Any) -> list[dict[str, Any]]:
    return [step for job in node["jobs"].values() for step in job.get("steps", [])]


def test_workflows_name_scripts_and_targets_that_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for file in WORKFLOWS for step in steps(yaml.safe_load(file.read_text())))
    named = re.findall(r"(?:bash|python) (\.ci/\S+)", commands)
    assert named
    assert all((ROOT / name).is_file() for name in named), named
    assert set(re.findall(r"\bmake ([a-z-]+)", commands)) <= targets | {"python"}
    assert "bash .ci/run" in commands


def test_workflows_may_do_no_more_than_they_say() -> None:
    """Each begins with reading alone; what publishes asks for more in its own job."""
    for file in WORKFLOWS:
        assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}, file.name


def test_every_python_that_is_promised_is_tried() -> None:
    promised = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", each)]
    tried = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]["pythons"]["strategy"]
    assert tried["matrix"]["python"] == promised
    assert all(SpecifierSet(PROJECT["requires-python"]).contains(each) for each in promised)


def test_without_its_dependencies_a_server_says_in_one_line_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "mockcliq", "serve"],  # -S: nothing that was installed is found
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "click" in line
    assert "pip install mockcliq" in line
    assert "MOCKCLIQ_URL" in line
