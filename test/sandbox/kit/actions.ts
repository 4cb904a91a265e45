import type { z } from 'zod';

/** One thing a person does in a system's own screens: the arguments are checked (`ZodError`), then it happens. */
export function action<Schema extends z.ZodTypeAny, Result>(
	schema: Schema,
	run: (args: z.output<Schema>) => Result,
): (args: z.input<Schema>) => Result {
	return (args: z.input<Schema>) => run(schema.parse(args) as z.output<Schema>);
}

/** Actions made with `action` check what they are given, so anything that comes over HTTP may be handed to them. */
export function overHttp(actions: object): Record<string, (args: unknown) => unknown> {
	return { ...actions } as Record<string, (args: unknown) => unknown>;
}
