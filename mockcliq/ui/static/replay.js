/** Programs that make a call again: Python's with its standard library, JavaScript's with fetch. */

/** @import { Replay } from "../types.d.ts" */

/** Headers that are a browser's own. */
const OWN =
	/^(accept-charset|access-control-request-.*|cookie2?|date|dnt|origin|referer|set-cookie|via|(proxy|sec)-.*)$/u;

/** A string, legible, and harmless in a page's script. @param {string} text */
const literal = (text) =>
	JSON.stringify(text).replace(/(?! )[\p{C}\p{Z}]|<(?=[/!])/gu, (each) =>
		each[1] ? each : `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);

/** @param {string} text */
export const repr = (text) => `'${literal(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** Those of one name as one, as HTTP lets them be. @param {Replay["headers"]} headers */
function joined(headers) {
	const values = new Map();
	for (const [name, value] of headers) values.set(name, values.has(name) ? `${values.get(name)}, ${value}` : value);
	return [...values];
}

/** @param {Replay} call */
export function python({ method, origin, target, headers, body, body_base64: bytes }) {
	const [scheme, host] = origin.split("://");
	const connection = `HTTP${scheme === "https" ? "S" : ""}Connection`;
	const content = body ? `${repr(body)}.encode()` : bytes && `${repr(atob(bytes))}.encode('latin-1')`;
	const isTwice = joined(headers).length < headers.length; // which no dict can have
	const lines = headers.map((each) =>
		isTwice ? `.putheader(${each.map(repr).join(", ")})` : `        ${each.map(repr).join(": ")},\n`,
	);
	if (isTwice && content) lines.push(`.putheader('content-length', len(${content}))`);
	return `from http.client import ${connection}

connection = ${connection}(${repr(host)})
${
	isTwice
		? [`.putrequest(${repr(method)}, ${repr(target)})`, ...lines, `.endheaders(${content || ""})`]
				.map((each) => `connection${each}\n`)
				.join("")
		: `connection.request(
    ${repr(method)},
    ${repr(target)},
${content ? `    body=${content},\n` : ""}${lines[0] ? `    headers={\n${lines.join("")}    },\n` : ""})
`
}response = connection.getresponse()
print(response.status)
print(response.read().decode(errors="replace"))
`;
}

/**
 * A comment where fetch cannot make the call.
 * @param {Replay} call
 * @param {number | null} status What it was answered: a redirect is not followed.
 */
export function javascript({ method, origin, target, headers, body, body_base64: bytes }, status) {
	const known = method.toUpperCase();
	const refused = headers.find(([, value]) => /[^\t -~\u0080-\u00ff]/u.test(value));
	const why =
		(/^(CONNECT|TRACE|TRACK)$/u.test(known) && `refuses the method ${known}`) ||
		(/^(DELETE|GET|HEAD|OPTIONS|POST|PUT)$/u.test(known) && known !== method && `sends ${method} as ${known}`) ||
		(/^(GET|HEAD)$/u.test(known) && (body || bytes) && `sends no body with ${known}`) ||
		(/^(?!\/)|\\|\/(\.|%2e){1,2}(\/|$)/iu.test(target.split("?")[0]) &&
			"sends another path, without dots and backslashes") ||
		(headers.some(([name]) => name === "__proto__") && "sends no header __proto__") ||
		(refused && `refuses control characters, which ${refused[0]} has`);
	if (why) return `// fetch cannot make this call: it ${why}. curl and Python can.\n`;
	const all = joined(headers);
	const own = all
		.map(([name]) => name)
		.filter((name) => OWN.test(name))
		.sort();
	const lines = all
		.filter((each) => `${each}` !== "accept,*/*") // which it sends unasked
		.map((each) => `    ${each.map(literal).join(": ")},\n`);
	const isTyped = all.some(([name]) => name === "content-type"); // else it says that a text is plain
	const content = body
		? isTyped
			? literal(body)
			: `new TextEncoder().encode(${literal(body)})`
		: bytes && `Uint8Array.from(atob("${bytes}"), (each) => each.charCodeAt(0))`;
	const options = [
		method !== "GET" && `method: ${literal(method)}`,
		lines[0] && `headers: {\n${lines.join("")}  }`,
		content && `body: ${content}`,
		`${status}`[0] === "3" && 'redirect: "manual"',
	].flatMap((each) => (each ? `  ${each},\n` : []));
	return `${own[0] ? `// A browser sends its own in place of these headers, or none: ${own.join(", ")}.\n` : ""}\
const response = await fetch(${literal(origin + target)}${options[0] ? `, {\n${options.join("")}}` : ""});
console.log(response.status);
console.log(await response.text());
`;
}
