/** Who acts: the people of the world, and its fixed tokens, one for each thing worth testing. */

import { readWorld } from "./api.js";
import { avatar, byId, fill, h, icon, lines, openDialog } from "./dom.js";
import { Listbox } from "./listbox.js";
import { hear, state, tell } from "./state.js";

/** @import { Identity } from "../types.d.ts" */

/** @type {Record<string, { role: string, for: string }>} */
export const FIXED = {
	owner: { role: "owner", for: "All scopes, most conversations" },
	member: { role: "member", for: "A second person, in many of the same" },
	outsider: { role: "outsider", for: "In the organisation, in none of these chats: 403" },
	readonly: { role: "owner", for: "The owner with Chats.READ alone: 403 on writes" },
	expired: { role: "owner", for: "The owner with a token that has expired: 401" },
	revoked: { role: "owner", for: "The owner with a token that was revoked: 401" },
	deactivated: { role: "deactivated", for: "No longer active in the organisation: 403" },
};

/** The fixed tokens of the world, as whoever they belong to. */
export function identities() {
	const { tokens, users } = state.world;
	/** @type {Identity[]} */
	const found = [];
	for (const [label, { role }] of Object.entries(FIXED)) {
		const user = users.find((each) => each.role === role);
		const token = tokens[label];
		if (user !== undefined && token !== undefined) found.push({ key: label, user, label, token });
	}
	return found;
}

/** Everyone, with a token of all scopes that is minted when it is needed. */
function people() {
	return state.world.users.map((user) => ({ key: user.id, user, label: null, token: null }));
}

/**
 * The one with that key, or whom a newcomer acts as.
 * @param {string | null} key
 * @returns {Identity}
 */
export function identity(key) {
	const fixed = identities();
	const found =
		fixed.find((each) => each.key === key) ?? people().find((each) => each.key === key) ?? fixed[0] ?? people()[0];
	if (found === undefined) throw new Error("this world has no people");
	return found;
}

/** @param {Identity} who */
export function actAs(who) {
	state.me = who;
	tell("me");
}

export function mountIdentity() {
	const shown = h("button", { type: "button", class: "identity", "aria-haspopup": "dialog", on: { click: choose } });
	byId("identity").append(shown);
	hear("me", () => {
		const { user, label } = state.me;
		fill(
			shown,
			avatar(user.id, user.name),
			lines(
				h("span", { class: "unseen" }, "Acting as "),
				h("b", null, user.name),
				h("small", null, label === null ? user.email : `token ${label}`),
			),
			icon("down"),
		);
		shown.dataset.label = label ?? "";
	});
}

async function choose() {
	await readWorld();
	const fixed = h(
		"ul",
		{ class: "choices" },
		...identities().map((each) =>
			h(
				"li",
				null,
				h(
					"button",
					{ type: "button", "aria-current": each.key === state.me.key && "true", on: { click: () => chosen(each) } },
					avatar(each.user.id, each.user.name),
					lines(
						h("b", null, `${each.label} `, h("span", { class: "aside" }, each.user.name)),
						h("small", null, FIXED[each.label ?? ""]?.for),
					),
				),
			),
		),
	);
	const dialog = openDialog(
		"Act as",
		h("p", { class: "hint" }, "Every action becomes a real call to the API with this token."),
		h("h3", null, "Fixed tokens"),
		fixed,
		h("h3", null, "Everyone, by a token of their own"),
		...everyone(chosen),
	);

	/** @param {Identity} who */
	function chosen(who) {
		dialog.close();
		actAs(who);
	}
}

/**
 * @param {(who: Identity) => void} chosen
 * @returns {HTMLElement[]}
 */
function everyone(chosen) {
	const all = people();
	let found = all;
	const list = new Listbox({
		label: "Everyone",
		rowHeight: 52,
		choose: (index) => found[index] && chosen(found[index]),
		render: (index) => {
			const user = found[index]?.user;
			if (user === undefined) return [];
			return [
				avatar(user.id, user.name),
				lines(h("b", null, user.name), h("small", null, user.active ? user.email : "deactivated")),
			];
		},
	});
	list.element.classList.add("people");
	const field = h("input", {
		type: "search",
		placeholder: "Search people",
		"aria-label": "Search people",
		on: {
			input: () => {
				const wanted = field.value.trim().toLocaleLowerCase();
				found = all.filter(({ user }) => `${user.name} ${user.email} ${user.id}`.toLocaleLowerCase().includes(wanted));
				show();
			},
		},
	});
	const show = () =>
		list.update(
			found.length,
			found.findIndex((each) => each.key === state.me.key),
		);
	requestAnimationFrame(show);
	return [h("div", { class: "search" }, icon("search"), field), list.element];
}
