"""The settings of ``mockcliq serve``: its help, what a platform sets, slips of the keyboard, secrets in files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcliq.settings import Group, Settings, setting_list
from tests.processes import SERVE, Ended, Start, free_port, until

EMPTY = ("serve", "--port", "0", "--world", "empty", "--log-format", "json")


def failed(ended: Ended, code: int = 2) -> str:
    """The one line of a command that ended so, after the program's name."""
    assert ended.code == code, ended
    assert ended.line.startswith("mockcliq: "), ended
    return ended.line.removeprefix("mockcliq: ")


# The help


def test_each_setting_names_its_group() -> None:
    assert {each.name for each in setting_list()} == Settings.model_fields.keys()


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_help_has_every_setting_in_its_group_with_type_variable_and_default(start: Start, flag: str) -> None:
    ended = start("serve", flag).ended()
    assert (ended.code, ended.err) == (0, "")
    parts = re.split(r"^(\S.*):$", ended.out, flags=re.MULTILINE)
    sections = {title: " ".join(text.split()) for title, text in zip(parts[1::2], parts[2::2], strict=True)}
    assert list(sections) == [*(group.value for group in Group), "Options"]
    for each in setting_list():
        begin = f"{each.variable} {each.kind} " if each.is_secret else f"{each.flag} {each.kind} "
        assert begin in sections[each.group.value], each
        assert each.variable in sections[each.group.value]
    for told in (
        "--port INTEGER Port to listen on; 0 takes a free one. [MOCKCLIQ_PORT; default: 2547]",
        "--database PATH File that keeps the world across restarts. [MOCKCLIQ_DATABASE]",
        "--rate-limit-headers off|retry-after|x-ratelimit ",
        "--ui on|off ",
        "MOCKCLIQ_CONTROL_TOKEN TEXT ",
    ):
        assert any(told in section for section in sections.values()), told
    assert "--control-token" not in ended.out
    assert "--client-secret" not in ended.out


@pytest.mark.parametrize("word", ["", "=on"])
def test_a_switch_is_taken_bare_or_with_a_word(start: Start, word: str) -> None:
    server = start(*EMPTY, f"--token-limit{word}", "--control", "off")
    assert server.banner()["control"] is False


# What a platform sets


PLATFORM = {
    "MOCKCLIQ_PORT": "tcp://10.0.171.239:2547",
    "MOCKCLIQ_PORT_2547_TCP": "tcp://10.0.171.239:2547",
    "MOCKCLIQ_PORT_2547_TCP_PROTO": "tcp",
    "MOCKCLIQ_PORT_2547_TCP_PORT": "2547",
    "MOCKCLIQ_PORT_2547_TCP_ADDR": "10.0.171.239",
    "MOCKCLIQ_SERVICE_HOST": "10.0.171.239",
    "MOCKCLIQ_SERVICE_PORT": "2547",
    "MOCKCLIQ_SERVICE_PORT_HTTP": "2547",
    "MOCKCLIQ_NAME": "/web/mockcliq",
    "MOCKCLIQ_ENV_GPG_KEY": "7169605F62C751356D054A26A821E680E5FA6305",
    "MOCKCLIQ_CONTROL_PORT": "tcp://10.0.0.2:80",
    "MOCKCLIQ_CONTROL_SERVICE_HOST": "10.0.0.2",
    "MOCKCLIQ_CONTROL_PORT_80_UDP_ADDR": "10.0.0.2",
}
"""As Kubernetes does for the services `mockcliq` and `mockcliq-control`, and Docker for a link of that name."""


def test_what_a_platform_sets_for_a_service_of_our_name_is_none_of_ours(start: Start) -> None:
    port = free_port()
    # The probe looks for a server with its own variables: no other test has this address.
    env = PLATFORM | {"MOCKCLIQ_HOST": "127.0.0.77"}
    server = start("serve", "--port", str(port), "--world", "empty", "--log-format", "json", env=env)
    server.banner()
    assert server.err == ""
    ended = start("users", "--url", f"http://127.0.0.77:{port}", env=env).ended()
    assert (ended.code, ended.err) == (0, "")
    assert start("healthcheck", env=env).ended().code == 0


@pytest.mark.parametrize("link", ["tcp://10.0.0.1:2547", "udp://10.0.0.1:53", "TCP://[fd00::1]:2547", "sctp://a:1"])
def test_a_link_in_the_port_s_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    monkeypatch.setenv("MOCKCLIQ_PORT", link)
    assert Settings().port == 2547


def test_commands_go_by_the_default_port_where_the_variable_is_a_link(start: Start) -> None:
    ended = start("wait", "--timeout", "0.05", env={"MOCKCLIQ_PORT": "tcp://10.0.0.1:9"}).ended()
    assert ended.code == 0 or "http://127.0.0.1:2547 " in failed(ended, 1)


# Slips of the keyboard


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("MOCKCLIQ_PROT", "MOCKCLIQ_PORT"),
        ("MOCKCLIQ_RATELIMIT", "MOCKCLIQ_RATE_LIMIT"),
        ("MOCKCLIQ_ALLOWED_HOST", "MOCKCLIQ_ALLOWED_HOSTS"),
        ("MOCKCLIQ_CONTROL_TOKEN_FIL", "MOCKCLIQ_CONTROL_TOKEN_FILE"),
        ("mockcliq_wrold", "MOCKCLIQ_WORLD"),
        ("MOCKCLIQ_ULR", "MOCKCLIQ_URL"),
    ],
)
def test_a_misspelt_variable_is_warned_of_in_one_line(start: Start, slip: str, meant: str) -> None:
    server = start("serve", "--port", "0", "--world", "empty", env={slip: "x"})
    until(lambda: "limits" in server.out or server.has_ended)
    told = server.err.splitlines()
    assert len(told) == 1, told
    assert told[0].startswith(f"mockcliq: {slip.upper()} is no variable of MockCliq's")
    assert f"did you mean {meant}?" in told[0]


