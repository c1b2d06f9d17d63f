/** The calls of the world that is looked at, the moment they arrive; or those of other worlds, also of ones that ended. */

import { control, here, Refused } from "./api.js";
import { isUnderWay } from "./calls.js";
import { button, confirm, copyButton, counted, fill, h, icon, joined } from "./dom.js";
import { firstMinute } from "./first-minute.js";
import { failNext, pytestOf, verifyLine } from "./from-a-call.js";
import { AGAIN_MS, change, hearAll, MOST } from "./live.js";
import { remedies } from "./remedies.js";
import { add, closeCall, drawCount, list, listed, merged, mountRequests, offerAnew, select } from "./requests.js";
import { OF_RUN, ofRun } from "./run-list.js";
import { compose, sendAgain } from "./send.js";
import { hear, state, tell } from "./state.js";
import { secondOf } from "./time.js";

/** @import { Entry, ExplainedEntry, Run } from "../types.d.ts" */

const ALL = "*";

/** So many worlds that ended can be chosen here; Runs has them all. */
const MOST_ENDED = 20;

/** What arrived since they were drawn, oldest first. @type {Entry[]} */
let coming = [];
/** What arrived while the list was paused, newest first. @type {Entry[]} */
let held = [];
let isPaused = false;
let lost = 0;
/** When the server, or the world, was started anew while the page was open. */
let restarted = "";
/** How many calls the journal had. */
let before = 0;
/** When it was found to have fewer: somebody has cleared it, or reset the world. */
let cleared = "";
/** Which world's calls the filters are for. */
let world = "";
/** Whose calls are listed, as the filters say it. */
let whose = "";
/** Whether the server has earlier ones of other worlds. */
let hasMore = false;

const told = h("div", { role: "status" });
const pause = h("button", { type: "button", "aria-pressed": "false", on: { click: togglePause } });
const emptying = button("trash", "Clear", confirmClear);
const again = button("reset", "Load again", readOthers);
const byWorld = h("select", {
	"aria-label": "World",
	on: { change: () => showCallsOf(byWorld.value), focus: readEnded, pointerdown: readEnded },
});

/** Whether the server keeps the calls of worlds that ended. */
let keepsEnded = false;
/** The calls of the latest of these, as the filters say it. @type {string[]} */
let ended = [];

/** @param {boolean} hasRuns Whether the server keeps the calls of worlds that ended. */
export function mountJournal(hasRuns) {
	keepsEnded = hasRuns;
	mountRequests({
		read,
		missing: (id) =>
			`The journal of the world ${state.world.id} has no call ${id}. A journal keeps the latest calls, and a reset or a restart forgets them; another world has a journal of its own.`,
		filters: hasRuns ? [byWorld] : [],
		acts: [button("send", "Send a call", () => compose()), again, pause, emptying],
		above: [told],
		isFull: () => {
			const { journal } = state.overview;
			return listed().length >= MOST || (whose === "" ? journal.size > 0 && journal.held >= journal.size : hasMore);
		},
		notes: () =>
			whose !== ""
				? []
				: [
						cleared === "" ? "" : `; the journal was cleared at ${cleared}, and this page alone knows what was before`,
						restarted === "" ? "" : `, all since a new start at ${restarted}: what was before is gone`,
					],
		nothing: () => {
			if (whose !== "") return [icon("list"), h("p", null, `There is no call of ${nameOfWorlds(whose)}.`)];
			return state.overview.journal.held > 0 ? [] : firstMinute();
		},
		actsOn,
		copies: (entry, call) =>
			isHere(entry)
				? [
						copyButton("verify", () => verifyLine(entry), "line, which asks whether this call was made"),
						copyButton("pytest", () => pytestOf(entry, call), "test that says this"),
					]
				: [],
	});
	drawPause();
	hear("world", begin);
	hear("request", arrived);
	hear("filters", () => {
		if (whose !== state.filters.calls) begin();
	});
	hear("restarted", () => {
		restarted = secondOf(Date.now());
		drawCount();
	});
	hear("overview", noticeLoss);
}

/** Worlds of runs, by these; a page that is loaded anew knows none. @type {Map<string, string>} */
const worldsOfRuns = new Map();

/** @param {string} calls */
function nameOfWorlds(calls) {
	if (calls === ALL) return "any world";
	return calls.startsWith(OF_RUN) ? "this run" : `the world ${calls}`;
}

/** @param {Run} run */
export function showCallsOfRun(run) {
	worldsOfRuns.set(run.run, run.world);
	showCallsOf(ofRun(run));
}

/** @param {string} calls */
function optionFor(calls) {
	if (calls === ALL) return "All worlds";
	if (!calls.startsWith(OF_RUN)) return `World ${calls}`;
	const run = calls.slice(OF_RUN.length);
	return joined(["World", worldsOfRuns.get(run), `(run ${run})`], " ");
}

/**
 * List the calls of a world, or of all.
 * @param {string} calls As the filters say it.
 */
function showCallsOf(calls) {
	closeCall();
	state.filters = { ...state.filters, calls };
	tell("filters");
}

/**
 * A call with its explanation; null where no journal has it any more.
 * @param {string} id
 * @param {Entry} [entry] As it is listed.
 * @returns {Promise<ExplainedEntry | null>}
 */
