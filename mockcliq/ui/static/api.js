/** Calls to the control API, and to the emulated API as the acting user: nothing that curl cannot do. */

import { CONSOLE_HEADER } from "./calls.js";
import { isOver, oneAtATime, state } from "./state.js";
import { inTab } from "./storage.js";

/** @import { Entry, ExplainedEntry, Identity, Outcome } from "../types.d.ts" */

const CONTROL = new URL("../", import.meta.url);

/** The server's own base URL, as this page reaches it. */
export const BASE = new URL("../../", import.meta.url).href.replace(/\/$/, "");

const TOKEN_KEY = "mockcliq.control-token";

/** What the control API did not agree to; the message says what to change. */
export class Refused extends Error {
	/**
	 * @param {number} status
	 * @param {string} detail
	 */
	constructor(status, detail) {
		super(detail);
		this.status = status;
	}
}

/** @type {(why: string) => Promise<string>} */
let askForToken = () => Promise.reject(new Refused(401, "the control API needs its token"));

/**
 * Where a token comes from, when the server was started with one.
 * @param {(why: string) => Promise<string>} ask
 */
export function onTokenNeeded(ask) {
	askForToken = ask;
}

/** @type {Promise<string> | null} */
let asking = null;

/** Pages of this console in other tabs, which may have the token. */
const others = new BroadcastChannel("mockcliq.control-token");
/** @type {(token: string) => void} */
let found = () => undefined;
others.addEventListener("message", ({ data }) => {
	const token = inTab.get(TOKEN_KEY);
	if (data.origin !== BASE) return;
	if (data.token === null && isRight && token !== null) others.postMessage({ origin: BASE, token });
	else if (typeof data.token === "string" && data.token !== wrong) found(data.token);
});
/** Whether the token that is kept here was accepted. */
let isRight = false;
/** The last one that was not. @type {string | null} */
let wrong = null;

/**
 * Ask the other tabs for the token.
 * @param {(token: string) => void} tell
 */
export function onTokenFound(tell) {
	found = tell;
	others.postMessage({ origin: BASE, token: null });
}

/**
 * Ask the control API, as often as it takes until the token is right.
 * @param {string} method
 * @param {string} path Below `/_mockcliq`.
 * @param {RequestInit & { headers?: Record<string, string> }} [options]
 * @returns {Promise<Response>}
 */
export async function ask(method, path, options = {}) {
	while (true) {
		const token = inTab.get(TOKEN_KEY);
		let why = "This token cannot be sent: it has characters that no header can hold.";
		if (!/[^ -ÿ]/u.test(token ?? "")) {
			const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
			const answer = await fetch(new URL(path.slice(1), CONTROL), { ...options, method, headers }).catch(silent);
			if (answer.status !== 401 && token !== null && !isRight) {
				isRight = true;
				others.postMessage({ origin: BASE, token });
			}
			if (answer.ok) return answer;
			const problem = await answer.json().catch(() => ({}));
			if (answer.status !== 401)
				throw new Refused(answer.status, problem.detail ?? `the control API answered ${answer.status}`);
			why = problem.detail;
		}
		// Another call may have learnt of a better one meanwhile.
		if (token !== inTab.get(TOKEN_KEY)) continue;
		inTab.remove(TOKEN_KEY);
		isRight = false;
		wrong = token;
		asking ??= askForToken(why).finally(() => {
			asking = null;
			found = () => undefined;
		});
		inTab.set(TOKEN_KEY, (await asking).trim());
	}
}

/** @returns {never} */
function silent() {
	throw new Refused(0, "The server does not answer. This page goes on when it does.");
}

/**
 * @param {string} method
 * @param {string} path Below `/_mockcliq`.
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function control(method, path, body) {
	const answer = await ask(method, path, { body: body === undefined ? null : JSON.stringify(body) });
	return answer.json().catch(silent);
}

/** @param {string} path */
export const here = (path) => `/worlds/${encodeURIComponent(state.world.id)}${path}`;

/** Whether the server was started with a token for the control API. */
export const isGuarded = () => inTab.get(TOKEN_KEY) !== null;

/**
 * A line for a shell that asks the control API for something; a token that it needs is taken from the environment.
 * @param {string} path Of the world that is looked at.
 * @param {unknown} order
 * @param {string} [options] Of curl.
 */
