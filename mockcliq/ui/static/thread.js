/** The open conversation: its people, its pinned message, its messages, and what can be done with it. */

import { control, curl, here, Refused } from "./api.js";
import { compose, composer } from "./composer.js";
import { authorOf, content, headline, inShort } from "./content.js";
import {
	avatar,
	button,
	byId,
	confirm,
	copyButton,
	counted,
	field,
	fill,
	h,
	icon,
	joined,
	lines,
	openDialog,
	pictureButton,
	refill,
} from "./dom.js";
import { makeConversation } from "./new-conversation.js";
import { act } from "./outcome.js";
import { hear, nameOf, state, tell } from "./state.js";
import { dayOf, keepTold, moment, span, timeOf, worldNow } from "./time.js";

/** @import { Chat, ListedPage, Message, Quoted } from "../types.d.ts" */

/** How many of the latest messages are shown at first, and how many earlier ones are added. */
const LATEST = 200;
const EARLIER = 1000;

/** From here on a list counts as scrolled to its end, in pixels. */
const NEAR = 8;

const KINDS = { dm: "Direct conversation", chat: "Group", channel: "Channel", bot: "Bot", thread: "Thread" };

/** Those that are offered; a click on another one that somebody used takes that. */
const EMOJI = ["👍", "✅", "🎉", "😄", "👀", "🙏"];

/** Names that programs send for an emoji; others are shown as they were sent. @type {Record<string, string>} */
const NAMED = {
	":thumbsup:": "👍",
	":thumbsdown:": "👎",
	":clap:": "👏",
	":smile:": "😄",
	":heart:": "❤️",
	":tada:": "🎉",
	":fire:": "🔥",
	":eyes:": "👀",
	":pray:": "🙏",
	":ok_hand:": "👌",
};

/** @type {Chat | null} */
let chat = null;
/** The channel that it is a thread of. @type {Chat | null} */
let parent = null;
/** @type {Message[]} */
let messages = [];
/** Whether something is on its way here that whoever sent it wants to see. */
let isSending = false;
let most = LATEST;
let showsPeople = false;
/** Answers about what was open before count for nothing. */
let edition = 0;
/** Whether there was no answer about what is open. */
let isMissed = false;
/** What stands above the messages, and changes more often than they do. */
const above = h("div", { class: "above" });
/** The messages as they are on the page, and what they were drawn from. */
let list = h("div", null);
let drawn = "";

export function mountThread() {
	hear("world", () => {
		bar(false);
		tell("chat");
	});
	hear("gone", () => bar(true));
	hear("chat", () => {
		most = LATEST;
		showsPeople = false;
		active = "";
		fill(byId("outcome"));
		// What is shown is another one, until this one is read: nothing can be done with it.
		if (chat !== null && state.chat !== chat.id) leaveAlone(true);
		read();
	});
	hear("data", read);
	hear("me", () => {
		if (state.chat === null) read();
		else if (chat !== null) draw("top");
	});
	hear("connection", (why) => {
		if (why === null && isMissed) read();
	});
}

let hadFocusBefore = false;

/** @param {boolean} is */
function leaveAlone(is) {
	const thread = byId("thread");
	if (is) hadFocusBefore ||= thread.contains(document.activeElement);
	thread.toggleAttribute("inert", is);
	thread.setAttribute("aria-busy", String(is));
}

/** @param {boolean} isGone A call that is made for a world that is gone would reach another. */
function bar(isGone) {
	// The calls that one was reading can still be read and copied.
	for (const part of document.querySelectorAll("#chats, .tool:not(#requests), #requests :is(.filters, .acts)"))
		part.toggleAttribute("inert", isGone);
}

