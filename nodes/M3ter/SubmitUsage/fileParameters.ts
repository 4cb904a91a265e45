import type { IExecuteFunctions, ResourceMapperValue } from 'n8n-workflow';

import { Failure } from '../../shared/failure';
import type { Encoding } from '../../shared/fileText';
import { wholeMeasurement, type Category, type MeasurementInput, type UidRule } from '../../shared/measurement';
import type { FileFormat, FileRecord } from '../../shared/records';
import { automaticIds, namesOf, readOptions, splitField, type Row, type SubmitOptions } from './rows';

const MB = 1024 * 1024;

export interface FileOptions extends SubmitOptions {
	binaryProperty: string;
	sendBy: 'automatic' | 'stream' | 'upload';
	format: FileFormat | 'auto';
	encoding: Encoding;
	delimiter?: string;
	/** The run stops when more rows are rejected; 0: never. */
	maxRejected: number;
	rejectedFile: boolean;
	/** Bytes from which `automatic` uploads. */
	uploadFrom: number;
	/** Bytes of one upload. */
	partBytes: number;
	jobTimeoutMs: number;
}

interface Given {
	format?: FileOptions['format'];
	encoding?: Encoding;
	delimiter?: string;
	maxRejected?: number;
	rejectedFile?: boolean;
	uploadFrom?: number;
	uploadPart?: number;
	jobTimeout?: number;
}

export function readFileOptions(context: IExecuteFunctions, itemIndex: number): FileOptions {
	const given = context.getNodeParameter('options', itemIndex, {}) as Given;
	const delimiter = given.delimiter === '\\t' ? '\t' : given.delimiter;
	if (delimiter !== undefined && delimiter.length > 1) throw new Failure('invalid-input', "'Delimiter' is longer than one character");
	return {
		...readOptions(context, itemIndex),
		binaryProperty: String(context.getNodeParameter('binaryProperty', itemIndex)),
		sendBy: context.getNodeParameter('sendBy', itemIndex) as FileOptions['sendBy'],
		format: given.format ?? 'auto',
		encoding: given.encoding ?? 'auto',
		delimiter: delimiter || undefined,
		maxRejected: given.maxRejected ?? 10_000,
		rejectedFile: given.rejectedFile ?? false,
		uploadFrom: (given.uploadFrom ?? 256) * MB,
		partBytes: (given.uploadPart ?? 32) * MB,
		jobTimeoutMs: (given.jobTimeout ?? 60) * 60_000,
	};
}

/** One value of a record: of the first column that has it, or a text that is the same for all. */
interface Column {
	names: string[];
	fixed?: string;
}

/** `"send"`, in quotes, is the text itself; anything else names a column. */
function columnOf(text: unknown): Column {
	const name = String(text ?? '').trim();
	return /^".*"$/s.test(name) ? { names: [], fixed: name.slice(1, -1) } : { names: name === '' ? [] : [name] };
}

function valueOf(record: FileRecord, { names, fixed }: Column): unknown {
	if (fixed !== undefined) return fixed;
	for (const name of names) {
		const value = record.value(name);
		if (value !== undefined) return value;
	}
	return undefined;
}

interface MappedField extends Column {
	category: Category;
	code: string;
}

/** How the records of a file become measurements; read once, the same for all of them. */
export class FileMapping {
	private readonly whole: boolean;

	private readonly meter: unknown;

	private readonly account: Column;

	private readonly customer: { system: string; table: string; id: Column } | undefined;

	private readonly timestamp: Column;

	private readonly endTimestamp: Column;

	private readonly uid: { from: UidRule['from']; columns: string[] };

	private readonly fields: MappedField[];

