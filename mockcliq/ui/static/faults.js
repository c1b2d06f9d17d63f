// biome-ignore-all lint/suspicious/noThenProperty: a rule's `then` is the control API's word; nobody awaits a rule
/** Fault rules: presets, a form that shows the JSON it sends, and the active ones, always in view. */

import { curl, Refused } from "./api.js";
import { button, byId, copyButton, counted, field, fill, h, icon, joined, pictureButton, refill } from "./dom.js";
import { PRESETS } from "./fault-presets.js";
import { change } from "./live.js";
import { scenarios } from "./scenarios.js";
import { hear, isOver, nameOf, state, tell } from "./state.js";
import { keepTold, span } from "./time.js";

/** @import { FaultOrder, FaultRule } from "../types.d.ts" */

/** @type {Record<string, string>} */
const BREAKAGES = {
	reset: "the connection is reset",
	empty: "the connection is closed without an answer",
	truncate: "the answer is cut short",
	garbage: "garbage is sent",
	hang: "no answer ever comes",
};
const STATUSES = ["400", "401", "403", "404", "406", "429", "500"];

const presetOperation = h("select", { id: "preset-operation" });
const active = h("div", { class: "active-faults" });
const line = byId("fault-line");

/** What the last rules were drawn from. */
let drawn = "";

export function mountFaults() {
	byId("faults").append(
		h("h2", null, "Faults"),
		h("h3", null, "With one click"),
		h("p", { class: "field" }, h("label", { for: "preset-operation" }, "for"), presetOperation),
		// Above what a click adds, so that no click moves them.
		h("div", { class: "presets" }, ...PRESETS.map(preset)),
		h("h3", null, "Rules"),
		active,
		scenarios(add),
		form(),
	);
	hear("world", () => fill(presetOperation, ...operations()));
	hear("overview", draw);
}

const operations = () => [
	h("option", { value: "" }, "any operation"),
	...state.operations.map(({ operation }) => h("option", { value: operation }, operation)),
];

/** @param {typeof PRESETS[number]} preset */
function preset({ name, says, order }) {
	const picked = () => {
		const operation = presetOperation.value;
		return add(operation ? { match: { operation }, ...order } : order);
	};
	return h("button", { type: "button", on: { click: picked } }, h("b", null, name), h("small", null, says));
}

/** @param {FaultOrder} order */
const add = (order) => change("POST", "/faults", order);

function draw() {
	const { faults } = state.overview;
	const working = faults.filter((rule) => !isOver(rule));
	const facts = JSON.stringify([faults, working.length]);
	if (facts === drawn) return;
	drawn = facts;
	line.hidden = working.length === 0;
	fill(
		line,
		h(
			"button",
			{
				type: "button",
				class: "faults",
				title: working.map(told).join("\n"),
				on: { click: () => tell("go", "faults") },
			},
			icon("bolt"),
			h("b", null, working.length === 1 ? "A fault is active" : `${working.length} faults are active`),
			h("span", { class: "what" }, `: ${working.map(told).join("; ")}`),
		),
		pictureButton("close", "Remove all faults", clear),
	);
	refill(
		active,
		...faults.map(rule),
		faults.length === 0 && h("p", { class: "hint" }, "None: every call is answered as it should be."),
		faults.length > 1 && button("trash", "Remove all", clear, { class: "quiet" }),
	);
}

/** @param {FaultRule} rule */
function rule(rule) {
	const { times } = rule.when;
	const ends = rule.expires_at;
	const left = (/** @type {number} */ now) => span(Date.parse(ends ?? "") - now);
	return h(
		"article",
		{ class: isOver(rule) ? "rule over" : "rule" },
		h("p", null, h("b", null, told(rule))),
		h(
			"p",
			{ class: "facts" },
			joined([
				rule.id,
				`met ${counted(rule.hits, "call")}`,
				times === null ? `fired ${rule.fired}` : `fired ${rule.fired} of ${times}`,
				isOver(rule) && "done",
			]),
			ends !== null && !isOver(rule) && h("span", null, " · ends in ", keepTold(h("b", null), left)),
		),
		button("close", "Remove", () => remove(rule.id), {
			class: "quiet",
			"data-key": rule.id,
			"aria-label": `Remove ${rule.id}`,
		}),
	);
}

/** A rule in words: `Next call of mute_chat: works, then the connection is reset`. @param {FaultRule} rule */
function told({ match, when, then }) {
	const isAfter = then.apply === "after";
	const what = [
		isAfter && "works",
		then.status && `${isAfter ? "then " : ""}answers ${then.status}`,
		then.connection && `${isAfter ? "then " : ""}${BREAKAGES[String(then.connection)] ?? then.connection}`,
		(then.delay_ms || then.jitter_ms) && `${late(then)} late`,
	];
	const calls = match.operation ?? (match.path ? "" : "any operation");
	const which = [
		joined([howOften(when), calls && `of ${calls}`], " "),
		match.user && `by ${nameOf(match.user)}`,
		match.method,
		match.path,
		match.chat && `on ${match.chat}`,
		when.after && `after the first ${when.after}`,
		when.probability !== 1 && when.probability !== null && `with a chance of ${when.probability}`,
	];
	return `${joined(which, ", ")}: ${joined(
		what.map((each) => (each ? String(each) : null)),
		", ",
	)}`;
}

