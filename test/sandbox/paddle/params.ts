/** Reads JSON bodies and query parameters; whatever does not fit is named in a 400. */
import { z } from 'zod';

import { invalid } from './errors';

/** Newer than the published contract: CLP, PEN. */
export const CURRENCIES = [
	...[
		'USD',
		'EUR',
		'GBP',
		'JPY',
		'AUD',
		'CAD',
		'CHF',
		'CLP',
		'HKD',
		'SGD',
		'SEK',
		'ARS',
		'BRL',
		'CNY',
		'COP',
		'CZK',
		'DKK',
		'HUF',
		'ILS',
	],
	...['INR', 'KRW', 'MXN', 'NOK', 'NZD', 'PEN', 'PLN', 'RUB', 'THB', 'TRY', 'TWD', 'UAH', 'VND', 'ZAR'],
] as [string, ...string[]];

export const ZERO_DECIMAL = ['JPY', 'KRW', 'VND', 'CLP'];

const TAX_CATEGORIES = [
	...[
		'digital-goods',
		'ebooks',
		'implementation-services',
		'professional-services',
		'saas',
		'software-programming-services',
		'standard',
	],
	...['training-services', 'website-hosting'],
] as [string, ...string[]];

export const currency = z.enum(CURRENCIES);
export const customData = z.record(z.unknown()).nullable();
export const status = z.enum(['active', 'archived']);
export const timestamp = z.string().datetime({ offset: true });
export const duration = z
	.object({ interval: z.enum(['day', 'week', 'month', 'year']), frequency: z.number().int().min(1) })
	.strict();
export const taxCategory = z.enum(TAX_CATEGORIES);
export const id = (prefix: string) =>
	z.string().regex(new RegExp(`^${prefix}_[a-z\\d]{26}$`), `must be a Paddle ID of type ${prefix}`);

/** A string holding a whole number of minor units; Paddle takes no negative and no decimal amounts. */
export const money = z
	.object({
		amount: z.string().regex(/^\d{1,12}$/, 'must be a whole, positive number of minor units in a string'),
		currency_code: currency,
	})
	.strict();

export const quantityWindow = z
	.object({ minimum: z.number().int().min(1).max(999_999_999), maximum: z.number().int().min(1).max(999_999_999) })
	.strict()
	.refine(({ minimum, maximum }) => minimum <= maximum, 'minimum must not be above maximum');

/** `a,b,c` */
export const csv = <T extends z.ZodTypeAny>(entry: T) =>
	z
		.string()
		.transform((value) => value.split(','))
		.pipe(z.array(entry).min(1));

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

function check<T extends z.ZodTypeAny>(schema: T, value: unknown): z.output<T> {
	const result = schema.safeParse(value);
	if (result.success) return result.data as z.output<T>;
	throw invalid(
		...result.error.issues.flatMap((issue) => {
			if (issue.code !== 'unrecognized_keys') return [{ field: issue.path.join('.'), message: issue.message }];
			return issue.keys.map((key) => ({
				field: [...issue.path, key].join('.'),
				message: 'additional properties are not allowed',
			}));
		}),
	);
}

/** Throws 400 `bad_request` with a message per field. */
export const readBody = <S extends z.ZodTypeAny>(schema: S, body: unknown): z.output<S> => check(schema, body);

/** Throws 400 for unknown, repeated and wrong parameters. */
export function readQuery<S extends z.ZodRawShape>(shape: S, query: URLSearchParams): z.output<z.ZodObject<S, 'strict'>> {
	const names = [...query.keys()];
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined) throw invalid({ field: twice, message: 'must be given once' });
	return check(z.object(shape).strict(), Object.fromEntries(query));
}
