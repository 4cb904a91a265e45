import type { IExecuteFunctions, NodeParameterValueType, ResourceMapperValue } from 'n8n-workflow';

import { valueAt } from '../../shared/records';

/** `{{ $json.a.b["c d"] }}` and nothing else: a plain field of the item. */
const FIELD = /^=\{\{\s*\$json((?:\.[A-Za-z_]\w*|\[(?:"[^"\\]*"|'[^'\\]*')\])*)\s*\}\}$/;
const STEP = /\.([A-Za-z_]\w*)|\[(?:"([^"]*)"|'([^']*)')\]/g;

type Read = (index: number) => unknown;

/**
 * Reads parameters of many items quickly. n8n evaluates every parameter anew for every item, which takes about half a
 * millisecond with an expression; constants are read once here, and expressions that only name a field of the item are
 * followed directly. Everything else, and every value that is not plain, goes n8n's own way, so results are the same.
 */
export class ParameterReader {
	private readonly reads = new Map<string, Read>();

	private readonly items: ReturnType<IExecuteFunctions['getInputData']>;

	constructor(private readonly context: IExecuteFunctions) {
		this.items = context.getInputData();
	}

	value(name: string, index: number): unknown {
		return this.read(name, () => this.quick(valueAt(this.raw, name), (item) => this.context.getNodeParameter(name, item, '')))(index);
	}

	/** The value chosen in a resource locator. */
	located(name: string, index: number): unknown {
		return this.read(name, () => {
			const locator: unknown = valueAt(this.raw, name);
			const value = locator !== null && typeof locator === 'object' && 'value' in locator ? locator.value : locator;
			return this.quick(value, (item) => this.context.getNodeParameter(name, item, '', { extractValue: true }));
		})(index);
	}

	/** A resource mapper's whole value. */
	mapper(name: string, index: number): ResourceMapperValue {
		return this.read(name, () => this.quickMapper(name))(index) as ResourceMapperValue;
	}

	private get raw(): unknown {
		return this.context.getNode().parameters;
	}

	private read(name: string, make: () => Read): Read {
		const known = this.reads.get(name);
		if (known !== undefined) return known;
		const read = make();
		this.reads.set(name, read);
		return read;
	}

	private quick(raw: unknown, slow: Read): Read {
		if (isConstant(raw)) {
			const value = slow(0);
			return () => value;
		}
		const path = pathOf(raw);
		if (path === undefined) return slow;
		return (index) => {
			const found = this.follow(path, index);
			return isPlain(found) ? found : slow(index);
		};
	}

	private quickMapper(name: string): Read {
		const slow: Read = (index) => this.context.getNodeParameter(name, index);
		const raw = valueAt(this.raw, name) as Partial<ResourceMapperValue> | undefined;
		if (isConstant(raw)) {
			const value = slow(0);
			return () => value;
		}
		if (raw?.value === null || typeof raw?.value !== 'object') return slow;
		const fields = Object.entries(raw.value).map(([id, given]) => ({ id, given, path: pathOf(given) }));
		if (!fields.every(({ given, path }) => path !== undefined || isConstant(given))) return slow;
		return (index) => {
			const value: NonNullable<ResourceMapperValue['value']> = {};
			for (const { id, given, path } of fields) {
				const found = path === undefined ? given : this.follow(path, index);
				if (!isPlain(found)) return slow(index);
				value[id] = found;
			}
			return { ...raw, value };
		};
	}

	private follow(path: readonly string[], index: number): unknown {
		let found: unknown = this.items[index]?.json;
		for (const key of path) {
			if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) return undefined;
			found = (found as Record<string, unknown>)[key];
		}
		return found;
	}
}

/** Holds no expression, so that it is the same for every item. */
function isConstant(raw: unknown): boolean {
	if (typeof raw === 'string') return !raw.startsWith('=');
	if (raw === null || typeof raw !== 'object') return true;
	return Object.values(raw).every(isConstant);
}

function pathOf(raw: unknown): string[] | undefined {
	const steps = typeof raw === 'string' ? FIELD.exec(raw)?.[1] : undefined;
	if (steps === undefined || steps === '') return undefined;
	return [...steps.matchAll(STEP)].map(([, plain, double, single]) => plain ?? double ?? single);
}

/** Values for which it makes no difference who read them. */
const isPlain = (value: unknown): value is NonNullable<NodeParameterValueType> & (string | number | boolean) =>
	(typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';
