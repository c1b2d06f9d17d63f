"""Programs as people write them, with Zoho's host written in, and nothing in them changed.

Each calls the URLs of its arguments, prints a status or an error for each, and ends with 9.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import needs
from tests.run.conftest import Runner

pytestmark = pytest.mark.slow

OURS = "https://cliq.zoho.com/api/v2/chats?limit=1"
PLAIN = "http://cliq.zoho.eu/api/v2/chats?limit=1"
FOREIGN = "https://example.com/"

REQUESTS = """
import sys, requests
for url in sys.argv[1:]:
    try:
        print(requests.get(url, headers={"Authorization": "Bearer 1000.mockcliq.owner"}).status_code)
    except requests.RequestException as error:
        print(error)
sys.exit(9)
"""

HTTPX = """
import sys, httpx
with httpx.Client(headers={"Authorization": "Bearer 1000.mockcliq.owner"}) as client:
    for url in sys.argv[1:]:
        try:
            print(client.get(url).status_code)
        except httpx.HTTPError as error:
            print(error)
sys.exit(9)
"""

AIOHTTP = """
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer 1000.mockcliq.owner"}) as session:
        for url in sys.argv[1:]:
            try:
                async with session.get(url) as answer:
                    print(answer.status)
            except aiohttp.ClientError as error:
                print(error)
asyncio.run(main())
sys.exit(9)
"""

URLLIB = """
import sys, urllib.request
for url in sys.argv[1:]:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer 1000.mockcliq.owner"})
    try:
        print(urllib.request.urlopen(request).status)
    except OSError as error:
        print(error)
sys.exit(9)
"""

NODE = """
const protocols = { "https:": require("https"), "http:": require("http") };
const agents = { "https:": new protocols["https:"].Agent({ keepAlive: true }) };
const headers = { Authorization: "Bearer 1000.mockcliq.owner" };
const get = (url) => new Promise((done) => {
  const { protocol } = new URL(url);
  protocols[protocol].get(url, { headers, agent: agents[protocol] }, (answer) => {
    answer.resume().on("end", () => done(answer.statusCode));
  }).on("error", (error) => done(error.message));
});
(async () => {
  for (const url of process.argv.slice(2)) console.log(await get(url));
  process.exit(9);
})();
"""

FETCH = """
const headers = { Authorization: "Bearer 1000.mockcliq.owner" };
for (const url of process.argv.slice(2)) {
  console.log(await fetch(url, { headers }).then((answer) => answer.status, (error) => error.cause.message));
}
process.exit(9);
"""

AXIOS = """
const axios = require("axios");
const headers = { Authorization: "Bearer 1000.mockcliq.owner" };
(async () => {
  for (const url of process.argv.slice(2)) {
    console.log(await axios.get(url, { headers }).then((answer) => answer.status, (error) => error.message));
  }
  process.exit(9);
})();
"""

CURL = """
for url; do
  curl -sS -o /dev/null -w '%{http_code}\\n' -H 'Authorization: Bearer 1000.mockcliq.owner' "$url" 2>&1 | head -n 1
done
exit 9
"""

HTTP_CLIENT = """
import java.io.IOException;
import java.net.URI;
import java.net.http.*;

public class Program {
    public static void main(String[] urls) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (String url : urls) {
            var request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer 1000.mockcliq.owner").build();
            try {
                System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
            } catch (IOException error) {
                System.out.println(error.getMessage());
            }
        }
        System.exit(9);
    }
}
"""

HTTP_URL_CONNECTION = """
import java.io.IOException;
import java.net.*;

public class Program {
    public static void main(String[] urls) throws Exception {
        for (String url : urls) {
            var connection = (HttpURLConnection) new URL(url).openConnection();
            connection.setRequestProperty("Authorization", "Bearer 1000.mockcliq.owner");
            try {
                System.out.println(connection.getResponseCode());
            } catch (IOException error) {
                System.out.println(error.getMessage());
            }
        }
        System.exit(9);
    }
}
"""

PHP = """<?php
foreach (array_slice($argv, 1) as $url) {
    $call = curl_init($url);
    curl_setopt_array($call, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => ["Authorization: Bearer 1000.mockcliq.owner"],
    ]);
    echo curl_exec($call) === false ? curl_error($call) : curl_getinfo($call, CURLINFO_RESPONSE_CODE), "\\n";
}
exit(9);
"""

GO = """
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	for _, url := range os.Args[1:] {
		request, _ := http.NewRequest("GET", url, nil)
		request.Header.Set("Authorization", "Bearer 1000.mockcliq.owner")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			continue
		}
		answer.Body.Close()
		fmt.Println(answer.StatusCode)
	}
	os.Exit(9)
}
"""


def has_axios() -> bool:
    """Whether Node finds the package where NODE_PATH says."""
    if shutil.which("node") is None:
        return False
    asked = ["node", "-e", "require.resolve('axios')"]
    return subprocess.run(asked, cwd="/", capture_output=True, timeout=60, check=False).returncode == 0


def has_php_curl() -> bool:
    asked = ["php", "-r", "exit(function_exists('curl_init') ? 0 : 1);"]
    return shutil.which("php") is not None and subprocess.run(asked, timeout=60, check=False).returncode == 0


needs_axios = pytest.mark.skipif(not has_axios(), reason="needs node, and axios on NODE_PATH: .ci/run installs both")
needs_php_curl = pytest.mark.skipif(not has_php_curl(), reason="needs php with curl: apt-get install php-cli php-curl")

NAMED = "outside; have=example.com; need=one of Zoho's hosts"
"""What a client says that shows the first line of a proxy's refusal."""


