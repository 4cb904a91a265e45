import type { IDataObject, IExecuteFunctions, ResourceMapperValue } from 'n8n-workflow';

import { Failure } from '../../shared/failure';
import { CATEGORIES, wholeMeasurement, type Category, type MeasurementInput, type UidRule } from '../../shared/measurement';

export interface SubmitOptions {
	checkMeter: boolean;
	convertNumericText: boolean;
	dryRun: boolean;
	output: 'items' | 'summary';
	zone: string;
	verifyAccounts: boolean;
}

/** A record of another system that stands for an m3ter account. */
export interface Customer {
	system: string;
	table: string;
	id: string;
}

/** One input item as its parameters describe it. With a customer, the account is not known yet. */
export interface Row {
	input: MeasurementInput;
	customer?: Customer;
}

/** The options of a run; they are the same for all its items. */
export function readOptions(context: IExecuteFunctions): SubmitOptions {
	const given = context.getNodeParameter('options', 0, {}) as Partial<SubmitOptions>;
	return {
		checkMeter: given.checkMeter ?? true,
		convertNumericText: given.convertNumericText ?? true,
		dryRun: given.dryRun ?? false,
		output: given.output ?? 'items',
		zone: given.zone?.trim() || 'UTC',
		verifyAccounts: given.verifyAccounts ?? true,
	};
}

/** @throws Failure when an item cannot be read as its parameters say */
export function readRow(context: IExecuteFunctions, index: number): Row {
	const item = context.getInputData()[index].json;
	const uid = readUid(context, index, item);
	if (context.getNodeParameter('input', index) === 'json') return { input: wholeMeasurement(context.getNodeParameter('json', index), uid) };
	const customer = context.getNodeParameter('accountSource', index) === 'customer' ? readCustomer(context, index) : undefined;
	return {
		customer,
		input: {
			meter: context.getNodeParameter('meter', index, '', { extractValue: true }),
			account: customer === undefined ? context.getNodeParameter('account', index, '', { extractValue: true }) : undefined,
			ts: context.getNodeParameter('timestamp', index, ''),
			ets: context.getNodeParameter('options.endTimestamp', index, ''),
			values: readValues(context, index, item),
			uid,
		},
	};
}

function readUid(context: IExecuteFunctions, index: number, item: IDataObject): UidRule {
	const from = context.getNodeParameter('uniqueId', index);
	if (from === 'value') return { from, value: context.getNodeParameter('uniqueIdValue', index, '') };
	if (from !== 'fields') return { from: 'measurement' };
	const names = String(context.getNodeParameter('uniqueIdFields', index, ''))
		.split(',')
		.map((name) => name.trim())
		.filter((name) => name !== '');
	return { from, values: Object.fromEntries(names.map((name) => [name, valueAt(item, name)])) };
}

/** A field by its name, or by its path when no field has that name. */
function valueAt(item: IDataObject, name: string): unknown {
	if (Object.hasOwn(item, name)) return item[name];
	return name.split('.').reduce<unknown>((inner, key) => (inner !== null && typeof inner === 'object' ? (inner as IDataObject)[key] : undefined), item);
}

function readCustomer(context: IExecuteFunctions, index: number): Customer {
	const text = (name: string) => String(context.getNodeParameter(name, index, '') ?? '').trim();
	const customer = { system: text('customerSystem'), table: text('customerTable'), id: text('customerId') };
	const empty = Object.entries({ 'Customer System': customer.system, 'Customer Table': customer.table, 'Customer ID': customer.id }).find(([, value]) => value === '');
	if (empty !== undefined) throw new Failure('invalid-input', `'${empty[0]}' is empty`, { description: 'Without it the account cannot be found.' });
	return customer;
}

/**
 * The data fields. Read as a whole, because n8n converts a mapper's values by its own, inexact rules when only they are
 * read. Automatic mapping takes the item's fields named like a data field, with or without the category; when the editor
 * could not load the data fields, because the meter is an expression, those named with a category.
 */
function readValues(context: IExecuteFunctions, index: number, item: IDataObject): MeasurementInput['values'] {
	const { mappingMode, value, schema } = context.getNodeParameter('fields', index) as ResourceMapperValue;
	const automatic = mappingMode === 'autoMapInputData';
	const ids = automatic ? automaticIds(schema, item) : Object.keys(value ?? {});
	const values: MeasurementInput['values'] = {};
	for (const id of ids) {
		const { category, code } = split(id);
		const given = automatic ? (item[id] ?? item[code]) : value?.[id];
		values[category] = { ...values[category], [code]: given };
	}
	return values;
}

function automaticIds(schema: ResourceMapperValue['schema'] | undefined, item: IDataObject): string[] {
	if (schema !== undefined && schema.length > 0) return schema.filter(({ removed }) => !removed).map(({ id }) => id);
	return Object.keys(item).filter((name) => CATEGORIES.some((category) => name.startsWith(`${category}.`)));
}

function split(id: string): { category: Category; code: string } {
	const dot = id.indexOf('.');
	const category = CATEGORIES.find((known) => known === id.slice(0, dot));
	if (category !== undefined) return { category, code: id.slice(dot + 1) };
	throw new Failure('invalid-input', 'A data field has no category', { description: `"${id}" should be written like measure.${id}. Refresh the data fields of the node.` });
}
