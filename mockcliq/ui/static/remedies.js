/** What can be done at once about a refusal. */

import { button, h } from "./dom.js";
import { actAs, identities } from "./identity.js";
import { advance } from "./live.js";
import { state } from "./state.js";
import { keepTold, span } from "./time.js";

/** @import { Props } from "./dom.js" */
/** @import { Explanation } from "../types.d.ts" */

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
 * @returns {HTMLElement[]}
 */
export function remedies(explanation, done) {
	const found = [];
	const ends = explanation.lock_ends;
	if (ends !== null && explanation.advance !== 0) {
		const left = keepTold(h("b", { class: "count" }), (now) => span(Date.parse(ends) - now));
		found.push(h("span", null, "Locked for ", left, "."));
	}
	if (ends !== null && explanation.advance) found.push(skipButton(explanation.advance, done));
	const other = identities().find((each) => each.token === explanation.token);
	if (explanation.token !== null && other !== undefined && other.key !== state.me.key) {
		found.push(button("people", `Act as ${other.label}`, () => actAs(other)));
	}
	return found;
}
