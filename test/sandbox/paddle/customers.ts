/** Customers with their addresses and businesses. */
import { z } from 'zod';

import { conflict, notFound } from './errors';
import { emit } from './events';
import { among, page, paging } from './lists';
import { operation } from './operations';
import { csv, customData, status } from './params';
import type { Core } from './state';
import type { Address, Business, Customer } from './types';

const name = z.string().max(1024);
const email = z.string().min(1).max(320).email();
const line = z.string().max(1024).nullable();
const place = z.string().max(200).nullable();
const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 country code');

const customerFields = {
	name: name.nullable(),
	email,
	marketing_consent: z.boolean(),
	locale: z.string(),
	custom_data: customData,
};
const addressFields = {
	...{ description: line, first_line: line, second_line: line, city: place, postal_code: place, region: place },
	country_code: country,
	custom_data: customData,
};
const businessFields = {
	name,
	company_number: line,
	tax_identifier: line,
	contacts: z.array(z.object({ name, email }).strict()).max(100),
	custom_data: customData,
};

const newCustomer = z.object(customerFields).partial().required({ email: true }).strict();
const newAddress = z.object(addressFields).partial().required({ country_code: true }).strict();
const newBusiness = z.object(businessFields).partial().required({ name: true }).strict();

export function findCustomer(core: Core, id: string): Customer {
	const customer = core.state.customers.get(id);
	if (!customer) throw notFound('customer', id);
	return customer;
}

/** Throws 409 when another customer has the e-mail address. */
function checkEmail(core: Core, wanted: string, id?: string): void {
	const same = [...core.state.customers.values()].find(
		(customer) => customer.email.toLowerCase() === wanted.toLowerCase() && customer.id !== id,
	);
	if (same) throw conflict('customer_already_exists', `customer email conflicts with customer of id ${same.id}`);
}

export function createCustomer(core: Core, given: z.output<typeof newCustomer>): Customer {
	checkEmail(core, given.email);
	const customer: Customer = {
		...core.fresh('ctm'),
		name: null,
		marketing_consent: false,
		locale: 'en',
		status: 'active',
		...given,
	};
	core.state.customers.set(customer.id, customer);
	emit(core, 'customer.created', customer);
	return customer;
}

export function createAddress(core: Core, customerId: string, given: z.output<typeof newAddress>): Address {
	const empty = { description: null, first_line: null, second_line: null, city: null, postal_code: null, region: null };
	const address: Address = {
		...core.fresh('add'),
		customer_id: findCustomer(core, customerId).id,
		...empty,
		status: 'active',
		...given,
	};
	core.state.addresses.set(address.id, address);
	emit(core, 'address.created', address);
	return address;
}

export function createBusiness(core: Core, customerId: string, given: z.output<typeof newBusiness>): Business {
	const empty = { company_number: null, tax_identifier: null, contacts: [] };
	const business: Business = {
		...core.fresh('biz'),
		customer_id: findCustomer(core, customerId).id,
		...empty,
		status: 'active',
		...given,
	};
	core.state.businesses.set(business.id, business);
	emit(core, 'business.created', business);
	return business;
}

/** The address or business, when it is that customer's. Throws 404. */
export function findOwn<T extends { customer_id: string }>(map: Map<string, T>, kind: string, customerId: string, id: string): T {
	const entity = map.get(id);
	if (!entity || entity.customer_id !== customerId) throw notFound(kind, id);
	return entity;
}

const LIST = {
	...paging(),
	id: csv(z.string()).optional(),
	status: csv(status).optional(),
	search: z.string().max(100).optional(),
};
const matches = (search: string | undefined, ...values: Array<string | null>) =>
	search === undefined || values.some((value) => value?.toLowerCase().includes(search.toLowerCase()));

/** Without a `status` filter, archived entities are left out. */
const listed = (query: { id?: string[]; status?: string[] }, entity: { id: string; status: string }) =>
	among(query.id, entity.id) && (query.status ?? (query.id ? ['active', 'archived'] : ['active'])).includes(entity.status);

