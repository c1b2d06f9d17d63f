/** The calls of the world's clients, the moment they arrive: a list with filters, and each in full. */

import { control, here, Refused } from "./api.js";
import { avatar, button, byId, copyButton, counted, fill, h, icon, joined, lines, pictureButton } from "./dom.js";
import { because, remedies, STATUS_TEXTS, status } from "./explanation.js";
import { Listbox } from "./listbox.js";
import { change, hearAll, MOST } from "./live.js";
import { javascript, python } from "./replay.js";
import { hear, nameOf, state, tell } from "./state.js";
import { moment, secondOf } from "./time.js";

/** @import { Entry, ExplainedEntry } from "../types.d.ts" */

const ROW_HEIGHT = 56;

/** Newest first. @type {Entry[]} */
let entries = [];
/** What arrived since they were drawn, oldest first. @type {Entry[]} */
let coming = [];
/** Those of them that the filters let through. @type {Entry[]} */
let shown = [];
/** What arrived while the list was paused, newest first. @type {Entry[]} */
let held = [];
let isPaused = false;
let lost = 0;
/** @type {string | null} */
let open = null;

/** @type {Record<string, (entry: Entry) => boolean>} */
const STATUSES = {
	"Any status": () => true,
	"2xx done": (entry) => entry.status !== null && entry.status < 300,
	"4xx refused": (entry) => entry.status !== null && entry.status >= 400 && entry.status < 500,
	"429 locked out": (entry) => entry.status === 429,
	"5xx failed": (entry) => entry.status !== null && entry.status >= 500,
	"No answer": (entry) => entry.status === null,
	"With a fault": (entry) => entry.fault !== null,
};

const list = new Listbox({
	label: "Requests, newest first",
	rowHeight: ROW_HEIGHT,
	render,
	choose: (index) => shown[index] && showRequest(shown[index].id),
});
const nothing = h("div", { class: "empty", hidden: true });
const count = h("span", { class: "hint" });
const told = h("div", { role: "status" });
const details = h("section", { class: "details", "aria-label": "The request", hidden: true });
const pause = h("button", { type: "button", "aria-pressed": "false", on: { click: togglePause } });
const byOperation = h("select", { "aria-label": "Operation", on: { change: select } });
const byUser = h("select", { "aria-label": "User", on: { change: select } });
const byStatus = h(
	"select",
	{ "aria-label": "Status", on: { change: select } },
	...Object.keys(STATUSES).map((name) => h("option", null, name)),
);

export function mountRequests() {
	byId("requests").append(
		h(
			"div",
			{ class: "filters" },
			byOperation,
			byUser,
			byStatus,
			h("p", null, count, pause, button("trash", "Clear", clear)),
		),
		told,
		nothing,
		list.element,
		details,
	);
	drawPause();
	hear("world", begin);
	hear("request", arrived);
	hear("view", () => list.update(shown.length));
}

/** Which world's calls the filters are for. */
let world = "";

/** All calls are to come: of another world, or of a new start of this one. */
function begin() {
	if (world !== state.world.id) {
		world = state.world.id;
		fill(
			byOperation,
			option("", "Any operation"),
			...state.operations.map(({ operation }) => option(operation, operation)),
		);
		fill(byUser, option("", "Anybody"));
		isPaused = false;
	}
	close();
	forget();
}

function forget() {
	entries = [];
	coming = [];
	held = [];
	lost = 0;
	tellLost();
	drawPause();
	select();
}

/** @param {string} value @param {string} text */
const option = (value, text) => h("option", { value }, text);

/** @param {{ entry?: Entry, lost?: number }} event */
function arrived(event) {
	if (event.lost !== undefined) {
		lost += event.lost;
		tellLost();
	} else if (event.entry !== undefined && coming.push(event.entry) === 1) requestAnimationFrame(take);
}

