import { settled } from '../n8n/errors';
import { inBatches } from '../shared/batching';
import { Failure } from '../shared/failure';
import type { Resource, XeroApi } from './api';
import type { XeroElement } from './schemas';

/** Xero advises 50 documents per request, and takes at least 3.5 MB. */
const LIMITS = { maxCount: 50, maxBytes: 3_400_000, wrapperBytes: 20 };

/** What became of one element, and how many requests it took part in. */
export interface Written {
	element: XeroElement | Failure;
	calls: number;
}

/**
 * Writes elements in batches; answers in the elements' order. A request that is refused as a whole is sent again in halves until
 * the element that spoils it stands alone.
 */
export async function writeBatches<T>(api: XeroApi, method: 'PUT' | 'POST', resource: Resource, items: readonly T[], bodyOf: (item: T) => object, attempt: string): Promise<Written[]> {
	const written = new Map<T, Written>();
	const tooLarge = (item: T) =>
		written.set(item, { calls: 0, element: new Failure('invalid-input', 'The document is too large for Xero', { description: "Choose 'By Product' in the option 'Group Lines'." }) });
	const batches = [...inBatches(items, LIMITS, tooLarge, (item) => Buffer.byteLength(JSON.stringify(bodyOf(item))))];
	await Promise.all(batches.map(async (batch) => await writeBatch(batch, 1)));
	return items.map((item) => written.get(item) ?? { calls: 0, element: new Failure('unavailable', 'Xero gave no answer for this document') });

	async function writeBatch(batch: readonly T[], calls: number): Promise<void> {
		const elements = await settled(async () => await api.write(method, resource, batch.map(bodyOf), attempt));
		if (!(elements instanceof Failure)) {
			batch.forEach((item, index) => written.set(item, { element: elements[index], calls }));
			return;
		}
		const spoilt = elements.kind === 'refused' && batch.length > 1;
		if (!spoilt) {
			for (const item of batch) written.set(item, { element: elements, calls });
			return;
		}
		const middle = Math.ceil(batch.length / 2);
		await writeBatch(batch.slice(0, middle), calls + 1);
		await writeBatch(batch.slice(middle), calls + 1);
	}
}
