/** The world's clock: always in view, to be set, moved on, frozen, taken to what happens next, or back to real time. */

import { control, here } from "./api.js";
import { button, byId, field, fill, h, icon } from "./dom.js";
import { advance, change } from "./live.js";
import { hear, nameOf, oneAtATime, state } from "./state.js";
import { dateOf, keepTold, secondOf, shortDayOf, span, worldNow, zone } from "./time.js";

/** @import { Chat } from "../types.d.ts" */

const MODES = { real: "real time", offset: "moved", frozen: "frozen" };

const STEPS = [
	{ label: "+1 minute", seconds: 60 },
	{ label: "+10 minutes", seconds: 600 },
	{ label: "+1 hour", seconds: 3600 },
	{ label: "+1 day", seconds: 86_400 },
];

/** So many of the next events are offered. */
const MOST = 6;

/** @typedef {{ at: number, what: string }} Coming */

const events = h("ul", { class: "events" });

export function mountClock() {
	const mode = h("small", null);
	const shown = h(
		"button",
		{ type: "button", class: "clock", popovertarget: "clock-menu", "aria-label": "The world's clock" },
		icon("clock"),
		h("small", { class: "today" }, keepTold(h("span", null), shortDayOf)),
		keepTold(h("b", { class: "count" }), secondOf),
		mode,
		icon("down"),
	);
	const real = button(null, "Real", () => put("real"));
	const frozen = button(null, "Frozen", () => put("frozen"));
	const date = keepTold(h("p", { class: "date" }), (now) => `${dateOf(now)}, ${zone}`);
	const moment = h("input", { type: "datetime-local", id: "clock-moment", step: 1, required: true });
	const refused = h("p", { class: "refused", role: "alert" });
	byId("clock").append(shown);
	byId("clock-menu").append(
		h("h2", null, "The world's clock"),
		keepTold(h("p", { class: "now count" }), secondOf),
		date,
		h("p", { class: "modes", role: "group", "aria-label": "How it runs" }, real, frozen),
		h("p", { class: "steps" }, ...STEPS.map(({ label, seconds }) => button(null, label, () => advance(seconds)))),
		h(
			"form",
			{ class: "set-clock", on: { submit: set } },
			field("Set it to (your own time zone)", moment),
			h("button", { type: "submit" }, "Set"),
		),
		refused,
		h("h3", null, "Next events"),
		events,
		h("p", { class: "hint" }, "Limits, locks, tokens and pins all read it."),
	);
	byId("clock-menu").addEventListener("toggle", (event) => {
		if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
		moment.value = local(worldNow());
		refused.textContent = "";
		drawEvents();
	});
	hear(["overview", "data"], () => {
		if (byId("clock-menu").matches(":popover-open")) drawEvents();
	});
	hear("overview", () => {
		const { clock } = state.overview;
		mode.textContent = MODES[clock.mode];
		shown.dataset.mode = clock.mode;
		shown.title = clock.mode === "real" ? "" : `Not the real time: ${explain(clock.mode)}`;
		real.setAttribute("aria-pressed", String(clock.mode === "real"));
		frozen.setAttribute("aria-pressed", String(clock.mode === "frozen"));
		fill(real, h("span", null, clock.mode === "offset" ? "Back to real" : "Real"));
	});

	/** @param {SubmitEvent} event */
	async function set(event) {
		event.preventDefault();
		const at = Date.parse(moment.value);
		if (Number.isNaN(at)) {
			refused.textContent = "Choose a date and a time.";
			return;
		}
		refused.textContent = "";
		await goTo(at);
	}
}

/** @param {"offset" | "frozen"} mode */
const explain = (mode) =>
	mode === "frozen"
		? "it stands until it is moved."
		: "somebody has moved it, or the world starts at a moment of its own.";

/** @param {"real" | "frozen"} mode */
const put = (mode) => change("PUT", "/clock", { mode });

/** To a moment; a frozen clock stays frozen. @param {number} at */
function goTo(at) {
	const mode = state.overview.clock.mode === "frozen" ? "frozen" : "offset";
	return change("PUT", "/clock", { mode, now: new Date(at).toISOString() });
}

/** As the field writes a moment. @param {number} at */
function local(at) {
	const there = new Date(at);
	return new Date(at - 60_000 * there.getTimezoneOffset()).toISOString().slice(0, 19);
}

let drawn = "";

/** What the clock leads to: the ends of locks, windows, pins and rules. */
const drawEvents = oneAtATime(async () => {
	const { me, overview } = state;
	const { limits, faults } = overview;
	/** @type {{ chats: Chat[] }} */
	const { chats } = await control("GET", here(`/chats?limit=1000&user=${encodeURIComponent(me.user.id)}`));
	if (me !== state.me) return;
	/** @type {Coming[]} */
	const coming = [];
	const add = (/** @type {string | null | undefined} */ iso, /** @type {string} */ what) => {
		if (iso) coming.push({ at: Date.parse(iso), what });
	};
	for (const limit of limits) {
		if (limit.locked_until !== null)
			add(limit.locked_until, `the lock of ${limit.operation} for ${nameOf(limit.user)} ends`);
		else if (limit.remaining === 0)
			add(limit.frees_at, `${limit.operation} takes a call of ${nameOf(limit.user)} again`);
	}
	for (const { id, expires_at: ends } of faults) add(ends, `the fault rule ${id} ends`);
	for (const { name, pin } of chats) add(pin?.expires, `the pin in ${name || "a direct conversation"} expires`);
	const next = coming
		.filter(({ at }) => at > worldNow())
		.sort((a, b) => a.at - b.at)
		.slice(0, MOST);
	const facts = JSON.stringify(next);
	if (facts === drawn && events.childElementCount > 0) return;
	drawn = facts;
	fill(
		events,
		...next.map(({ at, what }) =>
			h(
				"li",
				null,
				h(
					"span",
					null,
					"In ",
					keepTold(h("b", { class: "count" }), (now) => span(at - now)),
					` ${what}`,
				),
				// A moment later it has happened.
				button("clock", "Go there", () => goTo(at + 1), { "aria-label": `Go to when ${what}` }),
			),
		),
		next.length === 0 && h("li", { class: "hint" }, "None: no lock, no pin and no rule is about to end."),
	);
});
