/** Elements, made without HTML in strings: whatever a name or a message holds is shown as text. */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {{ on?: Record<string, (event: any) => void>, [attribute: string]: unknown }} Props */

/** As properties, since the attribute is only what a form begins with. */
const PROPERTIES = new Set(["value", "checked", "indeterminate"]);

/**
 * An element with attributes, listeners (`on`) and children; what is null, undefined or false is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props, ...children) {
	const element = document.createElement(tag);
	element.append(...present(children));
	for (const [name, value] of Object.entries(props ?? {})) {
		if (name === "on") {
			for (const [event, listener] of Object.entries(/** @type {NonNullable<Props["on"]>} */ (value))) {
				element.addEventListener(event, listener);
			}
		} else if (PROPERTIES.has(name)) {
			Object.assign(element, { [name]: value });
		} else if (value !== null && value !== undefined && value !== false) {
			element.setAttribute(name, value === true ? "" : String(value));
		}
	}
	return element;
}

/**
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
	element.replaceChildren(...present(children));
}

/**
 * The same for what may have the focus: it goes to the child that has the same `data-key` as the one that had it.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function refill(element, ...children) {
	const focused = document.activeElement;
	const key = focused instanceof HTMLElement && element.contains(focused) ? focused.dataset.key : undefined;
	fill(element, ...children);
	if (key === undefined) return;
	for (const candidate of element.querySelectorAll("[data-key]")) {
		if (candidate instanceof HTMLElement && candidate.dataset.key === key) candidate.focus({ preventScroll: true });
	}
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
	return children
		.flat()
		.filter((child) => child !== null && child !== undefined && child !== false)
		.map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
	const found = document.getElementById(id);
	if (found === null) throw new Error(`the page has no #${id}`);
	return found;
}

/** Drawn on a grid of 24, as strokes. */
const ICONS = {
	back: "M15 5l-7 7 7 7",
	bell: "M6 9a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0",
	bolt: "M13 2 4 14h7l-1 8 9-12h-7z",
	chat: "M4 4h16v12H9l-5 4z",
	check: "M5 13l4 4L19 7",
	clip: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7",
	clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 3",
	close: "M6 6l12 12M18 6 6 18",
	copy: "M9 9h11v11H9zM5 15H4V4h11v1",
	down: "M6 9l6 6 6-6",
	download: "M12 4v11M7 11l5 5 5-5M4 20h16",
	edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
	file: "M6 3h8l4 4v14H6zM14 3v4h4",
	gauge: "M4 18a9 9 0 1 1 16 0M12 14l4-5",
	globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3.5 3 3.5 15 0 18M12 3c-3.5 3-3.5 15 0 18",
	leave: "M14 4H5v16h9M10 12h10M16 8l4 4-4 4",
	list: "M4 6h16M4 12h16M4 18h10",
	muted: "M6 9a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0M3 3l18 18",
	pause: "M8 5v14M16 5v14",
	people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 3.500a4 4 0 0 1 0 7M18 15c2.5.6 4 2.6 4 6",
	pin: "M9 3h6l-1 6 4 4v2H6v-2l4-4zM12 15v6",
	play: "M7 5l12 7-12 7z",
	plus: "M12 5v14M5 12h14",
	plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
	reset: "M4 4v6h6M4.6 10a8 8 0 1 1-.6 5",
	runs: "M4 6l2 2 3-4M13 6h7M4 13l2 2 3-4M13 13h7M13 20h7M4 18l4 4M8 18l-4 4",
	search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
	send: "M4 12 3 4l18 8-18 8zM4 12h9",
	smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 14c2 3 6 3 8 0M9 9v.5M15 9v.5",
	theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
	trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
	upload: "M12 16V5M7 9l5-5 5 5M4 20h16",
	warning: "M12 3 2 20h20zM12 9v5M12 17v.5",
};

/**
 * A picture beside a word: screen readers pass over it.
 * @param {keyof typeof ICONS} name
 * @returns {SVGElement}
 */
export function icon(name) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.setAttribute("class", "icon");
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute("d", ICONS[name]);
	svg.append(path);
	return svg;
}

/**
 * @param {keyof typeof ICONS | null} picture
 * @param {string} label
 * @param {() => void} press
 * @param {Props} [props]
 * @returns {HTMLButtonElement}
 */
export function button(picture, label, press, props) {
	return h(
		"button",
		{ type: "button", ...props, on: { click: press } },
		picture && icon(picture),
		h("span", null, label),
	);
}

/**
 * @param {keyof typeof ICONS} picture
 * @param {string} label What it does, for screen readers and for whoever points at it.
 * @param {() => void} press
 * @param {Props} [props]
 * @returns {HTMLButtonElement}
 */
