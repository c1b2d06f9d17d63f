// biome-ignore-all lint/suspicious/noThenProperty: a rule's `then` is the control API's word; nobody awaits a rule
/** Ways in which a call fails, each by one click. */

/** @import { FaultOrder } from "../types.d.ts" */

/** What one call can be made to meet. @type {{ name: string, says: string, then: Record<string, unknown> }[]} */
export const WAYS_TO_FAIL = [
	{ name: "500", says: "It fails with an internal server error.", then: { status: 500 } },
	{ name: "429", says: "It is told to wait.", then: { status: 429 } },
	{ name: "401", says: "Its token is refused.", then: { status: 401 } },
	{ name: "Slow", says: "Its answer comes two seconds late.", then: { delay_ms: 2000 } },
	{ name: "Hang", says: "It is never answered, until its client gives up.", then: { connection: "hang" } },
	{ name: "Reset connection", says: "It is cut off by a TCP reset.", then: { connection: "reset" } },
	{
		name: "Lost answer",
		says: "It does its work, and its answer is lost: is a retry safe?",
		then: { connection: "reset", apply: "after" },
	},
];

/** @type {{ name: string, says: string, order: FaultOrder }[]} */
export const PRESETS = [
	{
		name: "429 Too many requests",
		says: "The next call is told to wait.",
		order: { when: { times: 1 }, then: { status: 429 } },
	},
	{
		name: "401 Token refused",
		says: "The next call is told that its token is no good.",
		order: { when: { times: 1 }, then: { status: 401 } },
	},
	{
		name: "Hang",
		says: "The next call is never answered, until its client gives up.",
		order: { when: { times: 1 }, then: { connection: "hang" } },
	},
	{ name: "Slow", says: "Every answer comes two seconds late.", order: { then: { delay_ms: 2000 } } },
	{
		name: "Lost answer",
		says: "The next call does its work, and its answer is lost: is a retry safe?",
		order: { when: { times: 1 }, then: { connection: "reset", apply: "after" } },
	},
	{
		name: "Reset connection",
		says: "The next call is cut off by a TCP reset.",
		order: { when: { times: 1 }, then: { connection: "reset" } },
	},
	{ name: "Flaky", says: "Every third call fails with 500.", order: { when: { every: 3 }, then: { status: 500 } } },
	{ name: "Outage", says: "Every call fails with 500.", order: { then: { status: 500 } } },
];