@pytest.mark.parametrize(
    ("name", "content", "command", "refusal"),
    [
        pytest.param("program.py", REQUESTS, [sys.executable], NAMED, id="requests"),
        pytest.param("program.py", HTTPX, [sys.executable], NAMED, id="httpx"),
        pytest.param("program.py", AIOHTTP, [sys.executable], NAMED, id="aiohttp"),
        pytest.param("program.py", URLLIB, [sys.executable], NAMED, id="urllib"),
        pytest.param("program.cjs", NODE, ["node"], NAMED, id="node-https", marks=needs("node")),
        pytest.param("program.mjs", FETCH, ["node"], NAMED, id="node-fetch", marks=needs("node")),
        pytest.param("program.cjs", AXIOS, ["node"], "403", id="axios", marks=needs_axios),
        pytest.param("program.sh", CURL, ["sh"], "CONNECT tunnel failed, response 403", id="curl", marks=needs("curl")),
        pytest.param("Program.java", HTTP_CLIENT, ["java"], "403", id="java-http-client", marks=needs("javac")),
        pytest.param("Program.java", HTTP_URL_CONNECTION, ["java"], "403", id="java-url", marks=needs("javac")),
        pytest.param("program.php", PHP, ["php"], "403", id="php-curl", marks=needs_php_curl),
        pytest.param("program.go", GO, [], NAMED, id="go", marks=needs("go")),
    ],
)
def test_a_program(runner: Runner, tmp_path: Path, name: str, content: str, command: list[str], refusal: str) -> None:
    program = tmp_path / name
    program.write_text(content)
    if name.endswith(".go"):
        env = {**os.environ, "GO111MODULE": "off"}
        subprocess.run(["go", "build", "-o", "program", name], cwd=tmp_path, env=env, timeout=600, check=True)
        program = tmp_path / "program"
    direct = f"{runner.server.url}/api/v2/chats"
    ended = runner.run("--", *command, program, OURS, FOREIGN, PLAIN, direct, OURS, cwd=tmp_path)
    assert ended.code == 9, ended
    first, refused, *others = ended.out.splitlines()
    assert [first, *others] == ["200"] * 4, ended
    assert refusal in refused
    assert "mockcliq:     4  GET /api/v2/chats 200\n" in ended.err
    assert f"mockcliq:     1  CONNECT example.com:443 403 {NAMED}\n" in ended.err


@needs("node")
def test_node_s_own_streams_and_children_are_led_too(runner: Runner, tmp_path: Path) -> None:
    """A worker and a child process have the same way; a world's name goes along."""
    runner.server.control("POST", "/worlds", json={"id": "alpha", "world": "empty"})
    (tmp_path / "call.cjs").write_text("""
require("https").get(process.argv[2], (answer) => answer.resume().on("end", () => console.log(answer.statusCode)));
""")
    (tmp_path / "program.cjs").write_text("""
const { Worker } = require("worker_threads");
const call = require("path").join(__dirname, "call.cjs");
const url = "https://cliq.zoho.com/api/v2/chats";
console.log(require("child_process").execFileSync("node", [call, url]).toString().trim());
new Worker(call, { argv: [url] });
""")
    ended = runner.run("--world", "alpha", "--", "node", tmp_path / "program.cjs")
    assert (ended.code, ended.out) == (0, "401\n401\n")
    assert "mockcliq: 2 calls came here:" in ended.err


@needs("node")
def test_a_node_program_may_stand_in_for_fetch_itself(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "program.mjs").write_text("""
const real = globalThis.fetch;
globalThis.fetch = async (url) => (url === "mine" ? { status: 418 } : real(url));
console.log((await fetch("mine")).status, (await fetch("https://cliq.zoho.com/api/v2/chats")).status, real.name);
""")
    assert runner.run("--", "node", tmp_path / "program.mjs").out == "418 401 fetch\n"


@needs("git")
def test_git_trusts_the_ca(runner: Runner) -> None:
    ended = runner.run("--", "git", "ls-remote", "https://cliq.zoho.com/repository")
    assert ended.code == 128
    assert "mockcliq:     1  GET /repository/info/refs 404" in ended.err
