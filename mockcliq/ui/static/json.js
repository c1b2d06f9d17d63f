/** A text that is JSON, indented, with objects and lists that fold; any other text as it is. */

import { h } from "./dom.js";

/** Deeper, or longer than so many entries, it begins folded. */
const DEEP = 4;
const LONG = 40;

/**
 * @param {string} text
 * @param {string | null} [wrong] The key to mark, after those that it is in: `card.title`, `slides.0.type`.
 * @returns {(Node | string)[]}
 */
export function foldable(text, wrong = null) {
	try {
		return draw(JSON.parse(text), 0, wrong);
	} catch {
		return [text];
	}
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @param {string | null} wrong The key to mark in it.
 * @returns {(Node | string)[]}
 */
function draw(value, depth, wrong) {
	if (value === null || typeof value !== "object") return [literal(value)];
	const isList = Array.isArray(value);
	const entries = Object.entries(value);
	const [open, close] = isList ? ["[", "]"] : ["{", "}"];
	if (entries.length === 0) return [open + close];
	const indent = `\n${"  ".repeat(depth + 1)}`;
	const inside = h("span", { class: "inside" });
	for (const [place, [name, each]] of entries.entries()) {
		inside.append(
			indent,
			...(isList ? [] : [h(name === wrong ? "mark" : "span", { class: "key" }, JSON.stringify(name)), ": "]),
			...draw(each, depth + 1, wrong?.startsWith(`${name}.`) ? wrong.slice(name.length + 1) : null),
			place < entries.length - 1 ? "," : "",
		);
	}
	inside.append(`\n${"  ".repeat(depth)}`);
	const what = `${entries.length} ${isList ? (entries.length === 1 ? "item" : "items") : entries.length === 1 ? "key" : "keys"}`;
	const fold = h("button", {
		type: "button",
		class: "fold",
		"aria-label": what,
		"data-what": what,
		on: { click: () => put(inside.hidden === true) },
	});
	/** @param {boolean} isOpen */
	function put(isOpen) {
		inside.hidden = !isOpen;
		fold.setAttribute("aria-expanded", String(isOpen));
	}
	put(inside.querySelector("mark") !== null || (depth < DEEP && (depth === 0 || entries.length <= LONG)));
	return [open, fold, inside, close];
}

/** @param {unknown} value */
const literal = (value) => h("span", { class: typeof value === "string" ? "text" : "atom" }, JSON.stringify(value));
