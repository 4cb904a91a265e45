import { sumByKey, type DesiredLine, type ExistingLine } from '../shared/diff';
import type { InvoiceDraft, InvoiceLine } from '../shared/invoiceDraft';
import { findLineMapping } from '../shared/lineMapping';
import { lastDay } from '../shared/lineText';
import { fromMinorUnits, round, toMinorUnits } from '../shared/money';
import type { Fields, LineTarget, NetSuiteBillOptions } from './options';
import type { NetSuiteLine } from './schemas';

/** NetSuite keeps two decimals at most, in every currency. */
export const EXPONENT = 2;
const MAX_TEXT = 4000;
const ADJUSTMENT = 'Adjustment: ';
/** The "custom" price level: with any other, NetSuite may put the item's list price in place of our rate. */
const CUSTOM_PRICE = { id: '-1' };
/** Not compared: the rate follows from the amount, the price level cannot be seen in it. */
const NOT_COMPARED = new Set(['line', 'price', 'rate']);

/** A line as NetSuite shall hold it. `amount` is in hundredths with the sign it has on the bill; `fields` are its wire fields. */
export interface NetSuiteDesiredLine extends DesiredLine {
	amount: number;
	description: string;
	item: string;
	source: InvoiceLine;
	target: LineTarget;
}

export interface NetSuiteExistingLine extends ExistingLine {
	amount: number;
	description: string;
	target: LineTarget;
	raw: NetSuiteLine;
}

export type ItemOf = (line: InvoiceLine) => LineTarget;

/** The line mapping first, then m3ter's external mapping of the product, then the defaults. */
export function targetOf(line: InvoiceLine, options: NetSuiteBillOptions, mappedItem: string | undefined): LineTarget {
	const named = findLineMapping(line, options.lineTargets.filter(({ match }) => match.trim() !== '')) ?? {};
	const others = options.lineTargets.find(({ match }) => match.trim() === '')?.target ?? {};
	const { lineDefaults } = options;
	return {
		item: named.item ?? mappedItem ?? others.item ?? lineDefaults.item,
		taxCode: named.taxCode ?? others.taxCode ?? lineDefaults.taxCode,
		department: named.department ?? others.department ?? lineDefaults.department,
		classId: named.classId ?? others.classId ?? lineDefaults.classId,
		location: named.location ?? others.location ?? lineDefaults.location,
	};
}

/** Draft lines with their targets; amounts are what is left after `settled`, hundredths per line key that closed documents carry. */
export function desiredLines(draft: InvoiceDraft, targets: ReadonlyMap<string, LineTarget>, settled: ReadonlyMap<string, NetSuiteExistingLine>): NetSuiteDesiredLine[] {
	const wanted = draft.lines.map((line) => {
		const before = settled.get(line.key)?.amount ?? 0;
		const description = before === 0 ? line.description : ADJUSTMENT + line.description;
		return desiredLine(line, toMinorUnits(line.amount, EXPONENT) - before, description, targets.get(line.key) ?? {});
	});
	const keys = new Set(draft.lines.map(({ key }) => key));
	const withdrawn = [...settled.values()].filter(({ key }) => key !== undefined && !keys.has(key)).map(withdrawal);
	return settled.size === 0 ? wanted : [...wanted, ...withdrawn].filter(({ amount }) => amount !== 0);
}

/** Takes back what a closed document charges and the bill does not know any more. */
function withdrawal({ key = '', amount, description, target }: NetSuiteExistingLine): NetSuiteDesiredLine {
	const text = withoutPrefix(description);
	return desiredLine({ key, ids: [], type: 'ADJUSTMENT', description: text, amount: '0' }, -amount, ADJUSTMENT + text, target);
}

function desiredLine(source: InvoiceLine, amount: number, text: string, target: LineTarget): NetSuiteDesiredLine {
	const description = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
	return { key: source.key, fingerprint: 'wanted', amount, description, item: target.item ?? '', source, target };
}

const withoutPrefix = (text: string) => text.replace(new RegExp(`^(${ADJUSTMENT})+`), '');

/** What of a text stays the same when usage changes: all before the figures. */
const headOf = (text: string) => withoutPrefix(text).split(': ')[0].trim();

export const hundredths = (amount: number): number => toMinorUnits(round(amount, EXPONENT), EXPONENT);

/** JSON numbers of at most 15 digits are exact on the wire. */
const wire = (amount: number) => Number(fromMinorUnits(amount, EXPONENT).toFixed());

const ref = (id: string | undefined) => (id === undefined ? undefined : { id });

/**
 * A line of the request body: quantity 1 at the amount, so that NetSuite has nothing to multiply or round.
 * @param sign 1 on an invoice or sales order, -1 on a credit memo
 */
