import { Failure } from '../shared/failure';
import { subscriptionEventSchema, type SubscriptionEvent, type SubscriptionEventType, type SubscriptionStatus } from '../shared/subscriptionEvent';
import { literal, type NetSuiteApi, type RecordType } from './api';
import { BILL_PREFIX } from './origin';
import { customerSchema, documentSchema, refSchema, statusRow, type NetSuiteCustomer, type NetSuiteDocument } from './schemas';

/** Record types a sale can be, as SuiteScript and SuiteQL spell them. */
export const SALE_TYPES: Readonly<Record<string, RecordType>> = { salesorder: 'salesOrder', estimate: 'estimate', customer: 'customer' };

export interface SaleOptions {
	/** When an order or estimate counts as sold: once approved (estimates: accepted), or already when it is entered. */
	soldWhen: 'approved' | 'created';
	/** Field of the customer that names the m3ter account, e.g. `custentity_m3ter_account`; empty = none. */
	accountCodeField: string;
}

/** Internal ids by ISO code. */
type Currencies = ReadonlyMap<string, string>;

/** What happened to which record. */
export interface SaleHead {
	id?: string;
	/** Lower case. */
	recordType: string;
	recordId: string;
	/** Customer, for records that are gone. */
	entityId?: string;
	created: boolean;
	occurredAt?: string;
	raw?: unknown;
}

/** Sales orders: A pending approval, B to F on their way, G billed, H closed, C cancelled. */
const ORDER_STATUS: Record<string, SubscriptionStatus> = { A: 'pending', H: 'ended', C: 'ended' };
/** Estimates: A open, B turned into an order or invoice, C closed, V void, X expired. */
const ESTIMATE_STATUS: Record<string, SubscriptionStatus> = { A: 'pending', C: 'ended', V: 'ended', X: 'ended' };

/**
 * A sale as it is now, read from NetSuite: events may arrive late, twice or out of order. Undefined for what is no sale
 * (our own documents) or whose customer does not exist any more.
 */
export async function saleOf(api: NetSuiteApi, head: SaleHead, options: SaleOptions, currencies: Currencies): Promise<SubscriptionEvent | undefined> {
	const type = SALE_TYPES[head.recordType];
	if (type === undefined) return undefined;
	if (type === 'customer') return await ofCustomer(api, head, options, currencies);
	const [document, [row]] = await Promise.all([
		api.find(type, { id: head.recordId }, documentSchema),
		api.query(`SELECT t.id, t.status FROM transaction t WHERE t.id = ${literal(head.recordId)} ORDER BY t.id`, statusRow),
	]);
	// Bills that were sent as sales orders are no sales.
	if (document?.externalId?.startsWith(BILL_PREFIX)) return undefined;
	const customerId = document?.entity?.id ?? head.entityId;
	const customer = customerId === undefined ? undefined : await api.find('customer', { id: customerId }, customerSchema);
	if (customer === undefined) return undefined;
	if (document === undefined) return endOfDeleted(head, customer, options);
	return ofDocument(type, document, row?.status ?? 'A', { ...customerShape(customer, options), currency: currencyOf(currencies, document, customer) }, head, options);
}

function ofDocument(type: RecordType, document: NetSuiteDocument, letter: string, customer: object, head: SaleHead, options: SaleOptions): SubscriptionEvent {
	const listed = (type === 'estimate' ? ESTIMATE_STATUS : ORDER_STATUS)[letter] ?? 'active';
	const status = listed === 'pending' && options.soldWhen === 'created' ? 'active' : listed;
	const isOver = status === 'ended';
	const lastEnd = dayAfter(document.endDate);
	const modified = isoTime(document.lastModifiedDate) ?? head.occurredAt ?? new Date().toISOString();
	const kind: SubscriptionEventType = isOver ? 'subscription.ended' : head.created ? 'subscription.created' : 'subscription.updated';
	return subscriptionEventSchema.parse({
		id: head.id ?? `${head.recordType}-${document.id}-${modified}`,
		type: kind,
		occurredAt: modified,
		system: 'NetSuite',
		customer: { ...customer, purchaseOrderNumber: document.otherRefNum },
		subscription: {
			id: document.id,
			status,
			startDate: isoTime(document.startDate ?? document.tranDate ?? document.createdDate) ?? modified,
			// A cancelled order keeps the last day it was to have, and says nowhere when it was cancelled.
			endDate: isOver && lastEnd !== undefined && lastEnd > modified ? undefined : lastEnd,
			endUnknown: isOver,
			items: itemsOf(document),
			metadata: metadataOf(document, head.recordType),
		},
		raw: head.raw,
	});
}

