/** The report: what happened, when everything is gone. The console's view of calls, and a document in place of a server. */

import { seenStatus } from "../static/calls.js";
import { button, byId, counted, fill, h, icon, joined, refill } from "../static/dom.js";
import { mountKeys } from "../static/keys.js";
import { closeCall, list, mountRequests, offerAnew } from "../static/requests.js";
import { failedFirst, isFailed, ofRun, runRow } from "../static/run-list.js";
import { filtersOf, hear, state, tell, toldFilters } from "../static/state.js";
import { mountTheme } from "../static/theme.js";
import { dateOf, secondOf } from "../static/time.js";

/** @import { Entry, Report } from "../types.d.ts" */
/** @import { Reason } from "../static/run-list.js" */

const VIEWS = /** @type {const} */ ({
	runs: { name: "Runs", picture: "runs" },
	requests: { name: "Requests", picture: "list" },
});

const wide = matchMedia("(min-width: 1100px)");
let view = "runs";

/** @returns {Report | null} Null where it was cut off. */
function read() {
	const element = byId("mockcliq-report");
	try {
		return JSON.parse(element.textContent ?? "");
	} catch {
		return null;
	} finally {
		element.remove(); // it may be large
	}
}

/** @param {Report} report */
function begin({ version, written, runs, requests, dropped, dropped_runs: droppedRuns }) {
	const newestFirst = requests.reverse();
	const known = new Map(newestFirst.map((entry) => [entry.id, entry]));
	const reasons = reasonsOf(newestFirst);
	const ordered = failedFirst(runs);
	const rows = h("ul", { class: "runs" });
	/** Whose calls are listed. @type {string | null} */
	let whose = null;

	// Names and tokens of people are not in a report: an entry says which token it was.
	Object.assign(state, { operations: [], world: { id: null, tokens: {}, users: [] }, filters: filtersOf(address()) });
	mountTheme();
	mountTop();
	mountNavigation();
	byId("runs").append(h("h2", null, "Runs and tests"), rows);
	if (droppedRuns > 0)
		byId("runs").append(h("p", { class: "hint" }, `Earlier ones are gone: ${droppedRuns.toLocaleString()}.`));
	mountRequests({
		read: (id) => {
			const entry = known.get(id);
			return entry === undefined || entry.explanation === null ? null : { ...entry, explanation: entry.explanation };
		},
		missing: (id) =>
			`This report has no call ${id}. It has the calls that the server's journals had when it was written.`,
		filters: [],
		acts: [],
		above: [],
		isFull: () => false,
		notes: () => [dropped > 0 ? `; ${dropped.toLocaleString()} earlier ones are gone` : ""],
		nothing: () => [icon("list"), h("p", null, "There is no call.")],
		actsOn: () => [],
		copies: () => [],
	});
	offerAnew();
	mountKeys(Object.keys(VIEWS));
	hear("filters", draw);
	hear(["filters", "call"], remember);
	addEventListener("hashchange", arrive);
	arrive();

	function draw() {
		const { calls } = state.filters;
		if (calls === whose) return;
		whose = calls;
		list(calls === "" ? newestFirst : newestFirst.filter((entry) => ofRun(entry) === calls));
		refill(
			rows,
			h(
				"li",
				null,
				h(
					"button",
					{
						type: "button",
						class: "run",
						"data-key": "all",
						"aria-pressed": String(calls === ""),
						on: { click: () => choose("") },
					},
					h("b", null, `All calls (${newestFirst.length.toLocaleString()})`),
				),
			),
			...ordered.map((run) =>
				runRow(run, ofRun(run) === calls, (chosen) => choose(ofRun(chosen)), reasons.get(run.run)),
			),
		);
	}

	/** @param {string} calls */
	function choose(calls) {
		closeCall();
		state.filters = { ...state.filters, calls };
		tell("filters");
		tell("view", "requests");
	}

	function mountTop() {
		const failed = runs.filter(isFailed).length;
		const at = Date.parse(written);
		fill(
			byId("label"),
			joined([
				counted(runs.length, "run"),
				failed > 0 && `${failed.toLocaleString()} failed`,
				counted(requests.length, "call"),
				`written ${dateOf(at)}, ${secondOf(at)}, by MockCliq ${version}`,
			]),
		);
	}
}

/**
 * Why calls of each run were refused, each reason once.
 * @param {Entry[]} entries
 * @returns {Map<string, Reason[]>}
 */
function reasonsOf(entries) {
	/** @type {Map<string, Map<string, Reason>>} */
	const found = new Map();
	for (const entry of entries) {
		if (entry.reason === null) continue;
		const call = `${seenStatus(entry) ?? "no answer"} ${entry.operation ?? `${entry.method} ${entry.path}`}`;
		const run = entry.run ?? "";
		const ofOne = found.get(run) ?? new Map();
		const same = ofOne.get(call + entry.reason) ?? { call, reason: entry.reason, times: 0 };
		same.times += 1;
		found.set(run, ofOne.set(call + entry.reason, same));
	}
	return new Map([...found].map(([run, reasons]) => [run, [...reasons.values()]]));
}

const address = () => new URLSearchParams(location.hash.slice(1));

function arrive() {
	const given = address();
	state.filters = filtersOf(given);
	state.request = given.get("request");
	tell("filters");
	tell("call");
	show(state.request === null ? view : "requests");
}

function remember() {
	const given = { request: state.request ?? "", ...toldFilters() };
	const next = `#${new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""))}`;
	if (location.hash !== next && (location.hash !== "" || next !== "#")) history.replaceState(null, "", next);
}

function mountNavigation() {
	fill(
		byId("navigation"),
		...Object.entries(VIEWS).map(([name, { name: label, picture }], place) =>
			button(picture, label, () => tell("go", name), {
				id: `to-${name}`,
				title: `${label} (${place + 1})`,
				"aria-keyshortcuts": String(place + 1),
			}),
		),
	);
	hear("view", show);
	hear("go", (/** @type {string} */ name) => {
		tell("view", name);
		byId(name).focus();
	});
	wide.addEventListener("change", () => tell("view", view));
}

/** @param {string} wanted */
function show(wanted) {
	view = wanted;
	for (const name of Object.keys(VIEWS)) {
		byId(name).hidden = !wide.matches && name !== view;
		byId(`to-${name}`).setAttribute("aria-current", String(name === view));
	}
}

const report = read();
if (report === null)
	fill(
		byId("runs"),
		h("p", { class: "nothing" }, "This report is not whole: it was cut off, or changed. Copy it again."),
	);
else begin(report);