export function lineBody({ key, amount, description, source, target }: NetSuiteDesiredLine, sign: 1 | -1, options: NetSuiteBillOptions): Fields {
	const { period, quantity } = source;
	const custom: Array<[string, unknown]> = [
		[options.lineIdField, key],
		[options.serviceStartField, period?.start.slice(0, 10)],
		[options.serviceEndField, period && lastDay(period)],
		[options.unitsField, quantity],
	];
	const body = {
		item: ref(target.item),
		quantity: 1,
		price: CUSTOM_PRICE,
		rate: wire(sign * amount),
		amount: wire(sign * amount),
		description,
		taxCode: ref(target.taxCode),
		department: ref(target.department),
		class: ref(target.classId),
		location: ref(target.location),
		...Object.fromEntries(custom.filter(([field]) => field !== '')),
		...options.lineFields,
	};
	return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** Whether a field already says what we would write. NetSuite shows references with their names and trims texts. */
export function sameField(current: unknown, wanted: unknown): boolean {
	if (wanted !== null && typeof wanted === 'object') {
		const { id, refName } = wanted as { id?: unknown; refName?: unknown };
		const shown = (current ?? {}) as { id?: unknown; refName?: unknown };
		if (id !== undefined) return String(shown.id ?? '') === String(id);
		return refName === undefined || shown.refName === refName;
	}
	if (typeof wanted === 'number') return Number(current) === wanted;
	return plain(current) === plain(wanted);
}

/** A field of the user's that NetSuite takes but does not show: it cannot be compared, and must not cause a rewrite at every send. */
export const isHidden = (shown: Fields, field: string, extra: Fields): boolean => field in extra && shown[field] === undefined;

const plain = (value: unknown) => String(value ?? '').replace(/\s+/g, ' ').trim();

/**
 * Recognises our lines on a document: by the line id column, then by the text before the figures, then as many of the
 * first others as the note in the memo says were ours. What is left over was added by hand and gets no key.
 * @param ours undefined when the note is gone: then every line counts as ours
 */
export function existingLines(raw: readonly NetSuiteLine[], wanted: ReadonlyArray<Pick<NetSuiteDesiredLine, 'key' | 'description'>>, sign: 1 | -1, ours: number | undefined, lineIdField: string): NetSuiteExistingLine[] {
	const lines = raw.map((line): NetSuiteExistingLine => existingLine(line, sign, lineIdField));
	const waiting = wanted.filter(({ key }) => !lines.some((line) => line.key === key));
	for (const line of lines.filter(({ key }) => key === undefined)) {
		const index = waiting.findIndex(({ description }) => headOf(description) === headOf(line.description));
		if (index >= 0) line.key = waiting.splice(index, 1)[0].key;
	}
	const unknown = lines.filter(({ key }) => key === undefined);
	const counts = new Map<string, number>();
	for (const line of unknown.slice(0, Math.max(0, (ours ?? lines.length) - (lines.length - unknown.length)))) {
		const head = headOf(line.description);
		counts.set(head, (counts.get(head) ?? 0) + 1);
		line.key = `gone:${head}#${counts.get(head)}`;
	}
	return lines;
}

function existingLine(raw: NetSuiteLine, sign: 1 | -1, lineIdField: string): NetSuiteExistingLine {
	const id = (field: string) => {
		const value = raw[field] as { id?: unknown } | null | undefined;
		return value?.id === undefined ? undefined : String(value.id);
	};
	const key = lineIdField === '' ? undefined : raw[lineIdField];
	return {
		id: String(raw.line),
		key: typeof key === 'string' && key !== '' ? key : undefined,
		fingerprint: 'different',
		amount: sign * hundredths(raw.amount),
		description: raw.description ?? '',
		target: { item: id('item'), taxCode: id('taxCode'), department: id('department'), classId: id('class'), location: id('location') },
		raw,
	};
}

/** Marks the lines that already are as they should be. What we leave to NetSuite (a default segment) may be anything. */
export function markEqual(existing: readonly NetSuiteExistingLine[], wanted: readonly NetSuiteDesiredLine[], sign: 1 | -1, options: NetSuiteBillOptions): void {
	for (const line of existing) {
		const partner = wanted.find(({ key }) => key === line.key);
		if (partner === undefined) continue;
		const fields = Object.entries(lineBody(partner, sign, options)).filter(([field]) => !NOT_COMPARED.has(field));
		if (fields.every(([field, value]) => isHidden(line.raw, field, options.lineFields) || sameField(line.raw[field], value))) line.fingerprint = partner.fingerprint;
	}
}

/** What closed documents of a bill carry, in hundredths per line key. */
export const settledBy = (lines: Iterable<NetSuiteExistingLine>): Map<string, NetSuiteExistingLine> => sumByKey(lines);
