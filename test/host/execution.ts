import { z } from 'zod';

const itemSchema = z.object({ json: z.record(z.unknown()) }).passthrough();
const errorSchema = z.object({ message: z.string(), description: z.string().nullish() }).passthrough();
const nodeRunSchema = z.object({
	executionStatus: z.string().optional(),
	/** Milliseconds. */
	executionTime: z.number().optional(),
	error: errorSchema.optional(),
	data: z.object({ main: z.array(z.array(itemSchema).nullable()).optional() }).optional(),
});

/** One run of a workflow, as n8n's public API gives it with its data. */
export const executionSchema = z.object({
	id: z.coerce.string(),
	status: z.string(),
	stoppedAt: z.string().nullish(),
	data: z
		.object({ resultData: z.object({ error: errorSchema.optional(), runData: z.record(z.array(nodeRunSchema)).default({}) }).passthrough() })
		.passthrough()
		.optional(),
});

export type Execution = z.infer<typeof executionSchema>;

/** The items that `node` gave out on one of its outputs, over all its runs. */
export function itemsOf(execution: Execution, node: string, output = 0): Array<Record<string, unknown>> {
	const runs = execution.data?.resultData.runData[node] ?? [];
	return runs.flatMap((run) => run.data?.main?.[output] ?? []).map((item) => item.json);
}

/** What went wrong in a run, with the node that said so; undefined when nothing did. */
export function errorOf(execution: Execution): string | undefined {
	const runData = execution.data?.resultData.runData ?? {};
	for (const [node, runs] of Object.entries(runData)) {
		const error = runs.find((run) => run.error)?.error;
		if (error) return `${node}: ${error.message}${error.description ? ` (${error.description})` : ''}`;
	}
	return execution.data?.resultData.error?.message;
}
