/** Calls in a list that is searched, filtered and grouped, and one of them in full; wherever they come from. */

import {
	clientOf,
	isOutside,
	isOwn,
	isUnderWay,
	likeness,
	mentions,
	queryOf,
	STATUSES,
	seenStatus,
	targetOf,
	tokenOfCall,
	userOf,
	whoOf,
} from "./calls.js";
import { button, byId, counted, fill, h, icon } from "./dom.js";
import { status } from "./explanation.js";
import { Listbox } from "./listbox.js";
import { details, drawDetails, drawMissing } from "./request-details.js";
import { splitter } from "./splitter.js";
import { hear, NO_FILTERS, nameOf, state, tell } from "./state.js";
import { moment, secondOf } from "./time.js";

/** @import { Child } from "./dom.js" */
/** @import { Entry, ExplainedEntry, Replay } from "../types.d.ts" */

/**
 * Where the calls come from, and what can be done with them there.
 * @typedef {object} Source
 * @property {(id: string, entry?: Entry) => ExplainedEntry | null | Promise<ExplainedEntry | null>} read One in full; null where it is gone.
 * @property {(id: string) => string} missing What to say then.
 * @property {HTMLElement[]} filters Beside those of the list.
 * @property {HTMLElement[]} acts Beside the count.
 * @property {HTMLElement[]} above The list.
 * @property {() => boolean} isFull Whether earlier calls are left out.
 * @property {() => string[]} notes Beside the count, too.
 * @property {() => Child[]} nothing In place of an empty list.
 * @property {(entry: ExplainedEntry) => Child[]} actsOn Under the reason of a call.
 * @property {(entry: ExplainedEntry, call: Replay) => Child[]} copies Beside the programs that make a call again.
 */

/** As a table, where there is the room for its columns; else in two lines each. */
const ROW_HEIGHT = 34;
const TALL_ROW_HEIGHT = 56;
const TABLE_WIDTH = 860;

/** So many equal calls in a row are one row: as many as of a program that tries again. */
const REPEATED = 4;

/**
 * A row: a call, or a group of calls that repeat one another.
 * @typedef {{ entry: Entry, group: Entry[] | null, isWithin: boolean }} Row
 */

/** @type {Source} */
let source;
/** Newest first. @type {Entry[]} */
let entries = [];
/** Those of them that the filters let through. @type {Entry[]} */
let passed = [];
/** What is listed of them. @type {Row[]} */
let rows = [];
/** The groups that are shown call by call, by the id of their first call. @type {Set<string>} */
let unfolded = new Set();

const rowList = new Listbox({
	label: "Requests, newest first",
	rowHeight: TALL_ROW_HEIGHT,
	render,
	choose,
	moved: (index) => state.request !== null && rows[index]?.group === null && choose(index),
});
const nothing = h("div", { class: "empty", hidden: true });
const count = h("span", { class: "hint", role: "status" });
const search = h("input", {
	type: "search",
	placeholder: "Search paths, queries, bodies, reasons",
	"aria-label": "Search requests",
	"aria-keyshortcuts": "/",
	on: { input: filtered },
});
const byOperation = h("select", { "aria-label": "Operation", on: { change: filtered } });
const byUser = h("select", { "aria-label": "User", on: { change: filtered } });
const byStatus = h(
	"select",
	{ "aria-label": "Status", on: { change: filtered } },
	...Object.entries(STATUSES).map(([value, { name }]) => h("option", { value }, name)),
);
const withoutOwn = h("input", { type: "checkbox", id: "without-own", on: { change: filtered } });
const grouped = h("input", { type: "checkbox", id: "grouped", checked: true, on: { change: filtered } });
const columns = h(
	"div",
	{ class: "columns", "aria-hidden": "true" },
	...["Status", "Method", "Path and query", "Operation", "ms", "Who (token)", "Client", "World", "Time"].map((name) =>
		h("span", null, name),
	),
);
const calls = h("div", { class: "calls" }, columns, nothing, rowList.element);

/** @param {Source} given */
export function mountRequests(given) {
	source = given;
	byId("requests").append(
		h(
			"div",
			{ class: "filters" },
			h("div", { class: "search" }, icon("search"), search),
			...source.filters,
			byOperation,
			byUser,
			byStatus,
			h(
				"p",
				{ class: "doing" },
				h("label", { for: "grouped" }, grouped, " Group repeats"),
				h("label", { for: "without-own" }, withoutOwn, " Hide the console's own"),
				count,
				...source.acts,
			),
		),
		...source.above,
		h(
			"div",
			{ class: "panes" },
			calls,
			splitter({
				label: "Between the list and the call",
				key: "mockcliq.call-width",
				variable: "--call",
				least: 320,
				whole: () => byId("requests"),
			}),
			details,
		),
	);
	new ResizeObserver(() => {
		const isTable = calls.clientWidth >= TABLE_WIDTH;
		if (calls.classList.toggle("table", isTable) !== (rowList.rowHeight === ROW_HEIGHT)) {
			rowList.rowHeight = isTable ? ROW_HEIGHT : TALL_ROW_HEIGHT;
			rowList.update(rows.length);
		}
		seek();
	}).observe(calls);
	for (const touch of ["pointerdown", "wheel", "keydown"])
		rowList.element.addEventListener(touch, () => (sought = null), { passive: true });
	hear("filters", () => {
		putFilters();
		select();
	});
	hear("call", openCall);
	hear("view", () => rowList.update(rows.length));
}

