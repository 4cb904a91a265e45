/** The part of SuiteQL that connectors use: SELECT with joins, conditions, ORDER BY. */
import { invalidParameter } from './errors';

export type Expression =
	| { kind: 'literal'; value: string | number | null }
	| { kind: 'column'; table?: string; name: string }
	| { kind: 'call'; name: string; args: Expression[] }
	| { kind: 'not'; operand: Expression }
	| { kind: 'isNull'; operand: Expression; negated: boolean }
	| { kind: 'in'; operand: Expression; options: Expression[]; negated: boolean }
	| { kind: 'binary'; operator: string; left: Expression; right: Expression };

export interface Select {
	columns: Array<{ expression: Expression; alias?: string }>;
	from?: { table: string; alias: string };
	joins: Array<{ table: string; alias: string; outer: boolean; on: Expression }>;
	where?: Expression;
	order: Array<{ expression: Expression; descending: boolean }>;
}

const TOKEN = /\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_][\w]*(?:\.[A-Za-z_*][\w]*)*)|(<>|!=|<=|>=|\|\||[=<>(),*]))/y;

function tokenize(text: string): string[] {
	const tokens: string[] = [];
	const pattern = new RegExp(TOKEN);
	let at = 0;
	while (at < text.trimEnd().length) {
		pattern.lastIndex = at;
		const found = pattern.exec(text);
		if (!found) throw invalidParameter(`Invalid search query. Search error occurred: Invalid or unsupported search near '${text.slice(at, at + 20)}'`);
		tokens.push(found[0].trim());
		at = pattern.lastIndex;
	}
	return tokens;
}

const KEYWORDS = ['FROM', 'WHERE', 'ORDER', 'JOIN', 'INNER', 'LEFT', 'ON', 'AND', 'OR', 'AS', 'ASC', 'DESC', 'IN', 'IS', 'NOT', 'LIKE', 'BY', 'GROUP', 'FETCH', 'BETWEEN'];
/** Words of SQL that cannot name a column. */
const RESERVED = new Set([...KEYWORDS, ...'ALL ANY CASE DATE DEFAULT DELETE DISTINCT ELSE END EXISTS HAVING INSERT INTO LEVEL NULL NUMBER OFFSET OUTER RIGHT SELECT SET SIZE START TABLE THEN TO UNION UPDATE USER VALUES WHEN WITH'.split(' ')]);
const COMPARISONS = ['=', '<>', '!=', '<', '<=', '>', '>='];

class Parser {
	private at = 0;

	constructor(private readonly tokens: string[]) {}

	private peek(): string {
		return (this.tokens[this.at] ?? '').toUpperCase();
	}

	private take(): string {
		const token = this.tokens[this.at++];
		if (token === undefined) throw invalidParameter('Invalid search query. Search error occurred: unexpected end of the query');
		return token;
	}

	private accept(...words: string[]): boolean {
		const matches = words.every((word, index) => (this.tokens[this.at + index] ?? '').toUpperCase() === word);
		if (matches) this.at += words.length;
		return matches;
	}

	private expect(word: string): void {
		if (!this.accept(word)) throw invalidParameter(`Invalid search query. Search error occurred: expected ${word} instead of '${this.tokens[this.at] ?? 'the end'}'`);
	}

	select(): Select {
		this.expect('SELECT');
		const columns = [this.column()];
		while (this.accept(',')) columns.push(this.column());
		const from = this.accept('FROM') ? this.table() : undefined;
		const joins: Select['joins'] = [];
		for (let join = this.join(); join; join = this.join()) joins.push(join);
		const where = this.accept('WHERE') ? this.or() : undefined;
		const order: Select['order'] = [];
		if (this.accept('ORDER', 'BY')) {
			do order.push({ expression: this.operand(), descending: this.direction() });
			while (this.accept(','));
		}
		if (this.at < this.tokens.length) throw invalidParameter(`Invalid search query. Search error occurred: '${this.tokens[this.at]}' is not supported`);
		return { columns, from, joins, where, order };
	}

