/** How far each limit is used up: one table, in which those that are used come first. */

import { control, here } from "./api.js";
import { button, byId, fill, h, pictureButton, refill } from "./dom.js";
import { status } from "./explanation.js";
import { change, refreshOverview } from "./live.js";
import { caller } from "./outcome.js";
import { skipButton } from "./remedies.js";
import { hear, nameOf, oneAtATime, state } from "./state.js";
import { keepTold, span, worldNow } from "./time.js";

/** @import { Limit } from "../types.d.ts" */

/** Rows of other people, at most; more are told of as a number. */
const MOST_OTHERS = 100;

const body = h("tbody", null);
const whose = h("h3", null);
const more = h("p", { class: "hint" });
const table = h(
	"table",
	{ class: "limits-table" },
	h("caption", { class: "unseen" }, "Limits, those that are used first"),
	h(
		"thead",
		null,
		h(
			"tr",
			null,
			...["Operation and person", "Counted", "Next", ""].map((name) =>
				h("th", { scope: "col" }, name || h("span", { class: "unseen" }, "What to do")),
			),
		),
	),
	body,
);
const off = h(
	"p",
	{ class: "standing", hidden: true },
	"Limits are off (MOCKCLIQ_RATE_LIMIT=off): nobody is locked out.",
);

/** By person and operation. @type {Map<string, ReturnType<typeof row>>} */
const rows = new Map();

export function mountLimits() {
	byId("limits").append(
		h("div", { class: "heading" }, h("h2", null, "Limits"), button(null, "Clear all", clear, { class: "quiet" })),
		h(
			"p",
			{ class: "hint" },
			"Most operations take 20 calls a minute of each person; the next one is refused, and locks that person out of the operation for 10 minutes.",
		),
		off,
		whose,
		table,
		more,
	);
	// What can be done in a row depends on whose it is.
	hear("me", () => {
		rows.clear();
		fill(body);
	});
	hear(["overview", "me", "view"], draw);
}

const draw = oneAtATime(async () => {
	const { me, overview } = state;
	if (byId("limits").hidden) return;
	off.hidden = overview.rate_limit;
	const answer = await control("GET", here(`/limits?user=${encodeURIComponent(me.user.id)}`));
	if (me !== state.me) return;
	whose.textContent = me.user.name;
	const others = overview.limits.filter((limit) => limit.user !== me.user.id);
	/** @type {Limit[]} */
	const all = [
		...answer.limits.map((/** @type {Limit} */ limit) => ({ ...limit, user: me.user.id })),
		...others.slice(0, MOST_OTHERS),
	];
	const wanted = new Set();
	for (const limit of all) {
		const key = `${limit.user} ${limit.operation}`;
		wanted.add(key);
		let shown = rows.get(key);
		if (shown === undefined) {
			shown = row(limit);
			rows.set(key, shown);
			body.append(shown.element);
		}
		shown.show(limit);
	}
	for (const [key, { element }] of rows) {
		if (wanted.has(key)) continue;
		element.remove();
		rows.delete(key);
	}
	fill(more, others.length > MOST_OTHERS && `${others.length - MOST_OTHERS} more of other people.`);
	// What somebody points at, or is about to press, stays where it is.
	if (!body.matches(":hover, :focus-within")) sort(all);
});

/** Locked ones first, then those that are used, the most used first. @param {Limit[]} all */
function sort(all) {
	const weight = (/** @type {Limit} */ limit) =>
		limit.locked_until === null ? limit.count / Math.max(1, limit.threshold) : 2;
	const ordered = all
		.map((limit, place) => ({ limit, place }))
		.sort((a, b) => weight(b.limit) - weight(a.limit) || a.place - b.place);
	const elements = ordered.map(({ limit }) => rows.get(`${limit.user} ${limit.operation}`)?.element);
	if (elements.every((element, place) => body.children[place] === element)) return;
	body.append(...elements.filter((element) => element !== undefined));
}

/** @param {string} until */
const countdown = (until) => keepTold(h("b", { class: "count" }), (now) => span(Date.parse(until) - now));

