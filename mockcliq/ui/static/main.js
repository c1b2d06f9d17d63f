/** The console: begins, and shows one part of the page or another. */

import { control, onTokenFound, onTokenNeeded, Refused } from "./api.js";
import { mountClock } from "./clock.js";
import { mountConnect } from "./connect.js";
import { mountConversations } from "./conversations.js";
import { button, byId, fill, h, icon, openDialog, pictureButton } from "./dom.js";
import { mountFaults } from "./faults.js";
import { identity, mountIdentity } from "./identity.js";
import { mountJournal } from "./journal.js";
import { mountKeys } from "./keys.js";
import { isLocked, mountLimits } from "./limits.js";
import { AGAIN_MS, enter, follow } from "./live.js";
import { dismissOutcome, mountOutcome } from "./outcome.js";
import { mountPeople } from "./people.js";
import { keepsRuns, mountRuns } from "./runs.js";
import { splitter } from "./splitter.js";
import { filtersOf, hear, isOver, state, tell, toldFilters } from "./state.js";
import { mountTheme } from "./theme.js";
import { mountThread } from "./thread.js";
import { mountWorlds } from "./worlds.js";

/**
 * The parts of the page. On a wide screen the calls, and what is set up, also stand beside the conversations; the part
 * called “requests” has the whole width.
 */
const VIEWS = /** @type {const} */ ({
	requests: { name: "Requests", picture: "list" },
	conversations: { name: "Chats", picture: "chat" },
	limits: { name: "Limits", picture: "gauge" },
	faults: { name: "Faults", picture: "bolt" },
	people: { name: "People", picture: "people" },
	connect: { name: "Connect", picture: "plug" },
	worlds: { name: "Worlds", picture: "globe" },
	runs: { name: "Runs", picture: "runs" },
});

/** Those that there are: a server may keep nothing of worlds that ended. @type {string[]} */
let views = [];

const wide = matchMedia("(min-width: 1100px)");
const narrow = matchMedia("(width < 720px)");
let view = "";
/** The address, while it is what leads and not what follows. @type {URLSearchParams | null} */
let arriving = null;
/** The address as last read or written; if it differs now, `arrive` is about to be called. */
let known = "";

/** @param {string} name */
const sectionOf = (name) => byId(name === "conversations" ? "chats" : name);

/** What stands beside the conversations. @param {string} name */
const besideOf = (name) => (name === "conversations" ? "requests" : name);

/** @param {string} wanted */
function show(wanted) {
	view = views.includes(wanted) ? wanted : "conversations";
	const shown = wide.matches && view !== "requests" ? ["conversations", besideOf(view)] : [view];
	for (const name of views) {
		sectionOf(name).hidden = !shown.includes(name);
		byId(`to-${name}`).setAttribute("aria-current", String(name === view));
	}
	document.body.dataset.view = view;
}

function mountNavigation() {
	fill(
		byId("navigation"),
		...views.map((name, place) => {
			const { name: label, picture } = VIEWS[/** @type {keyof typeof VIEWS} */ (name)];
			return h(
				"button",
				{
					type: "button",
					id: `to-${name}`,
					title: `${label} (${place + 1})`,
					"aria-keyshortcuts": String(place + 1),
					on: { click: () => go(name) },
				},
				icon(picture),
				h("span", null, label),
			);
		}),
	);
	const line = splitter({
		label: "Between the conversations and the rest",
		key: "mockcliq.pane-width",
		variable: "--pane",
		least: 320,
		whole: () => /** @type {HTMLElement} */ (document.querySelector("main")),
	});
	byId("chats").after(line);
	hear("view", (wanted) => {
		if (wanted !== undefined) show(wanted);
		remember();
	});
	hear("go", go);
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

/** What the address says: `#requests&q=mute`, or as it was written before, `#view=requests&q=mute`. */
function address() {
	const given = new URLSearchParams(location.hash.slice(1));
	const [first = ""] = given.keys();
	if (first in VIEWS && given.get(first) === "") given.set("view", first);
	else if (given.has("request") && !given.has("view")) given.set("view", "requests");
	return given;
}

/** The address of what is looked at; what goes without saying is left out. */
function told() {
	const { world, me, chat, request } = state;
	const given = {
		world: world.id === "default" ? "" : world.id,
		as: me.key === identity(null).key ? "" : me.key,
		chat: chat ?? "",
		request: request ?? "",
		...toldFilters(),
	};
	const pairs = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""));
	return `#${[view, `${pairs}`].filter(Boolean).join("&")}`;
}

