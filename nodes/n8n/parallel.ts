import pLimit from 'p-limit';

/** Runs `work` for every item, at most `atOnce` at the same time; results in the items' order. */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
	const limit = pLimit(atOnce);
	return await Promise.all(items.map(async (item, index) => await limit(async () => await work(item, index))));
}
