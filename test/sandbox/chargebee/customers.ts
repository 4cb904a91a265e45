/** Customers. */
import { z } from 'zod';

import { notFound, refusal, wrongValue } from './errors';
import { emit } from './events';
import { contactFilter, DELETED, enumFilter, flagFilter, listOf, PAGE, sortBy, textFilter, timeFilter } from './lists';
import { operation, type Custom } from './operations';
import { address, assign, flag, integer, json, present, text } from './params';
import type { Core } from './state';
import type { Customer } from './types';

const fields = {
	first_name: text(150).nullish(),
	last_name: text(150).nullish(),
	email: text(70).email('is not a valid email address').nullish(),
	preferred_currency_code: text(3).nullish(),
	phone: text(50).nullish(),
	company: text(250).nullish(),
	auto_collection: z.enum(['on', 'off']).nullish(),
	net_term_days: integer(0, 365).nullish(),
	allow_direct_debit: flag.nullish(),
	taxability: z.enum(['taxable', 'exempt']).nullish(),
	customer_type: z.enum(['residential', 'business', 'senior_citizen', 'industrial']).nullish(),
	locale: text(50).nullish(),
	invoice_notes: text(2000).nullish(),
	auto_close_invoices: flag.nullish(),
	consolidated_invoicing: flag.nullish(),
	meta_data: json.nullish(),
};

const creationFields = {
	...fields,
	id: text(50).nullish(),
	vat_number: text(20).nullish(),
	vat_number_prefix: text(10).nullish(),
	registered_for_gst: flag.nullish(),
	billing_address: address.nullish(),
};

type Fields = z.output<z.ZodObject<typeof fields>>;
type CreationFields = z.output<z.ZodObject<typeof creationFields>>;

/** The customer of an id in the path; with `param`, of one in the body. Throws 404. */
export function findCustomer(core: Core, id: string, param?: string): Customer {
	const customer = core.state.customers.get(id);
	if (!customer || customer.deleted) throw notFound('customer', id, param);
	return customer;
}

export function checkCurrency(core: Core, code: string, param: string): string {
	if (core.settings.currencies.includes(code)) return code;
	throw wrongValue(param, `The currency '${code}' is not enabled for this site`);
}

export function createCustomer(core: Core, params: CreationFields, custom: Custom = {}): Customer {
	const { id = core.newId('cust'), billing_address: billing, ...given } = present(params);
	if (core.state.customers.has(id)) throw refusal(400, 'duplicate_entry', `The value ${id} is already present.`, { param: 'id' });
	const currency = checkCurrency(core, given.preferred_currency_code ?? core.baseCurrency, 'preferred_currency_code');
	const customer: Customer = core.touch({
		id,
		auto_collection: 'on',
		net_term_days: 0,
		allow_direct_debit: false,
		taxability: 'taxable',
		...given,
		...present(custom),
		...(billing && { billing_address: { ...present(billing), object: 'billing_address' } }),
		preferred_currency_code: currency,
		created_at: core.now(),
		updated_at: 0,
		resource_version: 0,
		promotional_credits: 0,
		refundable_credits: 0,
		excess_payments: 0,
		unbilled_charges: 0,
		card_status: 'no_card',
		pii_cleared: 'active',
		deleted: false,
		object: 'customer',
	});
	core.state.customers.set(id, customer);
	emit(core, 'customer_created', { customer });
	return customer;
}

export function updateCustomer(core: Core, customer: Customer, params: Fields, custom: Custom = {}): Customer {
	if (params.preferred_currency_code) checkCurrency(core, params.preferred_currency_code, 'preferred_currency_code');
	assign(customer, { ...params, ...custom });
	core.touch(customer);
	emit(core, 'customer_changed', { customer });
	return customer;
}

export const customerOperations = [
	operation(['POST', '/customers', { custom: true }], creationFields, (core, params, _ids, custom) => ({
		customer: createCustomer(core, params, custom),
	})),
	operation(
		['GET', '/customers'],
		{
			...PAGE,
			...DELETED,
			id: textFilter,
			first_name: contactFilter,
			last_name: contactFilter,
			email: contactFilter,
			company: contactFilter,
			phone: contactFilter,
			auto_collection: enumFilter(['on', 'off']),
			taxability: enumFilter(['taxable', 'exempt']),
			auto_close_invoices: flagFilter,
			created_at: timeFilter,
			updated_at: timeFilter,
			sort_by: sortBy('created_at', 'updated_at'),
		},
		(core, params) => listOf('customer', core.state.customers.values(), params),
	),
	operation(['GET', '/customers/:id'], {}, (core, _params, { id }) => ({ customer: findCustomer(core, id) })),
	operation(['POST', '/customers/:id', { custom: true }], fields, (core, params, { id }, custom) => ({
		customer: updateCustomer(core, findCustomer(core, id), params, custom),
	})),
];
