import { randomUUID } from 'crypto';

import { settled } from '../n8n/errors';
import { Failure } from '../shared/failure';
import type { FormBody } from '../shared/form';
import { isOutdated, type StripeApi } from './api';
import { invoiceSchema } from './schemas';

export interface StripeRequest {
	method: 'POST' | 'DELETE';
	operation: 'create' | 'header' | 'add' | 'update' | 'remove' | 'finalize' | 'delete';
	path: string;
	body?: FormBody;
	key: string;
}

/**
 * The idempotency keys of one bill's run. Stripe answers a key from its memory of 24 hours, whatever has happened since: a
 * write that is still to be done after such an answer is meant anew and gets another key.
 */
export class WriteKeys {
	private readonly renewed = new Map<string, string>();

	of({ key }: StripeRequest): string {
		return this.renewed.get(key) ?? key;
	}

	renew({ key }: StripeRequest): void {
		this.renewed.set(key, `${key}:${randomUUID()}`);
	}
}

/** What a run of requests left behind. */
export interface Carried {
	/** Requests that were answered. */
	sent: number;
	/** The last answer, when all requests were carried out and it tells what stands now. */
	answer?: unknown;
	/** Why it stopped: what Stripe holds must be read again. */
	interference?: Failure;
}

/**
 * Carries requests out, one after the other, as far as they go.
 * @param subtotal minor units an invoice must come to before it is finalized
 * @throws Failure of a request that was refused as things stand
 */
export async function carryOut(api: StripeApi, requests: readonly StripeRequest[], keys: WriteKeys, subtotal?: number): Promise<Carried> {
	const carried: Carried = { sent: 0 };
	let remembered = false;
	for (const request of requests) {
		const isKnown = carried.answer === undefined || (!remembered && invoiceSchema.parse(carried.answer).subtotal === subtotal);
		if (request.operation === 'finalize' && !isKnown) return { sent: carried.sent };
		const outcome = await settled(async () => await perform(api, request, keys));
		if (outcome instanceof Failure) {
			if (!isOutdated(outcome)) throw outcome;
			keys.renew(request);
			return { sent: carried.sent, interference: outcome };
		}
		if (outcome.replayed) keys.renew(request);
		remembered ||= outcome.replayed;
		carried.sent++;
		carried.answer = outcome.body;
	}
	return remembered ? { sent: carried.sent } : carried;
}

async function perform(api: StripeApi, request: StripeRequest, keys: WriteKeys): Promise<{ body?: unknown; replayed: boolean }> {
	const { method, path, body = {} } = request;
	if (method === 'POST') return await api.post(path, body, keys.of(request));
	await api.delete(path);
	return { replayed: false };
}