/** Offer the operations and people of another world. */
export function offerAnew() {
	fill(
		byOperation,
		option("", "Any operation"),
		...state.operations.map(({ operation }) => option(operation, operation)),
	);
	fill(byUser, option("", "Anybody"));
	unfolded = new Set();
	putFilters();
}

/** @returns {readonly Entry[]} Newest first. */
export const listed = () => entries;

/** @param {Entry[]} calls Newest first. */
export function list(calls) {
	entries = calls;
	const before = rows.length;
	const place = rowList.element.scrollTop;
	select();
	// Whoever has scrolled down goes on reading where they were.
	if (place > 0) rowList.element.scrollTop = place + (rows.length - before) * rowList.rowHeight;
	seek();
}

/** The open call, if it was not in view when it was opened; it is kept there until the list is touched. @type {string | null} */
let sought = null;

function seek() {
	const place = sought === null || sought !== state.request ? -1 : placeOf(sought);
	if (place >= 0) rowList.reveal(place);
}

/** @param {string} value @param {string} text */
const option = (value, text) => h("option", { value }, text);

/** Show in the controls what the address says. */
function putFilters() {
	const { q, operation, user, status, own, groups } = state.filters;
	if (document.activeElement !== search) search.value = q;
	for (const [filter, value, name] of /** @type {const} */ ([
		[byOperation, operation, operation],
		[byUser, user, nameOf(user)],
	])) {
		if (![...filter.options].some((each) => each.value === value)) filter.append(option(value, name));
		filter.value = value;
	}
	byStatus.value = status in STATUSES ? status : "";
	withoutOwn.checked = !own;
	grouped.checked = groups;
}

function filtered() {
	state.filters = {
		q: search.value.trim(),
		operation: byOperation.value,
		user: byUser.value,
		status: byStatus.value,
		own: !withoutOwn.checked,
		groups: grouped.checked,
		calls: state.filters.calls,
	};
	tell("filters");
}

/**
 * A call that was under way keeps its place when it is told of again.
 * @param {Entry[]} newer
 * @param {Entry[]} older
 */
export function merged(newer, older) {
	const again = new Map(newer.map((entry) => [entry.id, entry]));
	const kept = older.map((entry) => {
		const found = again.get(entry.id);
		again.delete(entry.id);
		return found ?? entry;
	});
	return [...again.values(), ...kept];
}

/**
 * @param {Entry[]} newer Newest first.
 * @param {number} most So many are listed.
 */
export function add(newer, most) {
	list(merged(newer, entries).slice(0, most));
	if (newer.some(({ id }) => id === state.request)) openCall();
}

export function select() {
	offer(byOperation, "operation", (operation) => operation);
	offer(byUser, "user", nameOf);
	const { operation, user, own, groups, q } = state.filters;
	const { lets } = STATUSES[byStatus.value] ?? { lets: () => true };
	const wanted = q.toLowerCase();
	passed = entries.filter(
		(entry) =>
			(operation === "" || entry.operation === operation) &&
			(user === "" || entry.user === user) &&
			(own || !isOwn(entry)) &&
			lets(entry) &&
			(wanted === "" || mentions(entry, wanted)),
	);
	rows = groups ? inGroups(passed) : passed.map((entry) => ({ entry, group: null, isWithin: false }));
	rowList.update(rows.length, placeOf(state.request));
	drawCount();
	const isEmpty = entries.length === 0;
	const offered = isEmpty ? source.nothing() : [];
	nothing.hidden = rows.length > 0 || (isEmpty && offered.length === 0);
	rowList.element.hidden = rows.length === 0;
	columns.hidden = rows.length === 0;
	if (isEmpty) fill(nothing, ...offered);
	else
		fill(
			nothing,
			h("p", null, "No call is let through by the filters."),
			button("close", "Clear the filters", () => {
				state.filters = { ...NO_FILTERS, calls: state.filters.calls };
				search.value = "";
				tell("filters");
			}),
		);
}

export function drawCount() {
	const all = counted(entries.length, "call");
	fill(
		count,
		passed.length === entries.length ? all : `${passed.length.toLocaleString()} of ${all}`,
		source.isFull() && ", the latest: earlier ones are gone",
		...source.notes(),
	);
}

/**
 * Calls with a group's row in place of many that are equal and follow one another.
 * @param {Entry[]} calls
 * @returns {Row[]}
 */
