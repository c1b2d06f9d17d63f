/** Light or dark: as the system, or as somebody chose. */

import { byId, pictureButton } from "./dom.js";
import { inBrowser } from "./storage.js";

/** Each press is seen: to the other one. What the system has anyway is followed from then on. */
export function mountTheme() {
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const system = () => (dark.matches ? "dark" : "light");
	const kept = () => inBrowser.get("mockcliq.theme");
	const current = () => kept() ?? system();
	const other = () => (current() === "dark" ? "light" : "dark");
	const apply = () => {
		document.documentElement.style.colorScheme = kept() ?? "light dark";
		pressed.title = `Theme: ${kept() === null ? `as the system, ${current()}` : current()}`;
		pressed.setAttribute("aria-label", pressed.title);
	};
	const pressed = pictureButton("theme", "Theme", next);
	function next() {
		const wanted = other();
		if (wanted === system()) inBrowser.remove("mockcliq.theme");
		else inBrowser.set("mockcliq.theme", wanted);
		apply();
	}
	dark.addEventListener("change", apply);
	byId("theme").append(pressed);
	apply();
}
