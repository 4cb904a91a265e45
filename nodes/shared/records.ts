import { CsvSplitter } from './csv';
import { Failure } from './failure';
import { NOT_TEXT } from './fileText';
import { JsonArraySplitter, NdjsonSplitter, type JsonRow } from './jsonRecords';

export type FileFormat = 'csv' | 'ndjson' | 'json';

/** One record of a usage file. Rows are counted from 1; the header of a CSV file is not a row. */
export interface FileRecord {
	row: number;
	/** Why the record cannot be read. */
	problem?: string;
	/** A column of a CSV file, or a property of a JSON record, by its name or path. */
	value(column: string): unknown;
	/** The record as one object. Columns of a CSV file named like `measure.requests` become values of a group. */
	whole(): unknown;
	/** The record as text: the fields of a CSV row, the JSON of any other. */
	cells(): string[];
}

export interface RecordOptions {
	format: FileFormat;
	/** For CSV; undefined: recognized from the header. */
	delimiter?: string;
	/** Columns a CSV file must have: of each list, one. */
	columns: ReadonlyArray<readonly string[]>;
}

const NAMES: Record<string, FileFormat> = { csv: 'csv', tsv: 'csv', txt: 'csv', ndjson: 'ndjson', jsonl: 'ndjson' };

/** A file's format: CSV and NDJSON by the name or type when they say so, else by its first character. */
export function formatOf(start: string, file: { name?: string; type?: string }): FileFormat {
	const named = NAMES[file.name?.split('.').at(-1)?.toLowerCase() ?? ''];
	if (named !== undefined) return named;
	if (file.type === 'text/csv' || file.type === 'text/tab-separated-values') return 'csv';
	if (file.type !== undefined && /ndjson|jsonl/.test(file.type)) return 'ndjson';
	const first = start.trimStart()[0];
	if (first === '[') return 'json';
	return first === '{' ? 'ndjson' : 'csv';
}

/** Reads records from a file's text as it comes in. */
export class RecordReader {
	/** Names of a CSV file's columns, once the first line was read. */
	header: string[] | undefined;

	/** Records read so far. */
	rows = 0;

	private readonly columns = new Map<string, number>();

	private readonly splitter: CsvSplitter | NdjsonSplitter | JsonArraySplitter;

	/** The text since the last complete record holds characters that could not be decoded. */
	private garbled = false;

	constructor(private readonly options: RecordOptions) {
		const { format, delimiter } = options;
		this.splitter = format === 'csv' ? new CsvSplitter(delimiter) : format === 'ndjson' ? new NdjsonSplitter() : new JsonArraySplitter();
	}

	/** @throws Failure when the file as a whole cannot be used: no header, missing columns, not an array */
	push(text: string): FileRecord[] {
		const garbledBefore = this.garbled;
		this.garbled = text.includes(NOT_TEXT);
		const { splitter } = this;
		return splitter instanceof CsvSplitter ? this.csvRecords(splitter.push(text), garbledBefore) : this.jsonRecords(splitter.push(text), garbledBefore);
	}

	/** @throws Failure when the file is empty */
	end(): FileRecord[] {
		const { splitter, garbled } = this;
		const records = splitter instanceof CsvSplitter ? this.csvRecords(splitter.end(), garbled) : this.jsonRecords(splitter.end(), garbled);
		if (this.options.format === 'csv' && this.header === undefined) throw new Failure('invalid-input', 'The file is empty', { description: 'It has no header line with the names of its columns.' });
		return records;
	}

	/**
	 * Why what was read is not all that was meant; asked for at the end. A file that is cut off, or a quote that is not
	 * closed, can hide any number of records.
	 */
	get truncation(): Failure | undefined {
		if (!this.splitter.isUnclosed) return undefined;
		if (this.options.format === 'json') return new Failure('invalid-input', 'The file ends before its array is closed', { description: `It breaks off after ${this.rows} records: it is truncated.` });
		return new Failure('invalid-input', 'The file ends inside a quoted field', { description: `A quote is opened in row ${this.rows} and never closed: nothing behind it could be read as rows. Close the quote, or get the whole file if it is truncated.` });
	}

