/** People and bots of the world, and their tokens: added, minted, revoked, deactivated. */

import { control, curl, here, Refused, readWorld } from "./api.js";
import { avatar, button, byId, confirm, copyButton, field, fill, h, lines } from "./dom.js";
import { identity } from "./identity.js";
import { refreshOverview } from "./live.js";
import { hear, nameOf, oneAtATime, state, tell } from "./state.js";
import { dateOf, secondOf } from "./time.js";

/** @import { Bot, Minted, Person } from "../types.d.ts" */

const LIFETIMES = [
	["never", ""],
	["in 1 minute", "60"],
	["in 10 minutes", "600"],
	["in 1 hour", "3600"],
	["in 1 day", "86400"],
];

/** More are found by the search. */
const MOST = 100;

/** Tokens that were minted here since the world was entered. @type {Minted[]} */
let minted = [];
let wanted = "";
let drawn = "";

const told = h("p", { role: "status" });
const mintedList = h("ul", { class: "tokens" });
const everyone = h("ul", { class: "people-list" });
const bots = h("ul", { class: "people-list" });
const holder = h("select", { id: "mint-for" });
const lifetime = h("select", { id: "mint-expires" }, ...LIFETIMES.map(([name, value]) => h("option", { value }, name)));
const scopes = h("fieldset", { class: "scopes" });
const kind = h(
	"select",
	{ id: "mint-kind", on: { change: () => toggleKind() } },
	h("option", { value: "access" }, "access token"),
	h("option", { value: "webhook" }, "webhook token (zapikey)"),
);
const lifetimeField = field("Expires", lifetime);
const scopesOf = h("details", { class: "wide" }, h("summary", null, "Scopes: all, unless you choose some"), scopes);

export function mountPeople() {
	const search = h("input", {
		type: "search",
		placeholder: "Search people and tokens",
		"aria-label": "Search people and tokens",
		on: {
			input: () => {
				wanted = search.value.trim().toLocaleLowerCase();
				drawPeople();
			},
		},
	});
	byId("people").append(
		h("h2", null, "People and tokens"),
		told,
		h("h3", null, "Mint a token"),
		h(
			"form",
			{ class: "fault-form", on: { submit: mint } },
			field("For", holder),
			field("Kind", kind),
			lifetimeField,
			scopesOf,
			h(
				"p",
				{ class: "doing" },
				h("button", { type: "submit", class: "primary" }, "Mint it"),
				copyButton("Copy as curl", () => curl(pathOfKind(), order()), "that mints it"),
			),
		),
		mintedList,
		revocation(),
		h("h3", null, "People"),
		h("div", { class: "search" }, search),
		everyone,
		addition(
			"Add a person",
			"person",
			["Name", "name", "Ada Lovelace"],
			["E-mail (or one is made)", "email", ""],
			async (name, email) => {
				await control("POST", here("/users"), { name, ...(email ? { email } : {}) });
				return `Added: ${name}. Nobody has a conversation at first: make one in Chats.`;
			},
		),
		h("h3", null, "Bots"),
		bots,
		addition(
			"Add a bot",
			"bot",
			["Unique name", "unique", "buildbot"],
			["Shown name", "shown", "Build bot"],
			async (unique, name) => {
				await control("POST", here("/bots"), { unique_name: unique, ...(name ? { name } : {}) });
				return `Added: ${unique}. Connect has its webhook URLs.`;
			},
		),
	);
	hear("world", () => {
		minted = [];
		drawn = "";
		say("");
		draw();
	});
	hear(["view", "data"], draw);
}

const draw = oneAtATime(async () => {
	if (byId("people").hidden) return;
	const { id } = state.world;
	await readWorld();
	/** @type {{ bots: Bot[] }} */
	const { bots: all } = await control("GET", here("/bots"));
	if (id !== state.world.id) return;
	const facts = JSON.stringify([id, state.world.users, all, minted]);
	if (facts === drawn) return;
	drawn = facts;
	const before = holder.value || state.me.user.id;
	fill(
		holder,
		...state.world.users.map((user) =>
			h("option", { value: user.id }, `${user.name}${user.active ? "" : " (deactivated)"}`),
		),
	);
	holder.value = before;
	if (holder.selectedIndex < 0) holder.selectedIndex = 0;
	if (scopes.childElementCount === 0) drawScopes();
	drawMinted();
	drawPeople();
	fill(
		bots,
		...all.map(({ unique_name: name, name: shown, subscribers }) =>
			h(
				"li",
				null,
				avatar(`b-${name}`, shown || name, "bot"),
				lines(h("b", null, shown || name), h("small", null, `${name}, for ${subscribers.length} people`)),
				button("trash", "Remove", () => confirmBot(name), { class: "quiet", "aria-label": `Remove ${name}` }),
			),
		),
		all.length === 0 && h("li", { class: "hint" }, "None yet."),
	);
});

function drawScopes() {
	const names = [...new Set(state.operations.flatMap(({ scope }) => scope?.split(/[ ,]+/u) ?? []))]
		.filter(Boolean)
		.sort();
	fill(
		scopes,
		h("legend", { class: "unseen" }, "Scopes"),
		...names.map((name) =>
			h(
				"label",
				null,
				h("input", { type: "checkbox", name: "scope", value: name }),
				` ${name.replace("ZohoCliq.", "")}`,
			),
		),
	);
}

