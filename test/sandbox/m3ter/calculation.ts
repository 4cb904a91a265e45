/**
 * The calculation language of notification rules: arithmetic, comparison, AND/OR, `? :`, `isnull(a, b)`, `IN(x, a, b, ...)`,
 * `Math.*`, double-quoted strings, `null true false`, and the fields of the entity as `new.x` and `old.x` (dots go deeper).
 * There is no NOT. A field that is not there is null; comparing null with `<` or `>` is false.
 */

export type Value = null | boolean | number | string;

export interface Scope {
	new?: unknown;
	old?: unknown;
}

interface Expression {
	evaluate(scope: Scope): Value;
}

export interface Calculation extends Expression {
	/** Every `new.x` and `old.x` mentioned. */
	fields: string[];
}

export class CalculationError extends Error {}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|(==|!=|<=|>=|[-+*/^%()<>?:,]))/y;

interface Token {
	kind: 'number' | 'string' | 'name' | 'sign' | 'end';
	text: string;
}

function tokenize(source: string): Token[] {
	const tokens: Token[] = [];
	const text = source.trimEnd();
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.length) {
		const at = TOKEN.lastIndex;
		const match = TOKEN.exec(text);
		if (!match) throw new CalculationError(`Unexpected character at position ${at + 1}: ${text.slice(at, at + 10)}`);
		const [, number, string, name, sign] = match;
		if (number !== undefined) tokens.push({ kind: 'number', text: number });
		else if (string !== undefined) tokens.push({ kind: 'string', text: string.replace(/\\(.)/g, '$1') });
		else if (name !== undefined) tokens.push({ kind: 'name', text: name });
		else tokens.push({ kind: 'sign', text: sign });
	}
	tokens.push({ kind: 'end', text: 'end of calculation' });
	return tokens;
}

const numberOf = (value: Value): number => {
	if (typeof value !== 'number') throw new CalculationError(`${JSON.stringify(value)} is not a number`);
	return value;
};
const booleanOf = (value: Value): boolean => {
	if (typeof value !== 'boolean') throw new CalculationError(`${JSON.stringify(value)} is not true or false`);
	return value;
};

function ordered(a: Value, b: Value, test: (difference: number) => boolean): boolean {
	if (a === null || b === null) return false;
	if (typeof a !== typeof b || typeof a === 'boolean') throw new CalculationError(`Cannot compare ${JSON.stringify(a)} with ${JSON.stringify(b)}`);
	return test(a < b ? -1 : a > b ? 1 : 0);
}

const BINARY: Record<string, (a: Value, b: Value) => Value> = {
	'+': (a, b) => (typeof a === 'string' && typeof b === 'string' ? a + b : numberOf(a) + numberOf(b)),
	'-': (a, b) => numberOf(a) - numberOf(b),
	'*': (a, b) => numberOf(a) * numberOf(b),
	'/': (a, b) => numberOf(a) / numberOf(b),
	'%': (a, b) => numberOf(a) % numberOf(b),
	'^': (a, b) => numberOf(a) ** numberOf(b),
	'==': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'<': (a, b) => ordered(a, b, (difference) => difference < 0),
	'>': (a, b) => ordered(a, b, (difference) => difference > 0),
	'<=': (a, b) => ordered(a, b, (difference) => difference <= 0),
	'>=': (a, b) => ordered(a, b, (difference) => difference >= 0),
};

/** Weakest first. */
const LEVELS = [['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']];

/** Arity: exact number of arguments, or at least that many when `more`. */
const FUNCTIONS: Record<string, { arity: number; more?: true; call(...args: Value[]): Value }> = {
	isnull: { arity: 2, call: (value, fallback) => value ?? fallback },
	IN: { arity: 2, more: true, call: (value, ...choices) => choices.includes(value) },
	'Math.max': { arity: 1, more: true, call: (...args) => Math.max(...args.map(numberOf)) },
	'Math.min': { arity: 1, more: true, call: (...args) => Math.min(...args.map(numberOf)) },
	'Math.floor': { arity: 1, call: (value) => Math.floor(numberOf(value)) },
	'Math.ceil': { arity: 1, call: (value) => Math.ceil(numberOf(value)) },
	'Math.round': { arity: 1, call: (value) => Math.round(numberOf(value)) },
	'Math.abs': { arity: 1, call: (value) => Math.abs(numberOf(value)) },
	'Math.pow': { arity: 2, call: (base, exponent) => numberOf(base) ** numberOf(exponent) },
};

function readField(scope: Scope, path: string): Value {
	let value: unknown = scope;
	for (const part of path.split('.')) {
		value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
	}
	if (value === undefined || value === null) return null;
	if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
	throw new CalculationError(`${path} is not a number, string or boolean`);
}