function inGroups(calls) {
	/** @type {Row[]} */
	const found = [];
	for (let first = 0, next = 0; first < calls.length; first = next) {
		const entry = /** @type {Entry} */ (calls[first]);
		const like = likeness(entry);
		for (next = first + 1; next < calls.length; next++) {
			const other = calls[next];
			if (other === undefined || likeness(other) !== like) break;
		}
		const same = calls.slice(first, next);
		const isGroup = same.length >= REPEATED;
		if (isGroup) found.push({ entry, group: same, isWithin: false });
		if (isGroup && !unfolded.has(groupId(same))) continue;
		found.push(...same.map((each) => ({ entry: each, group: null, isWithin: isGroup })));
	}
	return found;
}

/** A group grows at its newest end. @param {Entry[]} group */
const groupId = (group) => group.at(-1)?.id ?? "";

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
function placeOf(id) {
	const place = rows.findIndex(({ entry, group }) => entry.id === id && group === null);
	return place >= 0 ? place : rows.findIndex(({ group }) => group?.some((each) => each.id === id));
}

/** @param {number} index */
function choose(index) {
	const row = rows[index];
	if (row === undefined) return;
	if (row.group === null) return showRequest(row.entry.id);
	const id = groupId(row.group);
	if (!unfolded.delete(id)) unfolded.add(id);
	select();
}

/**
 * @param {number} index
 * @param {HTMLElement} element
 */
function render(index, element) {
	const row = rows[index];
	if (row === undefined) return [];
	const { entry, group } = row;
	element.classList.toggle("within", row.isWithin);
	element.classList.toggle("own", isOwn(entry));
	const at = Date.parse(entry.time);
	const target = isOutside(entry) ? entry.path : `${short(entry.path)}${queryOf(entry)}`;
	const token = tokenOfCall(entry);
	return [
		status(seenStatus(entry), isUnderWay(entry)),
		h("span", { class: "method" }, entry.method),
		h(
			"span",
			{ class: "target", title: targetOf(entry) },
			group !== null && [h("b", { class: "times" }, `× ${group.length.toLocaleString()}`), " "],
			entry.fault !== null &&
				h(
					"span",
					{ class: "mark fault", title: `by ${entry.fault}` },
					icon("bolt"),
					h("span", { class: "unseen" }, "by a fault"),
				),
			target,
			group !== null && h("span", { class: "unseen" }, unfolded.has(groupId(group)) ? ", unfolded" : ", folded"),
		),
		h("span", { class: "operation" }, entry.operation ?? "no operation"),
		h(
			"span",
			{ class: "ms" },
			isUnderWay(entry) || entry.duration_ms === null ? "…" : shortMs(entry.duration_ms),
			h("span", { class: "unit" }, " ms"),
		),
		h(
			"span",
			{ class: "who", title: whoOf(entry) },
			userOf(entry),
			token !== null && h("span", { class: "token" }, ` ${token}`),
		),
		h("span", { class: "client", title: entry.headers["user-agent"] }, clientOf(entry)),
		h("span", { class: "of-world" }, entry.world),
		moment(entry.time, secondOf(at)),
	];
}

/** @param {number} ms */
const shortMs = (ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString());

/** @param {string} path What is the same for all calls is left out, and the middle of an id. */
const short = (path) =>
	path.replace(/^(\/network\/[^/]+)?\/api\/v2/u, "").replace(/([^/]{5})[^/]{9,}([^/]{4})/gu, "$1…$2");

/**
 * Open a call: beside the conversations, if the list stands there, or at full width.
 * @param {string} id
 */
export function showRequest(id) {
	state.request = id;
	if (byId("requests").hidden) tell("view", "requests");
	tell("call");
}

export function closeCall() {
	if (state.request === null) return false;
	const hadFocus = details.contains(document.activeElement);
	state.request = null;
	tell("call");
	if (hadFocus) rowList.element.focus();
	return true;
}

/** Open the next call of the list, or the one before. @param {1 | -1} step */
export function stepThrough(step) {
	if (rows.length === 0) return;
	const from = state.request === null ? (step === 1 ? -1 : 0) : placeOf(state.request);
	for (let place = from + step; place >= 0 && place < rows.length; place += step) {
		const row = rows[place];
		if (row?.group && unfolded.has(groupId(row.group))) continue;
		if (row) {
			showRequest(row.entry.id);
			rowList.reveal(place);
		}
		return;
	}
}

export function focusSearch() {
	search.focus();
	search.select();
}

/** Show the call that the state says, or none. */
async function openCall() {
	const id = state.request;
	const place = placeOf(id);
	rowList.mark(place);
	if (id !== shown && !rowList.rows.has(place)) sought = id;
	seek();
	document.body.classList.toggle("call-open", id !== null);
	if (id === null) {
		details.hidden = true;
		shown = null;
		return;
	}
	const entry = entries.find((each) => each.id === id);
	const full = await source.read(id, entry);
	if (state.request !== id) return;
	const isAnother = shown !== id;
	shown = id;
	const known = full ?? entry;
	if (known === undefined) drawMissing(source.missing(id), closeCall);
	else drawDetails(known, source, closeCall);
	details.hidden = false;
	if (isAnother) details.scrollTop = 0;
}

/** The call whose details were drawn last. @type {string | null} */
let shown = null;