async function read() {
	const mine = ++edition;
	isMissed = false;
	const id = state.chat;
	document.body.classList.toggle("chat-open", id !== null);
	if (id === null) return findFirst(mine);
	const path = here(pathOf({ id }));
	const [found, told] = (await Promise.all([
		control("GET", path),
		control("GET", `${path}/messages?limit=${most}`),
	]).catch(missing)) ?? [null, { messages: [] }];
	const whole = found?.thread ? await control("GET", here(pathOf({ id: found.thread.chat }))).catch(missing) : null;
	if (mine !== edition) return;
	if (found === null && chat?.id === id) {
		// A reset, or another state, took it away.
		state.chat = null;
		tell("chat");
		return;
	}
	const isOther = found?.id !== chat?.id;
	const hasEarlier = told.messages.length > messages.length && told.messages[0]?.id !== messages[0]?.id;
	chat = found;
	parent = whole;
	messages = told.messages;
	draw(isOther ? "end" : hasEarlier ? "bottom" : "top");
}

/** @param {unknown} error */
function missing(error) {
	if (error instanceof Refused && error.status === 404) return null;
	isMissed = true;
	throw error;
}

/**
 * A newcomer sees a conversation; where there is the room for one beside the list.
 * @param {number} mine
 */
async function findFirst(mine) {
	/** @type {ListedPage | null} */
	const page = await control("GET", here(`/users/${encodeURIComponent(state.me.user.id)}/chats?limit=1`)).catch(
		missing,
	);
	if (page === null || mine !== edition) return;
	const first = page.chats[0]?.id ?? null;
	if (first !== null && matchMedia("(width >= 720px)").matches) {
		state.chat = first;
		tell("chat");
		return;
	}
	chat = null;
	messages = [];
	drawNothing(first === null ? "No conversation yet." : "Choose a conversation.", first === null);
}

/**
 * @param {string} why
 * @param {boolean} [isEmpty] Whether there is none to be chosen.
 */
function drawNothing(why, isEmpty = false) {
	const told = `${why} ${state.me.key}`;
	if (told === drawn) return;
	drawn = told;
	leaveAlone(false);
	const thread = byId("thread");
	thread.setAttribute("aria-label", "No conversation");
	const making = isEmpty && [
		h("p", null, "Make one: it shows up here by itself."),
		button("chat", "New conversation", makeConversation, { class: "primary" }),
		copyOrder(),
	];
	fill(thread, h("div", { class: "empty" }, icon("chat"), h("p", null, why), ...(making || [])));
}

/** Copies what makes a conversation of whoever acts and somebody else. */
export function copyOrder() {
	const me = state.me.user.id;
	const other = state.world.users.find((each) => each.active && each.id !== me)?.id ?? me;
	const order = { type: "chat", name: "First conversation", members: [...new Set([me, other])] };
	return copyButton("Copy a curl line", () => curl("/chats", order), "that makes a conversation");
}

/**
 * @param {"end" | "bottom" | "top"} place Where to be: at the latest message, or as far as before from that, or from the
 *   first; whoever was at the latest stays there.
 */
function draw(place) {
	if (chat === null) return drawNothing("This conversation is gone.");
	const thread = byId("thread");
	leaveAlone(false);
	const hadFocus = thread.contains(document.activeElement) || hadFocusBefore;
	hadFocusBefore = false;
	thread.setAttribute("aria-label", `Conversation ${titleOf(chat)}`);
	if (place === "end" || !list.isConnected) {
		list = h("div", {
			class: "messages",
			tabindex: 0,
			role: "region",
			"aria-label": "Messages",
			on: { keydown: rove },
		});
		drawn = "";
		fill(thread, above, list, composer);
		stayAtEnd(list);
	}
	refill(above, header(chat), standing(chat), showsPeople && people(chat), beginning(chat), pinned(chat));
	compose({
		id: chat.id,
		to: pathOf(chat),
		unread: chat.unread[state.me.user.id] ?? 0,
		refused: whyNot(chat),
		onSending: (is) => {
			isSending = is;
		},
	});
	// Long ones take long to draw.
	const told = JSON.stringify([chat.messages, chat.pin?.message, state.me.user.id, messages]);
	if (told !== drawn) {
		drawn = told;
		const wasAtEnd = isAtEnd(list) || isSending;
		isSending = false;
		const { scrollTop: top, scrollHeight: height } = list;
		refill(list, ...history(chat));
		letOneBeReached();
		if (place === "end" || wasAtEnd) list.scrollTop = list.scrollHeight;
		else list.scrollTop = place === "top" ? top : list.scrollHeight - height + top;
	}
	// What had it is gone, such as the button that took a pin away.
	if (hadFocus && !thread.contains(document.activeElement)) list.focus({ preventScroll: true });
}

