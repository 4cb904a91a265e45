import type { Core } from './core';
import { noSuch } from './errors';
import { emit } from './events';
import {
	clearable,
	integer,
	list,
	looseText,
	mergeMetadata,
	metadata,
	needed,
	object,
	oneOf,
	text,
	type Fields,
	type Read,
} from './params';
import type { Address, Customer } from './types';

const ADDRESS = {
	city: looseText(),
	country: looseText(),
	line1: looseText(),
	line2: looseText(),
	postal_code: looseText(),
	state: looseText(),
};

/** What creating and updating a customer may set. */
export const CUSTOMER_FIELDS = {
	address: clearable(object(ADDRESS)),
	balance: integer(),
	description: looseText(),
	email: looseText(512),
	invoice_prefix: text(12),
	invoice_settings: object({
		custom_fields: clearable(list(object({ name: needed(text(40)), value: needed(text(140)) }), { max: 4 })),
		default_payment_method: looseText(),
		footer: looseText(),
	}),
	metadata,
	name: looseText(256),
	next_invoice_sequence: integer({ min: 1 }),
	phone: looseText(20),
	preferred_locales: list(text()),
	shipping: clearable(object({ address: needed(object(ADDRESS)), name: needed(text()), phone: looseText() })),
	tax_exempt: clearable(oneOf('none', 'exempt', 'reverse')),
} satisfies Fields;

type Settable = Read<typeof CUSTOMER_FIELDS>;

const fullAddress = (address: Read<typeof ADDRESS>): Address => ({
	city: null,
	country: null,
	line1: null,
	line2: null,
	postal_code: null,
	state: null,
	...address,
});

/** The customer with the given fields changed; all others stay. */
export function changedCustomer(customer: Customer, params: Settable): Customer {
	const { address, invoice_settings: settings, metadata: change, shipping, tax_exempt: exempt, ...plain } = params;
	return {
		...customer,
		...plain,
		...(address !== undefined && { address: address && fullAddress({ ...customer.address, ...address }) }),
		...(settings && { invoice_settings: { ...customer.invoice_settings, ...settings } }),
		...(shipping !== undefined && { shipping: shipping && { phone: null, ...shipping, address: fullAddress(shipping.address) } }),
		...(exempt !== undefined && { tax_exempt: exempt ?? 'none' }),
		metadata: mergeMetadata(customer.metadata, change),
	};
}

/** Makes a customer as `POST /v1/customers` does. */
export function createCustomer(core: Core, params: Settable, id = core.newId('cus')): Customer {
	const blank: Customer = {
		id,
		object: 'customer',
		address: null,
		balance: 0,
		created: core.now(),
		currency: null,
		customer_account: null,
		default_source: null,
		delinquent: false,
		description: null,
		discount: null,
		email: null,
		invoice_prefix: `SBX${id.slice(-6).toUpperCase()}`,
		invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
		livemode: false,
		metadata: {},
		name: null,
		next_invoice_sequence: 1,
		phone: null,
		preferred_locales: [],
		shipping: null,
		tax_exempt: 'none',
		test_clock: null,
	};
	const customer = changedCustomer(blank, params);
	core.state.customers.set(id, customer);
	emit(core, 'customer.created', customer);
	return customer;
}

/** The customer a parameter names; throws 400 when it is missing or deleted. */
export function customerParam(core: Core, id: string): Customer {
	const customer = core.state.customers.get(id);
	if (!customer) throw noSuch('customer', id, 'customer', 400);
	return customer;
}

/** Changes a customer and says so in an event. */
export function setCustomer(core: Core, id: string, change: (customer: Customer) => Customer): Customer {
	const before = customerParam(core, id);
	const after = change(before);
	core.state.customers.set(id, after);
	emit(core, 'customer.updated', after, before);
	return after;
}