	constructor(context: IExecuteFunctions, itemIndex: number) {
		const value = (name: string) => context.getNodeParameter(name, itemIndex, '');
		const text = (name: string) => String(value(name) ?? '').trim();
		this.whole = value('input') === 'json';
		this.meter = this.whole ? undefined : context.getNodeParameter('meter', itemIndex, '', { extractValue: true });
		const byCustomer = !this.whole && value('accountSource') === 'customer';
		this.account = columnOf(byCustomer || this.whole ? '' : value('accountColumn'));
		this.customer = byCustomer ? { system: text('customerSystem'), table: text('customerTable'), id: columnOf(value('customerIdColumn')) } : undefined;
		this.timestamp = columnOf(this.whole ? '' : value('timestampColumn'));
		this.endTimestamp = columnOf(this.whole ? '' : value('options.endTimestampColumn'));
		this.fields = this.whole ? [] : mappedFields(context.getNodeParameter('columns', itemIndex) as ResourceMapperValue);
		this.uid = uidColumns(value('uniqueId'), value('uniqueIdColumn'), value('uniqueIdFields'));
		this.checkChosen();
	}

	/** The columns a CSV file must have: of each list, one. */
	get columns(): string[][] {
		if (this.whole) return [['meter'], ['account'], ['ts']];
		const columns = [this.account, this.timestamp, this.endTimestamp, ...(this.customer === undefined ? [] : [this.customer.id]), ...this.fields];
		return [...columns.map(({ names }) => names), ...this.uid.columns.map((name) => [name])].filter((names) => names.length > 0);
	}

	/** @throws Failure or ZodError when a record cannot be a measurement */
	row(record: FileRecord): Row {
		const uid = this.uidRule(record);
		if (this.whole) return { input: wholeMeasurement(record.whole(), uid) };
		const values: MeasurementInput['values'] = {};
		for (const field of this.fields) (values[field.category] ??= {})[field.code] = valueOf(record, field);
		return {
			customer: this.customerOf(record),
			input: {
				meter: this.meter,
				account: valueOf(record, this.account),
				ts: valueOf(record, this.timestamp),
				ets: valueOf(record, this.endTimestamp),
				values,
				uid,
			},
		};
	}

	private customerOf(record: FileRecord): Row['customer'] {
		if (this.customer === undefined) return undefined;
		const { system, table } = this.customer;
		const id = String(valueOf(record, this.customer.id) ?? '').trim();
		if (id === '') throw new Failure('invalid-input', 'The customer ID is empty', { description: 'The customer ID is empty.' });
		return { system, table, id };
	}

	private uidRule(record: FileRecord): UidRule {
		const { from, columns } = this.uid;
		if (from === 'value') return { from, value: record.value(columns[0]) };
		if (from === 'measurement') return { from };
		return { from, values: Object.fromEntries(columns.map((column) => [column, record.value(column)])) };
	}

	private checkChosen(): void {
		const isEmpty = ({ names, fixed }: Column) => names.length === 0 && fixed === undefined;
		const empty = (name: string) => new Failure('invalid-input', `'${name}' is empty`, { description: 'Enter the name of a column of the file.' });
		if (this.uid.from !== 'measurement' && this.uid.columns.length === 0) throw empty(this.uid.from === 'value' ? 'Unique ID Column' : 'Unique ID Fields');
		if (this.whole) return;
		if (isEmpty(this.timestamp)) throw empty('Timestamp Column');
		if (this.customer === undefined && isEmpty(this.account)) throw empty('Account Column');
		if (this.customer !== undefined && isEmpty(this.customer.id)) throw empty('Customer ID Column');
		if (this.customer !== undefined && (this.customer.system === '' || this.customer.table === '')) throw empty('Customer System or Customer Table');
	}
}

function mappedFields({ mappingMode, value, schema }: ResourceMapperValue): MappedField[] {
	if (mappingMode === 'autoMapInputData') return automaticIds(schema, []).map((id) => ({ ...splitField(id), names: [id, splitField(id).code] }));
	return Object.entries(value ?? {}).map(([id, column]) => ({ ...splitField(id), ...columnOf(column) }));
}

function uidColumns(from: unknown, column: unknown, fields: unknown): { from: UidRule['from']; columns: string[] } {
	if (from === 'value') return { from, columns: namesOf(column).slice(0, 1) };
	return from === 'fields' ? { from, columns: namesOf(fields) } : { from: 'measurement', columns: [] };
}
