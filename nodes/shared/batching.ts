export interface BatchLimits {
	maxCount: number;
	/** UTF-8 bytes of the whole request body, the wrapper included. */
	maxBytes: number;
	/** Bytes the wrapper takes beside the items, e.g. of `{"measurements":[]}`. */
	wrapperBytes?: number;
}

/**
 * Splits items, in order, into batches that respect a count and a size. `bytesOf` tells an item's size in the body;
 * without it, its JSON text is measured.
 * An item that alone is beyond `maxBytes` is handed to `tooLarge` instead of a batch.
 */
export function* inBatches<T>(
	items: Iterable<T>,
	limits: BatchLimits,
	tooLarge: (item: T, bytes: number) => void,
	bytesOf: (item: T) => number = jsonBytes,
): Generator<T[]> {
	const room = limits.maxBytes - (limits.wrapperBytes ?? 0);
	let batch: T[] = [];
	let used = 0;
	for (const item of items) {
		const bytes = bytesOf(item);
		if (bytes > room) {
			tooLarge(item, bytes);
			continue;
		}
		const withComma = batch.length === 0 ? bytes : bytes + 1;
		if (batch.length === limits.maxCount || used + withComma > room) {
			yield batch;
			batch = [];
			used = 0;
		}
		used += batch.length === 0 ? bytes : bytes + 1;
		batch.push(item);
	}
	if (batch.length > 0) yield batch;
}

/** UTF-8 bytes of a value's JSON text. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8');

/** Splits a list into runs of at most `size`. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
	const chunks: T[][] = [];
	for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
	return chunks;
}
