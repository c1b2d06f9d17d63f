/** Outcomes of calls made by a click: shown beside the conversation, a refusal with its reason. */

import { call, explained, Refused } from "./api.js";
import { button, byId, fill, h, pictureButton, refill } from "./dom.js";
import { because, STATUS_TEXTS, sentence, status } from "./explanation.js";
import { refreshOverview } from "./live.js";
import { remedies } from "./remedies.js";
import { showRequest } from "./requests.js";
import { hear, state } from "./state.js";

/** @import { ExplainedEntry, Explanation, Outcome } from "../types.d.ts" */

const SUCCESS_SHOWN_MS = 6000;
const WAITED_MS = 400;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/**
 * Makes calls as whoever acts, one at a time, so that each is seen to end.
 * @param {(stop: HTMLButtonElement) => void} wait Shows that an answer takes long, and the button that gives it up.
 * @param {() => string} [place] Where somebody is: nobody who is elsewhere by then is shown it without asking.
 * @returns {(method: string, path: string, body?: unknown) => Promise<Outcome | null>} Null while another is under way.
 */
export function caller(wait, place = () => "") {
	/** @type {AbortController | null} */
	let underWay = null;
	const sayWaiting = () => wait(button("close", "Stop waiting", () => underWay?.abort(), { "data-key": "close" }));
	return async (method, path, body) => {
		if (underWay !== null) {
			sayWaiting();
			return null;
		}
		underWay = new AbortController();
		const from = place();
		const waiting = setTimeout(() => from === place() && sayWaiting(), WAITED_MS);
		try {
			return await call(method, path, body, state.me, underWay.signal);
		} finally {
			clearTimeout(waiting);
			underWay = null;
		}
	};
}

/** What is said elsewhere would seem to be about what is looked at there. */
const place = () => `${state.world.id} ${state.chat}`;

const make = caller(
	(stop) => say("waiting", h("p", { class: "line" }, h("strong", null, "Waiting for the answer…"), stop)),
	place,
);

/**
 * Make a call as whoever acts, and say what became of it.
 * @param {string} done What to say of a success, such as "Muted".
 * @param {string} method
 * @param {string} path Below `/api/v2`.
 * @param {unknown} [body]
 * @returns {Promise<Outcome | null>} Of a success; null where there was none.
 */
export async function act(done, method, path, body) {
	clearTimeout(fading);
	const from = place();
	/** @type {(() => void) | null} */
	let said = dismiss;
	/** @type {Outcome | null} */
	let success = null;
	try {
		const outcome = await make(method, path, body);
		const isDone = outcome?.status && outcome.status < 300;
		if (isDone) success = outcome;
		const entry = outcome === null || isDone ? null : await explained(outcome);
		if (outcome === null) said = null;
		else if (from === place()) said = () => (isDone ? sayDone(done, outcome) : sayRefused(outcome, entry));
	} finally {
		said?.();
	}
	try {
		await refreshOverview();
	} catch (error) {
		// It is read every two seconds, which tells what is wrong.
		if (!(error instanceof Refused)) throw error;
	}
	return success;
}

/**
 * @param {string} kind
 * @param {...(Node | string | null | false)} content
 */
function say(kind, ...content) {
	clearTimeout(fading);
	refused = null;
	refill(byId("outcome"), h("div", { class: `card ${kind}` }, ...content));
}

/** Which refusal is shown. @type {Outcome | null} */
let refused = null;

/** What was refused is not any more, or nobody can say: another one acts, the time is another, or it was done since. */
export function mountOutcome() {
	hear(["me", "moved"], forget);
	hear("request", ({ entry }) => {
		if (
			refused !== null &&
			entry?.method === refused.method &&
			entry.path === refused.path &&
			entry.id !== refused.id &&
			(entry.status ?? 500) < 300
		)
			forget();
	});
}

function forget() {
	if (refused !== null) dismiss();
}

/** @returns {boolean} Whether anything was shown. */
export function dismissOutcome() {
	const isShown = byId("outcome").childElementCount > 0;
	if (isShown) dismiss();
	return isShown;
}

const closing = () => pictureButton("close", "Dismiss", dismiss, { "data-key": "close" });

function dismiss() {
	const outcome = byId("outcome");
	const hadFocus = outcome.contains(document.activeElement);
	refused = null;
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
		message(outcome.answer),
		...(explanation === undefined || entry === null
			? []
			: [
					whatHappened(explanation, outcome, isLost ? entry.status : null),
					h("p", { class: "doing" }, ...remedies(explanation, dismiss), details(entry.id)),
				]),
		closing(),
	);
	refused = outcome;
}

/** @param {Outcome} outcome */
const called = (outcome) => h("code", null, `${outcome.method} ${outcome.path}`);

/** @param {unknown} answer */
function message(answer) {
	const said = /** @type {{ message?: unknown } | null} */ (answer)?.message;
	return typeof said === "string" && h("blockquote", null, said);
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
		h("p", null, `${sentence(explanation.fault)}.`),
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
