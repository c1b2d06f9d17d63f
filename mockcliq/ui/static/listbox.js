/** A listbox of any length, of which only the rows in view are on the page. */

import { h } from "./dom.js";

const BEYOND = 6;

/** Taller elements than about 33 million pixels are cut off by browsers. */
const TALLEST = 30_000_000;

let lists = 0;

export class Listbox {
	/**
	 * @param {object} options
	 * @param {string} options.label What it lists, for screen readers.
	 * @param {number} options.rowHeight Of each row, in pixels.
	 * @param {(index: number, row: HTMLElement) => Node[]} options.render What a row shows; it may set its attributes.
	 * @param {(index: number) => unknown} options.choose Called when a row is chosen.
	 * @param {(index: number) => unknown} [options.moved] Called when the keyboard has gone to a row.
	 */
	constructor({ label, rowHeight, render, choose, moved = () => undefined }) {
		this.rowHeight = rowHeight;
		this.render = render;
		this.choose = choose;
		this.moved = moved;
		this.count = 0;
		this.chosen = -1;
		this.active = -1;
		this.id = `list-${++lists}`;
		/** @type {Map<number, HTMLElement>} */
		this.rows = new Map();
		/** @type {number | undefined} */
		this.frame = undefined;
		this.sizer = h("div", { class: "sizer", role: "presentation" });
		this.element = h("div", { class: "listbox", role: "listbox", tabindex: 0, "aria-label": label }, this.sizer);
		this.element.addEventListener("scroll", () => this.#later());
		this.element.addEventListener("keydown", (event) => this.#keyed(event));
		// Whoever comes by a click has what they look for in view.
		this.element.addEventListener("focus", () => {
			if (this.element.matches(":focus-visible")) this.#activate(Math.max(0, this.chosen));
		});
		this.element.addEventListener("blur", () => this.#activate(-1));
		this.sizer.addEventListener("click", (event) => this.#clicked(event));
		new ResizeObserver(() => this.#later()).observe(this.element);
	}

	/**
	 * How many rows there are; all are rendered anew.
	 * @param {number} count
	 * @param {number} [chosen] The one that is marked, -1 for none.
	 */
	update(count, chosen = this.chosen) {
		this.count = Math.min(count, Math.floor(TALLEST / this.rowHeight));
		this.chosen = chosen;
		this.active = Math.min(this.active, this.count - 1);
		this.sizer.style.height = `${this.count * this.rowHeight}px`;
		this.#show(true);
	}

	/** @param {number} chosen */
	mark(chosen) {
		this.update(this.count, chosen);
	}

	/** Scroll to a row. @param {number} index */
	reveal(index) {
		if (this.element.contains(document.activeElement)) this.#activate(index);
		else this.#scrollTo(index);
	}

	#later() {
		this.frame ??= requestAnimationFrame(() => {
			this.frame = undefined;
			this.#show(false);
		});
	}

	/** @param {boolean} anew */
	#show(anew) {
		const { scrollTop, clientHeight } = this.element;
		const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - BEYOND);
		const last = Math.min(this.count - 1, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + BEYOND);
		for (const [index, row] of this.rows) {
			if (index < first || index > last) {
				row.remove();
				this.rows.delete(index);
			}
		}
		for (let index = first; index <= last; index++) {
			const there = this.rows.get(index);
			if (there === undefined) this.#add(index);
			else if (anew) this.#draw(index, there);
		}
		this.#point();
	}

	/** @param {number} index */
	#add(index) {
		const row = h("div", { role: "option", id: `${this.id}-${index}` });
		this.rows.set(index, row);
		this.sizer.append(row);
		this.#draw(index, row);
	}

	/**
	 * @param {number} index
	 * @param {HTMLElement} row
	 */
	#draw(index, row) {
		row.className = "row";
		row.style.transform = `translateY(${index * this.rowHeight}px)`;
		row.setAttribute("aria-setsize", String(this.count));
		row.setAttribute("aria-posinset", String(index + 1));
		row.setAttribute("aria-selected", String(index === this.chosen));
		row.classList.toggle("active", index === this.active);
		row.replaceChildren(...this.render(index, row));
	}

	/** @param {MouseEvent} event */
	#clicked(event) {
		for (const [index, row] of this.rows) {
			if (event.target instanceof Node && row.contains(event.target)) {
				this.#activate(index);
				this.choose(index);
				return;
			}
		}
	}

	/** @param {KeyboardEvent} event */
	#keyed(event) {
		const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
		/** @type {Record<string, number>} */
		const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
		const step = steps[event.key];
		if (step !== undefined) {
			event.preventDefault();
			this.#activate(Math.min(this.count - 1, Math.max(0, this.active + step)));
			if (this.active >= 0) this.moved(this.active);
		} else if ((event.key === "Enter" || event.key === " ") && this.active >= 0) {
			event.preventDefault();
			this.choose(this.active);
		}
	}

	/** @param {number} index */
	#activate(index) {
		this.rows.get(this.active)?.classList.remove("active");
		this.active = this.count === 0 ? -1 : index;
		if (this.active >= 0) {
			this.#scrollTo(this.active);
			this.rows.get(this.active)?.classList.add("active");
		}
		this.#point();
	}

	/** @param {number} index */
	#scrollTo(index) {
		const top = index * this.rowHeight;
		const { scrollTop, clientHeight } = this.element;
		if (top < scrollTop) this.element.scrollTop = top;
		else if (top + this.rowHeight > scrollTop + clientHeight)
			this.element.scrollTop = top + this.rowHeight - clientHeight;
		this.#show(false);
	}

	#point() {
		if (this.rows.has(this.active)) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
		else this.element.removeAttribute("aria-activedescendant");
	}
}
