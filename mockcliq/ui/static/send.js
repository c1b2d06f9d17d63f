/** Calls that are made from this page: one of the journal again, changed or not, or any operation tried. */

import { BASE, explained, sendCall, tokenOf } from "./api.js";
import { button, field, fill, h, openDialog } from "./dom.js";
import { identities, identity } from "./identity.js";
import { refreshOverview } from "./live.js";
import { showRequest } from "./requests.js";
import { state } from "./state.js";

/** @import { Entry, Operation, Outcome, Replay } from "../types.d.ts" */

/** Headers that the browser writes itself, or that are written here. */
const NOT_SENT = /^(accept|accept-.*|authorization|cookie|origin|referer|sec-.*|user-agent|host|connection)$/u;

/**
 * Make a call of the journal again, as it was.
 * @param {Entry} entry
 * @param {Replay} call
 */
export async function sendAgain(entry, call) {
	const outcome = await sendCall(call.method, call.target, headersOf(entry, call), bodyOf(call));
	await show(outcome);
}

/**
 * The call's own, with its own token: a replay has a good one in place of one that no world knows.
 * @param {Entry} entry
 * @param {Replay} call
 * @returns {Record<string, string>}
 */
function headersOf({ headers: { authorization } }, call) {
	const others = Object.fromEntries(call.headers.filter(([name]) => !NOT_SENT.test(name)));
	return authorization === undefined ? others : { ...others, authorization };
}

/** @param {Replay} call */
const isMultipart = ({ headers }) =>
	headers.some(([name, value]) => name === "content-type" && /^multipart\//iu.test(value));

/** What is to be known of a call's own token. @param {Entry} entry */
function aboutToken({ headers, query }) {
	const sent = [headers.authorization ?? query.zapikey ?? []].flat()[0];
	if (sent === undefined) return " (none)";
	return isMasked(sent) ? " (masked: no world knows it)" : "";
}

/** @param {Replay} call */
function bodyOf({ body, body_base64: bytes }) {
	return body ?? (bytes === null ? null : Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0)));
}

/**
 * Open the call that was made.
 * @param {Outcome} outcome
 * @returns {Promise<string | null>} What is to be said where there is none to be opened.
 */
async function show(outcome) {
	const id = outcome.id ?? (await explained(outcome))?.id ?? null;
	if (id !== null) showRequest(id);
	await refreshOverview();
	return id === null ? (outcome.failure ?? `It was answered ${outcome.status}, and the journal is off.`) : null;
}

/** An example of each operation's body and query, from the reference. @type {Promise<any> | null} */
let reference = null;

/**
 * A form for a call: of any operation, or one of the journal to be changed.
 * @param {Entry} [entry]
 * @param {Replay} [replay]
 */
