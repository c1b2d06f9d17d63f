/** The world's clock: always in view, to be moved on, frozen, or set back to real time. */

import { button, byId, fill, h, icon } from "./dom.js";
import { advance, change } from "./live.js";
import { hear, state } from "./state.js";
import { dateOf, keepTold, secondOf } from "./time.js";

const MODES = { real: "real time", offset: "moved", frozen: "frozen" };

const STEPS = [
	{ label: "+1 minute", seconds: 60 },
	{ label: "+10 minutes", seconds: 600 },
	{ label: "+1 hour", seconds: 3600 },
];

export function mountClock() {
	const mode = h("small", null);
	const shown = h(
		"button",
		{ type: "button", class: "clock", popovertarget: "clock-menu", "aria-label": "The world's clock" },
		icon("clock"),
		keepTold(h("b", { class: "count" }), secondOf),
		mode,
	);
	const real = button(null, "Real", () => put("real"));
	const frozen = button(null, "Frozen", () => put("frozen"));
	const date = keepTold(h("p", { class: "date" }), dateOf);
	byId("clock").append(shown);
	byId("clock-menu").append(
		h("h2", null, "The world's clock"),
		keepTold(h("p", { class: "now count" }), secondOf),
		date,
		h("p", { class: "modes", role: "group", "aria-label": "How it runs" }, real, frozen),
		h("p", { class: "steps" }, ...STEPS.map(({ label, seconds }) => button(null, label, () => advance(seconds)))),
		h("p", { class: "hint" }, "Limits, locks, tokens and pins all read it."),
	);
	hear("overview", () => {
		const { clock } = state.overview;
		mode.textContent = MODES[clock.mode];
		shown.dataset.mode = clock.mode;
		real.setAttribute("aria-pressed", String(clock.mode === "real"));
		frozen.setAttribute("aria-pressed", String(clock.mode === "frozen"));
		fill(real, h("span", null, clock.mode === "offset" ? "Back to real" : "Real"));
	});
}

/** @param {"real" | "frozen"} mode */
const put = (mode) => change("PUT", "/clock", { mode });
