/**
 * Reads form and query parameters as strictly as Chargebee: unknown, missing, blank, mistyped and too long ones are refused by name.
 * An empty value means "cleared" and reads as null, so optional fields are `.nullish()`.
 */
import { z } from 'zod';

import { ApiError, wrongValue } from './errors';

export const text = (max: number) => z.string().max(max);

export const integer = (min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) =>
	z
		.string()
		.regex(/^[+-]?\d{1,15}$/, 'should be a number')
		.transform(Number)
		.pipe(z.number().min(min).max(max));

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** UTC seconds, ten digits: milliseconds and ISO dates are the usual mistakes. */
export const timestamp = z
	.string()
	.regex(/^\d{10}$/, 'should be a UTC timestamp in seconds')
	.transform(Number);

export const decimal = (max: number) =>
	z
		.string()
		.max(max)
		.regex(/^-?\d+(\.\d+)?$/, 'should be a decimal number');

/** One JSON text. */
export const json = z.string().transform((value, context): unknown => {
	try {
		return JSON.parse(value) as unknown;
	} catch {
		context.addIssue({ code: 'custom', message: 'should be a valid JSON' });
		return z.NEVER;
	}
});

/** `name[0]=…&name[1]=…` */
export const list = <T extends z.ZodTypeAny>(rule: T) =>
	z
		.array(rule.optional())
		.transform((values) => values.filter((value): value is NonNullable<typeof value> => value !== undefined && value !== null));

type Columns = Record<string, Array<string | null | undefined>>;

function toRows(columns: Columns): Array<Record<string, string | null> | undefined> {
	const length = Math.max(0, ...Object.values(columns).map((column) => column.length));
	return Array.from({ length }, (_, index) => {
		const cells = Object.entries(columns).flatMap(([name, column]) => {
			const value = column[index];
			return value === undefined ? [] : [[name, value] as const];
		});
		return cells.length > 0 ? Object.fromEntries(cells) : undefined;
	});
}

/**
 * Array of objects, column-wise: `name[field][0]=…&name[field][1]=…`. Reads to rows that know their `index`; indexes nobody uses make no row.
 * Row-wise spelling is refused.
 */
export const rows = <S extends z.ZodRawShape>(shape: S) =>
	z
		.record(z.array(z.string().nullish()))
		.transform(toRows)
		.pipe(z.array(z.object(shape).strict().optional()))
		.transform((values) => values.flatMap((row, index) => (row === undefined ? [] : [{ ...row, index }])));

export const address = z
	.object({
		first_name: text(150).nullish(),
		last_name: text(150).nullish(),
		email: text(70).email('is not a valid email address').nullish(),
		company: text(250).nullish(),
		phone: text(50).nullish(),
		line1: text(150).nullish(),
		line2: text(150).nullish(),
		line3: text(150).nullish(),
		city: text(50).nullish(),
		state_code: text(50).nullish(),
		state: text(50).nullish(),
		zip: text(20).nullish(),
		country: text(50).nullish(),
		validation_status: z.enum(['not_validated', 'valid', 'partially_valid', 'invalid']).nullish(),
	})
	.strict();

const messages: z.ZodErrorMap = (issue, context) => {
	if (issue.code === 'invalid_type') {
		if (issue.received === 'undefined') return { message: 'is required' };
		if (issue.received === 'null') return { message: 'cannot be blank' };
		return { message: `is not in the expected form (${issue.expected})` };
	}
	if (issue.code === 'too_big')
		return { message: `should not be more than ${issue.maximum}${issue.type === 'string' ? ' characters' : ''}` };
	if (issue.code === 'too_small') return { message: `should be greater than or equal to ${issue.minimum}` };
	if (issue.code === 'invalid_enum_value') return { message: `should be one of ${issue.options.join(', ')}` };
	return { message: context.defaultError };
};

/** `['charges', 3, 'amount']` → `charges[amount][3]`: Chargebee puts the index last. */
function paramName(path: Array<string | number>): string {
	const names = path.filter((part) => typeof part === 'string');
	const [first = '', ...rest] = [...names, ...path.filter((part) => typeof part === 'number')];
	return `${first}${rest.map((part) => `[${part}]`).join('')}`;
}

function toApiError(error: z.ZodError): ApiError {
	const [issue] = error.issues;
	if (issue.code !== 'unrecognized_keys') return wrongValue(paramName(issue.path), issue.message);
	return wrongValue(paramName([...issue.path, issue.keys[0]]), 'is not a parameter of this call');
}

/** Blank values become null, at any depth. */
function blanksToNull(value: unknown): unknown {
	if (value === '') return null;
	if (Array.isArray(value)) return value.map(blanksToNull);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, blanksToNull(entry)]));
}

/** Throws 400 `param_wrong_value` naming the first wrong parameter. */
export function readParams<S extends z.ZodRawShape>(
	shape: S,
	values: Record<string, unknown>,
): z.output<z.ZodObject<S, 'strict'>> {
	const result = z.object(shape).strict().safeParse(blanksToNull(values), { errorMap: messages });
	if (!result.success) throw toApiError(result.error);
	return result.data;
}

/** What is there and not cleared. */
export function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined)) as {
		[K in keyof T]?: NonNullable<T[K]>;
	};
}

/** Writes changes into an object: null clears, undefined leaves. */
export function assign(target: Record<string, unknown>, changes: Record<string, unknown>): void {
	for (const [key, value] of Object.entries(changes)) {
		if (value === null) delete target[key];
		else if (value !== undefined) target[key] = value;
	}
}
