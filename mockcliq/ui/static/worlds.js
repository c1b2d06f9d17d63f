/** The server's worlds: choose, make, reset, restore a snapshot, download and upload. */

import { ask, control, here, isGuarded, Refused } from "./api.js";
import { button, byId, confirm, field, h, icon, joined, lines, refill, save } from "./dom.js";
import { enter } from "./live.js";
import { hear, oneAtATime, state } from "./state.js";
import { dateOf, secondOf } from "./time.js";

/** @import { Snapshot, WorldSummary } from "../types.d.ts" */

const list = h("ul", { class: "worlds" });
const snapshots = h("ul", { class: "snapshots" });
const told = h("p", { role: "status" });
const file = h("input", {
	type: "file",
	accept: ".json,.yaml,.yml,application/json",
	class: "unseen",
	tabindex: -1,
	"aria-label": "State to upload",
	on: { change: confirmUpload },
});
const title = h("h2", null);

export function mountWorlds() {
	const name = h("input", { id: "snapshot-name", placeholder: "before-the-test", required: true });
	const save = h(
		"form",
		{ class: "inline", on: { submit: (/** @type {SubmitEvent} */ event) => snapshot(event, name) } },
		h("label", { for: "snapshot-name", class: "unseen" }, "Name of the snapshot"),
		name,
		h("button", { type: "submit" }, "Take a snapshot"),
	);
	byId("worlds").append(
		title,
		h(
			"p",
			{ class: "doing" },
			button("reset", "Reset", confirmReset),
			button("download", "Download state", download),
			button("upload", "Upload state", () => file.click()),
			file,
		),
		told,
		h("h3", null, "Snapshots"),
		snapshots,
		save,
		h("h3", null, "Worlds of this server"),
		list,
		creation(),
		about(),
	);
	hear(["world", "view"], () => {
		drawn = "";
		draw();
	});
	// Others make and end worlds, too.
	hear("overview", draw);
}

/** What the lists were drawn from. */
let drawn = "";

const draw = oneAtATime(async () => {
	const { world } = state;
	title.textContent = `World ${world.id}`;
	if (byId("worlds").hidden) return;
	const [all, taken] = await Promise.all([control("GET", "/worlds"), control("GET", here("/snapshots"))]);
	if (world !== state.world) return;
	const facts = JSON.stringify([
		world.id,
		all.worlds.map((/** @type {WorldSummary} */ { id, world: start, seed }) => [id, start, seed]),
		taken,
	]);
	if (facts === drawn) return;
	drawn = facts;
	refill(list, ...all.worlds.map(entry));
	refill(
		snapshots,
		...(taken.snapshots.length
			? taken.snapshots.map(kept)
			: [h("li", { class: "hint" }, "None yet. One holds data, tokens, clock, limits and faults.")]),
	);
});

/** @param {WorldSummary} summary */
function entry(summary) {
	const isHere = summary.id === state.world.id;
	return h(
		"li",
		null,
		icon("globe"),
		lines(h("b", null, summary.id), h("small", null, joined([summary.world, `seed ${summary.seed}`]))),
		isHere
			? h("span", { class: "aside here" }, "shown")
			: button(null, "Switch to it", () => enter(summary.id), {
					"aria-label": `Switch to ${summary.id}`,
					"data-key": `to ${summary.id}`,
				}),
		summary.id !== "default" &&
			button("trash", "Delete", () => confirmRemoval(summary.id), {
				class: "quiet",
				"aria-label": `Delete ${summary.id}`,
				"data-key": `delete ${summary.id}`,
			}),
	);
}

/** @param {Snapshot} snapshot */
function kept({ name, taken_at: at }) {
	const moment = Date.parse(at);
	return h(
		"li",
		null,
		lines(h("b", null, name), h("small", null, `${dateOf(moment)}, ${secondOf(moment)} by its clock`)),
		button(null, "Restore", () => restore(name), { "aria-label": `Restore ${name}`, "data-key": `restore ${name}` }),
		button("trash", "Delete", () => forget(name), {
			class: "quiet",
			"aria-label": `Delete ${name}`,
			"data-key": `delete ${name}`,
		}),
	);
}

