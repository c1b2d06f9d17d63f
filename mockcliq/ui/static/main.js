/** The console: begins, and shows one part of the page or another. */

import { control, onTokenNeeded, Refused } from "./api.js";
import { mountClock } from "./clock.js";
import { mountConnect } from "./connect.js";
import { mountConversations } from "./conversations.js";
import { button, byId, fill, h, icon, openDialog, pictureButton } from "./dom.js";
import { mountFaults } from "./faults.js";
import { identity, mountIdentity } from "./identity.js";
import { isLocked, mountLimits } from "./limits.js";
import { AGAIN_MS, enter, follow } from "./live.js";
import { mountRequests } from "./requests.js";
import { hear, isOver, state, tell } from "./state.js";
import { inBrowser } from "./storage.js";
import { mountThread } from "./thread.js";
import { mountWorlds } from "./worlds.js";

/** The parts of the page; on a wide screen the conversations stand beside each of the others. */
const VIEWS = /** @type {const} */ ({
	conversations: { name: "Chats", picture: "chat" },
	requests: { name: "Requests", picture: "list" },
	limits: { name: "Limits", picture: "gauge" },
	faults: { name: "Faults", picture: "bolt" },
	connect: { name: "Connect", picture: "plug" },
	worlds: { name: "Worlds", picture: "globe" },
});

const wide = matchMedia("(min-width: 1100px)");
const narrow = matchMedia("(width < 720px)");
let view = "";
/** The address, while it is what leads and not what follows. @type {URLSearchParams | null} */
let arriving = null;
/** The address as last read or written; if it differs now, `arrive` is about to be called. */
let known = "";

/** @param {string} name */
const sectionOf = (name) => byId(name === "conversations" ? "chats" : name);

/** @param {string | null} name */
const besideOf = (name) => (wide.matches && name === "conversations" ? "requests" : name);

/** @param {string} wanted */
function show(wanted) {
	view = wanted in VIEWS ? wanted : "conversations";
	const beside = besideOf(view) ?? view;
	for (const name of Object.keys(VIEWS)) {
		sectionOf(name).hidden = name !== beside && !(wide.matches && name === "conversations");
		byId(`to-${name}`).setAttribute("aria-current", String(name === beside));
	}
	document.body.dataset.view = beside;
}

function mountNavigation() {
	fill(
		byId("navigation"),
		...Object.entries(VIEWS).map(([name, { name: label, picture }]) =>
			h(
				"button",
				{ type: "button", id: `to-${name}`, on: { click: () => go(name) } },
				icon(picture),
				h("span", null, label),
			),
		),
	);
	hear("view", (wanted) => {
		if (wanted !== undefined) show(wanted);
		remember();
	});
	wide.addEventListener("change", () => tell("view", view));
	hear("overview", () => {
		byId("to-limits").classList.toggle("alert", isLocked());
		byId("to-faults").classList.toggle("alert", !state.overview.faults.every(isOver));
	});
}

/**
 * Show a part, and go on there by keyboard: what stands before it on the page may be long.
 * @param {string} name
 */
function go(name) {
	tell("view", name);
	sectionOf(name).focus();
}

const address = () => new URLSearchParams(location.hash.slice(1));

/** Keep the view in the address, so that it can be reopened, gone back to, or sent. */
function remember() {
	const told = new URLSearchParams({ world: state.world.id, as: state.me.key, view });
	if (state.chat !== null) told.set("chat", state.chat);
	if (location.hash === `#${told}` || location.hash !== known) return;
	const before = address();
	const chat = before.get("chat");
	const isStep =
		before.get("world") !== told.get("world") ||
		besideOf(before.get("view")) !== besideOf(view) ||
		// Beside the list, the first one opens by itself, and so does another where the open one is gone.
		(chat !== state.chat && (narrow.matches || (chat !== null && state.chat !== null)));
	history[isStep && arriving === null ? "pushState" : "replaceState"](null, "", `#${told}`);
	known = location.hash;
}

