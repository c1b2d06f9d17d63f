/** What a message has beside its text, drawn as a chat app draws it. Whatever it holds is shown as words. */

import { button, h, icon, joined, lines, openDialog, save } from "./dom.js";
import { act } from "./outcome.js";
import { nameOf } from "./state.js";

/** @import { Child } from "./dom.js" */
/** @import { Info, Message, MessageFile, Said } from "../types.d.ts" */

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * JSON of any shape, as one text.
 * @param {unknown} value
 * @returns {string}
 */
function words(value) {
	if (Array.isArray(value)) return joined(value.map(words), ", ");
	if (isRecord(value)) return joined(Object.entries(value).map(([name, inner]) => `${name}: ${words(inner)}`));
	return value === null || value === undefined ? "" : String(value);
}

/**
 * A link where it is the address of a page or a picture: nothing is loaded from there.
 * @param {unknown} value
 */
function linked(value) {
	const text = words(value);
	if (!/^https?:/iu.test(text) || !URL.canParse(text)) return text;
	return h("a", { href: text, target: "_blank", rel: "noreferrer" }, text);
}

/**
 * Names and values, those within others too.
 * @param {unknown} value
 * @param {string} name
 * @returns {Child[]}
 */
function rows(value, name = "") {
	if (Array.isArray(value) && value.some(isRecord)) return value.flatMap((inner) => rows(inner, name));
	if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => rows(inner, joined([name, key], " ")));
	return [h("dt", null, name), h("dd", null, linked(value))];
}

/** @param {unknown} value */
function facts(value) {
	const shown = isRecord(value) || Array.isArray(value) ? rows(value) : [];
	return shown.length > 0 && h("dl", null, ...shown);
}

/** @param {unknown} data */
const list = (data) => h("ul", { class: "list" }, ...[data].flat().map((each) => h("li", null, linked(each))));

/** @param {unknown} data */
function table(data) {
	const { headers, rows: said } = isRecord(data) ? data : { headers: [], rows: data };
	const all = Array.isArray(said) ? said : [];
	const names = Array.isArray(headers) && headers.length > 0 ? headers.map(words) : Object.keys(all[0] ?? {});
	const drawn = h(
		"table",
		null,
		h("thead", null, h("tr", null, ...names.map((name) => h("th", { scope: "col" }, name)))),
		h(
			"tbody",
			null,
			...all.map((row) =>
				h(
					"tr",
					null,
					...names.map((name, place) => h("td", null, linked(Array.isArray(row) ? row[place] : row?.[name]))),
				),
			),
		),
	);
	return h("div", { class: "table", tabindex: 0, role: "group", "aria-label": "Table" }, drawn);
}

/** @type {Record<string, (data: unknown) => Child>} */
const SLIDES = {
	table,
	list,
	images: list,
	text: (data) => h("p", null, words(data)),
	label: facts,
};

/** @param {unknown} slide */
function drawSlide(slide) {
	if (!isRecord(slide)) return h("p", null, words(slide));
	const { type, title, data, buttons, ...others } = slide;
	const draw = SLIDES[words(type)] ?? (Array.isArray(data) && !data.some(isRecord) ? list : facts);
	return h(
		"div",
		{ class: "slide" },
		title ? h("b", null, words(title)) : null,
		data !== undefined && (draw(data) || h("p", null, words(data))),
		facts(others),
		drawButtons(buttons),
	);
}

/** @param {unknown} buttons */
function drawButtons(buttons) {
	if (!Array.isArray(buttons)) return null;
	return h(
		"div",
		{ class: "doing" },
		...buttons.map((each) => {
			/** @type {Record<string, unknown>} */
			const { label, hint, type, action, ...others } = isRecord(each) ? each : { label: each };
			const name = words(label) || "Button";
			const press = () => showAction(name, { ...(isRecord(action) ? action : { action }), ...others });
			return button(null, name, press, {
				class: type === "-" && "danger",
				title: words(hint) || null,
				"aria-haspopup": "dialog",
			});
		}),
	);
}

/**
 * @param {string} name
 * @param {unknown} action
 */
function showAction(name, action) {
	const says = "Here it opens nothing and calls nobody. This is what it is to do:";
	openDialog(`The button “${name}”`, h("p", { class: "hint" }, says), facts(action) || h("p", null, "Nothing."));
}

/**
 * The title of a card, which stands above the text.
 * @param {Message} message
 */
export const headline = ({ card }) => (card?.title ? h("b", { class: "headline" }, words(card.title)) : null);

/**
 * What stands below the text.
 * @param {Message} message
 * @returns {Child[]}
 */
export function content({ card, slides, buttons, file }) {
	const { title: _title, theme: _theme, ...others } = card ?? {};
	return [facts(others), ...(slides ?? []).map(drawSlide), drawButtons(buttons), file && drawFile(file)];
}

/** @param {MessageFile} file */
function drawFile(file) {
	const { name, size, type, comment } = file;
	return h(
		"div",
		{ class: "file" },
		icon("file"),
		lines(h("b", null, name), h("small", null, joined([inBytes(size), type])), comment && h("span", null, comment)),
		button("download", "Download", () => download(file), { "aria-label": `Download ${name}`, "data-key": file.id }),
	);
}

/** @param {number} size */
function inBytes(size) {
	const power = Math.min(2, Math.floor(Math.log10(Math.max(1, size)) / 3));
	const number = (size / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: 1 });
	return `${number} ${["bytes", "KB", "MB"][power]}`;
}

/** @param {MessageFile} file */
async function download({ id, name }) {
	const done = await act("Downloaded", "GET", `/files/${encodeURIComponent(id)}`);
	if (done?.answer instanceof Blob) save(done.answer, name);
}

/** @type {Record<string, [alone: string, others: string]>} */
const INFO = { user_added: ["joined", "added"], user_removed: ["left", "removed"] };

/**
 * Who came or went.
 * @param {Said} message
 * @param {Info} info
 * @param {(user: string) => string} named
 */
function told(message, { type, users }, named) {
	const [alone, others] = INFO[type] ?? ["", `${type.replaceAll("_", " ")}:`];
	const who = joined(users.map(named), ", ");
	return users[0] === message.sender && users.length === 1 && alone
		? `${who} ${alone}`
		: `${message.sender_name} ${others} ${who}`;
}

/**
 * A message in a line.
 * @param {Said} message
 * @param {(user: string) => string} [named] What somebody is called.
 */
export function inShort(message, named = nameOf) {
	if (message.deleted) return "This message was deleted.";
	if (message.info) return told(message, message.info, named);
	return message.text || (message.file ? `File: ${message.file.name}` : "");
}

/** @param {Said} message */
export const authorOf = ({ bot, sender_name: name }) => bot?.name ?? name;
