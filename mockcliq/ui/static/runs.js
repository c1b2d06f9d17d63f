/** Worlds that ended, with the tests that had them; their calls can still be read. */

import { control, Refused } from "./api.js";
import { byId, fill, h, refill } from "./dom.js";
import { showCallsOfRun } from "./journal.js";
import { failedFirst, ofRun, runRow } from "./run-list.js";
import { hear, oneAtATime, state, tell } from "./state.js";

/** @import { Run } from "../types.d.ts" */

const list = h("ul", { class: "runs" });
const told = h("div");

/** Whether the server keeps the calls of worlds that ended. */
export async function keepsRuns() {
	try {
		await control("GET", "/runs");
		return true;
	} catch (error) {
		if (error instanceof Refused && error.status === 404) return false;
		throw error;
	}
}

export function mountRuns() {
	byId("runs").append(
		h("h2", null, "Runs"),
		h("p", { class: "hint" }, "Worlds that ended, failed tests first. Choose one to see its calls."),
		told,
		list,
	);
	hear(["view", "filters"], () => {
		drawn = "";
		draw();
	});
	hear("overview", draw);
}

/** What the list was drawn from. */
let drawn = "";

const draw = oneAtATime(async () => {
	if (byId("runs").hidden) return;
	/** @type {{ runs: Run[], dropped?: number }} */
	const { runs, dropped = 0 } = await control("GET", "/runs");
	const facts = JSON.stringify(runs);
	if (facts === drawn) return;
	drawn = facts;
	fill(
		told,
		runs.length === 0 &&
			h("p", { class: "nothing" }, "None yet. When a world is deleted, or its test is over, its calls are kept here."),
		dropped > 0 && h("p", { class: "hint" }, `Earlier ones are gone: ${dropped.toLocaleString()}.`),
	);
	refill(list, ...failedFirst(runs).map((run) => runRow(run, ofRun(run) === state.filters.calls, choose)));
});

/** @param {Run} run */
function choose(run) {
	tell("view", "requests");
	showCallsOfRun(run);
}
