import { settled } from '../n8n/errors';
import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { subscriptionEventSchema, type SubscriptionEvent, type SubscriptionStatus } from '../shared/subscriptionEvent';
import { listLiteral, type QuickBooksApi } from './api';
import { customerSchema, estimateSchema, itemSchema, type QboCustomer, type QboEstimate } from './schemas';

export const ESTIMATE_STATUSES = ['Accepted', 'Closed', 'Converted', 'Pending', 'Rejected'] as const;
export type SaleEntity = 'Customer' | 'Estimate';

/** Which record, and what reported it. */
export interface SaleRef {
	entity: SaleEntity;
	id: string;
	/** The report's own id, for recognising a second delivery. */
	eventId?: string;
	created?: boolean;
	raw?: unknown;
}

const STATUS: Record<string, SubscriptionStatus> = { Pending: 'pending', Accepted: 'active', Converted: 'active', Rejected: 'ended' };
const IDS_PER_QUERY = 60;
/** A customer whose last change is within this time of its creation is new. */
const NEW_MS = 60_000;

/** An ISO time with an offset (QuickBooks': Pacific, or nanoseconds) as UTC with milliseconds. */
export const utc = (time: string | undefined): string | undefined => {
	const ms = Date.parse(time ?? '');
	return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
};

const midnight = (date: string | undefined) => (date === undefined ? undefined : utc(`${date.slice(0, 10)}T00:00:00Z`));

/** Without this, lists of names show active entries only. */
const INACTIVE_TOO = ' and Active in (true, false)';

/** Records by id, in a few queries for all of them; deleted ones are not there. */
async function readByIds<T extends { Id: string }>(read: (where: string) => Promise<T[]>, ids: readonly string[]): Promise<Map<string, T>> {
	const parts = chunk([...new Set(ids)], IDS_PER_QUERY);
	const rows = await Promise.all(parts.map(async (part) => await read(`Id in ${listLiteral(part)}`)));
	return new Map(rows.flat().map((row) => [row.Id, row]));
}

const readEstimates = async (api: QuickBooksApi, ids: readonly string[]) =>
	await readByIds(async (where) => await api.query('Estimate', estimateSchema, where), ids);
const readCustomers = async (api: QuickBooksApi, ids: readonly string[]) =>
	await readByIds(async (where) => await api.query('Customer', customerSchema, where + INACTIVE_TOO), ids);
const readItems = async (api: QuickBooksApi, ids: readonly string[]) =>
	await readByIds(async (where) => await api.query('Item', itemSchema, where + INACTIVE_TOO), ids);

/** A sale, why it could not be put together, or undefined for what is not there any more. */
export type SaleOutcome = SubscriptionEvent | Failure | undefined;

/** The current state of some customers and estimates, read in bulk: one query each for estimates, customers and items. Each stands for itself. */
export async function readSales(api: QuickBooksApi, refs: readonly SaleRef[], system: string): Promise<SaleOutcome[]> {
	const idsOf = (entity: SaleEntity) => refs.filter((ref) => ref.entity === entity).map(({ id }) => id);
	const estimates = await readEstimates(api, idsOf('Estimate'));
	const customerIds = [...estimates.values()].flatMap(({ CustomerRef }) => CustomerRef?.value ?? []);
	const itemIds = [...estimates.values()].flatMap((estimate) => soldLines(estimate).map(({ id }) => id));
	const [customers, items] = await Promise.all([readCustomers(api, [...idsOf('Customer'), ...customerIds]), readItems(api, itemIds)]);
	const eventOf = (ref: SaleRef): SaleOutcome => {
		const estimate = ref.entity === 'Estimate' ? estimates.get(ref.id) : undefined;
		const customer = customers.get(ref.entity === 'Customer' ? ref.id : (estimate?.CustomerRef?.value ?? ''));
		if (ref.entity === 'Customer') return customer && customerEvent(ref, customer, api.realmId, system);
		if (estimate === undefined) return undefined;
		return customer === undefined ? noCustomer(estimate) : estimateEvent(ref, estimate, customer, (id) => items.get(id)?.Sku, api.realmId, system);
	};
	return await Promise.all(refs.map(async (ref) => await settled(async () => eventOf(ref))));
}

const noCustomer = (estimate: QboEstimate) =>
	new Failure('not-found', 'QuickBooks does not have the customer of the estimate', {
		description: `Estimate ${estimate.DocNumber ?? estimate.Id} names customer ${estimate.CustomerRef?.name ?? ''} (${estimate.CustomerRef?.value ?? 'none'}).`,
	});

