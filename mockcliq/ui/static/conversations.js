/** The list of conversations of whoever acts, read page by page as it comes into view. */

import { control, here, Refused } from "./api.js";
import { authorOf, inShort } from "./content.js";
import { avatar, byId, fill, h, icon, lines, pictureButton } from "./dom.js";
import { Listbox } from "./listbox.js";
import { enterAnew } from "./live.js";
import { makeConversation } from "./new-conversation.js";
import { hear, state, tell } from "./state.js";
import { copyOrder } from "./thread.js";
import { ago, moment } from "./time.js";

/** @import { Listed, ListedPage } from "../types.d.ts" */

const PAGE = 200;
const ROW_HEIGHT = 68;

/** @type {(Listed[] | undefined)[]} */
let pages = [];
/** Which pages were asked for since the list changed last. */
let asked = new Set();
let total = 0;
let search = "";
/** Answers to what was asked before the list changed count for nothing. */
let edition = 0;

const list = new Listbox({ label: "Conversations", rowHeight: ROW_HEIGHT, render, choose });
const nothing = h("p", { class: "nothing", hidden: true });

export function mountConversations() {
	const field = h("input", {
		type: "search",
		placeholder: "Search conversations",
		"aria-label": "Search conversations",
		on: { input: () => searched(field.value) },
	});
	byId("conversations").append(
		h(
			"div",
			{ class: "search-and-make" },
			h("div", { class: "search" }, icon("search"), field),
			pictureButton("plus", "New conversation", makeConversation),
		),
		nothing,
		list.element,
	);
	hear("me", () => begin());
	hear("data", () => refresh());
	hear("chat", () => list.mark(placeOf(state.chat)));
}

/** @param {string} text */
function searched(text) {
	search = text.trim();
	begin();
}

/** Another list: nothing of the one before is shown. */
function begin() {
	pages = [];
	list.element.scrollTop = 0;
	refresh();
}

/** The same list, read anew where it is in view; the rest when it comes there. */
function refresh() {
	edition += 1;
	asked = new Set();
	const { scrollTop, clientHeight } = list.element;
	const first = Math.floor(scrollTop / ROW_HEIGHT / PAGE);
	const last = Math.floor((scrollTop + clientHeight) / ROW_HEIGHT / PAGE);
	for (let page = first; page <= last; page++) read(page);
}

/** @param {number} page */
async function read(page) {
	if (asked.has(page)) return;
	asked.add(page);
	const mine = edition;
	const query = new URLSearchParams({ limit: String(PAGE), offset: String(page * PAGE), search });
	/** @type {ListedPage | undefined} */
	const answer = await control("GET", here(`/users/${encodeURIComponent(state.me.user.id)}/chats?${query}`)).catch(
		gone,
	);
	if (answer === undefined || mine !== edition) return;
	pages[page] = answer.chats;
	total = answer.total;
	list.update(total, placeOf(state.chat));
	sayNothing();
}

/** @param {unknown} error */
function gone(error) {
	if (!(error instanceof Refused) || error.status !== 404) throw error;
	// Another state was imported, which does not know who acted.
	enterAnew();
}

function sayNothing() {
	const { user } = state.me;
	nothing.hidden = total > 0;
	if (total > 0) return;
	if (search) nothing.textContent = `No conversation of ${user.name} has “${search}” in its name.`;
	else if (state.chat)
		nothing.textContent = `${user.name} is in no conversation. The open one stays open: try what is refused.`;
	else fill(nothing, `${user.name} is in no conversation. Act as somebody else, or make one. `, copyOrder());
}

/** @param {number} index */
const chatAt = (index) => pages[Math.floor(index / PAGE)]?.[index % PAGE];

/** @param {string | null} id */
function placeOf(id) {
	for (const [page, chats] of pages.entries()) {
		const place = chats?.findIndex((chat) => chat.id === id) ?? -1;
		if (place >= 0) return page * PAGE + place;
	}
	return -1;
}

/** @param {number} index */
function choose(index) {
	const chat = chatAt(index);
	if (chat === undefined) return;
	state.chat = chat.id;
	tell("chat");
}

/**
 * @param {number} index
 * @param {HTMLElement} row
 */
function render(index, row) {
	read(Math.floor(index / PAGE));
	const chat = chatAt(index);
	row.classList.toggle("waiting", chat === undefined);
	if (chat === undefined) return [h("span", { class: "avatar" }), lines("…")];
	row.classList.toggle("quieted", chat.muted);
	return [
		avatar(chat.id, chat.name, chat.type),
		lines(
			h(
				"span",
				{ class: "first" },
				h("span", { class: "name" }, chat.name.trim() || "Without a name"),
				h("span", { class: "aside" }, kindOf(chat)),
				chat.unread > 0 &&
					h("span", { class: "unread" }, chat.unread.toLocaleString(), h("span", { class: "unseen" }, " unread")),
				chat.pinned && mark("pin", "pinned in the list"),
				chat.muted && mark("muted", "muted"),
				chat.last_message && moment(chat.last_message.time, ago(chat.last_message.time)),
			),
			h("span", { class: "second" }, ...preview(chat)),
		),
	];
}

/** @param {Listed} chat */
function kindOf({ channel, bot, parent }) {
	if (channel !== null) return `#${channel}`;
	if (parent !== null) return `thread in ${parent}`;
	return bot !== null && "bot";
}

/** @param {Listed} chat */
function preview(chat) {
	if (chat.draft !== null) return [h("span", { class: "draft" }, "Draft: "), chat.draft];
	const last = chat.last_message;
	if (last === null) return [h("i", null, "No message yet")];
	const text = inShort(last);
	if (last.info) return [text];
	if (last.sender === state.me.user.id && !last.bot) return ["You: ", text];
	return chat.type === "dm" || chat.type === "bot" ? [text] : [`${authorOf(last).split(" ")[0]}: `, text];
}

/**
 * @param {"pin" | "muted"} picture
 * @param {string} meaning
 */
function mark(picture, meaning) {
	return h("span", { class: "mark", title: meaning }, icon(picture), h("span", { class: "unseen" }, meaning));
}
