"""What README.md and docs/ say and show is so: commands, outputs, variables, paths, links and tables."""

from __future__ import annotations

import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import yaml

from mockcliq.cli import app as cli
from mockcliq.settings import PREFIX, Settings, setting_list
from mockcliq.version import DEFAULT_PORT
from tests.conftest import Running
from tests.doc_parts import CONTROL, SERVER_ROUTES, control_document
from tests.generated import with_parts
from tests.needs import needs
from tests.pages import README, Page, commands, guide, page_id, pages, reader_environment, simple_commands
from tests.processes import ROOT

every_page = pytest.mark.parametrize("path", pages(), ids=page_id)

NOT_SETTINGS = {f"{PREFIX}{name}" for name in ("URL", "TOKEN", "RUN_PROXY", "RUN_CA")}
"""Variables of clients: the server to ask, the token that `mockcliq env` sets, and what `mockcliq run` tells Python."""

PAGES_OF_THE_SERVER = {"/ui", "/docs", "/openapi.json"}
"""What stands below the control API's path and is none of its operations."""


def looks_like(shown: str, output: str) -> bool:
    """Whether an output is the one shown, where `...` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, output.replace("\r", "").strip(), flags=re.DOTALL) is not None


@every_page
def test_its_generated_parts_are_those_of_the_code(path: Path) -> None:
    """`python -m tests.generated` writes them."""
    text = path.read_text()
    assert with_parts(text) == text


@needs("bash", "curl")
@pytest.mark.parametrize("path", [each for each in pages() if Page(each).console], ids=page_id)
def test_its_commands_give_the_output_that_it_shows(demo: Running, path: Path) -> None:
    env = reader_environment(MOCKCLIQ_URL=demo.url)
    for block in Page(path).console:
        for command, shown in commands(block):
            here = command.replace(f"localhost:{DEFAULT_PORT}", f"127.0.0.1:{demo.port}")
            ended = subprocess.run(
                ["bash", "-c", here], env=env, capture_output=True, text=True, timeout=30, check=True
            )
            assert looks_like(shown, ended.stdout), f"{command}\n{ended.stdout}"


@every_page
def test_the_commands_that_it_names_are_there(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for line in Page(path).shell_lines():
        for words in simple_commands(line.partition(" #")[0]):
            check_command(words, targets)


def check_command(words: list[str], targets: set[str]) -> None:
    """Fail if one of our own commands is not there, or does not take what stands after it."""
    if words[0] == "make" and len(words) > 1:
        assert words[1] in targets, words
    elif words[0] == "uvicorn":
        for module, _, name in (word.partition(":") for word in words if ":" in word):
            assert getattr(import_module(module), name), words
    elif "mockcliq" in words and (words[0] == "mockcliq" or words[:2] in (["docker", "run"], ["docker", "exec"])):
        check_arguments(words[len(words) - words[::-1].index("mockcliq") :])


def check_arguments(arguments: list[str]) -> None:
    """Fail if `mockcliq` would not know these."""
    command: click.Command = cli
    context = click.Context(cli, info_name="mockcliq")
    while isinstance(command, click.Group) and arguments:
        default = command.list_commands(context)[:1] if arguments[0].startswith("-") else []
        name, *arguments = [*default, *arguments]
        inner = command.get_command(context, name)
        assert inner is not None, f"{context.command_path} has no command {name}"
        command, context = inner, click.Context(inner, parent=context, info_name=name)
    if not isinstance(command, click.Group):
        command.make_context(context.info_name, list(arguments), parent=context.parent)


def test_a_command_that_is_not_there_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_command(["make", "tea"], {"run"})
    with pytest.raises(AssertionError):
        check_command(["docker", "exec", "x", "mockcliq", "helthcheck"], set())
    with pytest.raises(click.UsageError):
        check_command(["mockcliq", "wait", "--for", "60"], set())


@every_page
def test_its_shell_is_shell(path: Path) -> None:
    for block in Page(path).commands:
        subprocess.run(["sh", "-n", "-c", block], capture_output=True, text=True, timeout=30, check=True)


@every_page
def test_the_variables_that_it_names_are_there(path: Path) -> None:
    settings = {each.variable for each in setting_list()}
    settings |= {f"{each.variable}_FILE" for each in setting_list() if each.is_secret}
    named = set(re.findall(rf"(?<![_\w]){PREFIX}[A-Z_]+[A-Z]", path.read_text()))
    assert named - settings - NOT_SETTINGS == set()


@every_page
def test_the_routes_that_it_names_are_there(path: Path) -> None:
    there = set(control_document()["paths"]) | PAGES_OF_THE_SERVER | {""}
    patterns = [re.sub(r"\{\w+\}", "[^/]+", route) for route in there]
    patterns += [rf"/worlds/[^/]+{each}" for each in patterns if not each.startswith(SERVER_ROUTES)]
    known = re.compile("|".join(f"(?:{each})/?" for each in patterns))
    named = re.findall(rf"(?<![\w.]){CONTROL}((?:/[\w.{{}}-]*)*)", path.read_text())
    assert [each for each in named if not known.fullmatch(each.rstrip("."))] == []


@every_page
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text()
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text)):
        if not target.startswith("https://"):
            there = path.parent / target if target else path
            assert there.is_file(), target
            assert not anchor or anchor in anchors(there.read_text()), f"{target}#{anchor}"
    for picture in re.findall(r'src(?:set)?="([^"]+)"', text):
        assert (path.parent / picture).is_file()


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_list_of_all() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    listed = set(re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", index))
    there = {each.relative_to(ROOT / "docs").as_posix() for each in pages() if each != README}
    assert there - {"index.md"} <= listed


def documents(page: str) -> dict[str, Any]:
    """The YAML files of a page, by name; several in one file are a list."""
    files = {name: list(yaml.safe_load_all(text)) for name, text in guide(page).files.items() if name.endswith("ml")}
    return {name: parts[0] if len(parts) == 1 else parts for name, parts in files.items()}


def scripts(part: Any) -> list[str]:
    """All shell in a document of a CI."""
    if isinstance(part, list):
        return [line for each in part for line in scripts(each)]
    if not isinstance(part, dict):
        return []
    found = scripts(list(part.values()))
    for key in ("run", "script", "after_script"):
        given = part.get(key, [])
        found += [given] if isinstance(given, str) else [each for each in given if isinstance(each, str)]
    return found


@pytest.mark.parametrize("page", ["github-actions", "gitlab"])
def test_the_scripts_of_a_ci_are_shell_and_name_commands_that_are_there(page: str) -> None:
    found = scripts(list(documents(page).values()))
    assert any("mockcliq" in each for each in found)
    for script in found:
        subprocess.run(["sh", "-n", "-c", script], capture_output=True, timeout=30, check=True)
        for line in script.splitlines():
            for words in simple_commands(line):
                check_command(words, set())


def test_github_s_steps_either_use_or_run_something_and_reach_the_port_that_they_publish() -> None:
    for workflow in documents("github-actions").values():
        assert {"name", "jobs"} < set(workflow)
        assert True in workflow, "YAML 1.1 reads `on` so"
        (job,) = workflow["jobs"].values()
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
        assert job["env"]["MOCKCLIQ_URL"] == f"http://127.0.0.1:{DEFAULT_PORT}"
        published = [port for service in job.get("services", {}).values() for port in service["ports"]]
        assert published in ([], [f"{DEFAULT_PORT}:{DEFAULT_PORT}"])


def test_gitlab_s_job_reaches_its_service_by_a_name_that_the_control_api_answers_to() -> None:
    (pipeline,) = documents("gitlab").values()
    (service,) = pipeline["test"]["services"]
    assert "." not in service["alias"]
    assert pipeline["test"]["variables"]["MOCKCLIQ_URL"] == f"http://{service['alias']}:{DEFAULT_PORT}"


def test_kubernetes_probes_what_is_there_and_its_service_finds_its_pods(demo: Running) -> None:
    deployment, service = documents("kubernetes")["mockcliq.yaml"]
    template = deployment["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert deployment["spec"]["replicas"] == 1
    assert template["spec"]["enableServiceLinks"] is False
    assert (
        deployment["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"] == service["spec"]["selector"]
    )
    assert [each["containerPort"] for each in container["ports"]] == [DEFAULT_PORT]
    assert [each["targetPort"] for each in service["spec"]["ports"]] == [DEFAULT_PORT]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["port"] == DEFAULT_PORT
        assert demo.http.get(asked["path"]).status_code == httpx.codes.OK
    for variable in container["env"]:
        Settings.model_validate({variable["name"].removeprefix(PREFIX).lower(): variable["value"]})
    assert re.search(r"^USER [1-9]\d*:\d+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE), "runAsNonRoot asks it"


@needs("nginx")
def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    (server,) = guide("proxy").files.values()
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {server} }}")
    subprocess.run(["nginx", "-t", "-c", configuration], capture_output=True, timeout=30, check=True)


def test_the_bounds_that_settings_set_are_their_defaults(demo: Running) -> None:
    page = (ROOT / "docs" / "reference" / "bounds.md").read_text("utf-8")
    told = re.findall(r"^\| [^|]+ \| (\d+) MiB \| `MOCKCLIQ_(\w+)` \|", page, re.MULTILINE)
    assert {name.lower(): int(size) * 1024 * 1024 for size, name in told} == {
        name: Settings.model_fields[name].default
        for name in Settings.model_fields
        if name.endswith("_bytes") and name != "state_file_bytes"
    }
    memory = demo.control("GET", "/server")["memory"]
    assert {f"{name}_bytes" for name in memory} == {
        "journals_bytes",
        "uploads_bytes",
        "snapshots_bytes",
        "templates_bytes",
    }
