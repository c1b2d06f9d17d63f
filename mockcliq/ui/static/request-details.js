/** A call in full: the answer first, then why it is what it is, then the request. */

import { clientOf, isOutside, isUnderWay, queryOf, seenStatus, tokenOfCall, userOf } from "./calls.js";
import { avatar, button, copyButton, fill, h, icon, joined, pictureButton } from "./dom.js";
import { because, STATUS_TEXTS, sentence, status } from "./explanation.js";
import { foldable } from "./json.js";
import { javascript, python } from "./replay.js";
import { tell } from "./state.js";
import { moment, secondOf } from "./time.js";

/** @import { Child } from "./dom.js" */
/** @import { Source } from "./requests.js" */
/** @import { Entry, ExplainedEntry, Explanation } from "../types.d.ts" */

export const details = h("section", { class: "details", "aria-label": "The request", tabindex: -1, hidden: true });

/** What a browser or a library adds by itself. */
const NOISE =
	/^(accept|accept-(encoding|language|charset)|cache-control|connection|content-length|dnt|host|keep-alive|origin|pragma|priority|referer|sec-.*|te|upgrade-insecure-requests|user-agent|x-mockcliq-console)$/u;

/** What every answer has, and what the mock adds: its reason is told above. */
const USUAL =
	/^(access-control-.*|cache-control|connection|content-(length|type)|cross-origin-.*|date|keep-alive|referrer-policy|server|transfer-encoding|vary|x-content-type-options|x-mockcliq-.*)$/u;

/** @param {() => unknown} close */
const closing = (close) => pictureButton("close", "Close the request", close, { "aria-keyshortcuts": "Escape" });

/**
 * @param {string} why
 * @param {() => unknown} close
 */
export function drawMissing(why, close) {
	fill(
		details,
		h("header", null, h("h3", null, "No such call"), h("span", { class: "aside" }), closing(close)),
		h("p", { class: "hint" }, why),
	);
}

/**
 * @param {Entry | ExplainedEntry} entry Without an explanation, where the journal has forgotten it.
 * @param {Source} source
 * @param {() => unknown} close
 */
export function drawDetails(entry, source, close) {
	const full = "explanation" in entry && entry.explanation !== null ? entry : null;
	const explanation = full?.explanation ?? null;
	const seen = seenStatus(entry);
	const wrong = explanation === null ? null : wrongOf(explanation);
	fill(
		details,
		h(
			"header",
			null,
			status(seen, isUnderWay(entry)),
			h("h3", null, isOutside(entry) ? "For another host" : (entry.operation ?? "No operation")),
			h("span", { class: "aside" }, outcome(entry, seen)),
			button("list", "Full width", () => tell("view", "requests"), { class: "quiet to-full" }),
			copyButton("Link", () => linkTo(entry), "to this call"),
			closing(close),
		),
		h("p", { class: "target" }, h("code", null, `${entry.method} ${entry.path}`), query(entry)),
		facts(entry),
		answer(entry, seen),
		explanation?.fault &&
			h("p", { class: "by-fault" }, icon("bolt"), h("span", null, `${sentence(explanation.fault)}.`)),
		explanation === null
			? h("p", { class: "hint" }, "The journal no longer has this call: there is no explanation, and nothing to copy.")
			: because(explanation),
		...(full === null ? [] : [...source.actsOn(full), copies(full, source)]),
		Object.keys(entry.query).length > 0 && pairs("Query", Object.entries(entry.query), wrong),
		entry.body_unread && h("p", { class: "hint" }, "It was refused before its body was read."),
		entry.body !== null && block("Body", entry.body, entry.body_truncated, wrong),
		...headers("Headers", entry.headers, NOISE, "of the client's own"),
	);
}

/** The parameter, or the key of the body, that a call was refused for. @param {Explanation} explanation */
const wrongOf = ({ rule, have }) =>
	/^(invalid_input|extra_key|extra_param)$/u.test(rule ?? "") ? (/^[^=]*/u.exec(have ?? "")?.[0] ?? null) : null;

/**
 * @param {Entry} entry
 * @param {number | null} seen
 */
function outcome(entry, seen) {
	if (isUnderWay(entry)) return "under way";
	return seen === null ? "no answer" : STATUS_TEXTS[seen];
}

/**
 * @param {ExplainedEntry} entry
 * @param {Source} source
 */
