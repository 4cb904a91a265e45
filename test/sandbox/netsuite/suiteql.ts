/** `POST /services/rest/query/v1/suiteql` (sheet §1.4). */
import type { SandboxRequest, SandboxResponse } from '../kit/http';
import { invalidParameter } from './errors';
import { readPage } from './records';
import { parseSql, type Expression, type Select } from './sqlParser';
import type { Core } from './state';
import { KNOWN_COLUMNS, tableRows, type Cell, type Row } from './tables';

const MAX_ROWS = 100_000;
const LIST_COLUMNS = 'id name fullname externalid isinactive';

/** Rows of the joined tables by alias. */
type Scope = Record<string, Row | undefined>;

interface Context {
	core: Core;
	tables: Record<string, string>;
}

const error = (detail: string) => invalidParameter(`Invalid search query. Search error occurred: ${detail}`);

function isKnown({ core, tables }: Context, alias: string, column: string): boolean {
	const columns = (KNOWN_COLUMNS[tables[alias]] ?? LIST_COLUMNS).split(' ');
	return columns.includes(column) || core.state.customFields.has(column);
}

function columnOf(context: Context, scope: Scope, { table, name }: { table?: string; name: string }): Cell {
	const aliases = table ? [table] : Object.keys(context.tables);
	const alias = aliases.find((entry) => entry in context.tables && isKnown(context, entry, name));
	if (!alias) throw error(`Field '${table ? `${table}.` : ''}${name}' was not found.`);
	return scope[alias]?.[name] ?? null;
}

const plain = (cell: Cell): string | number | Date | null => (cell !== null && typeof cell === 'object' && 'id' in cell ? cell.id : cell);