/** @param {string} id */
function confirmRemoval(id) {
	confirm(`Delete the world ${id}?`, "All that is in it goes, its snapshots too.", button("trash", "Delete", remove));

	async function remove() {
		await control("DELETE", `/worlds/${encodeURIComponent(id)}`);
		await (id === state.world.id ? enter("default") : draw());
		say(`Deleted: ${id}.`);
	}
}

function confirmReset() {
	confirm(
		`Reset the world ${state.world.id}?`,
		"Data, tokens, clock, limits, faults and journal go back to its start. Snapshots stay.",
		button("reset", "Reset", reset),
	);

	async function reset() {
		await control("POST", here("/reset"));
		await anew("Reset to its start.");
	}
}

/** @param {string} done */
async function anew(done) {
	await enter(state.world.id);
	say(done);
}

/**
 * @param {string} text
 * @param {string} [kind] What it looks like.
 */
function say(text, kind = "told") {
	told.textContent = text;
	told.className = kind;
}

/**
 * @param {SubmitEvent} event
 * @param {HTMLInputElement} name
 */
async function snapshot(event, name) {
	event.preventDefault();
	await attempt(async () => {
		await control("PUT", here(`/snapshots/${encodeURIComponent(name.value)}`));
		say(`Taken: ${name.value}.`);
		name.value = "";
		await draw();
	});
}

/** @param {string} name */
async function restore(name) {
	await control("POST", here(`/snapshots/${encodeURIComponent(name)}/restore`));
	await anew(`Back to ${name}.`);
}

/** @param {string} name */
async function forget(name) {
	await control("DELETE", here(`/snapshots/${encodeURIComponent(name)}`));
	await draw();
}

async function download() {
	const answer = await ask("GET", here("/state"));
	save(await answer.blob(), `mockcliq-${state.world.id}.json`);
}

function confirmUpload() {
	const chosen = file.files?.[0];
	if (chosen === undefined) return;
	file.value = "";
	confirm(
		`Replace the world ${state.world.id}?`,
		`${chosen.name} becomes its start: all that is in it now goes. Snapshots stay.`,
		button("upload", "Upload", () => upload(chosen)),
	);
}

/** @param {File} chosen */
async function upload(chosen) {
	say(`Reading ${chosen.name}…`);
	await attempt(async () => {
		const type = /\.ya?ml$/iu.test(chosen.name) ? "application/yaml" : "application/json";
		await ask("PUT", here("/state"), { body: chosen, headers: { "Content-Type": type } });
		await anew(`${chosen.name} is the world's start now.`);
	});
}

/**
 * Do it, or say why it is refused.
 * @param {() => Promise<void>} what
 */
async function attempt(what) {
	try {
		await what();
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		say(error.message, "refused");
	}
}

/** A form that makes a world. */
function creation() {
	const id = h("input", { id: "world-id", placeholder: "one is chosen for you" });
	const start = h(
		"select",
		{ id: "world-start" },
		...["demo", "documentation", "empty"].map((name) => h("option", null, name)),
	);
	const seed = h("input", { id: "world-seed", type: "number", min: 0, value: "1" });
	const refused = h("p", { class: "refused", role: "alert" });
	return h(
		"details",
		{ class: "own-rule" },
		h("summary", null, "Make a world"),
		h(
			"form",
			{ class: "fault-form", on: { submit: make } },
			field("Name", id),
			field("Start", start),
			field("Seed", seed),
			h("p", { class: "doing" }, h("button", { type: "submit", class: "primary" }, "Make it, and go there")),
			refused,
		),
	);

	/** @param {SubmitEvent} event */
	async function make(event) {
		event.preventDefault();
		try {
			const order = { ...(id.value ? { id: id.value } : {}), world: start.value, seed: Number(seed.value) };
			const made = await control("POST", "/worlds", order);
			refused.textContent = "";
			id.value = "";
			await enter(made.id);
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			refused.textContent = error.message;
		}
	}
}

function about() {
	const { label, version } = state.server;
	return h(
		"p",
		{ class: "about-server" },
		h("b", null, joined([label, `MockCliq ${version}`])),
		h("span", null, " Not affiliated with Zoho; nothing leaves this machine."),
		h("a", { href: "../docs" }, "Reference of the emulated API"),
		// Which a browser cannot open where it has to send a token.
		!isGuarded() && h("a", { href: "docs" }, "Reference of the control API"),
	);
}
