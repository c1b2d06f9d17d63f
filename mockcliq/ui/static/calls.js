/** What a call of the journal was, as its client saw it: for its row, its details, and what is searched. */

import { nameOf, state } from "./state.js";

/** @import { Entry } from "../types.d.ts" */

/** The header by which the journal tells the console's calls from everybody else's. */
export const CONSOLE_HEADER = "x-mockcliq-console";

/** Null where the client saw no whole answer, whatever the server had done. @param {Entry} entry */
export const seenStatus = (entry) => (entry.client_status === undefined ? entry.status : entry.client_status);

/** @param {Entry} entry */
export const isUnderWay = ({ in_flight: isInFlight }) => isInFlight === true;

/** Whether the proxy refused it, since it was for another host. @param {Entry} entry */
export const isOutside = ({ operation }) => operation === "outside";

/** @param {Entry} entry */
export const isOwn = (entry) => CONSOLE_HEADER in entry.headers;

/** The query as it is read, not as it is encoded. @param {Entry} entry */
export function queryOf({ query }) {
	const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => `${name}=${each}`));
	return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** @param {Entry} entry */
export const targetOf = (entry) => `${entry.path}${queryOf(entry)}`;

/** The end of a token's name: `owner` of `1000.mockcliq.owner`, or its last four characters. @param {Entry} entry */
export function tokenOfCall(entry) {
	if (entry.token_label) return entry.token_label;
	const sent = /^\S+\s+(\S+)$/u.exec(entry.headers.authorization ?? "")?.[1] ?? entry.query.zapikey;
	if (typeof sent !== "string") return null;
	const known = Object.entries(state.world.tokens).find(([, token]) => token === sent);
	return known === undefined ? `…${sent.slice(-4)}` : known[0];
}

/** Who called, by name in the world that is looked at: in another one the same id may be somebody else. @param {Entry} entry */
export function userOf({ user, world }) {
	if (user === null) return "nobody known";
	return world === state.world.id ? nameOf(user) : user;
}

/** @param {Entry} entry */
export function whoOf(entry) {
	const token = tokenOfCall(entry);
	return token === null ? userOf(entry) : `${userOf(entry)} (${token})`;
}

/** @type {[RegExp, string][]} */
const BROWSERS = [
	[/Edg\/(\d+)/u, "Edge"],
	[/(?:Headless)?Chrome\/(\d+)/u, "Chrome"],
	[/Firefox\/(\d+)/u, "Firefox"],
	[/Version\/(\d+).*Safari/u, "Safari"],
];

/** The program, shortened: `Chrome 126`, `python-httpx 0.27`. @param {Entry} entry */
export function clientOf(entry) {
	if (isOwn(entry)) return "this console";
	const agent = entry.client || entry.headers["user-agent"] || "";
	for (const [pattern, name] of BROWSERS) {
		const [, version] = pattern.exec(agent) ?? [];
		if (version !== undefined) return `${name} ${version}`;
	}
	return agent.replace(/^([^\s/]+)(?:\/(\d+(?:\.\d+)?)\S*)?.*$/su, "$1 $2").trim();
}

/** @type {WeakMap<Entry, string>} */
const texts = new WeakMap();

/**
 * Whether a call has a text in its path, query, bodies or reason, or says it otherwise.
 * @param {Entry} entry
 * @param {string} wanted In small letters.
 */
export function mentions(entry, wanted) {
	let text = texts.get(entry);
	if (text === undefined) {
		const { method, operation, body, answer, reason, id } = entry;
		const parts = [`${method} ${targetOf(entry)}`, operation, whoOf(entry), clientOf(entry), body, answer, reason, id];
		const sent = parts.join("\n");
		text = `${sent}\n${unescaped(sent)}`.toLowerCase();
		texts.set(entry, text);
	}
	return text.includes(wanted);
}

/** What many clients send for letters beyond ASCII, as it is read. @param {string} text */
const unescaped = (text) =>
	text
		.replace(/(?:\\u[0-9a-f]{4})+/giu, (escapes) => JSON.parse(`"${escapes}"`))
		.replace(/(?:%[0-9a-f]{2})+/giu, (escapes) => new TextDecoder().decode(bytesOf(escapes)));

/** @param {string} escapes */
const bytesOf = (escapes) => Uint8Array.from(escapes.slice(1).split("%"), (each) => Number.parseInt(each, 16));

/** What calls that repeat one another have in common. @param {Entry} entry */
export const likeness = (entry) =>
	JSON.stringify([seenStatus(entry), entry.method, targetOf(entry), entry.user, tokenOfCall(entry), clientOf(entry)]);

/** The filters by what became of a call; the key stands in the address. @type {Record<string, { name: string, lets: (entry: Entry) => boolean }>} */
export const STATUSES = {
	"": { name: "Any status", lets: () => true },
	done: { name: "2xx done", lets: (entry) => isBetween(entry, 200, 299) },
	refused: { name: "4xx refused", lets: (entry) => isBetween(entry, 400, 499) },
	locked: { name: "429 locked out", lets: (entry) => isBetween(entry, 429, 429) },
	failed: { name: "5xx failed", lets: (entry) => isBetween(entry, 500, 599) },
	none: { name: "No answer", lets: (entry) => seenStatus(entry) === null },
	fault: { name: "With a fault", lets: (entry) => entry.fault !== null },
};

/**
 * @param {Entry} entry
 * @param {number} least
 * @param {number} most
 */
function isBetween(entry, least, most) {
	const status = seenStatus(entry);
	return status !== null && status >= least && status <= most;
}