const customerCalls = [
	operation(['POST', '/customers', 'customer.write'], { body: newCustomer }, (core, { body }) => ({
		status: 201,
		data: createCustomer(core, body),
	})),
	operation(
		['GET', '/customers', 'customer.read'],
		{ query: { ...LIST, email: csv(z.string()).optional() } },
		(core, { query, url }) => {
			const found = [...core.state.customers.values()].filter(
				(customer) =>
					listed(query, customer) &&
					among(query.email, customer.email) &&
					matches(query.search, customer.name, customer.email, customer.id),
			);
			return page(found, query, url);
		},
	),
	operation(['GET', '/customers/:id', 'customer.read'], {}, (core, { ids }) => ({ data: findCustomer(core, ids.id) })),
	operation(
		['PATCH', '/customers/:id', 'customer.write'],
		{
			body: z
				.object({ ...customerFields, status })
				.partial()
				.strict(),
		},
		(core, { body, ids }) => {
			const customer = findCustomer(core, ids.id);
			if (body.email !== undefined) checkEmail(core, body.email, customer.id);
			core.touch(Object.assign(customer, body));
			emit(core, 'customer.updated', customer);
			return { data: customer };
		},
	),
];

const addressCalls = [
	operation(['POST', '/customers/:id/addresses', 'address.write'], { body: newAddress }, (core, { body, ids }) => ({
		status: 201,
		data: createAddress(core, ids.id, body),
	})),
	operation(['GET', '/customers/:id/addresses', 'address.read'], { query: LIST }, (core, { query, ids, url }) => {
		const { id } = findCustomer(core, ids.id);
		const found = [...core.state.addresses.values()].filter(
			(address) =>
				address.customer_id === id &&
				listed(query, address) &&
				matches(query.search, address.first_line, address.city, address.id),
		);
		return page(found, query, url);
	}),
	operation(['GET', '/customers/:id/addresses/:address', 'address.read'], {}, (core, { ids }) => ({
		data: findOwn(core.state.addresses, 'address', ids.id, ids.address),
	})),
	operation(
		['PATCH', '/customers/:id/addresses/:address', 'address.write'],
		{
			body: z
				.object({ ...addressFields, status })
				.partial()
				.strict(),
		},
		(core, { body, ids }) => {
			const address = core.touch(Object.assign(findOwn(core.state.addresses, 'address', ids.id, ids.address), body));
			emit(core, 'address.updated', address);
			return { data: address };
		},
	),
];

const businessCalls = [
	operation(['POST', '/customers/:id/businesses', 'business.write'], { body: newBusiness }, (core, { body, ids }) => ({
		status: 201,
		data: createBusiness(core, ids.id, body),
	})),
	operation(['GET', '/customers/:id/businesses', 'business.read'], { query: LIST }, (core, { query, ids, url }) => {
		const { id } = findCustomer(core, ids.id);
		const found = [...core.state.businesses.values()].filter(
			(business) => business.customer_id === id && listed(query, business) && matches(query.search, business.name, business.id),
		);
		return page(found, query, url);
	}),
	operation(['GET', '/customers/:id/businesses/:business', 'business.read'], {}, (core, { ids }) => ({
		data: findOwn(core.state.businesses, 'business', ids.id, ids.business),
	})),
	operation(
		['PATCH', '/customers/:id/businesses/:business', 'business.write'],
		{
			body: z
				.object({ ...businessFields, status })
				.partial()
				.strict(),
		},
		(core, { body, ids }) => {
			const business = core.touch(Object.assign(findOwn(core.state.businesses, 'business', ids.id, ids.business), body));
			emit(core, 'business.updated', business);
			return { data: business };
		},
	),
];

export const customerOperations = [...customerCalls, ...addressCalls, ...businessCalls];
