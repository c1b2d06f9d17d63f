/** Named sets of fault rules: the ones that work now are kept by the browser under a name, and put back at will. */

import { button, copyButton, fill, h, joined, lines } from "./dom.js";
import { change } from "./live.js";
import { hear, state } from "./state.js";
import { inBrowser } from "./storage.js";

/** @import { FaultOrder, FaultRule } from "../types.d.ts" */

const KEY = "mockcliq.scenarios";

/** @returns {Record<string, FaultOrder[]>} */
function kept() {
	try {
		const found = JSON.parse(inBrowser.get(KEY) ?? "{}");
		return found !== null && typeof found === "object" && !Array.isArray(found) ? found : {};
	} catch {
		return {};
	}
}

/** @param {Record<string, FaultOrder[]>} all */
const keep = (all) => inBrowser.set(KEY, JSON.stringify(all));

/**
 * A rule as it was ordered: without what became of it.
 * @param {FaultRule} rule
 * @returns {FaultOrder}
 */
function orderOf({ match, when, then }) {
	const given = (/** @type {Record<string, any>} */ values) =>
		Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
	// biome-ignore lint/suspicious/noThenProperty: the control API's word
	return { match: given(match), when: given(when), then: given(then) };
}

/** @param {(order: FaultOrder) => Promise<unknown>} add */
export function scenarios(add) {
	const list = h("ul", { class: "scenarios" });
	const told = h("p", { role: "status" });
	const name = h("input", { id: "scenario-name", placeholder: "a bad evening", required: true, autocomplete: "off" });
	const json = h("textarea", {
		id: "scenario-json",
		rows: 3,
		spellcheck: "false",
		placeholder: '[{"then": {"status": 500}}]',
	});

	function draw() {
		const all = Object.entries(kept());
		fill(
			list,
			...all.map(([title, orders]) =>
				h(
					"li",
					null,
					lines(h("b", null, title), h("small", null, `${orders.length} ${orders.length === 1 ? "rule" : "rules"}`)),
					button("play", "Use", () => use(orders), { "aria-label": `Use ${title}` }),
					copyButton("JSON", () => JSON.stringify(orders, null, 2), `of ${title}`),
					button("trash", "Delete", () => forget(title), { class: "quiet", "aria-label": `Delete ${title}` }),
				),
			),
			all.length === 0 && h("li", { class: "hint" }, "None yet. This browser keeps them, for all worlds."),
		);
	}

	/** @param {FaultOrder[]} orders */
	async function use(orders) {
		await change("DELETE", "/faults");
		// The newest rule goes first.
		for (const order of [...orders].reverse()) await add(order);
	}

	/** @param {string} title */
	function forget(title) {
		const { [title]: _gone, ...rest } = kept();
		keep(rest);
		draw();
	}

	/** @param {SubmitEvent} event */
	function save(event) {
		event.preventDefault();
		const title = name.value.trim();
		const text = json.value.trim();
		/** @type {unknown} */
		let orders = state.overview.faults.map(orderOf);
		if (text !== "") {
			try {
				orders = JSON.parse(text);
			} catch {
				orders = null;
			}
			if (
				!Array.isArray(orders) ||
				!orders.every((each) => each !== null && typeof each === "object" && "then" in each)
			)
				return say("This is no list of rules: paste what “JSON” of a scenario copies.", "refused");
		}
		if (!Array.isArray(orders) || orders.length === 0)
			return say("There is no rule to save: add some above, or paste some.", "refused");
		keep({ ...kept(), [title]: orders });
		name.value = "";
		json.value = "";
		say(`Saved: ${joined([title, `${orders.length} ${orders.length === 1 ? "rule" : "rules"}`])}.`, "told");
		draw();
	}

	/**
	 * @param {string} text
	 * @param {string} looks
	 */
	function say(text, looks) {
		told.textContent = text;
		told.className = looks;
	}

	hear("world", draw);
	return h(
		"details",
		{ class: "own-rule" },
		h("summary", null, "Scenarios: rules under a name"),
		list,
		h(
			"form",
			{ class: "fault-form", on: { submit: save } },
			h("p", { class: "field" }, h("label", { for: "scenario-name" }, "Name"), name),
			h(
				"p",
				{ class: "field wide" },
				h("label", { for: "scenario-json" }, "Rules in JSON, or empty for those above"),
				json,
			),
			h("p", { class: "doing" }, h("button", { type: "submit" }, "Save the scenario")),
			told,
		),
	);
}