	private csvRecords(rows: Array<{ fields: string[]; problem?: string }>, garbledBefore: boolean): FileRecord[] {
		const checkText = this.garbled || garbledBefore;
		const start = this.header === undefined && rows.length > 0 ? 1 : 0;
		if (start === 1) this.readHeader(rows[0]);
		const width = this.header?.length ?? 0;
		return rows.slice(start).map(({ fields, problem }) => {
			const found = problem ?? (fields.length === width ? undefined : `${fields.length} columns where the header has ${width}`);
			return new CsvRecord(++this.rows, fields, this.columns, found ?? (checkText && fields.some(isGarbled) ? GARBLED : undefined));
		});
	}

	private readHeader({ fields, problem }: { fields: string[]; problem?: string }): void {
		const header = fields.map((field) => field.trim());
		if (problem !== undefined || header.some(isGarbled) || header.some((name) => name.includes('\0'))) {
			throw new Failure('invalid-input', 'The header line of the file cannot be read', { description: `${problem ?? 'It is not text in the chosen encoding'}. Set the options Encoding and Delimiter to those of the file.` });
		}
		const twice = header.filter((name, index) => name !== '' && header.indexOf(name) !== index);
		if (twice.length > 0) throw new Failure('invalid-input', 'The file has columns with the same name', { description: `More than once: ${[...new Set(twice)].join(', ')}.` });
		header.forEach((name, index) => this.columns.set(name, index));
		const missing = this.options.columns.filter((names) => !names.some((name) => this.columns.has(name))).map((names) => names.join(' or '));
		if (missing.length > 0) throw new Failure('invalid-input', 'The file lacks columns', { description: `Missing: ${missing.join(', ')}. The file has: ${header.join(', ').slice(0, 500)}. Check the names (they are case-sensitive), and the options Delimiter and Encoding.` });
		this.header = header;
	}

	private jsonRecords(rows: JsonRow[], garbledBefore: boolean): FileRecord[] {
		const checkText = this.garbled || garbledBefore;
		return rows.map((row) => new JsonRecord(++this.rows, row, checkText && isGarbled(row.text) ? GARBLED : undefined));
	}
}

const isGarbled = (text: string): boolean => text.includes(NOT_TEXT);
const GARBLED = "holds bytes that are no text in the file's encoding: set the option Encoding, for example to Windows-1252";

class CsvRecord implements FileRecord {
	constructor(
		readonly row: number,
		private readonly fields: string[],
		private readonly columns: ReadonlyMap<string, number>,
		readonly problem: string | undefined,
	) {}

	value(column: string): unknown {
		const index = this.columns.get(column);
		return index === undefined ? undefined : this.fields[index];
	}

	whole(): unknown {
		const whole: Record<string, unknown> = {};
		for (const [name, index] of this.columns) {
			const dot = name.indexOf('.');
			if (this.fields[index] === '') continue;
			if (dot < 0) whole[name] = this.fields[index];
			else whole[name.slice(0, dot)] = { ...(whole[name.slice(0, dot)] as object), [name.slice(dot + 1)]: this.fields[index] };
		}
		return whole;
	}

	cells(): string[] {
		return this.fields;
	}
}

class JsonRecord implements FileRecord {
	readonly problem: string | undefined;

	constructor(
		readonly row: number,
		private readonly json: JsonRow,
		garbled: string | undefined,
	) {
		const isObject = json.value !== null && typeof json.value === 'object' && !Array.isArray(json.value);
		this.problem = json.problem ?? garbled ?? (isObject ? undefined : 'not an object');
	}

	value(column: string): unknown {
		return valueAt(this.json.value, column);
	}

	whole(): unknown {
		return this.json.value;
	}

	cells(): string[] {
		return [this.json.text];
	}
}

/** A property by its name, or by its path when none has that name. */
export function valueAt(record: unknown, name: string): unknown {
	if (record === null || typeof record !== 'object') return undefined;
	if (Object.hasOwn(record, name)) return (record as Record<string, unknown>)[name];
	return name.split('.').reduce<unknown>((inner, key) => (inner !== null && typeof inner === 'object' && Object.hasOwn(inner, key) ? (inner as Record<string, unknown>)[key] : undefined), record);
}
