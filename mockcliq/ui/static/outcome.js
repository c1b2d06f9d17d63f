/** What became of a call that somebody made by a click: said beside the conversation, a refusal with its reason. */

import { call, explained } from "./api.js";
import { button, byId, fill, h } from "./dom.js";
import { because, remedies, STATUS_TEXTS, status } from "./explanation.js";
import { refreshOverview } from "./live.js";
import { showRequest } from "./requests.js";

/** @import { ExplainedEntry, Explanation, Outcome } from "../types.d.ts" */

const SUCCESS_SHOWN_MS = 6000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/**
 * Make a call as whoever acts, and say what became of it.
 *
 * @param {string} done What to say of a success, such as "Muted".
 * @param {string} method
 * @param {string} path Below `/api/v2`.
 * @param {unknown} [body]
 * @returns {Promise<Outcome>}
 */
export async function act(done, method, path, body) {
  clearTimeout(fading);
  const waiting = setTimeout(() => say("waiting", [h("strong", null, "Waiting for the answer…")]), 400);
  const outcome = await call(method, path, body);
  clearTimeout(waiting);
  await refreshOverview();
  if (outcome.status !== null && outcome.status < 300) sayDone(done, outcome);
  else sayRefused(outcome, await explained(outcome));
  return outcome;
}

/**
 * @param {string} kind
 * @param {(Node | string | null | false)[]} content
 */
function say(kind, content) {
  const close = button("close", "Dismiss", dismiss, { class: "quiet bare" });
  fill(byId("outcome"), h("div", { class: `card ${kind}` }, ...content, close));
}

function dismiss() {
  const outcome = byId("outcome");
  const hadFocus = outcome.contains(document.activeElement);
  fill(outcome);
  if (hadFocus) /** @type {HTMLElement | null} */ (document.querySelector("#thread .messages"))?.focus();
}

/**
 * @param {string} done
 * @param {Outcome} outcome
 */
function sayDone(done, outcome) {
  say("done", [
    h("p", { class: "line" }, status(outcome.status), h("strong", null, done), called(outcome)),
    h("p", { class: "doing" }, details(outcome.id)),
  ]);
  fading = setTimeout(dismiss, SUCCESS_SHOWN_MS);
}

/**
 * @param {Outcome} outcome
 * @param {ExplainedEntry | null} entry
 */
function sayRefused(outcome, entry) {
  const explanation = entry?.explanation;
  const isLost = outcome.status === null && entry !== null && entry.status !== null && entry.status < 300;
  const text = outcome.status === null ? isLost && "The answer was lost." : STATUS_TEXTS[outcome.status];
  say("refused", [
    h("p", { class: "line" }, status(outcome.status), h("strong", null, text || outcome.failure), called(outcome)),
    sentence(outcome.answer),
    ...(explanation === undefined || entry === null
      ? []
      : [
          whatHappened(explanation, outcome, isLost ? entry.status : null),
          h("p", { class: "doing" }, ...remedies(explanation, dismiss), details(entry.id)),
        ]),
  ]);
}

/** @param {Outcome} outcome */
const called = (outcome) => h("code", null, `${outcome.method} ${outcome.path}`);

/** @param {unknown} answer */
function sentence(answer) {
  const message = /** @type {{ message?: unknown } | null} */ (answer)?.message;
  return typeof message === "string" && h("blockquote", null, message);
}

/**
 * @param {Explanation} explanation
 * @param {Outcome} outcome
 * @param {number | null} inside What the call's own answer was, where that was lost.
 */
function whatHappened(explanation, outcome, inside) {
  if (explanation.fault === null) return because(explanation);
  const done = `The server did the work all the same, and answered ${inside}: is a retry safe?`;
  return h(
    "div",
    null,
    h("p", null, `${explanation.fault[0]?.toUpperCase()}${explanation.fault.slice(1)}.`),
    outcome.status === null && h("p", null, inside === null ? "The server did not do the work." : h("b", null, done)),
  );
}

/**
 * @param {string | null} id
 * @returns {HTMLElement | false}
 */
function details(id) {
  return id !== null && button("list", "See the call", () => showRequest(id), { class: "quiet" });
}