/** Once for all that came since the last frame, however many that are. */
function take() {
	const newer = coming.reverse();
	coming = [];
	if (isPaused) held = [...newer, ...held].slice(0, MOST);
	else add(newer);
	drawPause();
}

/** @param {Entry[]} newer Newest first. */
function add(newer) {
	entries = [...newer, ...entries].slice(0, MOST);
	const before = shown.length;
	const place = list.element.scrollTop;
	select();
	// Whoever has scrolled down goes on reading where they were.
	if (place > 0) list.element.scrollTop = place + (shown.length - before) * ROW_HEIGHT;
}

function tellLost() {
	fill(
		told,
		lost > 0 &&
			h(
				"p",
				{ class: "lost" },
				icon("warning"),
				`${counted(lost, "call")} came too fast to be shown.`,
				button(null, "Load them", load),
			),
	);
}

function load() {
	isPaused = false;
	forget();
	hearAll();
}

function select() {
	offer(byOperation, "operation", (operation) => operation);
	offer(byUser, "user", nameOf);
	const wanted = STATUSES[byStatus.value] ?? (() => true);
	shown = entries.filter(
		(entry) =>
			(byOperation.value === "" || entry.operation === byOperation.value) &&
			(byUser.value === "" || entry.user === byUser.value) &&
			wanted(entry),
	);
	list.update(shown.length, placeOf(open));
	count.textContent =
		shown.length === entries.length
			? counted(entries.length, "call")
			: `${shown.length} of ${counted(entries.length, "call")}`;
	const { journal } = state.overview;
	nothing.hidden = shown.length > 0 || (entries.length === 0 && journal.held > 0);
	list.element.hidden = shown.length === 0;
	if (entries.length > 0) fill(nothing, h("p", null, "No call is let through by the filters."));
	else
		fill(
			nothing,
			icon("list"),
			h(
				"p",
				null,
				journal.size === 0
					? "The journal is off (MOCKCLIQ_JOURNAL_SIZE=0): only calls that come while this page is open are shown."
					: "No call yet. What you do in a conversation shows up here, and what an SDK calls.",
			),
			button("plug", "How to connect", () => tell("view", "connect")),
		);
}

/**
 * @param {HTMLSelectElement} filter
 * @param {"operation" | "user"} key
 * @param {(value: string) => string} name
 */
function offer(filter, key, name) {
	const there = new Set([...filter.options].map((each) => each.value));
	for (const value of new Set(entries.map((entry) => entry[key]))) {
		if (value !== null && !there.has(value)) filter.append(option(value, name(value)));
	}
}

/** @param {string | null} id */
const placeOf = (id) => shown.findIndex((entry) => entry.id === id);

function togglePause() {
	isPaused = !isPaused;
	if (!isPaused) {
		add(held);
		held = [];
	}
	drawPause();
}

function drawPause() {
	pause.setAttribute("aria-pressed", String(isPaused));
	const waiting = held.length > 0 ? ` (${held.length} new)` : "";
	fill(pause, icon(isPaused ? "play" : "pause"), h("span", null, isPaused ? `Go on${waiting}` : "Pause"));
}

async function clear() {
	close();
	forget();
	await change("DELETE", "/requests");
	select();
}

/** @param {number} index */
function render(index) {
	const entry = shown[index];
	if (entry === undefined) return [];
	return [
		status(entry.status),
		lines(
			h(
				"span",
				{ class: "first" },
				h("span", { class: "name" }, entry.operation ?? "no operation"),
				entry.fault !== null &&
					h(
						"span",
						{ class: "mark fault", title: `by ${entry.fault}` },
						icon("bolt"),
						h("span", { class: "unseen" }, "by a fault"),
					),
				moment(entry.time, secondOf(Date.parse(entry.time))),
			),
			h(
				"span",
				{ class: "second" },
				joined([entry.user && nameOf(entry.user), `${entry.method} ${short(entry.path)}`]),
			),
		),
	];
}

