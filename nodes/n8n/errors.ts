import {
	NodeApiError,
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type JsonObject,
} from 'n8n-workflow';
import { ZodError } from 'zod';

import { Failure, type FailureKind } from '../shared/failure';

/** Kinds that the remote side decided; the others are ours. */
const REMOTE: ReadonlySet<FailureKind> = new Set(['sign-in', 'permission', 'throttled', 'unavailable', 'refused', 'not-found', 'conflict']);

/** Anything thrown, as a {@link Failure}: zod's findings become a sentence per field. */
export function toFailure(error: unknown): Failure {
	if (error instanceof Failure) return error;
	if (error instanceof ZodError) {
		const [first, ...others] = error.issues;
		const where = first.path.length > 0 ? `'${first.path.join('.')}'` : 'The input';
		return new Failure('invalid-input', `${where} is not as expected`, {
			description: [first, ...others].map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; '),
		});
	}
	if (error instanceof NodeOperationError || error instanceof NodeApiError) {
		return new Failure('invalid-input', error.message, { description: error.description ?? undefined });
	}
	return new Failure('invalid-input', error instanceof Error ? error.message : String(error));
}

/** The same failure, with what it is about before its description, e.g. `Subscription sub_1`. */
export const about = (what: string, failure: Failure): Failure => new Failure(failure.kind, failure.message, { ...failure, description: `${what}: ${failure.description ?? failure.message}` });

/** The error a node throws, for the whole run or for one item. */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): NodeApiError | NodeOperationError {
	if (error instanceof NodeOperationError || error instanceof NodeApiError) {
		if (itemIndex !== undefined) error.context.itemIndex = itemIndex;
		return error;
	}
	const failure = toFailure(error);
	const options = { message: failure.message, description: failure.description, itemIndex };
	if (!REMOTE.has(failure.kind)) return new NodeOperationError(node, failure.message, options);
	const response: JsonObject = { message: failure.message, ...(failure.status ? { httpCode: String(failure.status) } : {}) };
	return new NodeApiError(node, response, {
		...options,
		...(failure.status ? { httpCode: String(failure.status) } : {}),
	});
}

/**
 * The item a failed input becomes under "Continue" and "Continue (using error output)". Only the keys `error`, `message`
 * and `details` make n8n route it to the error branch.
 */
export function errorItem(error: unknown, itemIndex: number): INodeExecutionData {
	const failure = toFailure(error);
	return {
		json: {
			error: failure.message,
			message: failure.description ?? failure.message,
			details: {
				kind: failure.kind,
				...(failure.status === undefined ? {} : { status: failure.status }),
				...(failure.code === undefined ? {} : { code: failure.code }),
				...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
				...(failure.outcomeUnknown ? { outcomeUnknown: true } : {}),
				...failure.details,
			} as JsonObject,
		},
		pairedItem: { item: itemIndex },
	};
}

/**
 * Whether a failed item becomes an error item instead of an end of the run: when the node is set to continue, and when an
 * AI agent uses it as a tool, because n8n gives an agent no reason for a tool that ends its run.
 */
export function continuesOnFail(context: IExecuteFunctions): boolean {
	if (context.continueOnFail()) return true;
	const { onError, rewireOutputLogTo } = context.getNode();
	const isTool = context.isToolExecution() || rewireOutputLogTo === NodeConnectionTypes.AiTool;
	return isTool && onError !== 'stopWorkflow';
}

/** One input item's outcome: its output items' JSON, or why there are none; in a list some may have failed. */
export type ItemOutcome = JsonObject | Array<JsonObject | Failure> | Failure;

/**
 * Puts outcomes in the input's order: results as items, failures as error items when the node is set to continue,
 * else the first failure is thrown with its item index.
 */
export function toItems(context: IExecuteFunctions, outcomes: readonly ItemOutcome[]): INodeExecutionData[] {
	return outcomes.flatMap((outcome, index) =>
		(Array.isArray(outcome) ? outcome : [outcome]).map((row): INodeExecutionData => {
			if (!(row instanceof Failure)) return { json: row, pairedItem: { item: index } };
			if (continuesOnFail(context)) return errorItem(row, index);
			throw toNodeError(context.getNode(), row, index);
		}),
	);
}

/** Runs `work` for each item in turn and collects its result or failure; stops at the first failure unless the node continues on failures. */
export async function perItem(context: IExecuteFunctions, work: (itemIndex: number) => Promise<Exclude<ItemOutcome, Failure>>): Promise<INodeExecutionData[]> {
	const outcomes: ItemOutcome[] = [];
	for (let index = 0; index < context.getInputData().length; index++) {
		const outcome = await settled(async () => await work(index));
		outcomes.push(outcome);
		if (outcome instanceof Failure && !continuesOnFail(context)) break;
	}
	return toItems(context, outcomes);
}

/** The result of `work`, or the {@link Failure} it ended in. */
export async function settled<T>(work: () => Promise<T>): Promise<T | Failure> {
	try {
		return await work();
	} catch (error) {
		return toFailure(error);
	}
}

/** The same for `work` that does not wait. */
export function attempted<T>(work: () => T): T | Failure {
	try {
		return work();
	} catch (error) {
		return toFailure(error);
	}
}