export function curl(path, order, options = "") {
	const url = `${BASE}/_mockcliq${here(path).replace(/^\/worlds\/default/u, "")}`;
	const token = isGuarded() ? '-H "Authorization: Bearer $MOCKCLIQ_CONTROL_TOKEN" ' : "";
	return `curl ${options}-X POST ${quoted(url)} ${token}-d ${quoted(JSON.stringify(order))}`;
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Learn what the world that is looked at has become: its people and tokens come and go. */
export const readWorld = oneAtATime(async () => {
	const before = state.world;
	const world = await control("GET", here(""));
	if (state.world === before) state.world = world;
});

/** Tokens of people that have no fixed one, by user. @type {Map<string, Promise<string>>} */
const minted = new Map();

/** A reset, or another world, knows nothing of them. */
export function forgetMinted() {
	minted.clear();
}

/**
 * A token of the person that acts: a fixed one, or one that is minted once.
 * @param {Identity} me
 * @returns {Promise<string>}
 */
export function tokenOf(me) {
	if (me.token !== null) return Promise.resolve(me.token);
	const user = me.user.id;
	const found = minted.get(user) ?? control("POST", here("/tokens"), { user }).then(({ token }) => token);
	minted.set(user, found);
	found.catch(() => minted.delete(user));
	return found;
}

/**
 * @param {string} method
 * @param {string} path Below `/api/v2`.
 * @param {unknown} [body] JSON, or a form.
 * @param {Identity} [me]
 * @param {AbortSignal | null} [signal] To wait no longer.
 * @returns {Promise<Outcome>}
 */
export async function call(method, path, body, me = state.me, signal = null) {
	const { id } = state.world;
	const first = await send(method, path, await tokenOf(me), body, signal);
	// A reset that somebody else asked for has forgotten what was minted before it.
	if (first.status !== 401 || me.token !== null || id !== state.world.id) return first;
	forgetMinted();
	return send(method, path, await tokenOf(me), body, signal);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} token
 * @param {unknown} body
 * @param {AbortSignal | null} signal
 * @returns {Promise<Outcome>}
 */
function send(method, path, token, body, signal) {
	const authorization = `Bearer ${token}`;
	const target = `/api/v2${path}`;
	// Of a form the browser tells the type, with its boundary.
	if (body === undefined || body instanceof FormData)
		return sendCall(method, target, { authorization }, body ?? null, signal);
	return sendCall(method, target, { authorization, "content-type": "application/json" }, JSON.stringify(body), signal);
}

/**
 * Make a call as it stands; the journal knows it for one of the console's own.
 * @param {string} method
 * @param {string} target Path and query.
 * @param {Record<string, string>} headers
 * @param {BodyInit | null} body
 * @param {AbortSignal | null} [signal] To wait no longer.
 * @returns {Promise<Outcome>}
 */
export async function sendCall(method, target, headers, body, signal = null) {
	const isNeeded = state.overview.faults.some((rule) => rule.then.connection && !isOver(rule));
	const held = isNeeded ? await holdConnection() : null;
	const path = target.split("?")[0] ?? "";
	const outcome = { method, path, status: null, id: null, answer: null, failure: null };
	try {
		const answer = await fetch(`${BASE}${target}`, {
			method,
			signal,
			credentials: "omit",
			cache: "no-store",
			headers: { ...headers, [CONSOLE_HEADER]: "1" },
			body,
		});
		const id = answer.headers.get("X-Mockcliq-Request-Id");
		try {
			const isFile = answer.headers.has("Content-Disposition");
			const whole = isFile ? await answer.blob() : readable(await answer.text());
			return { ...outcome, status: answer.status, id, answer: whole };
		} catch {
			return { ...outcome, id, failure: `The answer began with ${answer.status} and was cut off.` };
		}
	} catch (error) {
		if (error instanceof TypeError && !target.startsWith("/"))
			return { ...outcome, failure: "A path begins with a slash." };
		return { ...outcome, failure: signal?.aborted ? "No answer came until you stopped waiting." : "No answer came." };
	} finally {
		held?.abort();
	}
}

/**
 * Occupy the connection that is kept alive, so that the next call opens one of its own.
 * A browser makes a call again by itself when a kept connection breaks, and so would hide a lost answer.
 * @returns {Promise<AbortController>} To let it go.
 */
async function holdConnection() {
	const held = new AbortController();
	await ask("GET", here("/requests/stream"), { signal: held.signal, credentials: "omit" }).catch(() => null);
	return held;
}

/** @param {string} text */
function readable(text) {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/**
 * The journal's entry of a call and why it ended as it did; null where the journal has none.
 * @param {Outcome} outcome
 * @returns {Promise<ExplainedEntry | null>}
 */
export async function explained(outcome) {
	try {
		let { id } = outcome;
		if (id === null) {
			// A fault that struck before the token was judged leaves no user to ask for.
			const latest = await control("GET", here("/requests?limit=20"));
			const found = latest.requests.findLast(
				(/** @type {Entry} */ entry) => entry.fault && entry.method === outcome.method && entry.path === outcome.path,
			);
			id = found?.id ?? null;
		}
		return id === null ? null : await control("GET", here(`/requests/${id}`));
	} catch (error) {
		if (error instanceof Refused) return null;
		throw error;
	}
}

/**
 * Server-sent events of a route, until the server ends them or the signal does.
 * By fetch, since an EventSource cannot send the control API's token.
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{ event: string, id: string, data: string }>}
 */
export async function* events(path, signal) {
	const answer = await ask("GET", path, { signal, headers: { Accept: "text/event-stream" } });
	if (answer.body === null) return;
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";
	while (true) {
		const { done, value } = await reader.read().catch(silent);
		if (done) return;
		const blocks = (rest + value).split("\n\n");
		rest = blocks.pop() ?? "";
		for (const block of blocks) {
			const event = { event: "message", id: "", data: "" };
			for (const line of block.split("\n")) {
				const [, field, text] = /^(event|id|data): ?(.*)$/su.exec(line) ?? [];
				if (field === "data") event.data += text;
				else if (field === "event" || field === "id") event[field] = text ?? "";
			}
			if (event.data) yield event;
		}
	}
}
