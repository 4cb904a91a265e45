import fc from 'fast-check';

import { isoFromSeconds, subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';

const event = {
	id: 'evt_1',
	type: 'subscription.created',
	occurredAt: '2026-05-01T00:00:00Z',
	system: 'Stripe',
	customer: { id: 'cus_1' },
	subscription: { id: 'sub_1', status: 'active', startDate: '2026-05-01T00:00:00Z', items: [{ planRef: 'price_1' }] },
};

const parse = (changes: object = {}) => subscriptionEventSchema.safeParse({ ...event, ...changes });
const withSubscription = (changes: object) => parse({ subscription: { ...event.subscription, ...changes } });
const withCustomer = (changes: object) => parse({ customer: { ...event.customer, ...changes } });

test('the least an event needs, with the defaults filled in', () => {
	expect(parse().data).toEqual({ ...event, customer: { id: 'cus_1', customFields: {} }, subscription: { ...event.subscription, metadata: {} } });
});

test('what it gives it takes: parsing twice changes nothing', () => {
	const full = {
		...event,
		customer: { id: 'cus_1', name: 'Acme', email: null, currency: 'USD', address: { addressLine1: '1 Street', country: '' }, accountCode: 'acme', customFields: { tier: 'gold', seats: 5 } },
		subscription: { ...event.subscription, endDate: null, currentPeriodEnd: '2026-06-01T02:00:00+02:00', items: [{ planRef: 'p', planCode: '', quantity: 0 }], metadata: { a: 'b' } },
		raw: { anything: [1] },
	};
	const once = subscriptionEventSchema.parse(full);
	expect(subscriptionEventSchema.parse(once)).toEqual(once);
	expect(subscriptionEventSchema.parse(JSON.parse(JSON.stringify(once)))).toEqual(JSON.parse(JSON.stringify(once)));
	expect(once.customer.email).toBeUndefined();
	expect(once.customer.address?.country).toBeUndefined();
	expect(once.subscription).toMatchObject({ endDate: undefined, items: [{ planRef: 'p', planCode: undefined, quantity: 0 }] });
});

test('a changed customer needs no subscription', () => expect(parse({ type: 'customer.updated', subscription: undefined }).success).toBe(true));

test.each([
	['no id', () => parse({ id: '' }), 'id'],
	['an unknown type', () => parse({ type: 'subscription.paused' }), 'type'],
	['a date without time', () => parse({ occurredAt: '2026-05-01' }), 'occurredAt'],
	['epoch seconds', () => withSubscription({ startDate: 1_767_225_600 }), 'subscription.startDate'],
	['an unreadable end', () => withSubscription({ endDate: 'soon' }), 'subscription.endDate'],
	['no system', () => parse({ system: '' }), 'system'],
	['no customer', () => parse({ customer: undefined }), 'customer'],
	['a customer without id', () => withCustomer({ id: '' }), 'customer.id'],
	['a provider\'s own status', () => withSubscription({ status: 'past_due' }), 'subscription.status'],
	['no items', () => withSubscription({ items: undefined }), 'subscription.items'],
	['an item of no plan', () => withSubscription({ items: [{ planRef: '' }] }), 'subscription.items.0.planRef'],
	['a quantity in text', () => withSubscription({ items: [{ planRef: 'p', quantity: '5' }] }), 'subscription.items.0.quantity'],
	['a custom field that is an object', () => withCustomer({ customFields: { a: {} } }), 'customer.customFields.a'],
])('%s is refused by its name', (_name, parsed, path) => {
	expect(parsed().error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test('epoch seconds become text the schema takes', () => {
	expect(isoFromSeconds(1_767_225_600)).toBe('2026-01-01T00:00:00.000Z');
	fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => expect(parse({ occurredAt: isoFromSeconds(seconds) }).success).toBe(true)));
});
