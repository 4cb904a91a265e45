/** The query language (sheet §4.6): one entity, AND only, `startposition`/`maxresults`. */
import { Refusal } from './errors';
import { ENTITIES, NAME_ENTITIES, visible, type Company, type Entity, type EntityName } from './state';

const QUERY =
	/^\s*select\s+(.+?)\s+from\s+(\w+)(?:\s+where\s+(.+?))?(?:\s+order\s*by\s+([\w.]+)(?:\s+(asc|desc))?)?(?:\s+startposition\s+(\d+))?(?:\s+maxresults\s+(\d+))?\s*;?\s*$/is;
const CONDITION = /^\s*([\w.]+)\s*(=|<=|>=|<|>|like|in)\s*(\((?:[^'()]|'(?:[^'\\]|\\.)*')*\)|'(?:[^'\\]|\\.)*'|true|false|-?[\d.]+)\s*(?:and\s+|$)/is;

const DEFAULT_RESULTS = 100;
const MAX_RESULTS = 1000;

/** What may stand in a condition, beside `Id` and `MetaData`; a memo, for one, may not. */
const FILTERABLE: Partial<Record<EntityName, string[]>> = {
	Customer: ['DisplayName', 'GivenName', 'FamilyName', 'CompanyName', 'FullyQualifiedName', 'PrimaryEmailAddr', 'Active', 'Balance'],
	Item: ['Name', 'FullyQualifiedName', 'Sku', 'Type', 'Active', 'UnitPrice'],
	Class: ['Name', 'FullyQualifiedName', 'Active'],
	Department: ['Name', 'FullyQualifiedName', 'Active'],
	Term: ['Name', 'Active'],
	TaxCode: ['Name', 'Active'],
	Account: ['Name', 'FullyQualifiedName', 'AccountType', 'Classification', 'Active'],
	PaymentMethod: ['Name', 'Active'],
	CompanyCurrency: ['Code', 'Name', 'Active'],
	Invoice: ['DocNumber', 'TxnDate', 'DueDate', 'CustomerRef', 'Balance', 'TotalAmt'],
	CreditMemo: ['DocNumber', 'TxnDate', 'CustomerRef', 'Balance', 'TotalAmt'],
	Estimate: ['DocNumber', 'TxnDate', 'CustomerRef', 'TotalAmt', 'TxnStatus', 'ExpirationDate'],
	Payment: ['TxnDate', 'CustomerRef', 'TotalAmt'],
};
const ALWAYS = ['Id', 'MetaData.CreateTime', 'MetaData.LastUpdatedTime'];

type Test = (entity: Entity) => boolean;

function valueOf(entity: Entity, path: string): unknown {
	const value = path.split('.').reduce<unknown>((entry, key) => (entry as Record<string, unknown> | undefined)?.[key], entity);
	if (typeof value !== 'object' || value === null) return value;
	const { value: id, Address } = value as { value?: string; Address?: string };
	return id ?? Address;
}

const unquote = (text: string): string => (text.startsWith("'") ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text);

/** Dates as instants, numbers as numbers, everything else as text. */
function comparable(value: unknown): number | string {
	const text = String(value ?? '');
	if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return Date.parse(text);
	return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text.toLowerCase();
}

function like(pattern: string): RegExp {
	const source = pattern
		.split('%')
		.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
		.join('.*');
	return new RegExp(`^${source}$`, 'is');
}

function readTest(name: EntityName, field: string, operator: string, literal: string): Test {
	const known = [...ALWAYS, ...(FILTERABLE[name] ?? [])];
	if (!known.includes(field)) throw new Refusal('4001', `QueryValidationError: property '${field}' is not queryable`);
	if (operator === 'in') {
		const values = (literal.match(/'(?:[^'\\]|\\.)*'|[^\s,()]+/g) ?? []).map((text) => comparable(unquote(text)));
		return (entity) => values.includes(comparable(valueOf(entity, field)));
	}
	if (literal.startsWith('(')) throw new Refusal('4000', `QueryParserError: a list needs IN, near '${literal}'`);
	const wanted = comparable(unquote(literal));
	if (operator === 'like') return (entity) => like(unquote(literal)).test(String(valueOf(entity, field) ?? ''));
	return (entity) => {
		const value = comparable(valueOf(entity, field));
		if (operator === '=') return value === wanted;
		if (typeof value !== typeof wanted) return false;
		if (operator === '<') return value < wanted;
		if (operator === '<=') return value <= wanted;
		return operator === '>' ? value > wanted : value >= wanted;
	};
}

function readConditions(name: EntityName, text: string | undefined): { tests: Test[]; fields: string[] } {
	const tests: Test[] = [];
	const fields: string[] = [];
	let rest = text ?? '';
	while (rest.trim() !== '') {
		const found = CONDITION.exec(rest);
		if (!found) throw new Refusal('4000', `QueryParserError: Invalid content. Encountered near '${rest.trim().slice(0, 40)}'`);
		const [all, field, operator, literal] = found;
		tests.push(readTest(name, field, operator.toLowerCase(), literal));
		fields.push(field);
		rest = rest.slice(all.length);
	}
	return { tests, fields };
}

function sorted(found: Entity[], field: string | undefined, direction: string | undefined): Entity[] {
	if (!field) return found;
	const sign = direction?.toLowerCase() === 'desc' ? -1 : 1;
	return [...found].sort((a, b) => {
		const [left, right] = [comparable(valueOf(a, field)), comparable(valueOf(b, field))];
		return left === right ? 0 : sign * (left < right ? -1 : 1);
	});
}

function project(entity: Entity, list: string): object {
	if (list.trim() === '*') return entity;
	const keys = list.split(',').map((field) => field.trim().split('.')[0]);
	return { ...Object.fromEntries(keys.map((key) => [key, entity[key]])), domain: 'QBO', sparse: true };
}

/** Runs a query; the value of `QueryResponse`. Throws Refusal 4000 for what cannot be parsed, 4001 for what cannot be asked. */
export function runQuery(company: Company, text: string): object {
	const parsed = QUERY.exec(text);
	if (!parsed) throw new Refusal('4000', `QueryParserError: Invalid content. Encountered near '${text.slice(0, 40)}'`);
	const [, list, entityText, where, order, direction, start = '1', max = String(DEFAULT_RESULTS)] = parsed;
	const name = ENTITIES.find((entry) => entry.toLowerCase() === entityText.toLowerCase());
	if (!name) throw new Refusal('4001', `QueryValidationError: Metadata not found for Entity:${entityText}`);
	if (Number(max) > MAX_RESULTS) throw new Refusal('4001', `QueryValidationError: value ${max} for maxResults is too large. Max allowed value is ${MAX_RESULTS}.`);
	if (Number(start) < 1) throw new Refusal('4001', 'QueryValidationError: startPosition has to be 1 or more');
	const { tests, fields } = readConditions(name, where);
	// Lists of names show active ones only, unless they are asked about.
	const activeOnly = (NAME_ENTITIES as readonly string[]).includes(name) && !fields.includes('Active');
	const found = visible(company, name).filter((entity) => (!activeOnly || entity.Active !== false) && tests.every((test) => test(entity)));
	if (/^count\s*\(\s*\*\s*\)$/i.test(list.trim())) return { totalCount: found.length };
	const from = Number(start) - 1;
	const page = sorted(found, order, direction).slice(from, from + Number(max));
	if (page.length === 0) return {};
	return { [name]: page.map((entity) => project(entity, list)), startPosition: from + 1, maxResults: page.length };
}