/** The message whose buttons the Tab key reaches: of all of them it would be hundreds. */
let active = "";

const PRESSED = "button, a[href]";

function letOneBeReached() {
	const all = [...list.querySelectorAll("article")];
	const one = all.find((each) => each.dataset.id === active) ?? all.at(-1);
	for (const each of all)
		for (const button of each.querySelectorAll(PRESSED)) button.setAttribute("tabindex", each === one ? "0" : "-1");
	for (const each of all) each.classList.toggle("active", each === one && active !== "");
	return one;
}

/** Up and down go through the messages. @param {KeyboardEvent} event */
function rove(event) {
	const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
	if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
	const all = [...list.querySelectorAll("article")];
	const place = all.findIndex((each) => each.dataset.id === active);
	const next = all[place < 0 ? all.length - 1 : place + step];
	if (next === undefined) return;
	event.preventDefault();
	active = next.dataset.id ?? "";
	letOneBeReached();
	next.scrollIntoView({ block: "nearest" });
	const tools = next.querySelector(PRESSED);
	if (tools instanceof HTMLElement) tools.focus({ preventScroll: true });
}

/** @param {Element} list */
const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;

/**
 * Whoever reads the latest message goes on seeing it when the room for it changes.
 * @param {HTMLElement} list
 */
function stayAtEnd(list) {
	let wasAtEnd = isAtEnd(list);
	let height = list.clientHeight;
	list.addEventListener("scroll", () => {
		// Not where the room has changed, which the observer is told of after this.
		if (height === list.clientHeight) wasAtEnd = isAtEnd(list);
	});
	new ResizeObserver(() => {
		height = list.clientHeight;
		if (wasAtEnd) list.scrollTop = list.scrollHeight;
	}).observe(list);
}

/** @param {Chat} chat */
function titleOf(chat) {
	if (chat.type !== "dm") return chat.name.trim() || "Without a name";
	const other = chat.participants.find((each) => each.user !== state.me.user.id);
	return other?.name ?? state.me.user.name;
}

/** @param {Chat} chat */
const own = (chat) => chat.participants.find((each) => each.user === state.me.user.id);

/** Whether whoever acts is in it: in a thread are all people of its channel. @param {Chat} chat */
const isIn = (chat) => own(parent ?? chat) !== undefined;

/** @param {Chat} chat */
function whyNot(chat) {
	if (!isIn(chat)) return `${state.me.user.name} is not in this conversation, and cannot write here.`;
	if ((parent ?? chat).channel?.status === "archived") return "The channel is archived: nobody can write here.";
	return chat.thread?.closed ? "The thread is closed: nobody can write here." : null;
}

/** @param {{ id: string }} chat */
const pathOf = (chat) => `/chats/${encodeURIComponent(chat.id)}`;

/** @param {Chat} chat */
function header(chat) {
	const muted = own(chat)?.muted ?? false;
	const count = chat.participants.length;
	return h(
		"header",
		{ class: "title" },
		pictureButton("back", "Back to the list", close, { class: "quiet bare back" }),
		avatar(chat.id, titleOf(chat), chat.type),
		h(
			"div",
			{ class: "lines" },
			h("h2", null, titleOf(chat)),
			h(
				"span",
				{ class: "kind" },
				chat.channel !== null && h("code", { class: "aside" }, `#${chat.channel.unique_name}`),
				h(
					"button",
					{
						type: "button",
						class: "link",
						"data-key": "people",
						"aria-expanded": String(showsPeople),
						on: { click: togglePeople },
					},
					joined([KINDS[chat.type], counted(count, "person", "people")]),
				),
				h(
					"span",
					{ class: "aside acting" },
					`as ${state.me.user.name}${state.me.label === null ? "" : ` (${state.me.label})`}`,
				),
			),
		),
		muted
			? button("bell", "Unmute", () => act("Unmuted", "POST", `${pathOf(chat)}/unmute`), { "data-key": "mute" })
			: button("muted", "Mute", () => act("Muted", "POST", `${pathOf(chat)}/mute`), { "data-key": "mute" }),
		button("leave", "Leave", () => confirmLeave(chat), { "data-key": "leave" }),
	);
}

