// biome-ignore-all lint/suspicious/noThenProperty: a rule's `then` is the control API's word; nobody awaits a rule
/** What a call is turned into: a fault rule, a line that verifies it, a test that says it. */

import { curl } from "./api.js";
import { seenStatus, tokenOfCall } from "./calls.js";
import { button, copyButton, fill, h, lines, openDialog } from "./dom.js";
import { WAYS_TO_FAIL } from "./fault-presets.js";
import { change } from "./live.js";
import { repr } from "./replay.js";
import { nameOf, state, tell } from "./state.js";

/** @import { Entry, Replay } from "../types.d.ts" */

/** A path as a rule or a test names it: without the world and the network. @param {Entry} entry */
const barePath = ({ path }) => path.replace(/^\/w\/[^/]+/u, "").replace(/^\/(network|company)\/[^/]+(?=\/api\/)/u, "");

/** The calls that are like this one. @param {Entry} entry */
function likeThis(entry) {
	const { operation, method, user } = entry;
	return {
		...(operation === null ? { method, path: barePath(entry) } : { operation, path: barePath(entry) }),
		...(user === null ? {} : { user }),
	};
}

/**
 * Choose how the next call like this one fails.
 * @param {Entry} entry
 * @param {HTMLElement} told What is said of it at the call.
 */
export function failNext(entry, told) {
	const match = likeThis(entry);
	const dialog = openDialog(
		"Fail the next one like this",
		h(
			"p",
			{ class: "hint" },
			`The next call of ${entry.operation ?? `${entry.method} ${match.path}`} with this path${entry.user === null ? "" : ` by ${nameOf(entry.user)}`}, once:`,
		),
		h(
			"ul",
			{ class: "choices" },
			...WAYS_TO_FAIL.map(({ name, says, then }) => {
				const order = { match, when: { times: 1 }, then };
				const add = async () => {
					dialog.close();
					await change("POST", "/faults", order);
					fill(
						told,
						`The next call like this one fails: ${name}. `,
						button("bolt", "See it in Faults", () => tell("go", "faults"), { class: "quiet" }),
					);
				};
				return h(
					"li",
					{ class: "inline" },
					h("button", { type: "button", on: { click: add } }, lines(h("b", null, name), h("small", null, says))),
					copyButton("curl", () => curl("/faults", order), `for ${name}`),
				);
			}),
		),
	);
}

/** Asks whether a call like this one was made, and fails if there was none. @param {Entry} entry */
export function verifyLine(entry) {
	const { status } = entry;
	const order = { match: { ...likeThis(entry), ...(status === null ? {} : { status }) }, at_least: 1 };
	return curl("/verify", order, "--fail-with-body ");
}

/**
 * A test that makes this call, and says how it ends.
 * @param {Entry} entry
 * @param {Replay} call
 */
export function pytestOf(entry, call) {
	const seen = seenStatus(entry);
	const name = (entry.operation ?? `${entry.method}_${barePath(entry)}`).toLowerCase().replace(/\W+/gu, "_");
	const arranged = [];
	if (entry.fault !== null) arranged.push(faultLine(entry));
	else if (seen === 429 && entry.operation)
		arranged.push(`mockcliq.limits.exhaust(${repr(entry.operation)}${by(entry)}, lock=True)`);
	const { url, authorization } = tokenFor(entry, call);
	const headers = [
		...(authorization === null ? [] : [`"Authorization": ${authorization}`]),
		...call.headers
			.filter(([key]) => !/^(authorization|accept|origin|referer|cookie|sec-.*)$/u.test(key))
			.map(([key, value]) => `${repr(key)}: ${repr(value)}`),
	];
	const body = call.body === null ? "" : `\n        data=${repr(call.body)}.encode(),`;
	const verified = [
		...(entry.operation === null ? [] : [repr(entry.operation)]),
		...(entry.operation === null ? [`path=${repr(barePath(entry))}`] : []),
		...(entry.status === null ? [] : [`status=${entry.status}`]),
		"times=1",
	];
	return `# To run it: pip install mockcliq pytest
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def test_${name}_${seen === null ? "is_not_answered" : `is_answered_${seen}`}(mockcliq):
${arranged.map((line) => `    ${line}\n`).join("")}    call = Request(
        ${url},
        method=${repr(call.method)},${body}
        headers={${headers.join(", ")}},
    )
    try:
        with urlopen(call) as answer:
            status = answer.status
            answer.read()
    except HTTPError as refusal:
        status = refusal.code
    except (OSError, HTTPException):
        status = None  # no answer came
    assert status ${seen === null ? "is None" : `== ${seen}`}
    mockcliq.verify(${verified.join(", ")})
`;
}

/**
 * The URL of the call and its Authorization header, as a test writes them. A token leads to its world; without one that
 * is known, the URL has to name the test's own.
 * @param {Entry} entry
 * @param {Replay} call Its token is perhaps not the one that was sent.
 */
function tokenFor(entry, call) {
	const { user } = entry;
	const label = tokenOfCall(entry) ?? "";
	const sent = entry.headers.authorization;
	const target = call.target.replace(/^\/w\/[^/?]+/u, "");
	if (sent === undefined) {
		const [, before = "", after = ""] = /^(.*?[?&]zapikey=)[^&]*(.*)$/su.exec(target) ?? [];
		if (user === null || before === "") return { url: `mockcliq.world_url + ${repr(target)}`, authorization: null };
		const rest = after === "" ? "" : ` + ${repr(after)}`;
		const url = `mockcliq.url + ${repr(before)} + mockcliq.webhook_token_for(${repr(user)})${rest}`;
		return { url, authorization: null };
	}
	const isFixed = label in state.world.tokens;
	if (user === null && !isFixed) return { url: `mockcliq.world_url + ${repr(target)}`, authorization: repr(sent) };
	const scheme = /^[\w-]+(?=\s)/u.exec(sent)?.[0] ?? "Bearer";
	const token = isFixed ? `tokens[${repr(label)}]` : `token_for(${repr(user ?? "")})`;
	return { url: `mockcliq.url + ${repr(target)}`, authorization: `f"${scheme} {mockcliq.${token}}"` };
}

/** @param {Entry} entry */
const by = ({ user }) => (user === null ? "" : `, ${repr(user)}`);

/** The rule that fired on it, if it is still there; else one that does the like. @param {Entry} entry */
function faultLine(entry) {
	const rule = state.overview.faults.find((each) => each.id === entry.fault);
	const seen = seenStatus(entry);
	const guess = seen === null ? { connection: "reset" } : { status: seen };
	const then = rule?.then ?? { ...guess, ...(seen === entry.status ? {} : { apply: "after" }) };
	const parts = Object.entries(then)
		.filter(([name, value]) => value !== null && value !== 0 && !(name === "apply" && value === "before"))
		.map(([name, value]) => `${name}=${typeof value === "string" ? repr(value) : python(value)}`);
	return `mockcliq.faults.add(${[...(entry.operation === null ? [`path=${repr(barePath(entry))}`] : [repr(entry.operation)]), "times=1", ...parts].join(", ")})`;
}

/** A value of JSON as Python writes it. @param {unknown} value @returns {string} */
function python(value) {
	if (value === null) return "None";
	if (typeof value === "boolean") return value ? "True" : "False";
	if (typeof value === "string") return repr(value);
	if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
	if (typeof value === "object")
		return `{${Object.entries(value)
			.map(([name, each]) => `${repr(name)}: ${python(each)}`)
			.join(", ")}}`;
	return String(value);
}
