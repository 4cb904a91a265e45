import { Failure } from './failure';
import type { Customer, SubscriptionEvent } from './subscriptionEvent';
import type { SyncOptions } from './subscriptionSync';

export interface KnownAccount {
	id: string;
	code: string;
	name: string;
	emailAddress?: string;
	currency?: string;
	purchaseOrderNumber?: string;
	address?: Record<string, unknown> | null;
	customFields?: Record<string, string | number> | null;
	/** Customer id in the event's system that the account is mapped to. */
	mappedTo?: string;
}

export interface AccountStep {
	action: 'created' | 'updated' | 'unchanged';
	/** Absent until it is created. */
	id?: string;
	code: string;
	/** Body of the POST, or the fields that change. */
	body?: Record<string, unknown>;
	/** The mapping to the customer is to be written. */
	map: boolean;
}

/** m3ter's limits of the address fields (OpenAPI schema Address). */
const ADDRESS_LIMITS = { addressLine1: 50, addressLine2: 50, locality: 100, region: 50, postCode: 20, country: 100 } as const;
const CODE_LIMIT = 80;
const NAME_LIMIT = 200;

/** Code under which the customer's account is looked for and created: the option, else the event's, else the customer id. */
export function accountCodeOf({ customer }: SubscriptionEvent, option: string | undefined): string {
	const code = option?.trim() || customer.accountCode || customer.id;
	// m3ter takes printable characters and single plain spaces inside.
	return code.replace(/[\p{Cc}\s]+/gu, ' ').trim().slice(0, CODE_LIMIT);
}

/** @throws Failure `invalid-input` naming the customer when m3ter's required e-mail address is missing. */
export function planAccountCreation(event: SubscriptionEvent, options: Pick<SyncOptions, 'accountCode' | 'fallbackEmail'>): AccountStep {
	const { customer, system } = event;
	const emailAddress = customer.email ?? (options.fallbackEmail?.trim() || undefined);
	if (emailAddress === undefined) {
		throw new Failure('invalid-input', 'The customer has no e-mail address', {
			description: `m3ter needs one to create an account, and ${system} customer ${customer.name ?? ''} (${customer.id}) has none. Add it in ${system}, or set the option 'Fallback Email'.`,
		});
	}
	const code = accountCodeOf(event, options.accountCode);
	const body = {
		name: (customer.name ?? customer.email ?? customer.id).slice(0, NAME_LIMIT),
		code,
		emailAddress,
		currency: customer.currency,
		purchaseOrderNumber: customer.purchaseOrderNumber,
		address: customer.address && addressOf(customer.address),
		customFields: Object.keys(customer.customFields).length > 0 ? customer.customFields : undefined,
	};
	return { action: 'created', code, body, map: true };
}

/** The fields of the account that differ from the customer. What the customer leaves open is kept; the currency is never changed, only filled in. */
export function planAccountUpdate(customer: Customer, account: KnownAccount): AccountStep {
	const wanted: Record<string, unknown> = {
		name: customer.name?.slice(0, NAME_LIMIT),
		emailAddress: customer.email,
		purchaseOrderNumber: customer.purchaseOrderNumber,
		currency: account.currency === undefined ? customer.currency : undefined,
		address: customer.address && movedTo(account.address, addressOf(customer.address)),
		customFields: merged(account.customFields, customer.customFields),
	};
	const current: Record<string, unknown> = { ...account };
	const body = Object.fromEntries(Object.entries(wanted).filter(([field, value]) => value !== undefined && value !== current[field]));
	return { action: Object.keys(body).length > 0 ? 'updated' : 'unchanged', id: account.id, code: account.code, body, map: account.mappedTo === undefined };
}

function addressOf(address: NonNullable<Customer['address']>): Record<string, string> {
	const fields = Object.entries(ADDRESS_LIMITS).map(([field, limit]) => [field, address[field as keyof typeof ADDRESS_LIMITS]?.slice(0, limit)] as const);
	return Object.fromEntries(fields.filter((field): field is readonly [string, string] => field[1] !== undefined));
}

/** The new address as a whole, so that no line of the old one stays; undefined when it is the same or says nothing. */
function movedTo(current: Record<string, unknown> | null | undefined, wanted: Record<string, string>): Record<string, unknown> | undefined {
	const fields = Object.keys(ADDRESS_LIMITS);
	if (Object.keys(wanted).length === 0 || fields.every((field) => (current?.[field] ?? undefined) === wanted[field])) return undefined;
	const others = Object.entries(current ?? {}).filter(([field]) => !fields.includes(field));
	return { ...Object.fromEntries(others), ...wanted };
}

/** The current fields with the wanted ones over them; undefined when that changes nothing. */
function merged(current: Record<string, unknown> | null | undefined, wanted: Record<string, unknown>): Record<string, unknown> | undefined {
	const differs = Object.entries(wanted).some(([field, value]) => current?.[field] !== value);
	return differs ? { ...current, ...wanted } : undefined;
}