export function pictureButton(picture, label, press, props) {
	const named = { type: "button", class: "quiet bare", "aria-label": label, title: label };
	return h("button", { ...named, ...props, on: { click: press } }, icon(picture));
}

const HUES = 8;

/**
 * The picture of a person or a conversation: initials on a colour that stays its own.
 * @param {string} id
 * @param {string} name
 * @param {string} [kind]
 * @returns {HTMLElement}
 */
export function avatar(id, name, kind = "dm") {
	let sum = 0;
	// A direct conversation is called as the other one in it, and so has their colour.
	for (const letter of kind === "dm" ? name.trim() : id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 8191;
	const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
	const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
	const initials = kind === "channel" ? "#" : ends.map((word) => [...(word ?? "")][0]?.toUpperCase()).join("");
	return h("span", { class: `avatar hue-${sum % HUES} ${kind}`, "aria-hidden": "true" }, initials || "?");
}

/**
 * @param {string} label What it says, such as "curl"; "Copy" where the text stands beside it.
 * @param {() => string | Promise<string>} text
 * @param {string} [what] What is copied, for screen readers.
 * @returns {HTMLButtonElement}
 */
export function copyButton(label, text, what) {
	const said = h("span", null, label);
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	let fading;
	const pressed = async () => {
		said.textContent = (await copy(await text())) ? "Copied" : "Not copied: the browser forbids it";
		clearTimeout(fading);
		fading = setTimeout(() => {
			said.textContent = label;
		}, 1500);
	};
	return h(
		"button",
		{ type: "button", class: "quiet", "aria-label": what && `${label} ${what}`, on: { click: pressed } },
		icon("copy"),
		said,
	);
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} Whether the browser lets us.
 */
async function copy(text) {
	if (window.isSecureContext) {
		return navigator.clipboard.writeText(text).then(
			() => true,
			() => false,
		);
	}
	// A page over plain HTTP from another machine may not use the clipboard's own interface.
	const area = h("textarea", { value: text, class: "unseen", "aria-label": "Text to copy" });
	(document.querySelector("dialog[open]") ?? document.body).append(area);
	area.select();
	const isCopied = document.execCommand("copy");
	area.remove();
	return isCopied;
}

/**
 * Let the browser keep it as a file.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
	const url = URL.createObjectURL(blob);
	h("a", { href: url, download: name }).click();
	URL.revokeObjectURL(url);
}

/**
 * @param {number} number
 * @param {string} noun
 * @param {string} [plural]
 */
export const counted = (number, noun, plural = `${noun}s`) =>
	`${number.toLocaleString()} ${number === 1 ? noun : plural}`;

/**
 * Parts as one text; those that say nothing are left out.
 * @param {(string | number | null | undefined | false)[]} parts
 * @param {string} [between]
 */
export function joined(parts, between = " · ") {
	return parts.filter(Boolean).join(between);
}

/**
 * Show a dialog: a form whose buttons send it, or a text that is closed.
 * @param {string} title
 * @param {...Child} content
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, ...content) {
	const heading = `dialog-${++dialogs}`;
	const dialog = h(
		"dialog",
		{ "aria-labelledby": heading },
		h(
			"header",
			null,
			h("h2", { id: heading }, title),
			pictureButton("close", "Close", () => dialog.close()),
		),
		...content,
	);
	dialog.addEventListener("close", () => dialog.remove());
	// A click beside it; within, the target is what was clicked.
	dialog.addEventListener("pointerdown", (event) => event.target === dialog && dialog.close());
	document.body.append(dialog);
	dialog.showModal();
	// What is to be filled in, else what does no harm; not the cross, on which nothing can be typed.
	const first = dialog.querySelector("input, select, textarea") ?? dialog.querySelector("footer button");
	if (first instanceof HTMLElement) first.focus();
	return dialog;
}

let dialogs = 0;

/**
 * @param {string} question
 * @param {string} what Would become of it.
 * @param {HTMLButtonElement} doIt
 * @param {string} [stay] What not to do it is called.
 */
export function confirm(question, what, doIt, stay = "Cancel") {
	const close = () => dialog.close();
	doIt.classList.add("danger");
	doIt.addEventListener("click", close);
	const dialog = openDialog(question, h("p", null, what), h("footer", null, button(null, stay, close), doIt));
}

/**
 * @param {...(Child | Child[])} children
 */
export const lines = (...children) => h("span", { class: "lines" }, ...children);

/**
 * @param {string} name
 * @param {HTMLElement} input
 */
export const field = (name, input) => h("p", { class: "field" }, h("label", { for: input.id }, name), input);
