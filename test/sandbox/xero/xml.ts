const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Lists hold elements named like themselves without the plural `s`. */
const singular = (name: string): string => (/ies$/.test(name) ? name.replace(/ies$/, 'y') : name.replace(/s$/, ''));

/** Any JSON value as XML; enough to show a client that it forgot its `Accept` header. */
export function toXml(name: string, value: unknown): string {
	if (value === undefined || value === null) return '';
	if (Array.isArray(value)) return `<${name}>${value.map((entry) => toXml(singular(name), entry)).join('')}</${name}>`;
	if (typeof value === 'object') {
		const inside = Object.entries(value).map(([key, entry]) => toXml(key, entry));
		return `<${name}>${inside.join('')}</${name}>`;
	}
	return `<${name}>${escapeXml(String(value as string | number | boolean))}</${name}>`;
}