/** Show what the address says: at first, by Back, or because somebody put another one there. */
async function arrive() {
	const given = address();
	const world = given.get("world") ?? "default";
	const who = given.get("as") ?? state.me?.key ?? null;
	const chat = given.get("chat");
	arriving = given;
	known = location.hash;
	try {
		if (world === state.world?.id) {
			const before = { ...state };
			state.me = identity(who);
			if (chat !== null || narrow.matches) state.chat = chat;
			if (state.me.key !== before.me.key) tell("me");
			if (state.chat !== before.chat) tell("chat");
		} else await enter(world, who, chat);
	} catch (error) {
		if (!(error instanceof Refused && error.status === 404)) throw error;
		complain(`${error.message}. This is the default one.`);
		await enter("default");
	} finally {
		if (arriving === given) {
			if (state.world !== undefined) tell("view", given.get("view") ?? "");
			arriving = null;
		}
	}
}

function mountTheme() {
	const themes = ["light dark", "light", "dark"];
	let theme = inBrowser.get("mockcliq.theme") ?? "light dark";
	const names = { "light dark": "as the system", light: "light", dark: "dark" };
	const apply = () => {
		document.documentElement.style.colorScheme = theme;
		pressed.title = `Theme: ${names[/** @type {keyof typeof names} */ (theme)] ?? theme}`;
		pressed.setAttribute("aria-label", pressed.title);
	};
	const pressed = pictureButton("theme", "Theme", next);
	function next() {
		theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "light dark";
		inBrowser.set("mockcliq.theme", theme);
		apply();
	}
	byId("theme").append(pressed);
	apply();
}

function mountConnection() {
	const line = byId("connection");
	hear("connection", (why) => {
		line.hidden = why === null;
		fill(
			line,
			icon("warning"),
			h("span", null, why),
			(state.world?.id ?? "default") !== "default" && button("globe", "To the default world", () => enter("default")),
		);
	});
	hear("world", () => {
		line.hidden = true;
	});
}

/** @param {string} why */
function askForToken(why) {
	return new Promise((resolve) => {
		const token = h("input", { id: "control-token", type: "password", required: true, autocomplete: "off" });
		const dialog = openDialog(
			"The control API needs its token",
			h("p", { class: "hint" }, why),
			h(
				"form",
				{ method: "dialog" },
				h("label", { for: "control-token" }, "MOCKCLIQ_CONTROL_TOKEN"),
				token,
				h("footer", null, h("button", { type: "submit", class: "primary" }, "Open the console")),
			),
		);
		// However it is closed: without the token nothing can be shown, so that it asks again.
		dialog.addEventListener("close", () => resolve(token.value));
	});
}

/** What a click could not do is told, with what to change. */
function mountFailures() {
	addEventListener("unhandledrejection", (event) => {
		if (!(event.reason instanceof Refused)) return;
		event.preventDefault();
		complain(event.reason.message);
	});
}

/** @param {string} why */
function complain(why) {
	const notice = byId("notice");
	const dismiss = () => notice.replaceChildren();
	fill(notice, icon("warning"), h("span", null, why), pictureButton("close", "Dismiss", dismiss));
}

function mountTop() {
	const { label } = state.server;
	document.title = label === null ? "MockCliq" : `${label} - MockCliq`;
	byId("label").textContent = label ?? "";
	hear("world", () => {
		const { id, world } = state.world;
		fill(
			byId("world"),
			button("globe", id, () => tell("view", "worlds"), {
				title: `The world ${id} (${world})`,
				"aria-label": `World ${id}`,
			}),
		);
	});
}

/**
 * Do it again until it is done, and say meanwhile why it is not.
 * @param {() => Promise<void>} what
 */
async function insist(what) {
	while (true) {
		try {
			return await what();
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			tell("connection", error.message);
			await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
		}
	}
}

async function begin() {
	mountFailures();
	mountTheme();
	mountConnection();
	onTokenNeeded(askForToken);
	await insist(async () => {
		const [server, { operations }] = await Promise.all([control("GET", "/server"), control("GET", "/operations")]);
		Object.assign(state, { server, operations });
	});
	mountTop();
	mountNavigation();
	for (const mount of [
		mountClock,
		mountIdentity,
		mountConversations,
		mountThread,
		mountRequests,
		mountLimits,
		mountFaults,
		mountConnect,
		mountWorlds,
	])
		mount();
	hear(["world", "me", "chat"], remember);
	await insist(arrive);
	document.querySelector("main")?.removeAttribute("inert");
	// Back and forth, or an address that is pasted over this one; what the page writes there itself is none.
	addEventListener("hashchange", arrive);
	follow();
}

begin();
