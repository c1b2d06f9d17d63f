/** What the browser keeps for the page. A browser that blocks cookies keeps nothing: then it is kept until the page is closed. */

class Kept {
	/** @type {Map<string, string>} */
	#here = new Map();
	/** @type {() => Storage} */
	#storage;

	/** @param {() => Storage} storage Throws, as do its methods, where the browser keeps nothing. */
	constructor(storage) {
		this.#storage = storage;
	}

	/**
	 * @param {string} key
	 * @returns {string | null}
	 */
	get(key) {
		return this.#here.get(key) ?? this.#try((storage) => storage.getItem(key));
	}

	/**
	 * @param {string} key
	 * @param {string} value
	 */
	set(key, value) {
		this.#here.set(key, value);
		this.#try((storage) => storage.setItem(key, value));
	}

	/** @param {string} key */
	remove(key) {
		this.#here.delete(key);
		this.#try((storage) => storage.removeItem(key));
	}

	/**
	 * @template T
	 * @param {(storage: Storage) => T} use
	 * @returns {T | null}
	 */
	#try(use) {
		try {
			return use(this.#storage());
		} catch {
			return null;
		}
	}
}

/** Until the tab is closed. */
export const inTab = new Kept(() => sessionStorage);

/** For good. */
export const inBrowser = new Kept(() => localStorage);
