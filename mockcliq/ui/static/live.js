/** What keeps the page true: the world's state, read every two seconds, and its calls, told the moment they arrive. */

import { control, events, forgetMinted, here, Refused, readWorld } from "./api.js";
import { identity } from "./identity.js";
import { hear, state, tell } from "./state.js";
import { setClock, worldNow } from "./time.js";

/** @import { Overview } from "../types.d.ts" */

const EVERY_MS = 2000;
const SOON_MS = 120;
const AGAIN_MS = 1500;
/** Less is the way that an answer takes; from here on somebody has moved the clock, and with it what is over. */
const MOVED_MS = 1000;

/** So many of the latest calls are shown: as many as the server keeps by default. */
export const MOST = 1000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** Read what is true of the world now, and tell who shows it. */
export async function refreshOverview() {
  const { id } = state.world;
  /** @type {Overview} */
  const overview = await control("GET", here("/overview"));
  if (id !== state.world.id) return;
  const before = state.overview;
  const isMoved = Math.abs(Date.parse(overview.clock.now) - worldNow()) > MOVED_MS;
  state.overview = overview;
  setClock(overview.clock);
  tell("overview");
  if (before?.world === overview.world && (before.changes !== overview.changes || isMoved)) tell("data");
}

/**
 * Look at a world, or at a new start of the one that is looked at.
 *
 * @param {string} id
 * @param {string | null} [who] Whom to act as, by key; as before, where that can be.
 */
export async function enter(id, who = state.me?.key ?? null) {
  const before = state.world?.id ?? id;
  await readWorld(id);
  if (before !== id) state.chat = null;
  state.me = identity(who);
  forgetMinted();
  await refreshOverview();
  tell("world");
  tell("me");
}

/**
 * Move the world's clock on.
 *
 * @param {number} seconds
 */
export async function advance(seconds) {
  await control("POST", here("/clock/advance"), { seconds });
  await refreshOverview();
}

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
    clearTimeout(soon);
    soon = setTimeout(poll, SOON_MS);
  });
}

let isPolling = false;
let isLost = false;

async function poll() {
  if (isPolling) return;
  isPolling = true;
  try {
    // It may have been started anew, with nothing of what was there before.
    await (isLost ? enter(state.world.id) : refreshOverview());
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
  } finally {
    isPolling = false;
  }
}

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

/** Hear of calls until this is called again, or the page is not looked at: a browser has but six connections. */
async function listen() {
  stream?.abort();
  const mine = new AbortController();
  stream = mine;
  while (!mine.signal.aborted) {
    try {
      const path = here(`/requests/stream?since=${latest}&limit=${MOST}`);
      for await (const event of events(path, mine.signal)) {
        if (event.event === "request") {
          latest = event.id;
          tell("request", { entry: JSON.parse(event.data) });
        } else if (event.event === "lost") {
          tell("request", { lost: JSON.parse(event.data).lost });
        }
      }
    } catch (error) {
      // From before a restart: there is nothing to go on from.
      if (error instanceof Refused && error.status === 422) latest = BEGINNING;
    }
    if (!mine.signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
