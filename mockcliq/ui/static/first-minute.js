/** What the empty list of calls offers instead: four things to try. */

import { call } from "./api.js";
import { button, h, icon } from "./dom.js";
import { identities } from "./identity.js";
import { change } from "./live.js";
import { state, tell } from "./state.js";

/** @import { Child } from "./dom.js" */

/** @returns {Child[]} */
export function firstMinute() {
	if (state.overview.journal.size === 0)
		return [
			icon("list"),
			h(
				"p",
				null,
				"The journal is off (MOCKCLIQ_JOURNAL_SIZE=0): only calls that come while this page is open are shown.",
			),
			button("plug", "How to connect", () => tell("view", "connect")),
		];
	return [
		icon("list"),
		h(
			"p",
			null,
			"No call yet. What an SDK calls shows up here, and what you do in a conversation. Four things to try:",
		),
		h(
			"ol",
			{ class: "tries" },
			...TRIES.map(({ says, picture, name, run }) => h("li", null, h("span", null, says), button(picture, name, run))),
		),
	];
}

/** @type {{ says: string, picture: "bolt" | "gauge" | "muted" | "plug", name: string, run: () => unknown }[]} */
const TRIES = [
	{
		says: "See a call refused, and why: mute a conversation with a token that may only read.",
		picture: "muted",
		name: "Refuse a call",
		run: refuse,
	},
	{
		says: "Be locked out for ten minutes, then skip them.",
		picture: "gauge",
		name: "Use a limit up",
		run: lockOut,
	},
	{
		says: "Lose the answer of a call that did its work: is a retry safe?",
		picture: "bolt",
		name: "Lose an answer",
		run: lose,
	},
	{
		says: "Watch a program of yours arrive: a line of curl, Python or Node to paste.",
		picture: "plug",
		name: "How to connect",
		run: () => tell("view", "connect"),
	},
];

/** @returns {string} The open conversation's path, or that of none. */
const chatPath = () => `/chats/${encodeURIComponent(state.chat ?? "0")}`;

async function refuse() {
	const reader = identities().find((each) => each.key === "readonly") ?? state.me;
	await call("POST", `${chatPath()}/mute`, undefined, reader);
}

async function lockOut() {
	await change("POST", "/limits/exhaust", { operation: "get_pinned_message", user: state.me.user.id });
	await call("GET", `${chatPath()}/stickymessage`);
	tell("view", "limits");
}

async function lose() {
	await change("POST", "/faults", {
		match: { operation: "list_direct_chats" },
		when: { times: 1 },
		// biome-ignore lint/suspicious/noThenProperty: the control API's word
		then: { connection: "reset", apply: "after" },
	});
	await call("GET", "/chats?limit=3");
}
