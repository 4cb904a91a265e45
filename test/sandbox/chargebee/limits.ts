/** Rate and concurrency limits of the site, and the locks on one customer's data. */
import { lockTimeout, tooManyRequests } from './errors';
import type { Core } from './state';

/** Counts the calls of the last minute and those running. */
export class Limiter {
	private readonly times: number[] = [];
	private running = 0;

	/** Throws 429 `api_request_limit_exceeded`; a refused call counts for nothing. */
	enter({ settings }: Core): void {
		const now = Date.now();
		while (this.times.length > 0 && this.times[0] <= now - 60_000) this.times.shift();
		if (settings.maxConcurrent !== undefined && this.running >= settings.maxConcurrent) throw tooManyRequests(1);
		if (settings.requestsPerMinute !== undefined && this.times.length >= settings.requestsPerMinute) {
			throw tooManyRequests(Math.ceil((this.times[0] + 60_000 - now) / 1000));
		}
		this.times.push(now);
		this.running += 1;
	}

	leave(): void {
		this.running -= 1;
	}
}

/** The customer whose data a call changes, from the ids in its path and body. */
export function lockedCustomer(
	{ state }: Core,
	path: string,
	ids: Record<string, string>,
	body: Record<string, unknown>,
): string | undefined {
	const [, , , resource] = path.split('/');
	const bySubscription = (id: unknown) => state.subscriptions.get(String(id))?.customer_id;
	if (ids.id !== undefined) {
		if (resource === 'customers') return ids.id;
		if (resource === 'invoices') return state.invoices.get(ids.id)?.customer_id;
		if (resource === 'subscriptions') return bySubscription(ids.id);
		if (resource === 'credit_notes') return state.creditNotes.get(ids.id)?.customer_id;
		if (resource === 'unbilled_charges') return state.unbilledCharges.get(ids.id)?.customer_id;
		return undefined;
	}
	if (typeof body.customer_id === 'string') return body.customer_id;
	if (body.subscription_id !== undefined) return bySubscription(body.subscription_id);
	return state.invoices.get(String(body.reference_invoice_id))?.customer_id;
}

/** Takes the lock; throws 429 `lock_timeout` when another call has it. Returns what gives it back. */
export function lock(core: Core, customerId: string | undefined): () => void {
	if (customerId === undefined) return () => undefined;
	if ((core.locks.get(customerId) ?? 0) > Date.now()) throw lockTimeout();
	core.locks.set(customerId, Infinity);
	return () => core.locks.delete(customerId);
}
