/** Path patterns: `/bills/:id` (router, faults) and `/bills/{id}` (OpenAPI) read the same. */

export interface PathPattern {
	/** Values of the named segments, percent-decoded; undefined when the path does not match. */
	match(path: string): Record<string, string> | undefined;
	/** As `match`, but the pattern may also be only the end of the path (on a segment boundary). */
	matchEnd(path: string): boolean;
	/** Sorts fixed segments before named ones: `/bills/search` wins over `/bills/:id`. */
	readonly rank: string;
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Throws `URIError` from `match` when a segment is not valid percent-encoding. */
export function compilePath(pattern: string): PathPattern {
	const names: string[] = [];
	const name = (value: string) => {
		names.push(value);
		return '([^/]+)';
	};
	const segments = pattern.split('/').map((segment) => {
		if (segment.startsWith(':')) return name(segment.slice(1));
		return segment
			.split(/(\{[^}]+\})/)
			.map((part) => (/^\{.*\}$/.test(part) ? name(part.slice(1, -1)) : escapeRegExp(part)))
			.join('');
	});
	const source = segments.join('/');
	const whole = new RegExp(`^${source}$`);
	const end = new RegExp(`(^|(?=/))${source}$`);
	return {
		match(path) {
			const found = whole.exec(path);
			if (!found) return undefined;
			return Object.fromEntries(names.map((key, index) => [key, decodeURIComponent(found[index + 1])]));
		},
		matchEnd: (path) => end.test(path),
		rank: segments.map((segment) => (segment.includes('([^/]+)') ? '1' : '0')).join(''),
	};
}
