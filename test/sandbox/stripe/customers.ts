import type { Core } from './core';
import { changedCustomer, createCustomer, CUSTOMER_FIELDS, setCustomer } from './customerRecords';
import { noSuch } from './errors';
import { emit } from './events';
import { newestFirst, page, PAGE } from './lists';
import { operation } from './operations';
import { boolean, inRange, range, text } from './params';
import { search, SEARCH } from './search';
import { endSubscription } from './subscriptionChanges';
import type { Customer } from './types';
import { customerView } from './views';

function existing(core: Core, id: string): Customer {
	const customer = core.state.customers.get(id);
	if (!customer) throw noSuch('customer', id, 'customer', 404);
	return customer;
}

/** Deletes a customer and cancels its subscriptions at once; what was invoiced stays. */
function deleteCustomer(core: Core, id: string): object {
	const customer = existing(core, id);
	const live = [...core.state.subscriptions.values()].filter((entry) => entry.customer === id && entry.status !== 'canceled');
	for (const { id: subscription } of live) endSubscription(core, subscription);
	core.state.customers.delete(id);
	core.state.deletedCustomers.add(id);
	emit(core, 'customer.deleted', customer);
	return { id, object: 'customer', deleted: true };
}

const CREATE_ONLY = { payment_method: text(), validate: boolean };

export const customerOperations = [
	operation(
		['POST', '/v1/customers', 'customers'],
		{ ...CUSTOMER_FIELDS, ...CREATE_ONLY },
		(core, { payment_method: method, ...params }) => {
			delete params.validate;
			const settings =
				method === undefined ? params.invoice_settings : { default_payment_method: method, ...params.invoice_settings };
			return createCustomer(core, { ...params, ...(settings && { invoice_settings: settings }) });
		},
	),
	operation(
		['GET', '/v1/customers', 'customers'],
		{ ...PAGE, created: range, email: text(512), test_clock: text() },
		(core, params) => {
			const found = newestFirst(core.state.customers).filter(
				(entry) => inRange(entry.created, params.created) && (params.email === undefined || entry.email === params.email),
			);
			return page(found, params, '/v1/customers');
		},
	),
	operation(['GET', '/v1/customers/search', 'customers'], SEARCH, (core, params) =>
		search(core, 'customer', ['created', 'email', 'name', 'phone'], params, '/v1/customers/search'),
	),
	operation(['GET', '/v1/customers/:id', 'customers'], {}, (core, _params, { id }) => {
		const view = customerView(core, id);
		if (!view) throw noSuch('customer', id, 'id', 404);
		return view;
	}),
	operation(['POST', '/v1/customers/:id', 'customers'], CUSTOMER_FIELDS, (core, params, { id }) => {
		existing(core, id);
		return setCustomer(core, id, (customer) => changedCustomer(customer, params));
	}),
	operation(['DELETE', '/v1/customers/:id', 'customers'], {}, (core, _params, { id }) => deleteCustomer(core, id)),
];