function copies(entry, source) {
	const { call, curl } = entry.explanation;
	if (call === null || curl === null)
		return h(
			"p",
			{ class: "hint" },
			"This call was for another host. The proxy let it no further, so there is nothing to send again.",
		);
	return h(
		"p",
		{ class: "copies" },
		h("span", null, "Copy as"),
		copyButton("curl", () => curl),
		copyButton("Python", () => python(call)),
		copyButton("JavaScript", () => javascript(call, entry.status)),
		...source.copies(entry, call),
	);
}

/** @param {Entry} entry */
const query = (entry) => Object.keys(entry.query).length > 0 && h("code", { class: "query" }, queryOf(entry));

/** @param {Entry} entry */
function linkTo(entry) {
	const told = new URLSearchParams({ request: entry.id });
	if (entry.world !== "default") told.set("world", entry.world);
	return `${location.href.split("#")[0]}#${told}`;
}

/** @param {Entry} entry */
function facts(entry) {
	const token = tokenOfCall(entry);
	return h(
		"p",
		{ class: "facts" },
		entry.user !== null && avatar(entry.user, userOf(entry)),
		h(
			"span",
			null,
			h("bdi", null, userOf(entry)),
			token !== null && ` · token ${token}`,
			" · ",
			moment(entry.time, secondOf(Date.parse(entry.time))),
			" · ",
			joined([
				!isUnderWay(entry) && entry.duration_ms !== null && `${entry.duration_ms.toFixed(1)} ms`,
				clientOf(entry),
				entry.world,
			]),
		),
	);
}

/**
 * What the client got; where that is not what the call's work gave, both.
 * @param {Entry} entry
 * @param {number | null} seen
 */
function answer(entry, seen) {
	const isOther = seen !== entry.status;
	/** @type {Child[]} */
	const told = [];
	if (isUnderWay(entry)) told.push(h("p", { class: "hint" }, "It is under way: there is no answer yet."));
	else if (seen === null) told.push(h("p", { class: "hint" }, "The client saw no answer."));
	if (isOther && entry.status !== null)
		told.push(
			h(
				"p",
				{ class: "hint" },
				`The work was done, and gave ${entry.status}${seen === null ? "" : `; the client saw ${seen}`}.`,
			),
		);
	if (entry.answer !== null)
		told.push(block(isOther ? "Answer of the work" : "Answer", entry.answer, entry.answer_truncated));
	else if (seen !== null && !isOther) told.push(h("p", { class: "hint" }, "The answer has no body."));
	if (entry.answer_headers)
		told.push(...headers("Answer's headers", entry.answer_headers, USUAL, "of the server's own"));
	return h("div", { class: "answer" }, ...told);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {boolean} [isCut]
 * @param {string | null} [wrong]
 */
function block(title, text, isCut = false, wrong = null) {
	return h(
		"div",
		{ class: "block" },
		h(
			"div",
			{ class: "heading" },
			h("h4", null, isCut ? `${title} (its first 64 KiB)` : title),
			copyButton("Copy", () => text, `the ${title.toLowerCase()}`),
		),
		h("pre", { tabindex: 0, role: "region", "aria-label": title }, ...foldable(text, wrong)),
	);
}

/**
 * @param {string} title
 * @param {[string, string | string[]][]} values
 * @param {string | null} [wrong] The name to mark.
 */
function pairs(title, values, wrong = null) {
	return h("div", { class: "block" }, h("h4", null, title), h("dl", null, ...terms(values, wrong)));
}

/**
 * @param {[string, string | string[]][]} values
 * @param {string | null} [wrong]
 */
const terms = (values, wrong = null) =>
	values.flatMap(([name, value]) => [
		h("dt", null, name === wrong ? h("mark", null, name) : name),
		h("dd", null, [value].flat().join(", ")),
	]);

/**
 * Those that say something, then the others, folded.
 * @param {string} title
 * @param {Record<string, string>} all
 * @param {RegExp} others
 * @param {string} what Those are.
 * @returns {Child[]}
 */
function headers(title, all, others, what) {
	const own = Object.entries(all).filter(([name]) => !others.test(name));
	const rest = Object.entries(all).filter(([name]) => others.test(name));
	return [
		own.length > 0 && pairs(title, own),
		rest.length > 0 &&
			h(
				"details",
				{ class: "block" },
				h(
					"summary",
					null,
					`${rest.length} ${own.length > 0 ? "more " : ""}${rest.length === 1 ? "header" : "headers"} ${what}`,
				),
				h("dl", null, ...terms(rest)),
			),
	];
}