class Parser {
	readonly fields: string[] = [];
	private position = 0;

	constructor(private readonly tokens: Token[]) {}

	/** The whole text, or an error. */
	all(): Expression {
		const expression = this.conditional();
		const rest = this.tokens[this.position];
		if (rest.kind !== 'end') throw new CalculationError(`Unexpected ${rest.text}`);
		return expression;
	}

	private accept(...texts: string[]): string | undefined {
		const token = this.tokens[this.position];
		if ((token.kind !== 'sign' && token.kind !== 'name') || !texts.includes(token.text)) return undefined;
		this.position++;
		return token.text;
	}

	private expect(text: string): void {
		if (!this.accept(text)) throw new CalculationError(`Expected ${text} before ${this.tokens[this.position].text}`);
	}

	private conditional(): Expression {
		const test = this.or();
		if (!this.accept('?')) return test;
		const yes = this.conditional();
		this.expect(':');
		const no = this.conditional();
		return { evaluate: (scope) => (booleanOf(test.evaluate(scope)) ? yes : no).evaluate(scope) };
	}

	private or(): Expression {
		let left = this.and();
		while (this.accept('OR')) {
			const [first, second] = [left, this.and()];
			left = { evaluate: (scope) => booleanOf(first.evaluate(scope)) || booleanOf(second.evaluate(scope)) };
		}
		return left;
	}

	private and(): Expression {
		let left = this.binary(0);
		while (this.accept('AND')) {
			const [first, second] = [left, this.binary(0)];
			left = { evaluate: (scope) => booleanOf(first.evaluate(scope)) && booleanOf(second.evaluate(scope)) };
		}
		return left;
	}

	private binary(level: number): Expression {
		if (level === LEVELS.length) return this.unary();
		let left = this.binary(level + 1);
		for (let sign = this.accept(...LEVELS[level]); sign; sign = this.accept(...LEVELS[level])) {
			left = apply(sign, left, this.binary(level + 1));
		}
		return left;
	}

	private unary(): Expression {
		if (this.accept('-')) {
			const operand = this.unary();
			return { evaluate: (scope) => -numberOf(operand.evaluate(scope)) };
		}
		const base = this.primary();
		return this.accept('^') ? apply('^', base, this.unary()) : base;
	}

	private primary(): Expression {
		if (this.accept('(')) {
			const inner = this.conditional();
			this.expect(')');
			return inner;
		}
		const token = this.tokens[this.position++];
		if (token.kind === 'number') return { evaluate: () => Number(token.text) };
		if (token.kind === 'string') return { evaluate: () => token.text };
		if (token.kind !== 'name') throw new CalculationError(`Unexpected ${token.text}`);
		return this.named(token.text);
	}

	private named(name: string): Expression {
		const literals: Record<string, Value> = { null: null, true: true, false: false };
		if (Object.hasOwn(literals, name)) return { evaluate: () => literals[name] };
		if (Object.hasOwn(FUNCTIONS, name)) return this.call(name);
		if (!/^(new|old)\../.test(name)) throw new CalculationError(`Unknown name ${name}`);
		this.fields.push(name);
		return { evaluate: (scope) => readField(scope, name) };
	}

	private call(name: string): Expression {
		const { arity, more, call } = FUNCTIONS[name];
		const args: Expression[] = [];
		this.expect('(');
		do args.push(this.conditional());
		while (this.accept(','));
		this.expect(')');
		if (more ? args.length < arity : args.length !== arity) throw new CalculationError(`${name} takes ${arity} arguments`);
		return { evaluate: (scope) => call(...args.map((argument) => argument.evaluate(scope))) };
	}
}

function apply(sign: string, left: Expression, right: Expression): Expression {
	return { evaluate: (scope) => BINARY[sign](left.evaluate(scope), right.evaluate(scope)) };
}

/** The outcome of a calculation, with the error as a value. */
export function calculate(source: string, scope: Scope): { value?: Value; error?: string } {
	try {
		return { value: parseCalculation(source).evaluate(scope) };
	} catch (error) {
		return { error: error instanceof Error ? error.message : String(error) };
	}
}

/** The fields a calculation mentions, or what keeps it from being one. */
export function mentionedFields(source: string): { fields: string[]; error?: string } {
	try {
		return parseCalculation(source);
	} catch (error) {
		return { fields: [], error: error instanceof Error ? error.message : String(error) };
	}
}

/** Throws CalculationError when the text is not a calculation; `evaluate` throws it for values of the wrong type. */
export function parseCalculation(source: string): Calculation {
	const parser = new Parser(tokenize(source));
	const { evaluate } = parser.all();
	return { evaluate, fields: parser.fields };
}