function close() {
	state.chat = null;
	tell("chat");
}

function togglePeople() {
	showsPeople = !showsPeople;
	draw("top");
}

/** @param {Chat} chat */
function standing(chat) {
	if (isIn(chat)) return null;
	return h(
		"p",
		{ class: "standing" },
		icon("warning"),
		h(
			"span",
			null,
			h("b", null, state.me.user.name),
			" is not in this conversation. Try something: it is refused as documented.",
		),
	);
}

/** What a thread began with, and the way back there. @param {Chat} chat */
function beginning(chat) {
	if (chat.thread === null) return null;
	const { chat: id, message } = chat.thread;
	return h(
		"section",
		{ class: "pinned", "aria-label": "What the thread is about" },
		icon("chat"),
		h("div", { class: "lines" }, message && quote(message)),
		button("back", `Back to ${parent === null ? "its channel" : titleOf(parent)}`, () => open(id), {
			class: "quiet",
			"data-key": "parent",
		}),
	);
}

/** @param {string} id */
function open(id) {
	state.chat = id;
	tell("chat");
}

/** @param {Quoted} message */
const quote = ({ sender_name: name, text }) => h("blockquote", null, h("b", null, name), ` ${text || "(no text)"}`);

/** @param {Chat} chat */
function people(chat) {
	return h(
		"section",
		{ class: "participants", "aria-label": "People" },
		h(
			"ul",
			null,
			...chat.participants.map((each) =>
				h(
					"li",
					null,
					avatar(each.user, each.name),
					lines(
						h("b", null, each.name, each.user === state.me.user.id && h("span", { class: "aside" }, " you")),
						h(
							"small",
							null,
							joined([each.muted && "muted", each.pinned && "pinned in the list", each.draft && "has a draft"]) ||
								each.user,
						),
					),
				),
			),
		),
		button("people", "List them by the API", () => act("Members listed", "GET", `${pathOf(chat)}/members`), {
			class: "quiet",
			"data-key": "members",
		}),
	);
}

/** @param {Chat} chat */
function pinned(chat) {
	const { pin } = chat;
	if (pin === null || (pin.expires !== null && Date.parse(pin.expires) <= worldNow())) return null;
	const { expires } = pin;
	const until =
		expires === null
			? h("span", null, "never expires")
			: h(
					"span",
					null,
					"expires in ",
					keepTold(h("b", { class: "count" }), (now) => left(Date.parse(expires) - now)),
				);
	return h(
		"section",
		{ class: "pinned", "aria-label": "Pinned message" },
		icon("pin"),
		h(
			"div",
			{ class: "lines" },
			h("span", { class: "text" }, pin.text),
			h("small", null, "Pinned by ", h("bdi", null, pin.creator_name), " · ", until),
		),
		button("close", "Unpin", () => act("Unpinned", "DELETE", `${pathOf(chat)}/stickymessage`), {
			class: "quiet",
			"data-key": "unpin",
		}),
	);
}

/** @param {number} milliseconds */
function left(milliseconds) {
	// The pin is gone: the banner goes with it.
	if (milliseconds <= 0) queueMicrotask(read);
	return span(milliseconds);
}

/** @param {Chat} chat */
function history(chat) {
	const missing = chat.messages - messages.length;
	const shown = /** @type {Node[]} */ ([]);
	if (missing > 0)
		shown.push(
			button(
				null,
				`Show ${missing > EARLIER ? `${EARLIER.toLocaleString()} of ` : ""}${counted(missing, "earlier message")}`,
				showMore,
				{
					class: "quiet earlier",
					"data-key": "earlier",
				},
			),
		);
	if (messages.length === 0) shown.push(h("p", { class: "nothing" }, "No message yet."));
	let day = "";
	let sender = "";
	for (const each of messages) {
		const at = Date.parse(each.time);
		const itsDay = dayOf(at);
		if (itsDay !== day) {
			shown.push(h("h3", { class: "day" }, itsDay));
			sender = "";
		}
		const author = each.info ? "" : `${each.sender} ${authorOf(each)}`;
		shown.push(each.info ? told(chat, each, at) : message(chat, each, at, author !== sender));
		day = itsDay;
		sender = author;
	}
	return shown;
}

