import type { IDataObject, IExecuteFunctions, ResourceMapperValue } from 'n8n-workflow';

import type { Pace } from '../../n8n/pacer';
import { Failure } from '../../shared/failure';
import { CATEGORIES, wholeMeasurement, type Category, type MeasurementInput, type UidRule } from '../../shared/measurement';
import { valueAt } from '../../shared/records';
import { ParameterReader } from './parameterReader';

export interface SubmitOptions {
	checkMeter: boolean;
	convertNumericText: boolean;
	dryRun: boolean;
	output: 'items' | 'summary';
	zone: string;
	verifyAccounts: boolean;
	pace: Pace;
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
	/** Time zone of its times without one; that of the run when it says none. */
	zone?: string;
}

/** The options as one item has them. A run over many items takes those of the first, but for what concerns a row alone. */
export function readOptions(context: IExecuteFunctions, itemIndex: number): SubmitOptions {
	const given = context.getNodeParameter('options', itemIndex, {}) as Partial<SubmitOptions & { requestsPerSecond: number; concurrency: number }>;
	return {
		checkMeter: given.checkMeter ?? true,
		convertNumericText: given.convertNumericText ?? true,
		dryRun: given.dryRun ?? false,
		output: given.output ?? 'items',
		zone: zoneOf(given.zone),
		verifyAccounts: given.verifyAccounts ?? true,
		pace: {
			...(given.requestsPerSecond === undefined ? {} : { perSecond: given.requestsPerSecond }),
			...(given.concurrency === undefined ? {} : { concurrency: given.concurrency }),
		},
	};
}

const zoneOf = (given: unknown): string => (typeof given === 'string' && given.trim() !== '' ? given.trim() : 'UTC');

/** Names separated by commas, as the editor's text fields hold them. */
export const namesOf = (text: unknown): string[] =>
	String(text)
		.split(',')
		.map((name) => name.trim())
		.filter((name) => name !== '');

/** A value of the Data Fields mapper belongs to a category and a code: `measure.requests`. */
export function splitField(id: string): { category: Category; code: string } {
	const dot = id.indexOf('.');
	const category = CATEGORIES.find((known) => known === id.slice(0, dot));
	if (category !== undefined) return { category, code: id.slice(dot + 1) };
	throw new Failure('invalid-input', 'A data field has no category', { description: `"${id}" should be written like measure.${id}. Refresh the data fields of the node.` });
}

/** Reads input items as the node's parameters say. */
export class RowParameters {
	private readonly reader: ParameterReader;

	private readonly items: ReturnType<IExecuteFunctions['getInputData']>;

	constructor(context: IExecuteFunctions) {
		this.reader = new ParameterReader(context);
		this.items = context.getInputData();
	}

	/** @throws Failure when an item cannot be read as its parameters say */
	readRow(index: number): Row {
		const { reader } = this;
		const item = this.items[index].json;
		const uid = this.readUid(index, item);
		const zone = zoneOf(reader.value('options.zone', index));
		if (reader.value('input', index) === 'json') return { input: wholeMeasurement(reader.value('json', index), uid), zone };
		const customer = reader.value('accountSource', index) === 'customer' ? this.readCustomer(index) : undefined;
		return {
			customer,
			zone,
			input: {
				meter: reader.located('meter', index),
				account: customer === undefined ? reader.located('account', index) : undefined,
				ts: reader.value('timestamp', index),
				ets: reader.value('options.endTimestamp', index),
				values: this.readValues(index, item),
				uid,
			},
		};
	}

	/** Whether the item is only checked. */
	isDryRun(index: number): boolean {
		return this.reader.value('options.dryRun', index) === true;
	}

	private readUid(index: number, item: IDataObject): UidRule {
		const from = this.reader.value('uniqueId', index);
		if (from === 'value') return { from, value: this.reader.value('uniqueIdValue', index) };
		if (from !== 'fields') return { from: 'measurement' };
		const names = namesOf(this.reader.value('uniqueIdFields', index));
		return { from, values: Object.fromEntries(names.map((name) => [name, valueAt(item, name)])) };
	}

	private readCustomer(index: number): Customer {
		const text = (name: string) => String(this.reader.value(name, index) ?? '').trim();
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
	private readValues(index: number, item: IDataObject): MeasurementInput['values'] {
		const { mappingMode, value, schema } = this.reader.mapper('fields', index);
		const automatic = mappingMode === 'autoMapInputData';
		const ids = automatic ? automaticIds(schema, Object.keys(item)) : Object.keys(value ?? {});
		const values: MeasurementInput['values'] = {};
		for (const id of ids) {
			const { category, code } = splitField(id);
			const given = automatic ? (item[id] ?? item[code]) : value?.[id];
			(values[category] ??= {})[code] = given;
		}
		return values;
	}
}

export function automaticIds(schema: ResourceMapperValue['schema'] | undefined, names: readonly string[]): string[] {
	if (schema !== undefined && schema.length > 0) return schema.filter(({ removed }) => !removed).map(({ id }) => id);
	return names.filter((name) => CATEGORIES.some((category) => name.startsWith(`${category}.`)));
}
