/** A meter for each operation of whoever acts, and of everybody else who has calls that count. */

import { control, here } from "./api.js";
import { button, byId, fill, h, refill } from "./dom.js";
import { skipButton, status } from "./explanation.js";
import { change, refreshOverview } from "./live.js";
import { caller } from "./outcome.js";
import { hear, nameOf, state } from "./state.js";
import { keepTold, span, worldNow } from "./time.js";

/** @import { Limit } from "../types.d.ts" */

const mine = h("div", { class: "meters" });
const whose = h("h3", null);
const others = h("div", { class: "others" });
const off = h(
	"p",
	{ class: "standing", hidden: true },
	"Limits are off (MOCKCLIQ_RATE_LIMIT=off): nobody is locked out.",
);

/** @type {Map<string, ReturnType<typeof meter>>} */
const meters = new Map();

export function mountLimits() {
	byId("limits").append(
		h("h2", null, "Limits"),
		h(
			"p",
			{ class: "hint" },
			"Each person may make so many calls of each operation. One more locks them out of it for ten minutes.",
		),
		off,
		h("div", { class: "heading" }, whose, button(null, "Clear all", clear, { class: "quiet" })),
		mine,
		others,
	);
	hear(["overview", "me", "view"], draw);
}

async function draw() {
	const { me, overview } = state;
	if (byId("limits").hidden) return;
	off.hidden = overview.rate_limit;
	const answer = await control("GET", here(`/limits?user=${encodeURIComponent(me.user.id)}`));
	if (me !== state.me) return;
	whose.textContent = me.user.name;
	for (const limit of answer.limits) {
		let shown = meters.get(limit.operation);
		if (shown === undefined) {
			shown = meter(limit.operation);
			meters.set(limit.operation, shown);
			mine.append(shown.element);
		}
		shown.show(limit);
	}
	drawOthers(overview.limits.filter((limit) => limit.user !== me.user.id));
}

/** @param {Limit[]} used */
function drawOthers(used) {
	fill(
		others,
		used.length > 0 && h("h3", null, "Others"),
		...used
			.slice(0, 100)
			.map((limit) =>
				h(
					"p",
					{ class: "other" },
					h("b", null, nameOf(limit.user)),
					h("span", null, limit.operation),
					limit.locked_until === null
						? h("span", null, `${limit.count} of ${limit.threshold}`)
						: h("span", { class: "is-locked" }, "locked ", countdown(limit.locked_until)),
				),
			),
	);
}

/** @param {string} until */
const countdown = (until) => keepTold(h("b", { class: "count" }), (now) => span(Date.parse(until) - now));

/** @param {string} operation */
function meter(operation) {
	const bar = h("div", {
		class: "bar",
		role: "meter",
		"aria-label": `${operation}: calls that count`,
		"aria-valuemin": 0,
	});
	const count = h("span", { class: "counted" });
	const answered = h("span", { class: "answered", role: "status" });
	const about = h("p", { class: "about" });
	const doing = h("p", { class: "doing" });
	const element = h(
		"div",
		{ class: "meter" },
		h("p", { class: "line" }, h("code", null, operation), answered, count),
		bar,
		about,
		doing,
	);
	const named = (/** @type {string} */ verb) => ({ class: "quiet", "aria-label": `${verb} ${operation}` });
	const call = caller((stop) => fill(answered, stop));
	let drawn = "";

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
		const facts = JSON.stringify([locked, limit.frees_at, limit.remaining === 0, limit.threshold]);
		// Drawn anew only when it says something else, so that a button that has the focus keeps it.
		if (facts === drawn) return;
		drawn = facts;
		if (locked !== null) {
			fill(about, "Locked ", countdown(locked));
			refill(doing, skipButton(limit.lock_s ?? 0, undefined, { "data-key": "use" }));
			return;
		}
		const { frees_at: frees } = limit;
		fill(
			about,
			limit.remaining === 0 && "The next call is refused. ",
			...(frees === null
				? [`${limit.threshold} calls in ${limit.window_s} s`]
				: ["The oldest stops counting in ", countdown(frees)]),
		);
		if (limit.remaining === 0) {
			refill(doing, button("play", "Make the next call", make, { class: "primary", "data-key": "use" }));
			return;
		}
		refill(
			doing,
			HARMLESS.includes(operation) && button("play", "Call", make, { ...named("Call"), "data-key": "call" }),
			button("gauge", "Use up", () => exhaust(operation), { ...named("Use up"), "data-key": "use" }),
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
	return [method, path.replace("/api/v2", "").replace("{CHAT_ID}", encodeURIComponent(chat))];
}

/** @param {string} operation */
const exhaust = (operation) => change("POST", "/limits/exhaust", { operation, user: state.me.user.id });

const clear = () => change("DELETE", "/limits");

/** Whether somebody is locked out now, for the mark on the way here. */
export const isLocked = () =>
	state.overview.limits.some(({ locked_until: until }) => until !== null && Date.parse(until) > worldNow());
