/** Keys for whoever has no hand to spare for a mouse; none acts while something is written. */

import { byId, h, openDialog } from "./dom.js";
import { closeCall, focusSearch, stepThrough } from "./requests.js";
import { hear, tell } from "./state.js";

/**
 * @param {string[]} views The parts of the page, in the order of their numbers.
 * @param {() => boolean} [dismiss] Puts away what Escape is for before it closes a call; gives whether there was any.
 */
export function mountKeys(views, dismiss = () => false) {
	let view = "";
	hear("view", (wanted) => {
		if (wanted !== undefined) view = wanted;
	});

	/** @type {Record<string, () => void>} */
	const keys = {
		"/": find,
		j: () => step(1),
		k: () => step(-1),
		"?": help,
		...Object.fromEntries(views.map((name, place) => [String(place + 1), () => tell("go", name)])),
	};

	function find() {
		const chats = /** @type {HTMLElement | null} */ (document.querySelector("#conversations input"));
		const isAway = byId("requests").hidden;
		const isAmongThem = view === "conversations" && byId("conversations").contains(document.activeElement);
		if (chats !== null && (isAway || isAmongThem)) return chats.focus();
		if (isAway) tell("view", "requests");
		focusSearch();
	}

	/** @param {1 | -1} by */
	function step(by) {
		if (!byId("requests").hidden) stepThrough(by);
	}

	function help() {
		openDialog(
			"Keys",
			h(
				"dl",
				{ class: "keys" },
				...[
					["/", "Search"],
					["j, k", "Open the next call, the one before"],
					["↑ ↓ Enter", "Go through a list; open"],
					["Esc", "Close the call, or what is said of a click"],
					[`1 to ${views.length}`, "Go to a part of the page"],
					["← →", "Move a divider that has the focus"],
					["?", "These keys"],
				].flatMap(([key = "", does = ""]) => [h("dt", null, h("kbd", null, key)), h("dd", null, does)]),
			),
		);
	}

	document.addEventListener("keydown", (event) => {
		if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
		if (document.querySelector("dialog[open], :popover-open") !== null) return;
		const { target } = event;
		const isWriting = target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select");
		if (event.key === "Escape") {
			if (isWriting && target instanceof HTMLElement) target.blur();
			else if (!dismiss()) closeCall();
			return;
		}
		const press = keys[event.key];
		if (isWriting || press === undefined) return;
		event.preventDefault();
		press();
	});
}
