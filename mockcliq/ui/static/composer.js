/** Where a message is written: it is posted by the API, as whoever acts. */

import { fill, h, icon, joined, pictureButton } from "./dom.js";
import { act } from "./outcome.js";
import { state } from "./state.js";

/** What was written and not sent, by world and conversation. @type {Map<string, string>} */
const unsent = new Map();
/** The conversation that it is written in. */
let place = "";
/** @type {(isSending: boolean) => void} */
let tellSending = () => undefined;
let path = "";
let hasUnread = false;

const box = h("textarea", {
	rows: 1,
	"aria-label": "Message",
	"aria-describedby": "why-not",
	placeholder: "Write a message",
	enterkeyhint: "send",
	on: { keydown: keyed },
});
const why = h("p", { id: "why-not" });
const sending = h(
	"button",
	{ type: "submit", class: "primary", "aria-label": "Send", title: "Send (Enter)" },
	icon("send"),
);

const picked = h("input", { type: "file", multiple: true, hidden: true, on: { change: sharePicked } });
const picking = pictureButton("clip", "Share files", () => picked.click());

export const composer = h(
	"form",
	{
		class: "composer",
		"aria-label": "Write",
		on: {
			submit: submitted,
			paste: (/** @type {ClipboardEvent} */ event) => shareOf(event, event.clipboardData),
			drop: (/** @type {DragEvent} */ event) => shareOf(event, event.dataTransfer),
			dragover: (/** @type {DragEvent} */ event) => event.preventDefault(),
		},
	},
	why,
	picking,
	picked,
	box,
	sending,
);

/**
 * @param {object} where
 * @param {string} where.id Of the conversation.
 * @param {string} where.to Its path below `/api/v2`.
 * @param {number} where.unread How many messages whoever acts has not read: who answers has read them.
 * @param {string | null} where.refused Why nobody can write there.
 * @param {(isSending: boolean) => void} where.onSending
 */
export function compose({ id, to, unread, refused, onSending }) {
	const here = `${state.world.id} ${id}`;
	if (here !== place) {
		unsent.set(place, box.value);
		box.value = unsent.get(here) ?? "";
		place = here;
	}
	path = to;
	hasUnread = unread > 0;
	tellSending = onSending;
	box.disabled = refused !== null;
	sending.disabled = box.disabled;
	picking.disabled = box.disabled;
	fill(why, refused);
}

function sharePicked() {
	share([...(picked.files ?? [])]);
	picked.value = "";
}

/**
 * Files that are pasted or dropped.
 * @param {Event} event
 * @param {DataTransfer | null} data
 */
function shareOf(event, data) {
	const files = [...(data?.files ?? [])];
	if (files.length === 0) return;
	event.preventDefault();
	share(files);
}

/** @param {File[]} files */
function share(files) {
	if (files.length === 0 || box.disabled) return;
	const form = new FormData();
	for (const each of files) form.append("files", each);
	send(files.length === 1 ? "File shared" : "Files shared", `${path}/files`, form);
}

/**
 * What is sent is led to, once it is there.
 * @param {string} done
 * @param {string} to
 * @param {unknown} body
 * @returns {Promise<boolean>} Whether it was.
 */
async function send(done, to, body) {
	const tell = tellSending;
	tell(true);
	let isSent = false;
	try {
		isSent = (await act(done, "POST", to, body)) !== null;
	} finally {
		if (!isSent) tell(false);
	}
	return isSent;
}

/** @param {KeyboardEvent} event */
function keyed(event) {
	// While a word is composed, Enter chooses it.
	if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
	event.preventDefault();
	submitted(event);
}

/** @param {Event} event */
async function submitted(event) {
	event.preventDefault();
	const text = box.value;
	if (text.trim() === "") return;
	const from = place;
	// At once: what is typed meanwhile is the next message.
	box.value = "";
	let isSent = false;
	try {
		isSent = await send("Sent", `${path}/message`, { text, ...(hasUnread ? { mark_as_read: true } : {}) });
	} finally {
		if (!isSent) giveBack(from, text);
	}
}

/**
 * What was not sent stands where it was written, before what was written since.
 * @param {string} where
 * @param {string} text
 */
function giveBack(where, text) {
	if (where === place) box.value = joined([text, box.value], "\n");
	else unsent.set(where, joined([text, unsent.get(where)], "\n"));
}
