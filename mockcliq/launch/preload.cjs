// Runs in a Node program before its own code: Node's https, http and fetch do not look at HTTPS_PROXY by themselves.
"use strict";

const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");

// As they are now: the program may change its environment, and replace what it likes.
const given = process.env.HTTPS_PROXY;
const around = new Set((process.env.NO_PROXY ?? "").toLowerCase().split(","));
const { fetch } = globalThis;
const { request } = http;
const DISPATCHER = Symbol.for("undici.globalDispatcher.1"); // where fetch, of Node or of npm's undici, looks for it

const bare = (host) => host.replace(/^\[|\]$/g, "").toLowerCase();

function lead(proxy) {
	const headers = {};
	if (proxy.username) {
		const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
		headers["Proxy-Authorization"] = `Basic ${Buffer.from(user).toString("base64")}`;
	}
	const toProxy = () => net.connect(Number(proxy.port), bare(proxy.hostname));

	const goesAround = (host, port) =>
		around.has(bare(host)) || (bare(host) === bare(proxy.hostname) && Number(port) === Number(proxy.port));

	function tunnel(host, port, done) {
		const target = `${net.isIPv6(bare(host)) ? `[${bare(host)}]` : host}:${port}`;
		const asked = request({
			method: "CONNECT",
			path: target,
			headers: { Host: target, ...headers },
			createConnection: toProxy,
		});
		asked.once("error", done);
		asked.once("connect", (answer, socket) => {
			if (answer.statusCode === 200) {
				done(null, socket);
				return;
			}
			socket.destroy();
			const said = `${answer.statusCode} ${answer.statusMessage}`;
			done(Object.assign(new Error(`the proxy of mockcliq refused ${target}: ${said}`), { code: "ERR_PROXY_TUNNEL" }));
		});
		asked.end();
	}

	for (const { Agent } of [http, https]) {
		const connect = Agent.prototype.createConnection;
		Agent.prototype.createConnection = function createConnection(...all) {
			const [options, done] = all;
			if (typeof done !== "function" || options?.path || !options?.host || goesAround(options.host, options.port)) {
				return connect.apply(this, all);
			}
			tunnel(options.host, options.port, (error, socket) => {
				if (error) done(error);
				else done(null, Agent === https.Agent ? connect.call(this, { ...options, socket }) : socket);
			});
		};
	}

	function connectForFetch({ hostname, port, protocol, servername }, done) {
		const isSecure = protocol === "https:";
		const host = bare(hostname);
		const number = Number(port) || (isSecure ? 443 : 80);
		const waitFor = (socket, event, then) => {
			const fail = (error) => done(error, null);
			socket.once("error", fail).once(event, () => {
				socket.off("error", fail);
				then(socket);
			});
		};
		const finish = (socket) => done(null, socket.setNoDelay(true));
		const secure = (socket) => {
			if (!isSecure) return finish(socket);
			const name = servername || (net.isIP(host) ? "" : host);
			waitFor(tls.connect({ socket, servername: name, ALPNProtocols: ["http/1.1"] }), "secureConnect", finish);
		};
		if (goesAround(host, number)) waitFor(net.connect(number, host), "connect", secure);
		else tunnel(host, number, (error, socket) => (error ? done(error, null) : secure(socket)));
	}

	let fetchIsLed = false;
	const ledFetch = (...all) => {
		if (!fetchIsLed) {
			fetchIsLed = true;
			void globalThis.Headers; // loads what fetch is made of, which takes time: so not before
			const Agent = globalThis[DISPATCHER]?.constructor;
			// Any other is the program's own, such as one that answers by itself.
			if (Agent?.name === "Agent") globalThis[DISPATCHER] = new Agent({ connect: connectForFetch });
		}
		return fetch(...all);
	};
	if (fetch) globalThis.fetch = Object.defineProperty(ledFetch, "name", { value: "fetch" });
}

if (given) lead(new URL(given));
