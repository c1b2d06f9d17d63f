/** A line between two panes that is dragged, or moved by the arrow keys; where it stands is remembered. */

import { h } from "./dom.js";
import { inBrowser } from "./storage.js";

const STEP = 24;

/**
 * @param {object} options
 * @param {string} options.label What it divides.
 * @param {string} options.key Under which the browser remembers it.
 * @param {string} options.variable The custom property that is set: the width of the pane on its right, in pixels.
 * @param {number} options.least
 * @param {() => HTMLElement} options.whole What both panes are in.
 * @returns {HTMLElement}
 */
export function splitter({ label, key, variable, least, whole }) {
	const line = h("div", {
		class: "splitter",
		role: "separator",
		tabindex: 0,
		"aria-orientation": "vertical",
		"aria-label": label,
		"aria-valuemin": 0,
		"aria-valuemax": 100,
		title: "Drag, or press ← and →; a double click sets it back",
	});
	const kept = Number(inBrowser.get(key));
	if (kept >= least) document.documentElement.style.setProperty(variable, `${kept}px`);
	// It lies over the edges of both panes, by its negative margins.
	const overlap = () => Number.parseFloat(getComputedStyle(line).marginRight);
	const width = () => whole().getBoundingClientRect().right - line.getBoundingClientRect().right - overlap();

	/** @param {number} wanted */
	function put(wanted) {
		const most = whole().clientWidth - least;
		const pixels = Math.round(Math.max(least, Math.min(most, wanted)));
		document.documentElement.style.setProperty(variable, `${pixels}px`);
		inBrowser.set(key, String(pixels));
		tell();
	}

	function tell() {
		const all = whole().clientWidth;
		if (all > 0) line.setAttribute("aria-valuenow", String(Math.round(100 * (1 - width() / all))));
	}

	line.addEventListener("keydown", (event) => {
		const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
		if (step === undefined) return;
		event.preventDefault();
		put(width() + step);
	});
	line.addEventListener("dblclick", () => {
		document.documentElement.style.removeProperty(variable);
		inBrowser.remove(key);
		tell();
	});
	line.addEventListener("pointerdown", (event) => {
		event.preventDefault();
		line.setPointerCapture(event.pointerId);
		const moved = (/** @type {PointerEvent} */ to) => put(whole().getBoundingClientRect().right - to.clientX);
		line.addEventListener("pointermove", moved);
		line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", moved), { once: true });
	});
	new ResizeObserver(tell).observe(line);
	line.setAttribute("aria-valuenow", "50");
	return line;
}
