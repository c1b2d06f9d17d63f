/** Keeps the page true: polls the world every two seconds, and streams its calls. */

import { BASE, control, events, forgetMinted, here, Refused } from "./api.js";
import { identity } from "./identity.js";
import { hear, oneAtATime, state, tell } from "./state.js";
import { setClock, worldNow } from "./time.js";

/** @import { Overview } from "../types.d.ts" */

const EVERY_MS = 2000;
const SOON_MS = 120;
export const AGAIN_MS = 1500;
/** Less is the way that an answer takes; from here on somebody has moved the clock, and with it what is over. */
const MOVED_MS = 1000;
/** No answer takes so long: the clock was set, and what was said of the time before may not hold. */
const SET_MS = 15_000;

/** So many of the latest calls are shown: as many as the server keeps by default. */
export const MOST = 1000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** Read what is true of the world now, and tell who shows it. */
export const refreshOverview = oneAtATime(async () => {
	const { world, overview: before } = state;
	/** @type {Overview} */
	const overview = await control("GET", here("/overview"));
	// Meanwhile another world was entered, or this one anew.
	if (world.id !== state.world.id || before !== state.overview) return;
	// The server was started anew, or the world made anew, with nothing of what was there before.
	if (before.run !== overview.run) {
		await enterAnew();
		tell("restarted");
		return;
	}
	const by = Math.abs(Date.parse(overview.clock.now) - worldNow());
	const isMoved = by > MOVED_MS;
	learn(overview);
	if (by > SET_MS) tell("moved");
	if (before.changes !== overview.changes || isMoved || isLost) tell("data");
});

/** @param {Overview} overview */
function learn(overview) {
	state.overview = overview;
	setClock(overview.clock);
	tell("overview");
}

/** Of a world that was asked for before another one was, nothing is shown. */
let edition = 0;
/** The last one that was entered, or could not be. */
let settled = 0;

/** Look at the same world again; who is on the way to another one goes on there. */
export async function enterAnew() {
	if (settled === edition) await enter(state.world.id);
}

/**
 * Look at a world, or at a new start of the one that is looked at.
 * @param {string} id
 * @param {string | null} [who] Whom to act as, by key; as before, where that can be.
 * @param {string | null} [chat] The conversation to open there.
 */
export async function enter(id, who = state.me?.key ?? null, chat = null) {
	const mine = ++edition;
	const path = `/worlds/${encodeURIComponent(id)}`;
	const [world, overview] = await Promise.all([control("GET", path), control("GET", `${path}/overview`)]).finally(
		() => {
			settled = Math.max(settled, mine);
		},
	);
	if (mine !== edition) return;
	if (state.world?.id !== id) state.chat = chat;
	state.world = world;
	state.me = identity(who);
	forgetMinted();
	learn(overview);
	tell("world");
	tell("me");
}

/**
 * Change something of the world that is looked at, and show it.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
export async function change(method, path, body) {
	await control(method, here(path), body);
	await refreshOverview();
}

/** @param {number} seconds */
export const advance = (seconds) => change("POST", "/clock/advance", { seconds });

/** Follow the world for as long as the page is open, and looked at. */
export function follow() {
	setInterval(() => {
		if (!document.hidden) poll();
	}, EVERY_MS);
	document.addEventListener("visibilitychange", () => {
		if (document.hidden) stream?.abort();
		else {
			poll();
			listen();
		}
	});
	hear("world", hearAll);
	listen();
	hear("request", () => {
		soon ??= setTimeout(poll, SOON_MS);
	});
}

/** Whether something may have been missed. */
let isLost = false;

const poll = oneAtATime(async () => {
	clearTimeout(soon);
	soon = undefined;
	try {
		await refreshOverview();
		isLost = false;
		tell("connection", null);
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		isLost = true;
		const { id } = state.world;
		const isGone = error.status === 404 && id !== "default";
		if (isGone) tell("gone");
		tell(
			"connection",
			isGone ? `The world “${id}” is gone: it was deleted, or nobody asked for it for long.` : error.message,
		);
	}
});

/** @type {AbortController | null} */
let stream = null;
/** A moment before all calls. */
const BEGINNING = "0";
/** The last call that was heard of: those after it are asked for when the page is looked at again. */
let latest = BEGINNING;

/** Hear of all calls that the journal has, then of each as it comes. */
export function hearAll() {
	latest = BEGINNING;
	listen();
}

/** So many pages of a browser hold a connection open; the others ask again and again. It has but six for a server. */
const STREAMS = 3;

/**
 * Run with one of the streams that a browser's pages share, or without; where it cannot count them, with one.
 * @param {(hasStream: boolean) => Promise<void>} run
 * @param {number} [place]
 * @returns {Promise<void>}
 */
async function withStream(run, place = 0) {
	if (!("locks" in navigator)) return run(true);
	if (place === STREAMS) return run(false);
	const isDone = await navigator.locks.request(`mockcliq ${BASE} ${place}`, { ifAvailable: true }, async (lock) => {
		if (lock !== null) await run(true);
		return lock !== null;
	});
	if (!isDone) await withStream(run, place + 1);
}

/** Stream calls until called again, or the page is hidden. */
async function listen() {
	stream?.abort();
	const mine = new AbortController();
	stream = mine;
	while (!mine.signal.aborted) {
		await withStream((hasStream) => read(mine, hasStream)).catch((error) => {
			// A browser that keeps nothing may not count either.
			if (!(error instanceof DOMException)) throw error;
			return read(mine, true);
		});
		if (!mine.signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
	}
}

/**
 * @param {AbortController} mine
 * @param {boolean} hasStream Else it ends when all that there is has come.
 */
async function read(mine, hasStream) {
	try {
		const path = here(`/requests/stream?since=${latest}&limit=${MOST}${hasStream ? "" : "&within_s=0.01"}`);
		for await (const event of events(path, mine.signal)) {
			if (event.event === "request") {
				latest = event.id;
				tell("request", { entry: JSON.parse(event.data) });
			} else if (event.event === "lost") {
				tell("request", { lost: JSON.parse(event.data).lost });
			}
		}
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		// The world is gone; of another one of its name, the next look tells.
		if (error.status === 404) mine.abort();
		// From before a restart: there is nothing to go on from.
		if (error.status === 422) latest = BEGINNING;
	}
}
