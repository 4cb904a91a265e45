/** Reads form and query parameters as strictly as Stripe: unknown, missing, empty and mistyped ones are refused by name. */
import { ParameterError } from './errors';
import type { Metadata } from './types';

/** Reads one parameter's decoded value (strings, arrays and objects of strings). */
export interface Rule<T> {
	read(value: unknown, param: string): T;
	needed?: boolean;
}

export interface NeededRule<T> extends Rule<T> {
	needed: true;
}

export type Fields = Record<string, Rule<unknown>>;

/** What a set of fields reads to: needed ones are there, the others may be. */
export type Read<F extends Fields> = {
	[K in keyof F as F[K] extends NeededRule<unknown> ? K : never]: ReturnType<F[K]['read']>;
} & {
	[K in keyof F as F[K] extends NeededRule<unknown> ? never : K]?: ReturnType<F[K]['read']>;
};

const inside = (parent: string, name: string | number) => (parent === '' ? String(name) : `${parent}[${name}]`);

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const baseName = (param: string) => param.replace(/^.*\[([^\]]+)\]$/, '$1');

/** Makes a parameter mandatory (`parameter_missing`). */
export const needed = <T>(rule: Rule<T>): NeededRule<T> => ({ ...rule, needed: true });

/** An empty string unsets the value: reads as null. */
export const clearable = <T>(rule: Rule<T>): Rule<T | null> => ({
	read: (value, param) => (value === '' ? null : rule.read(value, param)),
});

