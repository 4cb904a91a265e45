import { z } from 'zod';

import { Failure } from '../shared/failure';
import { utc } from './sale';

/** One change of one record of one company, out of either body format. */
export interface WebhookEvent {
	/** Recognises a second delivery. */
	eventId: string;
	realmId: string;
	/** As QuickBooks' API names it, e.g. `Estimate`. */
	entity: string;
	entityId: string;
	operation: 'created' | 'updated' | 'deleted' | 'merged' | 'voided' | 'emailed' | 'other';
	occurredAt: string;
	/** The record that disappeared in a merge. */
	deletedId?: string;
	format: 'cloudevents' | 'legacy';
}

const cloudEventSchema = z
	.object({
		id: z.string().min(1),
		type: z.string(),
		time: z.string(),
		intuitentityid: z.coerce.string(),
		intuitaccountid: z.coerce.string(),
		data: z.unknown(),
	})
	.passthrough();

const legacySchema = z.object({
	eventNotifications: z.array(
		z.object({
			realmId: z.coerce.string(),
			dataChangeEvent: z
				.object({
					entities: z
						.array(
							z
								.object({ name: z.string(), id: z.coerce.string(), operation: z.string(), lastUpdated: z.string(), deletedId: z.coerce.string().optional() })
								.passthrough(),
						)
						.default([]),
				})
				.nullish(),
		}),
	),
});

const CLOUD_TYPE = /^qbo\.([a-z]+)\.([a-z]+)\.v\d+$/;
/** Lower-case names of the entities whose API name has an inner capital. */
const NAMES = new Map(['BillPayment', 'CreditMemo', 'JournalEntry', 'PaymentMethod', 'PurchaseOrder', 'RefundReceipt', 'SalesReceipt', 'TaxAgency', 'TimeActivity', 'VendorCredit'].map((name) => [name.toLowerCase(), name]));

const OPERATIONS: Record<string, WebhookEvent['operation']> = {
	create: 'created',
	created: 'created',
	update: 'updated',
	updated: 'updated',
	delete: 'deleted',
	deleted: 'deleted',
	merge: 'merged',
	merged: 'merged',
	void: 'voided',
	voided: 'voided',
	emailed: 'emailed',
};

/**
 * Reads a delivery: CloudEvents (an array, since 2026) or the older `eventNotifications`. One delivery may hold several
 * changes of several companies. Types that are not known come out as `other`.
 * @throws ZodError or SyntaxError for anything else.
 */
export function webhookEvents(body: string): WebhookEvent[] {
	const parsed: unknown = JSON.parse(body);
	if (Array.isArray(parsed)) return parsed.map((event) => fromCloudEvent(cloudEventSchema.parse(event)));
	return legacySchema.parse(parsed).eventNotifications.flatMap(({ realmId, dataChangeEvent }) =>
		(dataChangeEvent?.entities ?? []).map(({ name, id, operation, lastUpdated, deletedId }) => ({
			eventId: [realmId, name, id, operation, lastUpdated].join('|'),
			realmId,
			entity: name,
			entityId: id,
			operation: OPERATIONS[operation.toLowerCase()] ?? 'other',
			occurredAt: timeOf(lastUpdated),
			...(deletedId === undefined ? {} : { deletedId }),
			format: 'legacy' as const,
		})),
	);
}

function fromCloudEvent(event: z.output<typeof cloudEventSchema>): WebhookEvent {
	const [, entity = '', operation = ''] = CLOUD_TYPE.exec(event.type) ?? [];
	const deletedId = z.object({ deletedId: z.coerce.string() }).safeParse(event.data);
	return {
		eventId: `${event.intuitaccountid}|${event.id}`,
		realmId: event.intuitaccountid,
		entity: NAMES.get(entity) ?? entity.charAt(0).toUpperCase() + entity.slice(1),
		entityId: event.intuitentityid,
		operation: OPERATIONS[operation] ?? 'other',
		occurredAt: timeOf(event.time),
		...(deletedId.success ? { deletedId: deletedId.data.deletedId } : {}),
		format: 'cloudevents',
	};
}

function timeOf(time: string): string {
	const read = utc(time);
	if (read === undefined) throw new Failure('invalid-input', 'The time of an event could not be read', { description: `"${time}" is not an ISO date-time.` });
	return read;
}
