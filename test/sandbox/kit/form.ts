/**
 * Reads `application/x-www-form-urlencoded` text with the bracket notation that Stripe and Chargebee use.
 * `a[b]=1` → `{a: {b: '1'}}`; `a[]=1&a[]=2`, `a[0]=1&a[1]=2` and `a=1&a=2` → `{a: ['1', '2']}`.
 * Column arrays keep their positions: `q[1]=5` → `{q: [undefined, '5']}`.
 */

export type FormValue = string | undefined | FormValue[] | { [key: string]: FormValue };

/** Guards against `a[999999999]=1` asking for a huge array. */
const MAX_INDEX = 9999;

type Branch = Map<string, Branch | string[]>;

function keyPath(key: string): string[] {
	const first = key.indexOf('[');
	if (first <= 0 || !key.endsWith(']')) return [key];
	return [key.slice(0, first), ...key.slice(first + 1, -1).split('][')];
}

function put(root: Branch, path: string[], value: string): void {
	let branch = root;
	for (const segment of path.slice(0, -1)) {
		const next = branch.get(segment);
		if (next instanceof Map) branch = next;
		else {
			const created: Branch = new Map();
			branch.set(segment, created);
			branch = created;
		}
	}
	const last = path[path.length - 1];
	const present = branch.get(last);
	if (Array.isArray(present)) present.push(value);
	else branch.set(last, [value]);
}

function toValue(node: Branch | string[]): FormValue {
	if (Array.isArray(node)) return node.length === 1 ? node[0] : node;
	const keys = [...node.keys()];
	const unnamed = node.get('');
	if (keys.length === 1 && unnamed) return Array.isArray(unnamed) ? unnamed : [toValue(unnamed)];
	if (keys.every((key) => /^\d+$/.test(key) && Number(key) <= MAX_INDEX)) {
		const list: FormValue[] = new Array<FormValue>(Math.max(...keys.map(Number)) + 1).fill(undefined);
		for (const [key, child] of node) list[Number(key)] = toValue(child);
		return list;
	}
	return toObject(node);
}

function toObject(branch: Branch): { [key: string]: FormValue } {
	const result: { [key: string]: FormValue } = {};
	for (const [key, child] of branch) {
		if (key !== '__proto__') result[key] = toValue(child);
	}
	return result;
}

/** Decodes form text (or a query string, with or without the leading `?`) into nested objects and arrays of strings. */
export function decodeForm(text: string): { [key: string]: FormValue } {
	const root: Branch = new Map();
	for (const [key, value] of new URLSearchParams(text)) put(root, keyPath(key), value);
	return toObject(root);
}