/** `YYYY-MM-DD HH24:MI:SS` and shorter. Throws 400 when text and format do not agree. */
function toDate(text: Cell, format: Cell): Date {
	const value = String(plain(text));
	const wanted = String(format).replace('HH24', 'HH');
	const ms = Date.parse(`${value.replace(' ', 'T')}${value.length > 10 ? 'Z' : 'T00:00:00Z'}`);
	if (value.length !== wanted.length || Number.isNaN(ms)) throw error(`'${value}' is not a date in the format '${String(format)}'`);
	return new Date(ms);
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

function toChar(value: Cell, format: string): string | null {
	if (!(value instanceof Date)) return value === null ? null : String(plain(value));
	const parts: Record<string, string> = {
		YYYY: String(value.getUTCFullYear()),
		MM: pad(value.getUTCMonth() + 1),
		DD: pad(value.getUTCDate()),
		HH24: pad(value.getUTCHours()),
		MI: pad(value.getUTCMinutes()),
		SS: pad(value.getUTCSeconds()),
	};
	return format.replace(/YYYY|MM|DD|HH24|MI|SS/g, (key) => parts[key]);
}

function call(context: Context, scope: Scope, name: string, args: Expression[]): Cell {
	const values = args.map((entry) => evaluate(context, scope, entry));
	const [first = null, second = null] = values;
	if (name === 'BUILTIN.DF') return first !== null && typeof first === 'object' && 'name' in first ? first.name : plain(first);
	if (name === 'TO_CHAR') return toChar(first, String(second ?? ''));
	if (name === 'TO_DATE' || name === 'TO_TIMESTAMP') return toDate(first, second);
	if (name === 'TO_NUMBER') return first === null ? null : Number(plain(first));
	if (name === 'NVL' || name === 'COALESCE') return values.find((value) => value !== null) ?? null;
	if (name === 'UPPER') return first === null ? null : String(plain(first)).toUpperCase();
	if (name === 'LOWER') return first === null ? null : String(plain(first)).toLowerCase();
	throw error(`the function ${name} is not supported`);
}

/** Literals for dates follow the format of the user, so a connector must not use them bare. */
function compare(left: Cell, right: Cell): number | undefined {
	const [a, b] = [plain(left), plain(right)];
	if (a === null || b === null) return undefined;
	if (a instanceof Date !== b instanceof Date) throw error('dates have to be compared with TO_DATE or TO_TIMESTAMP');
	const [x, y] = a instanceof Date && b instanceof Date ? [a.getTime(), b.getTime()] : numbersOrTexts(a as string | number, b as string | number);
	if (x === y) return 0;
	return x < y ? -1 : 1;
}

function numbersOrTexts(a: string | number, b: string | number): [string | number, string | number] {
	return typeof a === 'number' || typeof b === 'number' ? [Number(a), Number(b)] : [a, b];
}

function isLike(value: Cell, pattern: Cell): boolean {
	const source = String(plain(pattern)).replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.');
	return value !== null && new RegExp(`^${source}$`, 's').test(String(plain(value)));
}

function isTrue(context: Context, scope: Scope, expression: Expression): boolean {
	if (expression.kind === 'not') return !isTrue(context, scope, expression.operand);
	if (expression.kind === 'isNull') return (evaluate(context, scope, expression.operand) === null) !== expression.negated;
	if (expression.kind === 'in') {
		const value = evaluate(context, scope, expression.operand);
		const found = expression.options.some((option) => compare(value, evaluate(context, scope, option)) === 0);
		return found !== expression.negated;
	}
	if (expression.kind !== 'binary') throw error('a condition is missing an operator');
	const { operator } = expression;
	if (operator === 'AND') return isTrue(context, scope, expression.left) && isTrue(context, scope, expression.right);
	if (operator === 'OR') return isTrue(context, scope, expression.left) || isTrue(context, scope, expression.right);
	const [left, right] = [evaluate(context, scope, expression.left), evaluate(context, scope, expression.right)];
	if (operator === 'LIKE') return isLike(left, right);
	const order = compare(left, right);
	if (order === undefined) return false;
	if (operator === '=') return order === 0;
	if (operator === '<>' || operator === '!=') return order !== 0;
	if (operator === '<') return order < 0;
	if (operator === '<=') return order <= 0;
	return operator === '>' ? order > 0 : order >= 0;
}

function evaluate(context: Context, scope: Scope, expression: Expression): Cell {
	if (expression.kind === 'literal') return expression.value;
	if (expression.kind === 'column') return columnOf(context, scope, expression);
	if (expression.kind === 'call') return call(context, scope, expression.name, expression.args);
	throw error('a condition cannot be a value');
}

function rowsOf(core: Core, table: string): Row[] {
	const rows = tableRows(core, table);
	if (!rows) throw error(`Record '${table}' was not found.`);
	return rows;
}

function scopes(context: Context, { from, joins }: Select): Scope[] {
	if (!from) return [{}];
	let found: Scope[] = rowsOf(context.core, from.table).map((row) => ({ [from.alias]: row }));
	for (const { table, alias, outer, on } of joins) {
		const rows = rowsOf(context.core, table);
		found = found.flatMap((scope) => {
			const joined = rows.map((row) => ({ ...scope, [alias]: row })).filter((entry) => isTrue(context, entry, on));
			return joined.length === 0 && outer ? [{ ...scope, [alias]: undefined }] : joined;
		});
	}
	return found;
}

/** Values come as text, nulls are left out, dates in the format of the user. */
function output(cell: Cell): string | undefined {
	const value = plain(cell);
	if (value === null) return undefined;
	return value instanceof Date ? `${value.getUTCMonth() + 1}/${value.getUTCDate()}/${value.getUTCFullYear()}` : String(value);
}

function resultRow(context: Context, scope: Scope, { columns, from }: Select): Record<string, unknown> {
	const result: Record<string, unknown> = { links: [] };
	columns.forEach(({ expression, alias }, index) => {
		if (expression.kind === 'column' && expression.name === '*') {
			for (const [key, cell] of Object.entries(scope[from?.alias ?? ''] ?? {})) result[key] = output(cell);
		} else {
			const name = alias ?? (expression.kind === 'column' ? expression.name : `expr${index + 1}`);
			result[name.toLowerCase()] = output(evaluate(context, scope, expression));
		}
	});
	return result;
}

/** All rows of a query. Throws 400 for what cannot be asked. */
export function runSql(core: Core, text: string): { rows: Array<Record<string, unknown>>; ordered: boolean } {
	const select = parseSql(text);
	const { from, joins, where, order, columns } = select;
	const tables = Object.fromEntries([...(from ? [from] : []), ...joins].map(({ alias, table }) => [alias, table]));
	const context: Context = { core, tables };
	const star = columns.some(({ expression }) => expression.kind === 'column' && expression.name === '*');
	if (star && Object.values(tables).includes('transaction')) throw error('SELECT * on transaction takes too long; name the columns');
	const found = scopes(context, select).filter((scope) => !where || isTrue(context, scope, where));
	if (columns.length === 1 && columns[0].expression.kind === 'call' && columns[0].expression.name === 'COUNT') {
		return { rows: [{ links: [], [(columns[0].alias ?? 'expr1').toLowerCase()]: String(found.length) }], ordered: true };
	}
	// Unknown columns are refused even when no row comes out.
	if (found.length === 0) resultRow(context, {}, select);
	found.sort((a, b) => {
		for (const { expression, descending } of order) {
			const result = compare(evaluate(context, a, expression), evaluate(context, b, expression)) ?? 0;
			if (result !== 0) return descending ? -result : result;
		}
		return 0;
	});
	return { rows: found.slice(0, MAX_ROWS).map((scope) => resultRow(context, scope, select)), ordered: order.length > 0 };
}

/** `Prefer: transient` is required; pages of up to 1,000 rows. */
export function suiteql(core: Core, request: SandboxRequest): SandboxResponse {
	if ((request.headers.prefer ?? '').toLowerCase() !== 'transient') throw invalidParameter('Required header Prefer with the value transient is missing.');
	const { q } = (request.body ?? {}) as { q?: unknown };
	if (typeof q !== 'string' || Object.keys(request.body as object).length !== 1) throw invalidParameter('The body has to be {"q": "SELECT ..."}');
	const { limit, offset } = readPage(request);
	const { rows, ordered } = runSql(core, q);
	const items = rows.slice(offset, offset + limit);
	const hasMore = rows.length > offset + limit;
	if ((hasMore || offset > 0) && !ordered) core.breaches.push(`suiteql: pages without ORDER BY may repeat or lose rows: ${q}`);
	const href = `http://${request.headers.host}${request.path}?limit=${limit}`;
	const links = [...(hasMore ? [{ rel: 'next', href: `${href}&offset=${offset + limit}` }] : []), { rel: 'self', href: `${href}&offset=${offset}` }];
	return { status: 200, body: { links, count: items.length, hasMore, offset, totalResults: rows.length, items } };
}