def test_a_command_warns_too_and_does_its_work(start: Start) -> None:
    url = start(*EMPTY).banner()["url"]
    ended = start("users", "--url", url, env={"MOCKCLIQ_SEEED": "1", "MOCKCLIQ_QQQQQ": "1"}).ended()
    assert ended.code == 0
    first, second = ended.err.splitlines()
    assert "MOCKCLIQ_QQQQQ" in first
    assert "did you mean" not in first
    assert "did you mean MOCKCLIQ_SEED?" in second
    assert start("healthcheck", "--url", url, env={"MOCKCLIQ_SEEED": "1"}).ended().err == ""


def test_every_variable_of_ours_goes_without_a_warning(start: Start, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("abc\n")
    env = dict.fromkeys((each.variable for each in setting_list()), "") | {
        "MOCKCLIQ_URL": "http://localhost:2547",
        "MOCKCLIQ_TOKEN": "1000.mockcliq.owner",
        "MOCKCLIQ_CONTROL_TOKEN_FILE": str(secret),
        "MOCKCLIQ_SEED": "2",
    }
    server = start(*EMPTY, env=env)
    server.banner()
    assert server.err == ""


# Failures where the log is JSON


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        (["--seed", "x", "--log-format", "json"], {}, "--seed: 'x' will not do: "),
        (["--log-format=json", "--prot", "1"], {}, "no such option"),
        (["--port", "x"], {"MOCKCLIQ_LOG_FORMAT": "json"}, "--port: 'x' will not do: "),
        (["--port", "0", "--world", "nope.json", "--log-format", "json"], {}, "nope.json: "),
    ],
)
def test_a_start_that_fails_is_an_object_where_the_log_is_json(
    start: Start, arguments: list[str], env: dict[str, str], told: str
) -> None:
    ended = start("serve", *arguments, env={**env, "MOCKCLIQ_PROT": "1"}).ended()
    assert ended.code == 2
    *_, last = lines = [json.loads(line) for line in ended.err.splitlines()]
    assert all(line.keys() == {"time", "level", "logger", "message"} for line in lines)
    assert last["level"] == "error"
    assert last["message"].startswith(told), last


# Secrets in files


@pytest.mark.parametrize("written", ["s3cret", "s3cret\n", "s3cret\r\n", "\ufeffs3cret\n"])
def test_a_secret_is_read_from_a_file_by_server_and_commands(start: Start, tmp_path: Path, written: str) -> None:
    file = tmp_path / "token"
    file.write_text(written, "utf-8", newline="")
    env = {"MOCKCLIQ_CONTROL_TOKEN_FILE": str(file)}
    url = start(*EMPTY, env=env).banner()["url"]
    assert httpx.get(f"{url}/_mockcliq/users", trust_env=False).status_code == 401
    ask: Any = {"trust_env": False, "headers": {"Authorization": "Bearer s3cret"}}
    assert httpx.get(f"{url}/_mockcliq/users", **ask).status_code == 200
    assert start("users", "--url", url, env=env).ended().code == 0
    assert start("users", "--url", url).ended().code == 1


def test_a_client_s_secret_is_read_from_a_file(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of mine!\n".replace(" ", "-"))
    env = {"MOCKCLIQ_CLIENT_ID": "1000.MINE", "MOCKCLIQ_CLIENT_SECRET_FILE": str(file)}
    url = start(*EMPTY, env=env).banner()["url"]
    clients = httpx.get(f"{url}/_mockcliq/clients", trust_env=False).json()["clients"]
    assert ("1000.MINE", "of-mine!") in {(each["client_id"], each["client_secret"]) for each in clients}


@pytest.mark.parametrize("command", [EMPTY[:5], ("users",), ("wait",)])
@pytest.mark.parametrize("kind", ["both", "missing", "directory", "empty", "binary"])
def test_a_file_without_a_secret_is_one_line_that_names_the_variable(
    start: Start, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    file = tmp_path / "token"
    if kind == "directory":
        file.mkdir()
    elif kind != "missing":
        file.write_bytes({"empty": b"\n", "binary": b"\xff\xfe", "both": b"abc"}[kind])
    env = {"MOCKCLIQ_CONTROL_TOKEN_FILE": str(file)} | ({"MOCKCLIQ_CONTROL_TOKEN": "abc"} if kind == "both" else {})
    told = failed(start(*command, env=env).ended())
    assert told.startswith("MOCKCLIQ_CONTROL_TOKEN_FILE: "), told


@pytest.mark.parametrize(("name", "content"), [("CONTROL_TOKEN", "two words1234"), ("CLIENT_SECRET", "t\u00fcr 1234")])
def test_what_is_wrong_with_a_secret_in_a_file_is_told_without_it(
    start: Start, tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / "secret"
    file.write_text(content, "utf-8")
    told = failed(start("serve", env={"MOCKCLIQ_CLIENT_ID": "x", f"MOCKCLIQ_{name}_FILE": str(file)}).ended())
    assert told.startswith(f"MOCKCLIQ_{name}_FILE: ...1234 will not do: ")
    assert content[:5] not in told


def test_a_flag_for_the_token_goes_before_a_file_that_is_not_there(start: Start) -> None:
    server = start(*SERVE, "--world", "empty", env={"MOCKCLIQ_CONTROL_TOKEN": "abc"})
    ended = start(
        "users",
        "--url",
        server.banner()["url"],
        "--control-token",
        "abc",
        env={"MOCKCLIQ_CONTROL_TOKEN_FILE": "/nowhere"},
    ).ended()
    assert (ended.code, ended.err) == (0, "")
