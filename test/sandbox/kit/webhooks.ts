/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */

export interface Delivery {
	url: string;
	/** Sent byte for byte: signatures are computed over exactly this text. */
	body: string;
	headers: Record<string, string>;
	/** Default 5. */
	attempts?: number;
	/** Pause before the second attempt in milliseconds, doubling (default 200). */
	backoffMs?: number;
	/** Default 10,000. */
	timeoutMs?: number;
}

export interface DeliveryResult {
	/** Status of the last answer; absent when there was none. */
	status?: number;
	attempts: number;
	/** Why the last attempt failed; absent on success. */
	error?: string;
}

const pause = async (ms: number) => await new Promise<void>((resolve) => setTimeout(resolve, ms));

async function attempt(delivery: Delivery): Promise<{ status?: number; error?: string }> {
	try {
		const response = await fetch(delivery.url, {
			method: 'POST',
			body: delivery.body,
			headers: delivery.headers,
			redirect: 'manual',
			signal: AbortSignal.timeout(delivery.timeoutMs ?? 10_000),
		});
		await response.arrayBuffer();
		return response.ok ? { status: response.status } : { status: response.status, error: `HTTP ${response.status}` };
	} catch (error) {
		return { error: error instanceof Error ? error.message : String(error) };
	}
}

/** POSTs a webhook until it is answered 2xx or the attempts are used up. Never throws. */
export async function deliver(options: Delivery): Promise<DeliveryResult> {
	const attempts = options.attempts ?? 5;
	let wait = options.backoffMs ?? 200;
	for (let count = 1; ; count++) {
		const result = await attempt(options);
		if (!result.error || count >= attempts) return { ...result, attempts: count };
		await pause(wait);
		wait *= 2;
	}
}

/** Work going on behind the answers of a sandbox (deliveries, asynchronous checks), so that a test can wait for all of it. */
export class Background {
	private readonly pending = new Set<Promise<unknown>>();

	add(work: Promise<unknown>): void {
		const tracked = work.finally(() => this.pending.delete(tracked));
		this.pending.add(tracked);
	}

	/** Resolves when nothing is going on any more, including work that other work has started. */
	async settled(): Promise<void> {
		while (this.pending.size > 0) await Promise.allSettled([...this.pending]);
	}
}