export function compose(entry, replay) {
	const operation = h(
		"select",
		{ id: "send-operation", on: { change: choose } },
		h("option", { value: "" }, "none: a path of your own"),
		...state.operations.map(({ operation: name, title }) => h("option", { value: name, title }, name)),
	);
	const who = h(
		"select",
		{ id: "send-as" },
		entry !== undefined && h("option", { value: SAME }, `the same token as before${aboutToken(entry)}`),
		h(
			"optgroup",
			{ label: "Tokens" },
			...identities().map(({ key, user }) => h("option", { value: key }, `${key} (${user.name})`)),
		),
		h(
			"optgroup",
			{ label: "People" },
			...state.world.users.slice(0, 500).map(({ id, name }) => h("option", { value: id }, name)),
		),
		h("option", { value: NOBODY }, "nobody: without a token"),
	);
	const method = h(
		"select",
		{ id: "send-method" },
		...["GET", "POST", "PUT", "DELETE", "PATCH"].map((name) => h("option", null, name)),
	);
	const path = h("input", { id: "send-path", required: true, spellcheck: "false", autocomplete: "off" });
	const query = h("input", { id: "send-query", spellcheck: "false", autocomplete: "off", placeholder: "limit=3" });
	const body = h("textarea", { id: "send-body", rows: 6, spellcheck: "false" });
	const bodyField = field("Body (JSON, or empty)", body);
	const files = h("input", { id: "send-files", type: "file", multiple: true });
	const filesField = field("Files", files);
	filesField.hidden = true;
	// A text field writes the ends of lines anew, by which a form of several parts is broken, and it holds no bytes.
	const kept = replay !== undefined && (replay.body_base64 !== null || isMultipart(replay)) ? bodyOf(replay) : null;
	const about = h("p", { class: "hint" });
	const told = h("p", { class: "refused", role: "alert" });
	const send = h("button", { type: "submit", class: "primary" }, "Send");
	const dialog = openDialog(
		entry === undefined ? "Send a call" : "Edit and send",
		h(
			"form",
			{ class: "fault-form send-form", on: { submit: submitted } },
			entry === undefined && field("Operation", operation),
			field("As", who),
			about,
			h("div", { class: "request-line" }, field("Method", method), field("Path", path), field("Query", query)),
			filesField,
			kept === null && bodyField,
			told,
			h(
				"footer",
				null,
				button(null, "Cancel", () => dialog.close()),
				send,
			),
		),
	);
	dialog.classList.add("large");
	if (entry !== undefined && replay !== undefined) {
		if (![...method.options].some((each) => each.value === replay.method))
			method.append(h("option", null, replay.method));
		method.value = replay.method;
		const [bare = "", ...rest] = replay.target.split("?");
		path.value = bare;
		query.value = rest.join("?");
		if (kept === null) body.value = replay.body ?? "";
		fill(
			about,
			kept !== null && "Its body is a form of several parts, or no text: it is sent as it was. ",
			entry.body_truncated && "The journal has no more than its beginning.",
			entry.body_unread && "It was refused before its body was read: the journal does not have that.",
		);
		query.focus();
	} else {
		who.value = state.me.key;
		operation.value = state.operations[0]?.operation ?? "";
		choose();
	}

	async function choose() {
		const chosen = state.operations.find((each) => each.operation === operation.value);
		told.textContent = "";
		takeFiles(false);
		if (chosen === undefined) {
			fill(about, "Any path below this server, such as /api/v2/chats.");
			path.value = "/api/v2/";
			return;
		}
		method.value = chosen.method;
		path.value = chosen.path.replace(/\{(\w+)\}/gu, (whole, name) => known(name) ?? whole);
		query.value = "";
		body.value = "";
		fill(
			about,
			`${chosen.title}.${chosen.scope ? ` Scope ${chosen.scope}.` : ""}${/\{/u.test(path.value) ? " Fill in what stands in braces." : ""}`,
		);
		const example = await exampleOf(chosen);
		if (operation.value !== chosen.operation) return;
		takeFiles(example.takesFiles);
		body.value = example.body;
		query.placeholder = example.query || "none is needed";
	}

	/** @param {boolean} isForm Of files, beside which there are other fields. */
	function takeFiles(isForm) {
		filesField.hidden = !isForm;
		/** @type {HTMLElement} */ (bodyField.firstChild).textContent = isForm
			? "Other fields (JSON, or empty)"
			: "Body (JSON, or empty)";
	}

	/** @returns {FormData | null} Null where the other fields are no object of JSON's. */
	function form() {
		const sent = new FormData();
		const others = body.value.trim() || "{}";
		try {
			if (!others.startsWith("{")) return null;
			for (const [name, value] of Object.entries(JSON.parse(others)))
				sent.append(name, typeof value === "string" ? value : JSON.stringify(value));
		} catch {
			return null;
		}
		for (const file of files.files ?? []) sent.append("files", file);
		return sent;
	}

	/** @param {SubmitEvent} event */
	async function submitted(event) {
		event.preventDefault();
		const hole = /\{\w+\}/u.exec(path.value);
		if (hole !== null) {
			told.textContent = `Put an id in place of ${hole[0]}.`;
			path.focus();
			path.setSelectionRange(hole.index, hole.index + hole[0].length);
			return;
		}
		const content = filesField.hidden ? (kept ?? body.value) : form();
		if (content === null) {
			told.textContent = `The other fields are no JSON object, such as {"comments": "Here it is"}.`;
			return;
		}
		const isForm = content instanceof FormData;
		if (!isForm && content.length > 0 && method.value === "GET") {
			told.textContent = `A browser sends no body with GET: ${kept === null ? "empty it" : "choose another method"}, or copy the call as curl.`;
			return;
		}
		send.disabled = true;
		told.textContent = "";
		try {
			const headers = entry === undefined || replay === undefined ? {} : headersOf(entry, replay);
			if (who.value === NOBODY) delete headers.authorization;
			else if (who.value !== SAME) headers.authorization = `Bearer ${await tokenOf(identity(who.value))}`;
			// Of a form the browser tells the type, with its boundary.
			if (!isForm && content.length > 0) headers["content-type"] ??= "application/json";
			else delete headers["content-type"];
			const given = query.value.trim().replace(/^\?/u, "");
			const target = `${ofThisWorld(path.value.trim(), given, headers)}${given && `?${given}`}`;
			const outcome = await sendCall(method.value, target, headers, content || null);
			const failure = await show(outcome);
			if (failure === null) dialog.close();
			else told.textContent = failure;
		} finally {
			send.disabled = false;
		}
	}
}

