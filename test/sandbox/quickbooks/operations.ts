/** One write of one object, whether it came alone or in a batch. */
import type { z } from 'zod';

import { Refusal } from './errors';
import { writeCustomer, writeItem } from './names';
import { createSales, deleteSales, updateSales, voidSales } from './sales';
import { customer, item, sales } from './schemas';
import { SALES_ENTITIES, type Company, type Core, type SalesName } from './state';

export type WritableName = SalesName | 'Customer' | 'Item';

export const isSales = (name: string): name is WritableName => [...SALES_ENTITIES, 'Customer', 'Item'].includes(name);

/** Turns what the schema says into Intuit's codes: unknown 2010, too long 2050, the rest 2010 as well. */
function parse<Schema extends z.ZodTypeAny>(schema: Schema, body: unknown): z.output<Schema> {
	if (typeof body !== 'object' || body === null || Object.keys(body).length === 0) throw new Refusal('2310', 'The request body is empty');
	const parsed = schema.safeParse(body);
	if (parsed.success) return parsed.data as z.output<Schema>;
	const [issue] = parsed.error.issues;
	const path = issue.path.join('.');
	if (issue.code === 'too_big' || issue.code === 'too_small') throw new Refusal('2050', `${path}: ${issue.message}`, path);
	const keys = issue.code === 'unrecognized_keys' ? `Property Name:${issue.keys.join(', ')} specified is unsupported or invalid` : issue.message;
	throw new Refusal('2010', `${path}: ${keys}`, path);
}

/** `operation` is create, update, delete or void; without one the `Id` tells create from update. Throws Refusal. */
export function write(
	core: Core,
	company: Company,
	name: WritableName,
	body: unknown,
	{ operation, query }: { operation: string | null; query: URLSearchParams },
): object {
	if (name === 'Customer') return writeCustomer(core, company, parse(customer, body));
	if (name === 'Item') return writeItem(core, company, parse(item, body));
	const input = parse(sales, body);
	if (operation === 'delete') return deleteSales(core, company, name, input);
	if (operation === 'void') return voidSales(core, company, name, input);
	if (operation !== null && !['create', 'update'].includes(operation)) throw new Refusal('2010', `Unknown operation ${operation}`, 'operation');
	const options = { allowDuplicates: (query.get('include') ?? '').split(',').includes('allowduplicatedocnum') };
	if (input.Id === undefined && operation === 'update') throw new Refusal('2020', 'Required parameter Id is missing in the request', 'Id');
	return input.Id === undefined ? createSales(core, company, name, input, options) : updateSales(core, company, name, input, options);
}
