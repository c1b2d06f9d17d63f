/** What became of a call that somebody made by a click: said beside the conversation, a refusal with its reason. */

import { call, explained, Refused } from "./api.js";
import { button, byId, fill, h, refill } from "./dom.js";
import { because, remedies, STATUS_TEXTS, status } from "./explanation.js";
import { refreshOverview } from "./live.js";
import { showRequest } from "./requests.js";
import { state } from "./state.js";

/** @import { ExplainedEntry, Explanation, Outcome } from "../types.d.ts" */

const SUCCESS_SHOWN_MS = 6000;
const WAITED_MS = 400;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/** What ends the waiting for the call that is under way, and shows that it is. @type {AbortController | null} */
let underWay = null;

/**
 * Make a call as whoever acts, and say what became of it; one at a time, so that each is seen to end.
 *
 * @param {string} done What to say of a success, such as "Muted".
 * @param {string} method
 * @param {string} path Below `/api/v2`.
 * @param {unknown} [body]
 */
export async function act(done, method, path, body) {
	if (underWay !== null) return sayWaiting();
	clearTimeout(fading);
	const { me, chat } = state;
	const { id } = state.world;
	underWay = new AbortController();
	const waiting = setTimeout(sayWaiting, WAITED_MS);
	let said = dismiss;
	try {
		const outcome = await call(method, path, body, me, underWay.signal);
		const isDone = outcome.status !== null && outcome.status < 300;
		const entry = isDone ? null : await explained(outcome);
		// Elsewhere it would seem to be about what is looked at there.
		if (chat === state.chat && id === state.world.id)
			said = () => (isDone ? sayDone(done, outcome) : sayRefused(outcome, entry));
	} finally {
		clearTimeout(waiting);
		underWay = null;
		said();
	}
	try {
		await refreshOverview();
	} catch (error) {
		// It is read every two seconds, which tells what is wrong.
		if (!(error instanceof Refused)) throw error;
	}
}

function sayWaiting() {
	const stop = button("close", "Stop waiting", () => underWay?.abort(), { "data-key": "close" });
	say("waiting", h("p", { class: "line" }, h("strong", null, "Waiting for the answer…"), stop));
}

/**
 * @param {string} kind
 * @param {...(Node | string | null | false)} content
 */
function say(kind, ...content) {
	clearTimeout(fading);
	refill(byId("outcome"), h("div", { class: `card ${kind}` }, ...content));
}

const closing = () => button("close", "Dismiss", dismiss, { class: "quiet bare", "data-key": "close" });

function dismiss() {
	const outcome = byId("outcome");
	const hadFocus = outcome.contains(document.activeElement);
	fill(outcome);
	if (hadFocus) /** @type {HTMLElement | null} */ (document.querySelector("#thread .messages"))?.focus();
}

/**
 * @param {string} done
 * @param {Outcome} outcome
 */
function sayDone(done, outcome) {
	say(
		"done",
		h("p", { class: "line" }, status(outcome.status), h("strong", null, done), called(outcome)),
		h("p", { class: "doing" }, details(outcome.id)),
		closing(),
	);
	fading = setTimeout(dismiss, SUCCESS_SHOWN_MS);
}

/**
 * @param {Outcome} outcome
 * @param {ExplainedEntry | null} entry
 */
function sayRefused(outcome, entry) {
	const explanation = entry?.explanation;
	const isLost = outcome.status === null && entry !== null && entry.status !== null && entry.status < 300;
	const text = outcome.status === null ? isLost && "The answer was lost." : STATUS_TEXTS[outcome.status];
	say(
		"refused",
		h("p", { class: "line" }, status(outcome.status), h("strong", null, text || outcome.failure), called(outcome)),
		sentence(outcome.answer),
		...(explanation === undefined || entry === null
			? []
			: [
					whatHappened(explanation, outcome, isLost ? entry.status : null),
					h("p", { class: "doing" }, ...remedies(explanation, dismiss), details(entry.id)),
				]),
		closing(),
	);
}

/** @param {Outcome} outcome */
const called = (outcome) => h("code", null, `${outcome.method} ${outcome.path}`);

/** @param {unknown} answer */
function sentence(answer) {
	const message = /** @type {{ message?: unknown } | null} */ (answer)?.message;
	return typeof message === "string" && h("blockquote", null, message);
}

/**
 * @param {Explanation} explanation
 * @param {Outcome} outcome
 * @param {number | null} inside What the call's own answer was, where that was lost.
 */
function whatHappened(explanation, outcome, inside) {
	if (explanation.fault === null) return because(explanation);
	const done = `The server did the work all the same, and answered ${inside}: is a retry safe?`;
	return h(
		"div",
		null,
		h("p", null, `${explanation.fault[0]?.toUpperCase()}${explanation.fault.slice(1)}.`),
		outcome.status === null && h("p", null, inside === null ? "The server did not do the work." : h("b", null, done)),
	);
}

/**
 * @param {string | null} id
 * @returns {HTMLElement | false}
 */
function details(id) {
	return id !== null && button("list", "See the call", () => showRequest(id), { class: "quiet" });
}
