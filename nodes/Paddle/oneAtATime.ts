const queues = new Map<string, Promise<unknown>>();

/**
 * Runs works with the same key one after another, those of other executions in this n8n process included. Paddle has no
 * idempotency keys, so between the look-up and the write nobody else should write. Where several processes run executions
 * (queue mode) this narrows the window and cannot close it; what slips through is seen afterwards and reported.
 */
export async function oneAtATime<T>(key: string, work: () => Promise<T>): Promise<T> {
	const before = queues.get(key) ?? Promise.resolve();
	const mine = before.then(work);
	// A work that failed fails for its own caller only.
	const tail = mine.then(
		() => undefined,
		() => undefined,
	);
	queues.set(key, tail);
	try {
		return await mine;
	} finally {
		if (queues.get(key) === tail) queues.delete(key);
	}
}
