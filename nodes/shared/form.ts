export type FormValue = string | number | boolean | null | undefined | readonly FormValue[] | { readonly [key: string]: FormValue };

/** A request body. */
export type FormBody = { readonly [key: string]: FormValue };

/** Percent-encoding as the providers' own SDKs do it, beyond what encodeURIComponent leaves alone. */
const encode = (text: string): string =>
	encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const encodeKey = (key: string): string => encode(key).replace(/%5B/g, '[').replace(/%5D/g, ']');

function* pairs(prefix: string, value: FormValue): Generator<[string, string]> {
	if (value === undefined) return;
	if (Array.isArray(value)) for (const [index, entry] of value.entries()) yield* pairs(`${prefix}[${index}]`, entry as FormValue);
	else if (value !== null && typeof value === 'object') for (const [key, entry] of Object.entries(value)) yield* pairs(`${prefix}[${key}]`, entry as FormValue);
	else yield [prefix, value === null ? '' : String(value)];
}

/**
 * A form body with brackets: `a[b]=1`, arrays with indexes (`a[0][b]=1`), brackets left literal, null as the empty text
 * that clears a field; undefined is left out.
 */
export const encodeForm = (body: FormBody): string =>
	Object.entries(body)
		.flatMap(([key, value]) => [...pairs(key, value)])
		.map(([key, value]) => `${encodeKey(key)}=${encode(value)}`)
		.join('&');

/**
 * Rows as columns, for APIs that want the index last: `[{ a: 1, b: 2 }]` → `{ a: [1], b: [2] }` → `name[a][0]=1&name[b][0]=2`.
 * A field that a row lacks leaves a gap.
 */
export function columns(rows: ReadonlyArray<{ readonly [field: string]: FormValue }>): FormBody {
	const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))];
	return Object.fromEntries(fields.map((field) => [field, rows.map((row) => row[field])]));
}