	private direction(): boolean {
		if (this.accept('DESC')) return true;
		this.accept('ASC');
		return false;
	}

	private column(): Select['columns'][number] {
		const expression: Expression = this.accept('*') ? { kind: 'column', name: '*' } : this.operand();
		const named = this.accept('AS') || (this.peek() !== '' && /^[A-Z_]\w*$/.test(this.peek()) && !KEYWORDS.includes(this.peek()));
		if (named && RESERVED.has(this.peek())) throw invalidParameter(`Invalid search query. Search error occurred: the reserved word '${this.peek()}' cannot name a column`);
		return { expression, alias: named ? this.take() : undefined };
	}

	private table(): { table: string; alias: string } {
		const table = this.take().toLowerCase();
		this.accept('AS');
		const named = /^[A-Z_]\w*$/.test(this.peek()) && !KEYWORDS.includes(this.peek());
		return { table, alias: named ? this.take().toLowerCase() : table };
	}

	private join(): Select['joins'][number] | undefined {
		const outer = this.accept('LEFT', 'OUTER', 'JOIN') || this.accept('LEFT', 'JOIN');
		if (!outer && !this.accept('INNER', 'JOIN') && !this.accept('JOIN')) return undefined;
		const table = this.table();
		this.expect('ON');
		return { ...table, outer, on: this.or() };
	}

	private or(): Expression {
		let left = this.and();
		while (this.accept('OR')) left = { kind: 'binary', operator: 'OR', left, right: this.and() };
		return left;
	}

	private and(): Expression {
		let left = this.condition();
		while (this.accept('AND')) left = { kind: 'binary', operator: 'AND', left, right: this.condition() };
		return left;
	}

	private condition(): Expression {
		if (this.accept('NOT')) return { kind: 'not', operand: this.condition() };
		if (this.accept('(')) {
			const inner = this.or();
			this.expect(')');
			return inner;
		}
		const left = this.operand();
		if (this.accept('IS', 'NOT', 'NULL')) return { kind: 'isNull', operand: left, negated: true };
		if (this.accept('IS', 'NULL')) return { kind: 'isNull', operand: left, negated: false };
		const negated = this.accept('NOT');
		if (this.accept('IN')) return { kind: 'in', operand: left, options: this.list(), negated };
		if (this.accept('LIKE')) {
			const like: Expression = { kind: 'binary', operator: 'LIKE', left, right: this.operand() };
			return negated ? { kind: 'not', operand: like } : like;
		}
		const operator = this.take();
		if (!COMPARISONS.includes(operator)) throw invalidParameter(`Invalid search query. Search error occurred: '${operator}' is not supported`);
		return { kind: 'binary', operator, left, right: this.operand() };
	}

	private list(): Expression[] {
		this.expect('(');
		if (this.accept(')')) return [];
		const entries = [this.operand()];
		while (this.accept(',')) entries.push(this.operand());
		this.expect(')');
		return entries;
	}

	private operand(): Expression {
		const token = this.take();
		if (token.startsWith("'")) return { kind: 'literal', value: token.slice(1, -1).replaceAll("''", "'") };
		if (/^\d/.test(token)) return { kind: 'literal', value: Number(token) };
		if (token.toUpperCase() === 'NULL') return { kind: 'literal', value: null };
		if (!/^[A-Za-z_]/.test(token)) throw invalidParameter(`Invalid search query. Search error occurred: unexpected '${token}'`);
		if (this.peek() === '(') {
			if (this.tokens[this.at + 1] === '*') {
				this.at += 3;
				return { kind: 'call', name: token.toUpperCase(), args: [] };
			}
			return { kind: 'call', name: token.toUpperCase(), args: this.list() };
		}
		const parts = token.toLowerCase().split('.');
		return parts.length > 1 ? { kind: 'column', table: parts[0], name: parts[1] } : { kind: 'column', name: parts[0] };
	}
}

/** Throws 400 for what cannot be read. */
export const parseSql = (text: string): Select => new Parser(tokenize(text)).select();
