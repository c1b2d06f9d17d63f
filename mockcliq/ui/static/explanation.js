/** How a call ended, and why: shown beside a conversation and in the list of requests. */

import { button, h, icon } from "./dom.js";
import { actAs, identities } from "./identity.js";
import { advance } from "./live.js";
import { state } from "./state.js";
import { keepTold, span } from "./time.js";

/** @import { Props } from "./dom.js" */
/** @import { Explanation } from "../types.d.ts" */

/** @type {Record<number, string>} */
export const STATUS_TEXTS = {
	200: "OK",
	204: "No Content",
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	406: "Not Acceptable",
	429: "Too Many Requests",
	500: "Internal Server Error",
};

/**
 * @param {Explanation} explanation
 * @returns {HTMLElement | false}
 */
export function because(explanation) {
	if (explanation.rule === null) return false;
	const rows = [
		["rule", explanation.rule],
		["have", explanation.have],
		["need", explanation.need],
	];
	const known = rows.filter((row) => row[1] !== null && row[1] !== "");
	const ends = explanation.lock_ends;
	return h(
		"div",
		{ class: "because" },
		h("dl", null, ...known.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, h("code", null, value))])),
		explanation.advice &&
			h("p", null, explanation.advice.replaceAll("the token given here", explanation.token ?? "another token")),
		explanation.nearest_chat &&
			h("p", null, `Nearest chat: ${explanation.nearest_chat.name} (${explanation.nearest_chat.id})`),
		explanation.nearest_route &&
			h("p", null, `Nearest route: ${explanation.nearest_route.method} ${explanation.nearest_route.path}`),
		ends !== null &&
			explanation.advance !== 0 &&
			h(
				"p",
				null,
				"Locked for ",
				keepTold(h("b", { class: "count" }), (now) => span(Date.parse(ends) - now)),
				".",
			),
	);
}

/**
 * Moves the clock past the end of a lock: by the documented ten minutes, or by more where the lock is longer.
 * @param {number} seconds How long it may be until then.
 * @param {() => void} [done]
 * @param {Props} [props]
 */
export function skipButton(seconds, done, props) {
	const minutes = Math.max(10, Math.ceil(seconds / 60));
	return button("clock", `Skip ${minutes} minutes`, () => advance(60 * minutes).then(done), {
		class: "primary",
		...props,
	});
}

/**
 * @param {Explanation} explanation
 * @param {() => void} [done]
 * @returns {HTMLButtonElement[]}
 */
export function remedies(explanation, done) {
	const found = [];
	if (explanation.lock_ends !== null && explanation.advance) found.push(skipButton(explanation.advance, done));
	const other = identities().find((each) => each.token === explanation.token);
	if (explanation.token !== null && other !== undefined && other.key !== state.me.key) {
		found.push(button("people", `Act as ${other.label}`, () => actAs(other)));
	}
	return found;
}

/**
 * @param {number | null} code
 * @returns {HTMLElement}
 */
export function status(code) {
	if (code === null)
		return h(
			"span",
			{ class: "status none", title: "no answer: the connection was broken off" },
			icon("bolt"),
			h("span", { class: "unseen" }, "no answer"),
		);
	const kind = code === 429 ? "locked" : `s${Math.floor(code / 100)}`;
	return h("span", { class: `status ${kind}` }, String(code));
}