function soldLines({ Line }: QboEstimate): Array<{ id: string; name?: string; quantity?: number; serviceDate?: string }> {
	return Line.flatMap(({ SalesItemLineDetail: detail, Description }) => {
		const item = detail?.ItemRef;
		return item === undefined ? [] : [{ id: item.value, name: item.name ?? Description, quantity: detail?.Qty ?? undefined, serviceDate: detail?.ServiceDate }];
	});
}

/** The invoice an estimate was turned into. */
const invoiceOf = ({ LinkedTxn }: QboEstimate): string | undefined => LinkedTxn.find(({ TxnType }) => TxnType === 'Invoice')?.TxnId;

/** QuickBooks closes an estimate when it is invoiced. Closed without an invoice, it came to nothing. */
function statusOf(estimate: QboEstimate): SubscriptionStatus {
	if (estimate.TxnStatus === 'Closed') return invoiceOf(estimate) === undefined ? 'ended' : 'active';
	return STATUS[estimate.TxnStatus ?? 'Pending'] ?? 'pending';
}

/**
 * An estimate as a sale. It starts on the earliest service date of its lines, else the day it was accepted, else its own date.
 * A line's item stands for the plan: by external mapping, or by the item's SKU as plan code.
 */
function estimateEvent(ref: SaleRef, estimate: QboEstimate, customer: QboCustomer, sku: (itemId: string) => string | undefined, realmId: string, system: string): SubscriptionEvent {
	const lines = soldLines(estimate);
	const status = statusOf(estimate);
	const occurredAt = utc(estimate.MetaData.LastUpdatedTime);
	const serviceDates = lines.flatMap(({ serviceDate }) => serviceDate ?? []).sort();
	return subscriptionEventSchema.parse({
		id: ref.eventId ?? `${realmId}-Estimate-${estimate.Id}-${estimate.SyncToken}`,
		type: status === 'ended' ? 'subscription.ended' : ref.created ? 'subscription.created' : 'subscription.updated',
		occurredAt,
		system,
		customer: customerShape(customer, estimate.CurrencyRef?.value),
		subscription: {
			id: estimate.Id,
			status,
			startDate: midnight(serviceDates[0] ?? estimate.AcceptedDate ?? estimate.TxnDate) ?? occurredAt,
			endUnknown: true,
			items: lines.map(({ id, name, quantity }) => ({ planRef: id, planCode: sku(id), productRef: id, name, quantity })),
			metadata: metadataOf({ realmId, docNumber: estimate.DocNumber, txnStatus: estimate.TxnStatus, acceptedBy: estimate.AcceptedBy, invoiceId: invoiceOf(estimate) }),
		},
		raw: ref.raw ?? estimate,
	});
}

const metadataOf = (fields: Record<string, string | undefined>) =>
	Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** A new customer is a sale without items: it makes the account and no plan. A changed one brings name, email and address up to date. */
function customerEvent(ref: SaleRef, customer: QboCustomer, realmId: string, system: string): SubscriptionEvent {
	const occurredAt = utc(customer.MetaData.LastUpdatedTime);
	const isNew = ref.created ?? Date.parse(occurredAt ?? '') - Date.parse(customer.MetaData.CreateTime ?? '') < NEW_MS;
	return subscriptionEventSchema.parse({
		id: ref.eventId ?? `${realmId}-Customer-${customer.Id}-${customer.SyncToken}`,
		type: isNew ? 'subscription.created' : 'customer.updated',
		occurredAt,
		system,
		customer: customerShape(customer),
		subscription: isNew
			? { id: `customer-${customer.Id}`, status: 'active', startDate: utc(customer.MetaData.CreateTime) ?? occurredAt, items: [], metadata: { realmId } }
			: undefined,
		raw: ref.raw ?? customer,
	});
}

export function customerShape(customer: QboCustomer, saleCurrency?: string) {
	const { Id, DisplayName, CompanyName, PrimaryEmailAddr, CurrencyRef, BillAddr } = customer;
	return {
		id: Id,
		name: DisplayName ?? CompanyName,
		// A QuickBooks field may hold several addresses, separated by commas.
		email: PrimaryEmailAddr?.Address?.split(',')[0].trim(),
		currency: (CurrencyRef?.value ?? saleCurrency)?.toUpperCase(),
		address: BillAddr && {
			addressLine1: BillAddr.Line1,
			addressLine2: BillAddr.Line2,
			locality: BillAddr.City,
			region: BillAddr.CountrySubDivisionCode,
			postCode: BillAddr.PostalCode,
			country: BillAddr.Country,
		},
	};
}