/** Whether a journal shows it masked, since no world knows it. @param {string} token */
const isMasked = (token) => /(^|\s)\.\.\.\S*$/u.test(token);

/**
 * A path as it leads to the world that is looked at: what comes without a token that a world knows goes to the default one.
 * @param {string} path
 * @param {string} query
 * @param {Record<string, string>} headers
 */
function ofThisWorld(path, query, { authorization }) {
	const token = authorization ?? new URLSearchParams(query).get("zapikey");
	const isNobodys = state.world.id !== "default" && (token === null || isMasked(token));
	return isNobodys && !path.startsWith("/w/") ? `/w/${encodeURIComponent(state.world.id)}${path}` : path;
}

const SAME = "same";
const NOBODY = "nobody";

/** What stands for a parameter of a path, as far as the page knows. @param {string} name */
function known(name) {
	if (name === "CHAT_ID" && state.chat !== null) return encodeURIComponent(state.chat);
	if (name === "USER_ID") return encodeURIComponent(state.me.user.id);
	return null;
}

/**
 * @param {Operation} operation
 * @returns {Promise<{ body: string, query: string, takesFiles: boolean }>}
 */
async function exampleOf({ method, path }) {
	reference ??= fetch(`${BASE}/openapi.json`, { credentials: "omit" }).then((answer) => answer.json());
	/** @type {any} */
	const document = await reference.catch(() => {
		reference = null;
		return {};
	});
	const told = document.paths?.[path]?.[method.toLowerCase()] ?? {};
	const media = told.requestBody?.content?.["application/json"];
	const schema = resolved(document, media?.schema);
	const example =
		media?.example ?? Object.values(media?.examples ?? {})[0]?.value ?? schema?.example ?? schema?.examples?.[0];
	const query = (told.parameters ?? [])
		.filter((/** @type {any} */ each) => each.in === "query")
		.map((/** @type {any} */ each) => `${each.name}=${each.example ?? ""}`);
	return {
		body: example === undefined ? "" : JSON.stringify(example, null, 2),
		query: query.join("&"),
		takesFiles: told.requestBody?.content?.["multipart/form-data"] !== undefined,
	};
}

/**
 * @param {any} document
 * @param {any} schema
 */
function resolved(document, schema) {
	const name = /^#\/components\/schemas\/(.+)$/u.exec(schema?.$ref ?? "")?.[1];
	return name === undefined ? schema : document.components?.schemas?.[name];
}