function showMore() {
	most += EARLIER;
	read();
}

/**
 * @param {Chat} chat
 * @param {Message} each
 * @param {number} at
 */
const told = (chat, each, at) =>
	h("article", { class: "told-info", "data-id": each.id }, wordsOf(chat, each), " ", moment(each.time, timeOf(at)));

/**
 * In a line; who came since the world was read is known by the conversation.
 * @param {Chat} chat
 * @param {Message} each
 */
const wordsOf = (chat, each) =>
	inShort(each, (user) => chat.participants.find((one) => one.user === user)?.name ?? nameOf(user));

/**
 * @param {Chat} chat
 * @param {Message} each
 * @param {number} at
 * @param {boolean} isFirst Whether somebody else wrote the one before.
 */
function message(chat, each, at, isFirst) {
	const name = authorOf(each);
	const isBot = Boolean(each.bot) || each.sender.startsWith("b-");
	const isOwn = each.sender === state.me.user.id && !isBot;
	const isPinned = chat.pin?.message === each.id;
	const text = wordsOf(chat, each);
	const title = text.slice(0, 40);
	const badge = isBot && h("small", { class: "badge", title: `Posted by ${each.sender_name}` }, "bot");
	return h(
		"article",
		{ class: `message${isOwn ? " own" : ""}${isFirst ? " first" : ""}`, "data-id": each.id },
		!isOwn && isFirst && avatar(isBot ? name : each.sender, name, isBot ? "bot" : "dm"),
		h(
			"div",
			{ class: "bubble" },
			isFirst &&
				!isOwn &&
				h(
					"b",
					{ class: "sender" },
					name,
					badge && " ",
					badge,
					!isBot && name === state.me.user.name && h("small", { class: "aside" }, ` another one, ${each.sender}`),
				),
			each.quoted && quote(each.quoted),
			headline(each),
			each.deleted ? h("i", null, text) : each.text && h("p", { dir: "auto" }, each.text),
			...content(each),
			h("span", { class: "when" }, isPinned && icon("pin"), moment(each.time, timeOf(at))),
			reactions(chat, each),
			each.thread && threadOf(each.thread, title),
		),
		!each.deleted &&
			h(
				"div",
				{ class: "actions" },
				pictureButton("smile", `React to “${title}”`, () => chooseReaction(chat, each), {
					title: "React",
					"data-key": `react ${each.id}`,
				}),
				chat.type === "channel" &&
					!each.thread &&
					pictureButton("chat", `Begin a thread on “${title}”`, () => beginThread(chat, each), {
						title: "Begin a thread",
						"data-key": `thread ${each.id}`,
					}),
				pictureButton("pin", `Pin “${title}”`, () => choosePin(chat, each), { title: "Pin", "data-key": each.id }),
			),
	);
}

/**
 * @param {{ chat: string, messages: number }} thread
 * @param {string} title
 */
const threadOf = ({ chat: id, messages: count }, title) =>
	button("chat", `Thread · ${counted(count, "message")}`, () => open(id), {
		class: "quiet begun",
		title: `The thread of “${title}”`,
		"data-key": id,
	});

/**
 * @param {Chat} chat
 * @param {Message} each
 */
function reactions(chat, each) {
	const used = Object.entries(each.reactions ?? {});
	if (used.length === 0) return null;
	return h(
		"ul",
		{ class: "reactions", "aria-label": "Reactions" },
		...used.map(([emoji, entries]) => {
			// Each is time:user:name; an id may have colons of its own.
			const who = entries.map((entry) => entry.slice(entry.indexOf(":") + 1));
			const names = joined(
				who.map((each) => each.slice(each.indexOf(":") + 1)),
				", ",
			);
			const isOwn = who.some((each) => each.startsWith(`${state.me.user.id}:`));
			const press = () => react(chat, each, emoji, isOwn);
			const shown = NAMED[emoji] ?? emoji;
			return h(
				"li",
				null,
				button(null, `${shown} ${entries.length}`, press, {
					"aria-pressed": String(isOwn),
					"aria-label": `${shown} ${entries.length}: ${names}`,
					title: `${emoji} ${names}`,
					"data-key": `${each.id} ${emoji}`,
				}),
			);
		}),
	);
}

