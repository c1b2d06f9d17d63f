/** How a program reaches this world: base URL, tokens, and lines to paste. */

import { BASE, control, here, isGuarded, tokenOf } from "./api.js";
import { button, byId, copyButton, field, fill, h, lines } from "./dom.js";
import { FIXED } from "./identity.js";
import { hear, oneAtATime, state } from "./state.js";

/** @import { ListedPage } from "../types.d.ts" */

/** @typedef {{ base: string, token: string, world: string, isGuarded: boolean }} Where */

/** @type {Record<string, { says: string, text: (where: Where) => string }>} */
const SNIPPETS = {
	curl: {
		says: "Paste it into a shell.",
		text: ({ base, token }) => `curl -i '${base}/api/v2/chats?limit=3' \\
  -H 'Authorization: Bearer ${token}'
`,
	},
	Python: {
		says: "Needs nothing but Python.",
		text: ({ base, token }) => `import json
import urllib.request

token = "${token}"
request = urllib.request.Request(
    "${base}/api/v2/chats?limit=3",
    headers={"Authorization": f"Bearer {token}"},
)
with urllib.request.urlopen(request) as answer:
    for chat in json.load(answer)["chats"]:
        print(chat["name"])
`,
	},
	Node: {
		says: "Save it as chats.mjs, then run: node chats.mjs",
		text: ({ base, token }) => `const token = "${token}";
const answer = await fetch(
  "${base}/api/v2/chats?limit=3",
  { headers: { Authorization: \`Bearer \${token}\` } },
);
const { chats } = await answer.json();
for (const chat of chats) console.log(chat.name);
`,
	},
	pytest: {
		says: "The fixture comes with pip install mockcliq. Each test gets a world of its own, here on this server.",
		text: ({
			base,
			isGuarded,
		}) => `# test_bot.py; to run it: pytest --mockcliq-url ${base} test_bot.py${isGuarded ? "\n# with the control API's token in the environment: export MOCKCLIQ_CONTROL_TOKEN=…" : ""}
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest


def chats(url, token):
    request = Request(
        f"{url}/api/v2/chats",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urlopen(request) as answer:
        return answer.status


def test_the_lock_out_ends(mockcliq):
    mockcliq.limits.exhaust("list_direct_chats")
    with pytest.raises(HTTPError, match="429"):
        chats(mockcliq.url, mockcliq.token)
    mockcliq.clock.advance(minutes=10)
    assert chats(mockcliq.url, mockcliq.token) == 200
`,
	},
	compose: {
		says: "A server of its own. The image: docker build -t mockcliq . in a checkout.",
		text: ({ world }) => `# compose.yaml; to run it: docker compose up
services:
  mockcliq:
    image: mockcliq
    environment:
      MOCKCLIQ_WORLD: ${world}

  bot: # yours in its place: it needs this URL, and the token 1000.mockcliq.owner
    image: mockcliq
    depends_on:
      mockcliq:
        condition: service_healthy
    command: ["users", "--url", "http://mockcliq:2547"]
`,
	},
};

/** What posts to a webhook, by language. @type {Record<string, (url: string) => string>} */
const POSTS = {
	curl: (url) => `curl -i '${url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"text": "Hello"}'
`,
	Python: (url) => `import json
import urllib.request

request = urllib.request.Request(
    "${url}",
    data=json.dumps({"text": "Hello"}).encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    print(answer.status)
`,
	Node: (url) => `const answer = await fetch(
  "${url}",
  {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text: "Hello" }),
  },
);
console.log(answer.status);
`,
};

/** What an image has in it; other worlds are files, to be mounted. */
const NAMED = ["demo", "documentation", "empty"];

let tab = "curl";
const code = h("pre", { tabindex: 0, role: "region", "aria-label": "The lines to paste" });
const says = h("p", { class: "hint" });
const tabs = h("div", { class: "tabs", role: "group", "aria-label": "For" });
const base = h("code", null, BASE);
const tokens = h("ul", { class: "tokens" });
const login = h("ul", { class: "tokens" });
const to = h("select", { id: "webhook-to", on: { change: drawWebhook } });
const language = h(
	"select",
	{ id: "webhook-lines", on: { change: drawWebhook } },
	...Object.keys(POSTS).map((name) => h("option", null, name)),
);
const urls = h("ul", { class: "tokens" });
const post = h("pre", { tabindex: 0, role: "region", "aria-label": "The lines that post" });
const webhooks = h(
	"div",
	{ class: "webhooks" },
	h("div", { class: "two" }, field("Channel or bot", to), field("Lines in", language)),
	urls,
	h(
		"div",
		{ class: "snippet" },
		post,
		copyButton("Copy", () => post.textContent ?? "", "the lines that post"),
	),
);
const noWebhook = h("p", { class: "hint" }, "This world has no channel and no bot, or no webhook token, for one.");
/** The channels and bots that are shown. */
let known = "";