/** Keep the view in the address, so that it can be reopened, gone back to, or sent. */
function remember() {
	const next = told();
	if (location.hash === next || location.hash !== known) return;
	const before = address();
	const chat = before.get("chat");
	const isStep =
		(before.get("world") ?? "default") !== state.world.id ||
		(before.get("view") ?? "conversations") !== view ||
		// Beside the list, the first one opens by itself, and so does another where the open one is gone.
		(chat !== state.chat && (narrow.matches || (chat !== null && state.chat !== null)));
	history[isStep && arriving === null ? "pushState" : "replaceState"](null, "", next);
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
	state.filters = filtersOf(given);
	try {
		if (world === state.world?.id) {
			const before = { ...state };
			state.me = identity(who);
			if (chat !== null || narrow.matches) state.chat = chat;
			if (state.me.key !== before.me.key) tell("me");
			if (state.chat !== before.chat) tell("chat");
			tell("filters");
		} else await enter(world, who, chat);
	} catch (error) {
		if (!(error instanceof Refused && error.status === 404)) throw error;
		complain(`${error.message}. This is the default one.`);
		await enter("default");
	} finally {
		if (arriving === given) {
			if (state.world !== undefined) {
				const isOther = state.request !== given.get("request");
				state.request = given.get("request");
				tell("view", given.get("view") ?? "");
				if (isOther) tell("call");
			}
			arriving = null;
		}
	}
}

function mountConnection() {
	const line = byId("connection");
	hear("connection", (why) => {
		line.hidden = why === null;
		if (why === null && isAboutSilence) byId("notice").replaceChildren();
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
			h("p", { class: "hint" }, /\bis another\b/u.test(why) ? "That is not the token." : why),
			h(
				"form",
				{ method: "dialog" },
				h("label", { for: "control-token" }, "MOCKCLIQ_CONTROL_TOKEN"),
				token,
				h("footer", null, h("button", { type: "submit", class: "primary" }, "Open the console")),
			),
		);
		// Without the token nothing can be shown: there is no way past it.
		dialog.querySelector("header button")?.remove();
		dialog.addEventListener("cancel", (event) => event.preventDefault());
		dialog.addEventListener("close", () => resolve(token.value));
		// Another page of this console may have been given it since.
		onTokenFound((found) => {
			token.value = found;
			dialog.close();
		});
	});
}

/** What a click could not do is told, with what to change. */
function mountFailures() {
	addEventListener("unhandledrejection", (event) => {
		if (!(event.reason instanceof Refused)) return;
		event.preventDefault();
		const isSilence = event.reason.status === 0;
		// It is told above, for as long as it lasts.
		if (isSilence && !byId("connection").hidden) return;
		complain(event.reason.message);
		isAboutSilence = isSilence;
	});
}

/** Whether what is complained of ends when the server answers again. */
let isAboutSilence = false;

/** @param {string} why */
function complain(why) {
	const notice = byId("notice");
	const dismiss = () => notice.replaceChildren();
	isAboutSilence = false;
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
	let hasRuns = false;
	await insist(async () => {
		const [server, { operations }, keeps] = await Promise.all([
			control("GET", "/server"),
			control("GET", "/operations"),
			keepsRuns(),
		]);
		Object.assign(state, { server, operations });
		hasRuns = keeps;
	});
	views = Object.keys(VIEWS).filter((name) => name !== "runs" || hasRuns);
	mountTop();
	mountNavigation();
	for (const mount of [
		mountClock,
		mountIdentity,
		mountOutcome,
		mountConversations,
		mountThread,
		() => mountJournal(hasRuns),
		mountLimits,
		mountFaults,
		mountPeople,
		mountConnect,
		mountWorlds,
		mountRuns,
	])
		mount();
	mountKeys(views, dismissOutcome);
	hear(["world", "me", "chat", "call", "filters"], remember);
	await insist(arrive);
	document.querySelector("main")?.removeAttribute("inert");
	// Back and forth, or an address that is pasted over this one; what the page writes there itself is none.
	addEventListener("hashchange", arrive);
	follow();
}

begin();