function plainText(value: unknown, param: string): string {
	if (typeof value !== 'string') throw new ParameterError(`Invalid string: ${JSON.stringify(value)}`, param);
	if (value === '') {
		throw new ParameterError(
			`You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${baseName(param)}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
			param,
			'parameter_invalid_empty',
		);
	}
	return value;
}

export const text = (max = 5000): Rule<string> => ({
	read(value, param) {
		const read = plainText(value, param);
		if ([...read].length > max) {
			throw new ParameterError(`Invalid string: ${read.slice(0, 20)}...; must be at most ${max} characters`, param);
		}
		return read;
	},
});

/** A text where empty is simply empty, e.g. an address line. */
export const looseText = (max = 5000): Rule<string | null> => clearable(text(max));

export const integer = (limits: { min?: number; max?: number } = {}): Rule<number> => ({
	read(value, param) {
		const read = plainText(value, param);
		if (!/^[+-]?\d{1,15}$/.test(read)) throw new ParameterError(`Invalid integer: ${read}`, param, 'parameter_invalid_integer');
		const number = Number(read);
		if (limits.min !== undefined && number < limits.min) {
			throw new ParameterError(`This value must be greater than or equal to ${limits.min}.`, param, 'parameter_invalid_integer');
		}
		if (limits.max !== undefined && number > limits.max) {
			throw new ParameterError(`This value must be less than or equal to ${limits.max}.`, param, 'parameter_invalid_integer');
		}
		return number;
	},
});

/** Epoch seconds; milliseconds are the usual mistake and are refused. */
export const timestamp: Rule<number> = {
	read(value, param) {
		const read = integer().read(value, param);
		if (read < 0 || read > 9_999_999_999) {
			throw new ParameterError(
				`Invalid timestamp: ${read}; must be an integer Unix timestamp in seconds`,
				param,
				'parameter_invalid_integer',
			);
		}
		return read;
	},
};

/** A decimal string with at most 12 decimals (sheet §6). */
export const decimal = (limits: { signed?: boolean } = {}): Rule<string> => ({
	read(value, param) {
		const read = plainText(value, param);
		if (!/^-?\d+(\.\d+)?$/.test(read)) throw new ParameterError(`Invalid decimal: ${read}`, param);
		if ((read.split('.')[1] ?? '').length > 12) {
			throw new ParameterError(`Invalid decimal: ${read}; must contain at maximum 12 decimal places.`, param);
		}
		if (!limits.signed && read.startsWith('-')) {
			throw new ParameterError(`Invalid decimal: ${read}; must be greater than or equal to 0`, param);
		}
		return read;
	},
});

export const boolean: Rule<boolean> = {
	read(value, param) {
		const read = plainText(value, param);
		if (read !== 'true' && read !== 'false') throw new ParameterError(`Invalid boolean: ${read}`, param);
		return read === 'true';
	},
};

export const oneOf = <const T extends string>(...values: readonly T[]): Rule<T> => ({
	read(value, param) {
		const read = plainText(value, param);
		const found = values.find((entry) => entry === read);
		if (found === undefined) throw new ParameterError(`Invalid ${param}: must be one of ${listed(values)}`, param);
		return found;
	},
});

function listed(values: readonly string[]): string {
	if (values.length < 2) return values.join('');
	return `${values.slice(0, -1).join(', ')} or ${values[values.length - 1]}`;
}

export const list = <T>(rule: Rule<T>, limits: { min?: number; max?: number } = {}): Rule<T[]> => ({
	read(value, param) {
		if (!Array.isArray(value)) throw new ParameterError('Invalid array', param);
		const entries = value.filter((entry) => entry !== undefined) as unknown[];
		if (entries.length < (limits.min ?? 0) || entries.length > (limits.max ?? Infinity)) {
			throw new ParameterError(`Invalid array: must have between ${limits.min ?? 0} and ${limits.max} elements`, param);
		}
		return entries.map((entry, index) => rule.read(entry, inside(param, index)));
	},
});

/** A parameter Stripe knows and the sandbox ignores. */
export const anything: Rule<unknown> = { read: (value) => value };

/** An object with exactly these fields. */
export const object = <F extends Fields>(fields: F): Rule<Read<F>> => ({
	read(value, param) {
		if (!isObject(value)) throw new ParameterError('Invalid object', param);
		return readFields(fields, value, param);
	},
});

/** Reads all parameters of a request. Throws `ParameterError`: unknown ones first, then missing ones, then wrong ones. */
export function readFields<F extends Fields>(fields: F, values: Record<string, unknown>, parent = ''): Read<F> {
	const unknown = Object.keys(values).filter((name) => !Object.hasOwn(fields, name));
	if (unknown.length > 0) {
		const names = unknown.map((name) => inside(parent, name));
		throw new ParameterError(
			`Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`,
			names[0],
			'parameter_unknown',
		);
	}
	for (const [name, rule] of Object.entries(fields)) {
		if (!rule.needed || values[name] !== undefined) continue;
		const param = inside(parent, name);
		throw new ParameterError(`Missing required param: ${param}.`, param, 'parameter_missing');
	}
	const present = Object.entries(values).filter(([, value]) => value !== undefined);
	return Object.fromEntries(present.map(([name, value]) => [name, fields[name].read(value, inside(parent, name))])) as Read<F>;
}

/** Changes to metadata: null clears everything, an empty value clears its key. Limits: 50 keys, 40 and 500 characters. */
export type MetadataChange = Record<string, string> | null;

export const metadata: Rule<MetadataChange> = {
	read(value, param) {
		if (value === '') return null;
		// Numeric keys arrive as an array: `metadata[2026]` is a legal key.
		const entries = Object.entries(Array.isArray(value) ? { ...value } : isObject(value) ? value : fail(param));
		const changes = entries.filter(([, entry]) => entry !== undefined);
		for (const [key, entry] of changes) {
			const where = inside(param, key);
			if (typeof entry !== 'string') throw new ParameterError('Metadata values must be strings', where);
			if (key.length > 40) {
				throw new ParameterError(
					`Metadata keys can have up to 40 characters, but you passed in a key that is ${key.length} characters. Invalid key: ${key}`,
					param,
				);
			}
			if (entry.length > 500) {
				throw new ParameterError(
					`Metadata values can have up to 500 characters, but you passed in a value that is ${entry.length} characters. Invalid value: ${entry.slice(0, 40)}...`,
					where,
				);
			}
		}
		return Object.fromEntries(changes) as Record<string, string>;
	},
};

function fail(param: string): never {
	throw new ParameterError('Invalid object', param);
}

/** Metadata merges: other keys stay. */
export function mergeMetadata(current: Metadata, change: MetadataChange | undefined): Metadata {
	if (change === undefined) return current;
	if (change === null) return {};
	const merged = Object.fromEntries(Object.entries({ ...current, ...change }).filter(([, value]) => value !== ''));
	if (Object.keys(merged).length > 50) throw new ParameterError('You can only have up to 50 metadata keys.', 'metadata');
	return merged;
}

/** `created=1` or `created[gte]=1&created[lt]=2`. */
export interface Range {
	gt?: number;
	gte?: number;
	lt?: number;
	lte?: number;
}

export const range: Rule<Range> = {
	read(value, param) {
		if (typeof value !== 'string')
			return object({ gt: timestamp, gte: timestamp, lt: timestamp, lte: timestamp }).read(value, param);
		const exact = timestamp.read(value, param);
		return { gte: exact, lte: exact };
	},
};

export function inRange(value: number | null, limits: Range | undefined): boolean {
	if (!limits) return true;
	if (value === null) return false;
	const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = limits;
	return value > gt && value >= gte && value < lt && value <= lte;
}
