/** Lives of worlds, and the tests that had them: a row for each. */

import { counted, h, joined } from "./dom.js";
import { dateOf, moment, secondOf } from "./time.js";

/** @import { Run } from "../types.d.ts" */

/** Why calls were refused, and how many. @typedef {{ call: string, reason: string, times: number }} Reason */

/** How the filters begin that are for the calls of a run. */
export const OF_RUN = "run=";

/** The calls of a run, as the filters say it. @param {{ run?: string | null }} run */
export const ofRun = ({ run }) => `${OF_RUN}${run}`;

/** So many reasons are told of a run; its calls tell the others. */
const TOLD = 5;

/** Whether its test failed. @param {Run} run */
export const isFailed = ({ outcome }) => /^(fail|error)/u.test(outcome ?? "");

/** Whether its test crashed, or was cut short. @param {Run} run */
const isWithoutOutcome = ({ test, outcome, ended }) => test !== null && outcome === null && ended !== null;

/** Failed tests and those without an outcome, then what is of no test and had failed calls, then the rest. @param {Run} run */
const rank = (run) => (isFailed(run) || isWithoutOutcome(run) ? 0 : run.outcome === null && run.failed > 0 ? 1 : 2);

/** @param {Run[]} runs In an order that is kept else. */
export const failedFirst = (runs) => [...runs].sort((one, other) => rank(one) - rank(other));

/**
 * @param {Run} run
 * @param {boolean} isChosen
 * @param {(run: Run) => unknown} choose
 * @param {Reason[]} [reasons] Why calls of it were refused.
 */
export function runRow(run, isChosen, choose, reasons = []) {
	const { run: id, world, started, ended, calls, failed, test, outcome } = run;
	const kind = isFailed(run) || isWithoutOutcome(run) ? "s5" : outcome === "passed" ? "s2" : "";
	const untold = ended === null ? "running" : isWithoutOutcome(run) ? "no outcome" : "ended";
	return h(
		"li",
		null,
		h(
			"button",
			{
				type: "button",
				class: "run",
				"data-key": id,
				"aria-pressed": String(isChosen),
				on: { click: () => choose(run) },
			},
			h("span", { class: `status ${kind}` }, outcome ?? untold),
			h(
				"span",
				{ class: "lines" },
				h("b", null, test ?? `World ${world}`),
				h(
					"small",
					null,
					joined([
						test !== null && world,
						joined([counted(calls, "call"), failed > 0 && `${failed.toLocaleString()} failed`], ", "),
					]),
					" · ",
					moment(started, `${dateOf(Date.parse(started))}, ${secondOf(Date.parse(started))}`),
					ended !== null && [" to ", moment(ended, secondOf(Date.parse(ended)))],
				),
				...reasons
					.slice(0, TOLD)
					.map(({ call, reason, times }) =>
						h(
							"span",
							{ class: "why" },
							h("small", null, times > 1 ? `${call} × ${times.toLocaleString()}` : call),
							h("code", null, reason),
						),
					),
				reasons.length > TOLD && h("small", null, `and ${counted(reasons.length - TOLD, "more reason")}`),
			),
		),
	);
}
