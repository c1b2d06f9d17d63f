/** A conversation or a channel is made: a set-up step of the control API, which nobody in the world takes. */

import { control, curl, here, Refused } from "./api.js";
import { button, copyButton, field, h, openDialog } from "./dom.js";
import { refreshOverview } from "./live.js";
import { state, tell } from "./state.js";

/** @import { Chat } from "../types.d.ts" */

const KINDS = /** @type {const} */ ({ dm: "Direct conversation", chat: "Group", channel: "Channel" });

/** A form for one; it opens what was made. */
export function makeConversation() {
	const me = state.me.user;
	const kind = h(
		"select",
		{ id: "new-kind", on: { change: show } },
		...Object.entries(KINDS).map(([value, name]) => h("option", { value }, name)),
	);
	const name = h("input", { id: "new-name", autocomplete: "off", placeholder: "release planning" });
	const level = h(
		"select",
		{ id: "new-level" },
		...["organization", "team", "private", "external"].map((each) => h("option", null, each)),
	);
	const others = state.world.users.filter(({ id, active }) => active && id !== me.id);
	const members = h(
		"select",
		{ id: "new-members", multiple: true, size: 7 },
		...others.slice(0, 500).map((user) => h("option", { value: user.id }, user.name)),
	);
	const nameField = field("Name", name);
	const levelField = field("Level", level);
	const hint = h("p", { class: "hint" });
	const refused = h("p", { class: "refused", role: "alert" });
	const dialog = openDialog(
		"New conversation",
		h("p", { class: "hint" }, `${me.name} is in it, and makes it.`),
		h(
			"form",
			{ on: { submit: make } },
			field("Kind", kind),
			nameField,
			levelField,
			field("With", members),
			hint,
			refused,
			h(
				"footer",
				null,
				copyButton("Copy as curl", () => curl("/chats", order()), "that makes it"),
				button(null, "Cancel", () => dialog.close()),
				h("button", { type: "submit", class: "primary" }, "Make it"),
			),
		),
	);
	kind.value = "chat";
	if (members.options[0]) members.options[0].selected = true;
	show();

	function show() {
		nameField.hidden = kind.value === "dm";
		levelField.hidden = kind.value !== "channel";
		hint.textContent =
			kind.value === "dm" ? "Choose one person." : "Choose one or more: with Ctrl or Shift, also several.";
	}

	function order() {
		const chosen = [...members.selectedOptions].map((each) => each.value);
		const isChannel = kind.value === "channel";
		return {
			type: kind.value,
			...(kind.value === "dm" ? {} : { name: name.value.trim() }),
			members: [me.id, ...chosen],
			...(isChannel ? { channel: { level: level.value } } : {}),
		};
	}

	/** @param {SubmitEvent} event */
	async function make(event) {
		event.preventDefault();
		try {
			/** @type {Chat} */
			const made = await control("POST", here("/chats"), order());
			dialog.close();
			state.chat = made.id;
			await refreshOverview();
			tell("chat");
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			refused.textContent =
				kind.value === "dm" && members.selectedOptions.length !== 1
					? "A direct conversation is with one other person: choose one."
					: error.message;
		}
	}
}
