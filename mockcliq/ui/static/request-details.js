/** A call in full: the answer first, then why it is what it is, then the request. */

import { control, here, Refused } from "./api.js";
import { clientOf, queryOf, seenStatus, tokenOfCall } from "./calls.js";
import { avatar, button, copyButton, fill, h, icon, joined, pictureButton } from "./dom.js";
import { because, remedies, STATUS_TEXTS, sentence, status } from "./explanation.js";
import { failNext, pytestOf, verifyLine } from "./from-a-call.js";
import { foldable } from "./json.js";
import { javascript, python } from "./replay.js";
import { closeCall } from "./requests.js";
import { compose, sendAgain } from "./send.js";
import { nameOf, state, tell } from "./state.js";
import { moment, secondOf } from "./time.js";

/** @import { Child } from "./dom.js" */
/** @import { Entry, ExplainedEntry } from "../types.d.ts" */

export const details = h("section", { class: "details", "aria-label": "The request", tabindex: -1, hidden: true });

/** What a browser or a library adds by itself. */
const NOISE =
	/^(accept|accept-(encoding|language|charset)|cache-control|connection|content-length|dnt|host|keep-alive|origin|pragma|priority|referer|sec-.*|te|upgrade-insecure-requests|user-agent|x-mockcliq-console)$/u;

/**
 * A call with its explanation; null where the journal has it no more.
 * @param {string} id
 * @returns {Promise<ExplainedEntry | null>}
 */
export async function readCall(id) {
	try {
		return await control("GET", here(`/requests/${encodeURIComponent(id)}`));
	} catch (error) {
		if (error instanceof Refused && error.status === 404) return null;
		throw error;
	}
}

const closing = () => pictureButton("close", "Close the request", closeCall, { "aria-keyshortcuts": "Escape" });

/** @param {string} id */
export function drawMissing(id) {
	fill(
		details,
		h("header", null, h("h3", null, "No such call"), h("span", { class: "aside" }), closing()),
		h(
			"p",
			{ class: "hint" },
			`The journal of the world ${state.world.id} has no call ${id}. A journal keeps the latest calls, and a reset or a restart forgets them; another world has a journal of its own.`,
		),
	);
}

/** @param {Entry | ExplainedEntry} entry Without an explanation, where the journal has forgotten it. */
export function drawDetails(entry) {
	const explanation = "explanation" in entry ? entry.explanation : null;
	const seen = seenStatus(entry);
	const isLost = seen !== entry.status;
	fill(
		details,
		h(
			"header",
			null,
			status(seen),
			h("h3", null, entry.operation ?? "No operation"),
			h("span", { class: "aside" }, seen === null ? "no answer" : STATUS_TEXTS[seen]),
			button("list", "Full width", () => tell("view", "requests"), { class: "quiet to-full" }),
			copyButton("Link", () => linkTo(entry), "to this call"),
			closing(),
		),
		h("p", { class: "target" }, h("code", null, `${entry.method} ${entry.path}`), query(entry)),
		facts(entry),
		answer(entry, seen, isLost),
		explanation?.fault &&
			h("p", { class: "by-fault" }, icon("bolt"), h("span", null, `${sentence(explanation.fault)}.`)),
		explanation === null
			? h("p", { class: "hint" }, "The journal no longer has this call: there is no explanation, and nothing to copy.")
			: because(explanation),
		explanation !== null && h("p", { class: "doing" }, ...remedies(explanation)),
		explanation !== null &&
			h(
				"p",
				{ class: "doing acts" },
				button("send", "Send again", () => sendAgain(explanation.call)),
				button("edit", "Edit and send", () => compose(entry, explanation.call)),
				button("bolt", "Fail the next one like this", () => failNext(entry)),
			),
		explanation !== null &&
			h(
				"p",
				{ class: "copies" },
				h("span", null, "Copy as"),
				copyButton("curl", () => explanation.curl),
				copyButton("Python", () => python(explanation.call)),
				copyButton("JavaScript", () => javascript(explanation.call, entry.status)),
				copyButton("verify", () => verifyLine(entry), "line, which asks whether this call was made"),
				copyButton("pytest", () => pytestOf(entry, explanation.call), "test that says this"),
			),
		Object.keys(entry.query).length > 0 && pairs("Query", Object.entries(entry.query)),
		entry.body_unread && h("p", { class: "hint" }, "It was refused before its body was read."),
		entry.body !== null && block("Body", entry.body, entry.body_truncated),
		...headers("Headers", entry.headers),
		...(entry.answer_headers ? headers("Answer headers", entry.answer_headers) : []),
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
		entry.user !== null && avatar(entry.user, nameOf(entry.user)),
		h(
			"span",
			null,
			h("bdi", null, entry.user === null ? "nobody known" : nameOf(entry.user)),
			token !== null && ` · token ${token}`,
			" · ",
			moment(entry.time, secondOf(Date.parse(entry.time))),
			" · ",
			joined([`${entry.duration_ms.toFixed(1)} ms`, entry.headers["user-agent"] && clientOf(entry), entry.world]),
		),
	);
}

/**
 * What the client got; where that is not what the call's work gave, both.
 * @param {Entry} entry
 * @param {number | null} seen
 * @param {boolean} isOther
 */
function answer(entry, seen, isOther) {
	/** @type {Child[]} */
	const told = [];
	if (seen === null) told.push(h("p", { class: "hint" }, "The client saw no answer."));
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
	return h("div", { class: "answer" }, ...told);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {boolean} [isCut]
 */
function block(title, text, isCut = false) {
	return h(
		"div",
		{ class: "block" },
		h(
			"div",
			{ class: "heading" },
			h("h4", null, isCut ? `${title} (its first 64 KiB)` : title),
			copyButton("Copy", () => text, `the ${title.toLowerCase()}`),
		),
		h("pre", { tabindex: 0, role: "region", "aria-label": title }, ...foldable(text)),
	);
}

/**
 * @param {string} title
 * @param {[string, string | string[]][]} values
 */
function pairs(title, values) {
	return h("div", { class: "block" }, h("h4", null, title), h("dl", null, ...terms(values)));
}

/** @param {[string, string | string[]][]} values */
const terms = (values) =>
	values.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, [value].flat().join(", "))]);

/**
 * Those that whoever wrote the program set, then what the client added, folded.
 * @param {string} title
 * @param {Record<string, string>} all
 */
function headers(title, all) {
	const own = Object.entries(all).filter(([name]) => !NOISE.test(name));
	const rest = Object.entries(all).filter(([name]) => NOISE.test(name));
	return [
		own.length > 0 && pairs(title, own),
		rest.length > 0 &&
			h(
				"details",
				{ class: "block" },
				h("summary", null, `${rest.length} ${own.length > 0 ? "more " : ""}${title.toLowerCase()} of the client's own`),
				h("dl", null, ...terms(rest)),
			),
	];
}
