/** What the whole console knows, and who wants to hear of changes. */

import { worldNow } from "./time.js";

/** @import { FaultRule, Identity, Overview, Server, World, Operation } from "../types.d.ts" */

/**
 * @typedef {object} State
 * @property {Server} server
 * @property {Operation[]} operations
 * @property {World} world The world that is looked at.
 * @property {Identity} me Who acts.
 * @property {Overview} overview What is true of the world now.
 * @property {string | null} chat The conversation that is open.
 * @property {string | null} request The call that is open.
 * @property {Filters} filters Which calls are listed.
 */

/**
 * @typedef {object} Filters
 * @property {string} q A text to be found in a call.
 * @property {string} operation
 * @property {string} user
 * @property {string} status
 * @property {boolean} own Whether the console's own calls are listed.
 * @property {boolean} groups Whether repeats are one row.
 * @property {string} calls Whose: "" those of the world that is looked at, "*" of all worlds, "run=ID" of a run, else of the
 *   world of that name.
 */

/** @type {Readonly<Filters>} */
export const NO_FILTERS = { q: "", operation: "", user: "", status: "", own: true, groups: true, calls: "" };

/** The filters as an address says them. @param {URLSearchParams} given @returns {Filters} */
export const filtersOf = (given) => ({
	q: given.get("q") ?? "",
	operation: given.get("operation") ?? "",
	user: given.get("user") ?? "",
	status: given.get("status") ?? "",
	own: given.get("own") !== "hidden",
	groups: given.get("groups") !== "off",
	calls: given.get("calls") ?? "",
});

/** The same for an address; what is empty goes without saying. @returns {Record<string, string>} */
export const toldFilters = () => ({
	...state.filters,
	own: state.filters.own ? "" : "hidden",
	groups: state.filters.groups ? "" : "off",
});

/** Complete once the console has begun; nothing reads it before. */
export const state = /** @type {State} */ ({ chat: null, request: null, filters: { ...NO_FILTERS } });

/**
 * `world`: another world, or a new start of it; `me`: another person acts; `chat`: another conversation is open;
 * `overview`: it was read anew; `data`: the world's data differs, or its time; `request`: a call arrived (its entry);
 * `call`: another call is open; `filters`: other calls are listed; `view`: another part of the page is shown; `go`: it is gone to, by a key;
 * `connection`: whether the server answers; `gone`: it does, and has no such world any more; `restarted`: it was started
 * anew, and knows nothing of what was before; `moved`: somebody has set the world's clock.
 * @typedef {"world" | "me" | "chat" | "overview" | "data" | "request" | "call" | "filters" | "view" | "go" | "connection" | "gone" | "restarted" | "moved"} Topic
 */

const target = new EventTarget();

/**
 * @param {Topic} topic
 * @param {unknown} [detail]
 */
export function tell(topic, detail) {
	target.dispatchEvent(new CustomEvent(topic, { detail }));
}

/**
 * @param {Topic | Topic[]} topics
 * @param {(detail: any) => void} listener
 */
export function hear(topics, listener) {
	for (const topic of [topics].flat()) {
		target.addEventListener(topic, (event) => listener(/** @type {CustomEvent} */ (event).detail));
	}
}

/**
 * A look at the server that is never under way twice, so that no earlier answer comes after a later one. Where another
 * world is entered, nobody waits for what was asked of the last one.
 * @param {() => Promise<void>} look Shows nothing of a world that was left.
 * @returns {() => Promise<void>} Looks again, after the look that is under way; all who ask meanwhile share that one.
 */
export function oneAtATime(look) {
	let latest = Promise.resolve();
	/** @type {Promise<void> | null} */
	let next = null;
	hear("world", () => {
		latest = Promise.resolve();
		next = null;
	});
	return () => {
		next ??= latest.then(begin, begin);
		const mine = next;
		return mine;

		function begin() {
			if (next !== mine) return Promise.resolve();
			next = null;
			latest = look();
			return latest;
		}
	};
}

/** @param {string | null} id */
export function nameOf(id) {
	if (people.world !== state.world) {
		people.world = state.world;
		people.names = new Map(state.world.users.map((user) => [user.id, user.name]));
	}
	return id === null ? "nobody" : (people.names.get(id) ?? id);
}

/**
 * Whether a fault rule has fired as often as it may, or for as long.
 * @param {FaultRule} rule
 */
export const isOver = ({ when, fired, expires_at: ends }) =>
	fired === when.times || (ends !== null && Date.parse(ends) <= worldNow());

/** @type {{ world: World | null, names: Map<string, string> }} */
const people = { world: null, names: new Map() };