async function read(id, entry) {
	const path = `/requests/${encodeURIComponent(id)}`;
	// One of another world, or of one that ended, is found without its name.
	return (entry === undefined || isHere(entry) ? await found(here(path)) : null) ?? found(path);
}

/**
 * @param {string} path
 * @returns {Promise<ExplainedEntry | null>}
 */
async function found(path) {
	try {
		return await control("GET", path);
	} catch (error) {
		if (error instanceof Refused && error.status === 404) return null;
		throw error;
	}
}

/** Whether it is of the world that is looked at: whatever is done is done there. @param {Entry} entry */
const isHere = (entry) => entry.world === state.world.id;

/** @param {ExplainedEntry} entry */
function actsOn(entry) {
	const { call } = entry.explanation;
	if (!isHere(entry)) return [];
	const told = h("p", { class: "told", role: "status" });
	return [
		h("p", { class: "doing" }, ...remedies(entry.explanation)),
		call !== null &&
			h(
				"p",
				{ class: "doing acts" },
				button("send", "Send again", () => sendAgain(entry, call)),
				button("edit", "Edit and send", () => compose(entry, call)),
				button("bolt", "Fail the next one like this", () => failNext(entry, told)),
			),
		told,
	];
}

function noticeLoss() {
	const { held: there } = state.overview.journal;
	if (whose === "" && there < before && listed().length > there) cleared = secondOf(Date.now());
	before = there;
	drawCount();
}

/** All calls are to come: of another world, or of a new start of this one. */
function begin() {
	const isStreamed = whose !== "" && state.filters.calls === "" && world === state.world.id;
	whose = state.filters.calls;
	if (world !== state.world.id) {
		if (world !== "") state.request = null;
		world = state.world.id;
		offerAnew();
		isPaused = false;
		restarted = "";
	}
	offerWorlds();
	if (keepsEnded) readEnded();
	forget();
	if (whose !== "") readOthers();
	else if (isStreamed) hearAll();
}

async function readEnded() {
	/** @type {{ runs: Run[] }} */
	const { runs } = await control("GET", "/runs");
	const latest = runs.slice(0, MOST_ENDED);
	for (const { run, world: name } of latest) worldsOfRuns.set(run, name);
	const found = latest.map(ofRun);
	// A choice that stands open is not made anew for nothing.
	if (String(found) === String(ended)) return;
	ended = found;
	offerWorlds();
}

function offerWorlds() {
	const others = [ALL, whose, ...ended].filter((each, place, all) => each !== "" && all.indexOf(each) === place);
	fill(
		byWorld,
		h("option", { value: "" }, `World ${world}`),
		...others.map((each) => h("option", { value: each }, optionFor(each))),
	);
	byWorld.value = whose;
	again.hidden = whose === "";
	pause.hidden = whose !== "";
	emptying.hidden = whose !== "";
}

/** When calls of all worlds are read again: the server streams those of one. @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

async function readOthers() {
	clearTimeout(soon);
	soon = undefined;
	if (whose === "") return;
	const wanted = whose;
	const whoseCalls = wanted.startsWith(OF_RUN) ? wanted : `world=${encodeURIComponent(wanted)}`;
	const answer = await control("GET", `/requests?${whoseCalls}&limit=${MOST}`);
	if (wanted !== whose) return;
	hasMore = answer.more === true;
	list(answer.requests.reverse());
}

function forget() {
	cleared = "";
	coming = [];
	held = [];
	lost = 0;
	hasMore = false;
	tellLost();
	drawPause();
	list([]);
}

/** @param {{ entry?: Entry, lost?: number }} event */
function arrived(event) {
	if (whose !== "") {
		if (whose === ALL && !isKnown(event.entry)) soon ??= setTimeout(readOthers, AGAIN_MS);
		return;
	}
	if (event.lost !== undefined) {
		lost += event.lost;
		tellLost();
	} else if (event.entry !== undefined && coming.push(event.entry) === 1) requestAnimationFrame(take);
}

/** @param {Entry} [entry] */
const isKnown = (entry) =>
	entry !== undefined && listed().some((each) => each.id === entry.id && isUnderWay(each) === isUnderWay(entry));

/** Once for all that came since the last frame, however many that are. */
function take() {
	const newer = coming.reverse();
	coming = [];
	if (isPaused) held = merged(newer, held).slice(0, MOST);
	else add(newer, MOST);
	drawPause();
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
	if (whose === "") hearAll();
	else readOthers();
}

function togglePause() {
	isPaused = !isPaused;
	if (!isPaused) {
		add(held, MOST);
		held = [];
	}
	drawPause();
}

function drawPause() {
	pause.setAttribute("aria-pressed", String(isPaused));
	const waiting = held.length > 0 ? ` (${held.length} new)` : "";
	fill(pause, icon(isPaused ? "play" : "pause"), h("span", null, isPaused ? `Resume${waiting}` : "Pause"));
}

function confirmClear() {
	confirm(
		"Clear the journal?",
		"The server forgets all calls of this world. A test that verifies calls finds none of them.",
		button("trash", "Clear the journal", clear),
	);
}

async function clear() {
	closeCall();
	forget();
	await change("DELETE", "/requests");
	select();
}
