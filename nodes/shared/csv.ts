/** One record of a CSV file; with a `problem` its fields are not to be used. */
export interface CsvRow {
	fields: string[];
	problem?: string;
}

/** Far beyond what a measurement may hold; a longer record is mostly a quote that is never closed. */
export const MAX_RECORD = 1_000_000;
const DELIMITERS = [',', ';', '\t', '|'];
const UNCLOSED = 'holds a quoted field that is not closed';
const TOO_LONG = `longer than ${MAX_RECORD} characters; perhaps a quote is not closed`;

/**
 * Splits CSV text that comes in pieces into records, by RFC 4180: quoted fields may hold delimiters, newlines and doubled
 * quotes. Lines end with CRLF, LF or CR; empty lines are left out. A quote inside an unquoted field is text.
 * Made for files of any size: memory is bounded, and a record too long to keep costs only itself.
 */
export class CsvSplitter {
	private rest = '';

	private newline = '';

	/** Inside a record that was too long: its remainder is dropped. */
	private skipping = false;

	private skippingQuoted = false;

	private skippedLast = '';

	/** Known at the end: the text ended inside a quoted field, so that the last record may have swallowed any number of others. */
	isUnclosed = false;

	/** @param delimiter one character; undefined: the one of comma, semicolon, tab and bar that the first line has most of */
	constructor(private delimiter?: string) {}

	push(text: string): CsvRow[] {
		return this.split(this.rest + text, false);
	}

	end(): CsvRow[] {
		const rows = this.split(this.rest, true);
		this.isUnclosed ||= this.skipping && this.skippingQuoted;
		return rows;
	}

	private split(text: string, last: boolean): CsvRow[] {
		const rows: CsvRow[] = [];
		if (this.newline === '' && !this.start(text, last)) {
			this.keep(text, rows);
			return rows;
		}
		const delimiter = this.delimiter ?? ',';
		let at = 0;
		let quote = text.indexOf('"');
		while (at < text.length) {
			if (this.skipping) {
				at = this.skip(text, at, delimiter);
				continue;
			}
			const newline = text.indexOf(this.newline, at);
			if (newline < 0 && !last) break;
			const end = newline < 0 ? text.length : newline;
			if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
			if (quote >= 0 && quote < end) {
				const found = this.quotedRecord(text, at, delimiter, last);
				if (found === undefined) break;
				rows.push(found.row);
				at = found.next;
				continue;
			}
			const line = text.charCodeAt(end - 1) === CR && end > at ? text.slice(at, end - 1) : text.slice(at, end);
			if (line !== '') rows.push({ fields: line.split(delimiter) });
			at = end + 1;
		}
		this.keep(text.slice(at), rows);
		return rows;
	}

	/** Learns from the first line how lines end and what separates fields. */
	private start(text: string, last: boolean): boolean {
		const settled = text.slice(0, last || text.includes('\n') ? undefined : -1);
		if (!/[\r\n]/.test(settled) && !last) return false;
		this.newline = settled.includes('\n') || !settled.includes('\r') ? '\n' : '\r';
		this.delimiter ??= mostFrequentDelimiter(text.split(this.newline, 1)[0]);
		return true;
	}

	private keep(rest: string, rows: CsvRow[]): void {
		this.rest = rest;
		if (rest.length <= MAX_RECORD) return;
		rows.push({ fields: [], problem: TOO_LONG });
		this.newline ||= '\n';
		this.skipping = true;
		this.skippingQuoted = false;
		this.skippedLast = '';
		this.rest = rest.slice(this.skip(rest, 0, this.delimiter ?? ','));
	}

	/** Where the record that is being dropped ends. A doubled quote closes and opens again. */
	private skip(text: string, from: number, delimiter: string): number {
		for (let at = from; at < text.length; at++) {
			const char = text[at];
			if (char === '"') {
				if (this.skippingQuoted || this.skippedLast === '' || this.skippedLast === delimiter || this.skippedLast === '"') this.skippingQuoted = !this.skippingQuoted;
			} else if (char === this.newline && !this.skippingQuoted) {
				this.skipping = false;
				return at + 1;
			}
			this.skippedLast = char;
		}
		return text.length;
	}

	/** A record with quotes that starts at `from`; undefined when its end is not in the text yet. */
	private quotedRecord(text: string, from: number, delimiter: string, last: boolean): { row: CsvRow; next: number } | undefined {
		const row: CsvRow = { fields: [] };
		for (let at = from; ; at++) {
			let field = '';
			const isQuoted = text[at] === '"';
			if (isQuoted) {
				const quoted = closeQuote(text, at + 1, last);
				if (quoted === undefined) {
					this.isUnclosed = last;
					return last ? { row: { fields: row.fields, problem: UNCLOSED }, next: text.length } : undefined;
				}
				field = quoted.value;
				at = quoted.next;
			}
			const end = fieldEnd(text, at, delimiter, this.newline);
			if (end === text.length && !last) return undefined;
			const isLast = end === text.length || text[end] === this.newline;
			const tail = text.slice(at, isLast && end > at && text.charCodeAt(end - 1) === CR ? end - 1 : end);
			if (isQuoted && tail !== '') row.problem = 'text follows a closing quote';
			row.fields.push(field + tail);
			if (isLast) return { row, next: end + 1 };
			at = end;
		}
	}
}

const CR = 13;

/** The text up to the closing quote, and the position behind it. */
function closeQuote(text: string, from: number, last: boolean): { value: string; next: number } | undefined {
	let value = '';
	for (let at = from; ; ) {
		const quote = text.indexOf('"', at);
		if (quote < 0 || (quote === text.length - 1 && !last)) return undefined;
		if (text[quote + 1] !== '"') return { value: value + text.slice(at, quote), next: quote + 1 };
		value += text.slice(at, quote + 1);
		at = quote + 2;
	}
}

function fieldEnd(text: string, from: number, delimiter: string, newline: string): number {
	for (let at = from; at < text.length; at++) if (text[at] === delimiter || text[at] === newline) return at;
	return text.length;
}

function mostFrequentDelimiter(line: string): string {
	const unquoted = line.replace(/"(?:[^"]|"")*"/g, '');
	const count = (delimiter: string) => unquoted.split(delimiter).length;
	return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** One line of a CSV file, with its line break. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`;

const csvField = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
