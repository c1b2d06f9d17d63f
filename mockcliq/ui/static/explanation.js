/** How a call ended, and why, in plain words: shown beside a conversation and in the details of a call. */

import { h, icon } from "./dom.js";
import { nameOf, state } from "./state.js";
import { dateOf, secondOf, worldNow } from "./time.js";

/** @import { Explanation } from "../types.d.ts" */

/** @type {Record<number, string>} */
export const STATUS_TEXTS = {
	200: "OK",
	201: "Created",
	204: "No Content",
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	406: "Not Acceptable",
	413: "Content Too Large",
	429: "Too Many Requests",
	500: "Internal Server Error",
	502: "Bad Gateway",
	503: "Service Unavailable",
	507: "Insufficient Storage",
};

/** Names of fields, in words. @type {[RegExp, string][]} */
const IN_WORDS = [
	[
		/Compare it with nearest_(route|chat)(; a trailing slash counts)?(; GET \S+ lists all)?/gu,
		"Compare it with the nearest one, below$2",
	],
	[/Use the method of nearest_route/gu, "Use the method of the nearest one, below"],
	[/Send what need says/gu, "Send what is expected"],
];

/** What the server advises to whoever has a shell, as whoever has this page does it. @type {[RegExp, string][]} */
const IN_THE_CONSOLE = [
	[
		/Wait until lock_ends, or advance the clock with POST \S+\/clock\/advance; DELETE \S+\/limits ends the lock at once/gu,
		"Wait until the lock ends, or skip it; “Clear all” in Limits ends it, too",
	],
	[/mint one with POST \S+\/tokens/gu, "mint one in People"],
	[/Remove the rule \(DELETE \S+\/faults\)/gu, "Remove the rule in Faults"],
	[
		/POST \S+\/faults makes a rule that answers it: match its path and method, then give status and body/gu,
		"“Fail the next one like this” makes a rule that answers it",
	],
	[/Use the base_url of a world in GET \S+\/worlds/gu, "Use the base URL of a world of this server"],
	[/GET \/_mockcliq\S*\/users lists everybody/gu, "People lists everybody"],
	[/GET \/_mockcliq\S*\/webhooks gives a URL with one/gu, "Connect gives a URL with one"],
	[/POST \/_mockcliq\S*\/clock\/advance/gu, "the clock's menu"],
];

const BEGINNING_MS = Date.parse("0001-01-02T00:00:00Z");

/**
 * Ids of people as their names, moments as the reader's own time, and no names of fields.
 * @param {string} text
 */
export function plain(text) {
	const isConsole = "server" in state; // a report has none
	const known = [...(isConsole ? IN_THE_CONSOLE : []), ...IN_WORDS].reduce(
		(told, [pattern, words]) => told.replace(pattern, words),
		text,
	);
	return known
		.replace(/\buser (\d{3,})/gu, (whole, id) => (nameOf(id) === id ? whole : nameOf(id)))
		.replace(/\b(at |until )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/gu, (_whole, word = "", iso) => {
			const at = Date.parse(iso);
			if (at < BEGINNING_MS) return "long ago";
			const isToday = new Date(at).toDateString() === new Date(worldNow()).toDateString();
			return `${word}${isToday ? "" : `${dateOf(at)}, `}${secondOf(at)}`;
		});
}

/**
 * Why a call was refused: once, and what would have been let through.
 * @param {Explanation} explanation
 * @returns {HTMLElement | false}
 */
export function because(explanation) {
	if (explanation.rule === null) return false;
	const rows = [
		["Rule", explanation.rule],
		["Found", explanation.have],
		["Expected", explanation.need],
	];
	const known = rows.filter((row) => row[1] !== null && row[1] !== "");
	return h(
		"div",
		{ class: "because" },
		explanation.advice &&
			h("p", null, plain(explanation.advice.replaceAll("the token given here", explanation.token ?? "another token"))),
		h(
			"dl",
			null,
			...known.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, h("code", null, plain(value ?? "")))]),
		),
		explanation.nearest_chat &&
			h("p", null, `Nearest chat: ${explanation.nearest_chat.name} (${explanation.nearest_chat.id})`),
		explanation.nearest_route &&
			h("p", null, `Nearest route: ${explanation.nearest_route.method} ${explanation.nearest_route.path}`),
	);
}

/** @param {string} text Begins with a capital then. */
export const sentence = (text) => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;

/**
 * @param {number | null} code
 * @param {boolean} [isUnderWay]
 * @returns {HTMLElement}
 */
export function status(code, isUnderWay = false) {
	if (code === null) {
		const says = isUnderWay ? "under way" : "no answer";
		return h(
			"span",
			{ class: "status none", title: isUnderWay ? "no answer yet" : "no answer: the connection was broken off" },
			icon(isUnderWay ? "clock" : "bolt"),
			h("span", { class: "unseen" }, says),
		);
	}
	const kind = code === 429 ? "locked" : `s${Math.floor(code / 100)}`;
	return h("span", { class: `status ${kind}` }, String(code));
}