/** @param {Limit} limit */
function row({ operation, user }) {
	const isMine = user === state.me.user.id;
	const of = isMine ? operation : `${operation} of ${nameOf(user)}`;
	const bar = h("div", { class: "bar", role: "meter", "aria-label": `${of}: calls that count`, "aria-valuemin": 0 });
	const count = h("span", { class: "counted" });
	const answered = h("span", { class: "answered", role: "status" });
	const about = h("span", { class: "about" });
	const doing = h("p", { class: "doing" });
	const element = h(
		"tr",
		{ class: isMine ? "" : "of-others" },
		h("th", { scope: "row" }, h("code", null, operation), h("small", null, nameOf(user))),
		h("td", { class: "used" }, bar, count),
		h("td", { class: "next" }, answered, about),
		h("td", null, doing),
	);
	const named = (/** @type {string} */ verb) => ({ class: "quiet", "aria-label": `${verb} ${of}` });
	const call = caller((stop) => fill(answered, stop));
	let drawn = "";
	let wasLocked = false;

	async function make() {
		const outcome = await call(...target(operation));
		if (outcome === null) return;
		fill(answered, status(outcome.status));
		await refreshOverview();
	}

	/** @param {Limit} limit */
	function show(limit) {
		const locked = limit.locked_until;
		const most = Math.max(1, limit.threshold);
		const counting = locked === null ? Math.min(limit.count, most) : most;
		bar.setAttribute("aria-valuemax", String(most));
		bar.setAttribute("aria-valuenow", String(counting));
		bar.style.setProperty("--part", String(counting / most));
		count.textContent = locked === null ? `${limit.count} of ${limit.threshold}` : "locked";
		element.classList.toggle("is-locked", locked !== null);
		element.classList.toggle("is-full", locked === null && limit.remaining === 0);
		// What was refused by a lock is told for as long as that lasts.
		if (wasLocked && locked === null) fill(answered);
		wasLocked = locked !== null;
		const facts = JSON.stringify([locked, limit.frees_at, limit.remaining === 0, limit.count === 0, limit.threshold]);
		// Drawn anew only when it says something else, so that a button that has the focus keeps it.
		if (facts === drawn) return;
		drawn = facts;
		const forget = () => pictureButton("close", `Clear ${of}`, () => clearOne(limit), { "data-key": "clear" });
		if (locked !== null) {
			fill(about, "Locked ", countdown(locked));
			refill(doing, skipButton(limit.lock_s ?? 0, undefined, { "data-key": "use" }), forget());
			return;
		}
		const { frees_at: frees } = limit;
		fill(
			about,
			limit.remaining === 0 && "The next call is refused; ",
			...(frees === null ? [] : ["one less in ", countdown(frees)]),
		);
		if (!isMine) refill(doing, forget());
		else if (limit.remaining === 0)
			refill(doing, button("play", "Make the next call", make, { class: "primary", "data-key": "use" }), forget());
		else
			refill(
				doing,
				HARMLESS.includes(operation) && button(null, "Call", make, { ...named("Call"), "data-key": "call" }),
				button(null, "Exhaust", () => exhaust(operation), { ...named("Exhaust"), "data-key": "use" }),
				limit.count > 0 && forget(),
			);
	}

	return { element, show };
}

/** Calls on the open conversation; without one they find none, under the name "0". */
const HARMLESS = ["list_direct_chats", "list_chat_members", "mute_chat", "unmute_chat", "get_pinned_message"];

/**
 * @param {string} name
 * @returns {[string, string]}
 */
function target(name) {
	const { method = "", path = "" } = state.operations.find((each) => each.operation === name) ?? {};
	const chat = HARMLESS.includes(name) ? (state.chat ?? "0") : "0";
	return [
		method,
		path
			.replace("/api/v2", "")
			.replace("{CHAT_ID}", encodeURIComponent(chat))
			.replace(/\{\w+\}/gu, "0"),
	];
}

/** @param {string} operation */
const exhaust = (operation) => change("POST", "/limits/exhaust", { operation, user: state.me.user.id });

const clear = () => change("DELETE", "/limits");

/** @param {Limit} limit */
const clearOne = ({ operation, user }) =>
	change("DELETE", `/limits?${new URLSearchParams({ operation, user: user ?? "" })}`);

/** Whether somebody is locked out now, for the mark on the way here. */
export const isLocked = () =>
	state.overview.limits.some(({ locked_until: until }) => until !== null && Date.parse(until) > worldNow());