/**
 * @param {Chat} chat
 * @param {Message} each
 * @param {string} emoji
 * @param {boolean} isOwn Whether it is there, to be taken back.
 */
function react(chat, each, emoji, isOwn) {
	const path = `${pathOf(chat)}/messages/${encodeURIComponent(each.id)}/reactions`;
	act(isOwn ? "Reaction removed" : "Reaction added", isOwn ? "DELETE" : "POST", path, { emoji_code: emoji });
}

/**
 * @param {Chat} chat
 * @param {Message} each
 */
function chooseReaction(chat, each) {
	const dialog = openDialog(
		"React",
		h(
			"div",
			{ class: "doing" },
			...EMOJI.map((emoji) =>
				button(null, emoji, () => {
					dialog.close();
					react(chat, each, emoji, false);
				}),
			),
		),
	);
}

/** First answers that were refused, by world and message. @type {Map<string, string>} */
const refusedAnswers = new Map();

/**
 * @param {Chat} chat
 * @param {Message} each
 */
function beginThread(chat, each) {
	const key = `${state.world.id} ${chat.id} ${each.id}`;
	const text = h("textarea", { id: "thread-text", rows: 2, required: true });
	text.value = refusedAnswers.get(key) ?? "";
	const form = h(
		"form",
		{ on: { submit: begin } },
		h("blockquote", null, wordsOf(chat, each), h("small", null, ` ${authorOf(each)}`)),
		field("First answer", text),
		h(
			"footer",
			null,
			button(null, "Cancel", () => dialog.close()),
			h("button", { type: "submit", class: "primary" }, icon("send"), h("span", null, "Begin the thread")),
		),
	);
	const dialog = openDialog("Begin a thread", form);

	/** @param {SubmitEvent} event */
	async function begin(event) {
		event.preventDefault();
		dialog.close();
		const body = { text: text.value, thread_message_id: each.id };
		refusedAnswers.set(key, text.value);
		if ((await act("Thread begun", "POST", `${pathOf(chat)}/message`, body)) === null) return;
		refusedAnswers.delete(key);
		await read();
		const begun = state.chat === chat.id ? messages.find((one) => one.id === each.id)?.thread : null;
		if (begun) open(begun.chat);
	}
}

/** @param {Chat} chat */
function confirmLeave(chat) {
	confirm(
		`Leave ${titleOf(chat)}?`,
		`${state.me.user.name} no longer sees it, and its members no longer see them. A reset of the world undoes it.`,
		button("leave", "Leave", () => act("Left", "POST", `${pathOf(chat)}/leave`)),
		"Stay",
	);
}

const SPANS = [
	["never", ""],
	["in 1 minute", "60000"],
	["in 10 minutes", "600000"],
	["in 1 hour", "3600000"],
	["in 1 day", "86400000"],
];

/**
 * @param {Chat} chat
 * @param {Message} message
 */
function choosePin(chat, message) {
	const expires = h("select", { id: "pin-expires" }, ...SPANS.map(([name, value]) => h("option", { value }, name)));
	const dialog = openDialog(
		"Pin this message?",
		h("blockquote", null, wordsOf(chat, message), h("small", null, ` ${authorOf(message)}`)),
		chat.pin !== null && h("p", { class: "hint" }, "It takes the place of the one that is pinned now."),
		field("Expires", expires),
		h(
			"footer",
			null,
			button(null, "Cancel", () => dialog.close()),
			button("pin", "Pin", pin, { class: "primary" }),
		),
	);

	function pin() {
		dialog.close();
		const body = { id: message.id, ...(expires.value === "" ? {} : { expiry_time: Number(expires.value) }) };
		act("Pinned", "POST", `${pathOf(chat)}/stickymessage`, body);
	}
}
