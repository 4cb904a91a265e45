/** The SDK's types name fields in camelCase, Paddle's wire has snake_case: the one translated into the other, for `satisfies`. */
type SnakeName<Name extends string> = Name extends `${infer Head}${infer Rest}`
	? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeName<Rest>}`
	: Name;

export type Wire<T> = T extends string | number | boolean | null | undefined
	? T
	: T extends ReadonlyArray<infer Item>
		? Array<Wire<Item>>
		: string extends keyof T
			? T
			: { [Name in keyof T as Name extends string ? SnakeName<Name> : Name]: Wire<T[Name]> };