/** @param {FaultRule["when"]} when */
function howOften({ times, every }) {
	const each = every === 1 || every === null ? "call" : `${ordinal(every ?? 1)} call`;
	if (times === null || times === undefined) return `Every ${each}`;
	if (each !== "call") return `${times === 1 ? "Once the" : `${times} times the`} ${each}`;
	return times === 1 ? "Next call" : `Next ${times} calls`;
}

/** @param {number} number */
const ordinal = (number) =>
	`${number}${{ 1: "st", 2: "nd", 3: "rd" }[number % 100 > 10 && number % 100 < 14 ? 0 : number % 10] ?? "th"}`;

/** @param {Record<string, unknown>} then */
function late({ delay_ms: delay, jitter_ms: jitter }) {
	return jitter ? `${delay} to ${Number(delay) + Number(jitter)} ms` : `${delay} ms`;
}

/** @param {string} id */
const remove = (id) => change("DELETE", `/faults/${encodeURIComponent(id)}`);

const clear = () => change("DELETE", "/faults");

/** A rule of one's own. */
function form() {
	const json = h("pre", { tabindex: 0, role: "region", "aria-label": "The JSON that is sent" });
	const refused = h("p", { class: "refused", role: "alert" });
	const operation = h("select", { name: "operation", id: "fault-operation" });
	const user = h("input", { name: "user", id: "fault-user", placeholder: "anybody", list: "fault-people" });
	const people = h("datalist", { id: "fault-people" });
	/** @type {HTMLFormElement} */
	const sent = h(
		"form",
		{ class: "fault-form", on: { input: show, submit: send } },
		field("Operation", operation),
		field("User (id or e-mail)", user),
		people,
		field(
			"Then",
			h(
				"select",
				{ name: "then", id: "fault-then" },
				...STATUSES.map((code) => h("option", { value: code, selected: code === "500" }, `answer ${code}`)),
				...Object.entries(BREAKAGES).map(([kind, does]) => h("option", { value: kind }, `${kind}: ${does}`)),
				h("option", { value: "" }, "only late"),
			),
		),
		field(
			"When",
			h(
				"select",
				{ name: "apply", id: "fault-apply" },
				h("option", { value: "" }, "before the work"),
				h("option", { value: "after" }, "after the work (lost answer)"),
			),
		),
		number("Delay, ms", "delay_ms", 0, 600_000),
		number("Jitter, ms", "jitter_ms", 0, 600_000),
		number("Let the first … pass", "after", 0),
		number("Of the rest, 1 in …", "every", 1),
		number("At most … times", "times", 1),
		number("Chance, 0 to 1", "probability", 0, 1, "any"),
		number("Ends after, s", "expires_in", 0, undefined, "any"),
		h(
			"div",
			{ class: "sent" },
			json,
			h(
				"p",
				{ class: "doing" },
				h("button", { type: "submit", class: "primary" }, "Add this rule"),
				copyButton("Copy as curl", () => curl("/faults", orderIn(sent))),
			),
		),
		refused,
	);
	hear("world", () => {
		fill(operation, ...operations());
		fill(people, ...state.world.users.slice(0, 200).map(({ email, name }) => h("option", { value: email }, name)));
		show();
	});
	return h("details", { class: "own-rule" }, h("summary", null, "A rule of your own"), sent);

	function show() {
		json.textContent = JSON.stringify(orderIn(sent), null, 2);
	}

	/** @param {SubmitEvent} event */
	async function send(event) {
		event.preventDefault();
		try {
			await add(orderIn(sent));
			refused.textContent = "";
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			refused.textContent = error.message;
		}
	}
}

/**
 * @param {string} label
 * @param {string} name
 * @param {number} min
 * @param {number} [max]
 * @param {string} [step]
 */
const number = (label, name, min, max, step) =>
	field(label, h("input", { type: "number", name, id: `fault-${name}`, min, max, step }));

/**
 * The rule that a form describes; what it leaves empty is left out.
 * @param {HTMLFormElement} form
 * @returns {FaultOrder}
 */
function orderIn(form) {
	const given = new FormData(form);
	const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
	/** @param {string[]} names */
	const texts = (names) => Object.fromEntries(names.filter(text).map((name) => [name, text(name)]));
	/** @param {string[]} names */
	const numbers = (names) => Object.fromEntries(names.filter(text).map((name) => [name, Number(text(name))]));
	const match = texts(["operation", "user"]);
	const when = numbers(["after", "every", "times", "probability", "expires_in"]);
	const kind = text("then");
	const then = { ...answer(kind), ...numbers(["delay_ms", "jitter_ms"]), ...texts(["apply"]) };
	return { ...(Object.keys(match).length ? { match } : {}), ...(Object.keys(when).length ? { when } : {}), then };
}

/** @param {string} kind */
function answer(kind) {
	if (kind === "") return {};
	return kind in BREAKAGES ? { connection: kind } : { status: Number(kind) };
}