function drawMinted() {
	fill(
		mintedList,
		...minted.map(({ token, user, scopes: held, expires_at: ends }) =>
			h(
				"li",
				null,
				lines(
					h("code", null, token),
					h(
						"small",
						null,
						`${nameOf(user)}, ${held === undefined ? "for webhooks" : `${held.length} ${held.length === 1 ? "scope" : "scopes"}`}, ${ends ? `until ${dateOf(Date.parse(ends))}, ${secondOf(Date.parse(ends))}` : "never expires"}`,
					),
				),
				copyButton("Copy", () => token, "the minted token"),
				button("close", "Revoke", () => revoke(token), { class: "quiet" }),
			),
		),
	);
}

function drawPeople() {
	const found = state.world.users.filter(({ name, email, id }) =>
		`${name} ${email} ${id}`.toLocaleLowerCase().includes(wanted),
	);
	fill(
		everyone,
		...found.slice(0, MOST).map(person),
		found.length > MOST && h("li", { class: "hint" }, `${found.length - MOST} more: search for them.`),
		found.length === 0 && h("li", { class: "hint" }, "Nobody is called so."),
	);
}

/** @param {Person} user */
function person(user) {
	const act = () => {
		state.me = identity(user.id);
		tell("me");
		say(`Acting as ${user.name}.`);
	};
	return h(
		"li",
		null,
		avatar(user.id, user.name),
		lines(h("b", null, user.name), h("small", null, user.active ? user.email : "deactivated: their calls are refused")),
		button(null, "Act as", act, { class: "quiet", "aria-label": `Act as ${user.name}` }),
		button(null, user.active ? "Deactivate" : "Activate", () => put(user), {
			class: "quiet",
			"aria-label": `${user.active ? "Deactivate" : "Activate"} ${user.name}`,
		}),
	);
}

/** @param {Person} user */
const put = (user) =>
	attempt(async () => {
		await control("PATCH", here(`/users/${encodeURIComponent(user.id)}`), { active: !user.active });
		return `${user.active ? "Deactivated" : "Activated"}: ${user.name}.`;
	});

const isWebhook = () => kind.value === "webhook";
const pathOfKind = () => (isWebhook() ? "/webhook-tokens" : "/tokens");

function toggleKind() {
	lifetimeField.hidden = isWebhook();
	scopesOf.hidden = isWebhook();
}

function order() {
	if (isWebhook()) return { user: holder.value };
	const chosen = [...scopes.querySelectorAll("input:checked")].map(
		(each) => /** @type {HTMLInputElement} */ (each).value,
	);
	return {
		user: holder.value,
		...(chosen.length > 0 ? { scopes: chosen } : {}),
		...(lifetime.value ? { expires_in: Number(lifetime.value) } : {}),
	};
}

/** @param {SubmitEvent} event */
function mint(event) {
	event.preventDefault();
	return attempt(async () => {
		/** @type {Minted} */
		const made = await control("POST", here(pathOfKind()), order());
		minted = [made, ...minted];
		return `Minted for ${nameOf(made.user)}.`;
	});
}

/** @param {string} token */
const revoke = (token) =>
	attempt(async () => {
		await control("DELETE", here(`/tokens/${encodeURIComponent(token)}`));
		minted = minted.filter((each) => each.token !== token);
		return "Revoked: calls with it are refused from now on.";
	});

/** Any token, also one that was not made here. */
function revocation() {
	const token = h("input", {
		id: "revoke-token",
		placeholder: "1000.mockcliq.member",
		required: true,
		autocomplete: "off",
		spellcheck: "false",
	});
	return h(
		"form",
		{
			class: "inline",
			on: {
				submit: async (/** @type {SubmitEvent} */ event) => {
					event.preventDefault();
					if (await revoke(token.value.trim())) token.value = "";
				},
			},
		},
		h("label", { for: "revoke-token", class: "unseen" }, "A token to revoke"),
		token,
		h("button", { type: "submit" }, "Revoke a token"),
	);
}

/**
 * A folded form of two fields.
 * @param {string} title
 * @param {string} key
 * @param {[string, string, string]} first Its label, id and example; it must be filled in.
 * @param {[string, string, string]} second
 * @param {(first: string, second: string) => Promise<string>} make
 */
function addition(title, key, first, second, make) {
	const [one, other] = [first, second].map(([, id, placeholder], place) =>
		h("input", { id: `${key}-${id}`, placeholder, required: place === 0, autocomplete: "off" }),
	);
	if (one === undefined || other === undefined) throw new Error("two fields");
	const add = async (/** @type {SubmitEvent} */ event) => {
		event.preventDefault();
		const isDone = await attempt(() => make(one.value.trim(), other.value.trim()));
		if (isDone) for (const each of [one, other]) each.value = "";
	};
	return h(
		"details",
		{ class: "own-rule" },
		h("summary", null, title),
		h(
			"form",
			{ class: "fault-form", on: { submit: add } },
			field(first[0], one),
			field(second[0], other),
			h("p", { class: "doing" }, h("button", { type: "submit", class: "primary" }, "Add")),
		),
	);
}

/** @param {string} name */
function confirmBot(name) {
	confirm(
		`Remove the bot ${name}?`,
		"It leaves its channels. What it said stays, and so do its conversations with people.",
		button("trash", "Remove", () =>
			attempt(async () => {
				await control("DELETE", here(`/bots/${encodeURIComponent(name)}`));
				return `Removed: ${name}.`;
			}),
		),
	);
}

/**
 * Do it and say so, or say why it is refused.
 * @param {() => Promise<string>} what
 * @returns {Promise<boolean>} Whether it was done.
 */
async function attempt(what) {
	try {
		say(await what());
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		say(error.message, "refused");
		return false;
	}
	drawn = "";
	await refreshOverview();
	await draw();
	return true;
}

/**
 * @param {string} text
 * @param {string} [looks]
 */
function say(text, looks = "told") {
	told.textContent = text;
	told.className = looks;
}
