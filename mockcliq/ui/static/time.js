/** The world's clock, as the server told it last, and what counts down on it. */

/** @import { Clock } from "../types.d.ts" */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const shown = { mode: "real", now: Date.now(), at: performance.now() };

/** @param {Clock} clock As the control API tells it. */
export function setClock(clock) {
	Object.assign(shown, { mode: clock.mode, now: Date.parse(clock.now), at: performance.now() });
	tick();
}

/** The world's time now, in milliseconds since 1970. */
export function worldNow() {
	return shown.mode === "frozen" ? shown.now : shown.now + performance.now() - shown.at;
}

/** @type {Map<HTMLElement, (now: number) => string>} */
const ticking = new Map();

/**
 * Keep an element's text in step with the world's clock for as long as it is on the page.
 * @template {HTMLElement} Element
 * @param {Element} element
 * @param {(now: number) => string} text
 * @returns {Element}
 */
export function keepTold(element, text) {
	ticking.set(element, text);
	element.textContent = text(worldNow());
	return element;
}

function tick() {
	const now = worldNow();
	for (const [element, text] of ticking) {
		const told = text(now);
		if (element.textContent !== told) element.textContent = told;
	}
}

setInterval(() => {
	for (const element of ticking.keys()) if (!element.isConnected) ticking.delete(element);
	tick();
}, 250);

/**
 * How long it is until then: `0:42`, `9:58`, `2:13:05`, `3 days`.
 * @param {number} milliseconds
 */
export function span(milliseconds) {
	const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
	if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`;
	const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
	if (parts[0] === 0) parts.shift();
	return parts.map((part, place) => (place === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

const formats = {
	time: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }),
	second: new Intl.DateTimeFormat(undefined, {
		hour: "2-digit",
		minute: "2-digit",
		second: "2-digit",
		hourCycle: "h23",
	}),
	weekday: new Intl.DateTimeFormat(undefined, { weekday: "short" }),
	date: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }),
	short: new Intl.DateTimeFormat(undefined, { dateStyle: "short" }),
	year: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" }),
	day: new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
};

/** The viewer's time zone, in which all times are shown. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local time";

/** A day without its year, such as `2 Jun`. @param {number} moment */
export const shortDayOf = (moment) => formats.date.format(moment);

/** @param {number} moment */
export const timeOf = (moment) => formats.time.format(moment);

/** @param {number} moment */
export const secondOf = (moment) => formats.second.format(moment);

/** @param {number} moment */
export const dayOf = (moment) => formats.day.format(moment);

/** @param {number} moment */
export const dateOf = (moment) => formats.year.format(moment);

/**
 * When something was, as a list of conversations tells it.
 * @param {string} iso
 */
export function ago(iso) {
	const moment = Date.parse(iso);
	const now = worldNow();
	if (new Date(moment).toDateString() === new Date(now).toDateString()) return formats.time.format(moment);
	if (moment < now && now - moment < 6 * DAY) return formats.weekday.format(moment);
	return new Date(moment).getFullYear() === new Date(now).getFullYear()
		? formats.date.format(moment)
		: formats.short.format(moment);
}

/**
 * A moment with its exact writing for whoever wants it.
 * @param {string} iso
 * @param {string} text
 * @returns {HTMLTimeElement}
 */
export function moment(iso, text) {
	const element = document.createElement("time");
	element.dateTime = iso;
	element.title = iso;
	element.textContent = text;
	return element;
}