/** Items only: descriptions, subtotals and discounts have no plan, but NetSuite gives them an item as well; they are left to "Unmapped Items". */
function itemsOf(document: NetSuiteDocument) {
	return (document.item?.items ?? []).flatMap(({ item, quantity }) =>
		item === undefined ? [] : [{ planRef: item.id, planCode: item.refName, productRef: item.id, name: item.refName, quantity }],
	);
}

function metadataOf(document: NetSuiteDocument, recordType: string): Record<string, string> {
	const custom = Object.entries(document).filter(([field, value]) => field.startsWith('custbody') && ['string', 'number', 'boolean'].includes(typeof value));
	return { recordType, ...(document.tranId ? { number: document.tranId } : {}), ...Object.fromEntries(custom.map(([field, value]) => [field, String(value)])) };
}

/** The record is gone: what was sold is over. */
function endOfDeleted(head: SaleHead, customer: NetSuiteCustomer, options: SaleOptions): SubscriptionEvent {
	const occurredAt = head.occurredAt ?? new Date().toISOString();
	return subscriptionEventSchema.parse({
		id: head.id ?? `${head.recordType}-${head.recordId}-deleted`,
		type: 'subscription.ended',
		occurredAt,
		system: 'NetSuite',
		customer: customerShape(customer, options),
		subscription: { id: head.recordId, status: 'ended', startDate: occurredAt, endDate: occurredAt, items: [], metadata: { recordType: head.recordType } },
		raw: head.raw,
	});
}

async function ofCustomer(api: NetSuiteApi, head: SaleHead, options: SaleOptions, currencies: Currencies): Promise<SubscriptionEvent | undefined> {
	const customer = await api.find('customer', { id: head.recordId }, customerSchema);
	if (customer === undefined) return undefined;
	const occurredAt = isoTime(customer.lastModifiedDate) ?? head.occurredAt ?? new Date().toISOString();
	return subscriptionEventSchema.parse({
		id: head.id ?? `customer-${customer.id}-${occurredAt}`,
		type: 'customer.updated',
		occurredAt,
		system: 'NetSuite',
		customer: { ...customerShape(customer, options), currency: currencyOf(currencies, customer) },
		raw: head.raw,
	});
}

/** A customer in the shape m3ter Account/Plan takes. */
export function customerShape(customer: NetSuiteCustomer, { accountCodeField }: Pick<SaleOptions, 'accountCodeField'>) {
	const code: unknown = accountCodeField === '' ? undefined : customer[accountCodeField];
	const person = [customer.firstName, customer.lastName].filter(Boolean).join(' ');
	return {
		id: customer.id,
		name: customer.companyName ?? (person || customer.entityId),
		email: customer.email,
		address: addressOf(customer),
		accountCode: typeof code === 'string' ? code : undefined,
	};
}

/** ISO code of the first record that has a currency; their names are free text. */
function currencyOf(currencies: Currencies, ...records: Array<Pick<NetSuiteCustomer, 'currency'>>): string | undefined {
	const id = records.map(({ currency }) => currency?.id).find((found) => found !== undefined);
	return [...currencies].find(([, currencyId]) => currencyId === id)?.[0];
}

function addressOf({ addressBook }: NetSuiteCustomer) {
	const entries = addressBook?.items ?? [];
	const address = (entries.find(({ defaultBilling }) => defaultBilling) ?? entries[0])?.addressBookAddress;
	if (!address) return undefined;
	const country = refSchema.safeParse(address.country);
	return {
		addressLine1: address.addr1,
		addressLine2: address.addr2,
		locality: address.city,
		region: address.state,
		postCode: address.zip,
		country: country.success ? (country.data.refName ?? country.data.id) : typeof address.country === 'string' ? address.country : undefined,
	};
}

/** NetSuite's dates (`YYYY-MM-DD`) and times (ISO) as ISO date-times; a date begins at midnight UTC. */
export function isoTime(text: string | undefined): string | undefined {
	const ms = text === undefined ? NaN : Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);
	return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** An order's last day, as m3ter's exclusive end. */
function dayAfter(day: string | undefined): string | undefined {
	const start = isoTime(day?.slice(0, 10));
	return start === undefined ? undefined : new Date(Date.parse(start) + 86_400_000).toISOString();
}

/** @throws Failure `invalid-input` naming the field */
export function requiredTime(value: string, field: string): string {
	const time = isoTime(value.trim());
	if (time === undefined) throw new Failure('invalid-input', `${field} is not a date`, { description: `"${value}" cannot be read. Use an ISO date such as 2026-05-01.` });
	return time;
}