export function mountConnect() {
	byId("connect").append(
		h("h2", null, "Connect"),
		h(
			"p",
			{ class: "hint" },
			"Point your SDK or bot at this URL, with one of these tokens. The token alone decides which world it is in.",
		),
		h(
			"p",
			{ class: "copyable" },
			h("b", null, "Base URL"),
			base,
			copyButton("Copy", () => BASE, "the base URL"),
		),
		tabs,
		says,
		h(
			"div",
			{ class: "snippet" },
			code,
			copyButton("Copy", () => code.textContent ?? "", "these lines"),
		),
		h("h3", null, "Webhooks"),
		webhooks,
		noWebhook,
		h("h3", null, "Tokens"),
		tokens,
		h("h3", null, "For SDKs that log in"),
		login,
	);
	hear("world", draw);
	hear(["me", "view"], drawSnippet);
	hear(["world", "data", "view"], drawTargets);
}

/** The channels of the person whom the webhook token belongs to, and the bots. */
const drawTargets = oneAtATime(async () => {
	if (byId("connect").hidden) return;
	const { id, users } = state.world;
	const holder = users.find((user) => user.role === "owner");
	const [channels, bots] = await Promise.all([holder === undefined ? [] : channelsOf(holder), allBots()]);
	if (id !== state.world.id) return;
	const told = JSON.stringify([id, channels, bots]);
	if (told === known) return;
	known = told;
	const before = to.value;
	fill(to, group("Channels", "channelsbyname", channels), group("Bots", "bots", bots));
	to.value = before;
	if (to.selectedIndex < 0) to.selectedIndex = 0;
	webhooks.hidden = to.length === 0 || state.world.tokens.webhook === undefined;
	noWebhook.hidden = !webhooks.hidden;
	drawWebhook();
});

/** Their unique names, by the alphabet. @param {{ id: string }} user */
async function channelsOf({ id }) {
	/** @type {ListedPage} */
	const page = await control("GET", here(`/users/${encodeURIComponent(id)}/chats?type=channel&limit=1000`));
	return page.chats.map(({ channel }) => channel ?? "").sort();
}

async function allBots() {
	/** @type {{ bots: { unique_name: string }[] }} */
	const { bots } = await control("GET", here("/bots"));
	return bots.map((bot) => bot.unique_name).sort();
}

/**
 * @param {string} label
 * @param {string} path
 * @param {string[]} names
 */
const group = (label, path, names) =>
	names.length > 0 &&
	h("optgroup", { label }, ...names.map((name) => h("option", { value: `${path}/${encodeURIComponent(name)}` }, name)));

function drawWebhook() {
	const key = `?zapikey=${state.world.tokens.webhook}`;
	const url = `${BASE}/api/v2/${to.value}/message${key}`;
	fill(
		urls,
		copyable(url, "takes a message", "webhook URL"),
		to.value.startsWith("bots/") &&
			copyable(
				`${BASE}/api/v2/${to.value}/incoming${key}`,
				"takes anything, for the bot's handler",
				"incoming webhook URL",
			),
	);
	post.textContent = POSTS[language.value]?.(url) ?? "";
}

function draw() {
	const { tokens: known } = state.world;
	fill(
		tokens,
		...Object.entries(known).map(([label, token]) => copyable(token, FIXED[label]?.for ?? label, `token ${label}`)),
	);
	drawSnippet();
	drawLogin();
}

const drawLogin = oneAtATime(async () => {
	const { world } = state;
	const { clients } = await control("GET", here("/clients"));
	if (world.id !== state.world.id) return;
	const client = clients[0];
	const rows = [
		["accounts URL", BASE],
		["client id", client?.client_id],
		["client secret", client?.client_secret],
		["refresh token", state.world.refresh_token],
	];
	fill(login, ...rows.map(([name = "", value]) => value && copyable(value, name)));
});

/**
 * @param {string} value
 * @param {string} says
 * @param {string} [name]
 */
const copyable = (value, says, name = says) =>
	h(
		"li",
		null,
		lines(h("code", null, value), h("small", null, says)),
		copyButton("Copy", () => value, `the ${name}`),
	);

async function drawSnippet() {
	if (byId("connect").hidden) return;
	fill(
		tabs,
		...Object.keys(SNIPPETS).map((name) =>
			button(null, name, () => choose(name), { "aria-pressed": String(name === tab) }),
		),
	);
	const { me, world } = state;
	const token = await tokenOf(me);
	if (me !== state.me) return;
	const snippet = SNIPPETS[tab];
	says.textContent = snippet?.says ?? "";
	const start = NAMED.includes(world.world) ? world.world : "demo";
	code.textContent = snippet?.text({ base: BASE, token, world: start, isGuarded: isGuarded() }) ?? "";
}

/** @param {string} name */
function choose(name) {
	tab = name;
	drawSnippet();
	/** @type {HTMLElement | null} */ (tabs.querySelector('[aria-pressed="true"]'))?.focus();
}