/** @param {string} path What is the same for all calls is left out, and the middle of an id. */
const short = (path) =>
	path.replace(/^(\/network\/[^/]+)?\/api\/v2/u, "").replace(/([^/]{5})[^/]{9,}([^/]{4})/gu, "$1…$2");

/** @param {string} id */
export async function showRequest(id) {
	tell("view", "requests");
	open = id;
	list.mark(placeOf(id));
	const entry = entries.find((each) => each.id === id);
	try {
		/** @type {ExplainedEntry} */
		const full = await control("GET", here(`/requests/${encodeURIComponent(id)}`));
		if (open !== id) return;
		drawDetails(full);
	} catch (error) {
		if (!(error instanceof Refused) || error.status !== 404) throw error;
		if (open !== id) return;
		if (entry === undefined) {
			close();
			return;
		}
		drawDetails(entry);
	}
	details.hidden = false;
	details.scrollTop = 0;
}

function close() {
	open = null;
	details.hidden = true;
	list.mark(-1);
}

/** @param {Entry | ExplainedEntry} entry Without an explanation, where the journal has forgotten it. */
function drawDetails(entry) {
	const explanation = "explanation" in entry ? entry.explanation : null;
	const sentAt = moment(entry.time, secondOf(Date.parse(entry.time)));
	fill(
		details,
		h(
			"header",
			null,
			status(entry.status),
			h("h3", null, entry.operation ?? "No operation"),
			h("span", { class: "aside" }, entry.status === null ? "no answer" : STATUS_TEXTS[entry.status]),
			pictureButton("close", "Close the request", close),
		),
		h("p", { class: "target" }, h("code", null, `${entry.method} ${entry.path}`)),
		h(
			"p",
			{ class: "facts" },
			entry.user !== null && avatar(entry.user, nameOf(entry.user)),
			h(
				"span",
				null,
				entry.user === null ? "nobody known" : nameOf(entry.user),
				" · ",
				sentAt,
				` · ${entry.duration_ms.toFixed(1)} ms`,
			),
		),
		explanation?.fault && h("p", { class: "by-fault" }, icon("bolt"), h("span", null, explanation.fault)),
		explanation === null
			? h("p", { class: "hint" }, "The journal no longer has this call: there is no explanation, and nothing to copy.")
			: because(explanation),
		explanation !== null && h("p", { class: "doing" }, ...remedies(explanation)),
		explanation !== null &&
			h(
				"p",
				{ class: "copies" },
				h("span", null, "Copy as"),
				copyButton("curl", () => explanation.curl),
				copyButton("Python", () => python(explanation.call)),
				copyButton("JavaScript", () => javascript(explanation.call, entry.status)),
			),
		entry.reason !== null && block("Reason", entry.reason),
		Object.keys(entry.query).length > 0 && pairs("Query", entry.query),
		pairs("Headers", entry.headers),
		entry.body !== null && block("Body", pretty(entry.body), entry.body_truncated),
		entry.answer === null
			? h("p", { class: "hint" }, entry.status === null ? "The client saw no answer." : "The answer has no body.")
			: block("Answer", pretty(entry.answer), entry.answer_truncated),
	);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {boolean} [isCut]
 */
function block(title, text, isCut = false) {
	return h(
		"div",
		{ class: "block" },
		h("h4", null, isCut ? `${title} (its first 64 KiB)` : title),
		h("pre", { tabindex: 0, role: "region", "aria-label": title }, text),
	);
}

/**
 * @param {string} title
 * @param {Record<string, string | string[]>} values
 */
function pairs(title, values) {
	return h(
		"div",
		{ class: "block" },
		h("h4", null, title),
		h(
			"dl",
			null,
			...Object.entries(values).flatMap(([name, value]) => [
				h("dt", null, name),
				h("dd", null, [value].flat().join(", ")),
			]),
		),
	);
}

/** @param {string} text */
function pretty(text) {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
