export interface BatchLimits {
	maxCount: number;
	/** UTF-8 bytes of the whole request body, the wrapper included. */
	maxBytes: number;
	/** Bytes the wrapper takes beside the items, e.g. of `{"measurements":[]}`. */
	wrapperBytes?: number;
}

/** Collects items one by one, in order, into batches that respect a count and a size. */
export class Batcher<T> {
	/** Bytes for items in one batch: an item beyond that fits in none. */
	readonly room: number;

	private batch: T[] = [];

	private used = 0;

	constructor(private readonly limits: BatchLimits) {
		this.room = limits.maxBytes - (limits.wrapperBytes ?? 0);
	}

	/** @returns the batch that is complete because the item does not fit into it any more */
	add(item: T, bytes: number): T[] | undefined {
		const isFull = this.batch.length === this.limits.maxCount || (this.batch.length > 0 && this.used + bytes + 1 > this.room);
		const complete = isFull ? this.take() : undefined;
		this.used += this.batch.length === 0 ? bytes : bytes + 1;
		this.batch.push(item);
		return complete;
	}

	/** The items not yet given out; starts a new batch. */
	take(): T[] {
		const { batch } = this;
		this.batch = [];
		this.used = 0;
		return batch;
	}
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
	const batcher = new Batcher<T>(limits);
	for (const item of items) {
		const bytes = bytesOf(item);
		if (bytes > batcher.room) {
			tooLarge(item, bytes);
			continue;
		}
		const complete = batcher.add(item, bytes);
		if (complete !== undefined) yield complete;
	}
	const rest = batcher.take();
	if (rest.length > 0) yield rest;
}

/** UTF-8 bytes of a value's JSON text. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8');

/** Splits a list into runs of at most `size`. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
	const chunks: T[][] = [];
	for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
	return chunks;
}
