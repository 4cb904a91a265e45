import { MAX_RECORD } from './csv';
import { Failure } from './failure';

/** One record of a JSON file; with a `problem` there is no value. `text` is how the record starts in the file. */
export interface JsonRow {
	value?: unknown;
	problem?: string;
	text: string;
}

const TOO_LONG = `longer than ${MAX_RECORD} characters`;
/** Characters of a record that cannot be used, kept to recognize it. */
const KEPT = 1_000;

function parseRecord(text: string): JsonRow {
	try {
		return { value: JSON.parse(text) as unknown, text };
	} catch (error) {
		return { problem: `not JSON: ${error instanceof Error ? error.message : String(error)}`, text: text.slice(0, KEPT) };
	}
}

/** Splits newline-delimited JSON that comes in pieces; empty lines are left out, a broken line costs only itself. */
export class NdjsonSplitter {
	private rest = '';

	private skipping = false;

	/** A line that breaks off costs only itself. */
	readonly isUnclosed = false;

	push(text: string): JsonRow[] {
		const lines = (this.rest + text).split('\n');
		this.rest = lines.pop() ?? '';
		const rows = lines.flatMap((line) => this.record(line));
		if (this.rest.length > MAX_RECORD) {
			if (!this.skipping) rows.push({ problem: TOO_LONG, text: this.rest.slice(0, KEPT) });
			this.skipping = true;
			this.rest = '';
		}
		return rows;
	}

	end(): JsonRow[] {
		return this.record(this.rest);
	}

	private record(line: string): JsonRow[] {
		if (this.skipping) {
			this.skipping = false;
			return [];
		}
		return line.trim() === '' ? [] : [parseRecord(line)];
	}
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\,[]{}'].map((char) => char.charCodeAt(0));

/**
 * Splits a top-level JSON array that comes in pieces into its elements, without ever holding more than one.
 * An element that is not JSON costs only itself as long as its quotes and brackets match.
 */
export class JsonArraySplitter {
	private state: 'before' | 'inside' | 'after' = 'before';

	/** The element's text from pieces before. */
	private pending = '';

	private depth = 0;

	private inString = false;

	private escaped = false;

	private dropping = false;

	private elements = 0;

	private hasTail = false;

	push(text: string): JsonRow[] {
		const rows: JsonRow[] = [];
		let start = this.state === 'before' ? this.open(text) : 0;
		for (let at = start; at < text.length && this.state === 'inside'; at++) {
			if (!this.endsElement(text.charCodeAt(at))) continue;
			this.addElement(text.slice(start, at), text.charCodeAt(at) === CLOSE_LIST, rows);
			start = at + 1;
		}
		if (this.state === 'inside') this.keep(text.slice(start), rows);
		else if (this.state === 'after') this.refuseTail(text.slice(start).trim(), rows);
		return rows;
	}

	end(): JsonRow[] {
		const rest = this.pending.trim();
		return this.isUnclosed && rest !== '' ? [{ problem: 'breaks off', text: rest.slice(0, KEPT) }] : [];
	}

	/** Known at the end: the array was not closed. */
	get isUnclosed(): boolean {
		return this.state !== 'after';
	}

	private refuseTail(tail: string, rows: JsonRow[]): void {
		if (tail === '' || this.hasTail) return;
		this.hasTail = true;
		rows.push({ problem: 'text after the end of the array', text: tail.slice(0, KEPT) });
	}

	/** @throws Failure when the file does not start with an array */
	private open(text: string): number {
		const bracket = text.search(/\S/);
		if (bracket < 0) return text.length;
		if (text[bracket] !== '[') throw new Failure('invalid-input', 'The file is not a JSON array', { description: `It starts with "${text.slice(bracket, bracket + 40)}". A JSON file must be a list of records: [{…}, {…}]. Choose the format NDJSON for one record per line.` });
		this.state = 'inside';
		return bracket + 1;
	}

	/** Follows strings and brackets; true for a comma or the closing bracket of the array itself. */
	private endsElement(char: number): boolean {
		if (this.inString) {
			if (this.escaped) this.escaped = false;
			else if (char === BACKSLASH) this.escaped = true;
			else if (char === QUOTE) this.inString = false;
			return false;
		}
		if (char === QUOTE) this.inString = true;
		else if (char === OPEN_OBJECT || char === OPEN_LIST) this.depth++;
		else if (this.depth === 0) return char === COMMA || char === CLOSE_LIST;
		else if (char === CLOSE_OBJECT || char === CLOSE_LIST) this.depth--;
		return false;
	}

	private addElement(text: string, isLast: boolean, rows: JsonRow[]): void {
		const element = (this.pending + text).trim();
		this.pending = '';
		if (isLast) this.state = 'after';
		if (this.dropping) this.dropping = false;
		else if (element !== '') rows.push(parseRecord(element));
		else if (!isLast || this.elements > 0) rows.push({ problem: 'an element is missing between two commas', text: '' });
		this.elements++;
	}

	private keep(rest: string, rows: JsonRow[]): void {
		this.pending = this.dropping ? '' : this.pending + rest;
		if (this.pending.length <= MAX_RECORD) return;
		rows.push({ problem: TOO_LONG, text: this.pending.slice(0, KEPT) });
		this.dropping = true;
		this.pending = '';
	}
}
