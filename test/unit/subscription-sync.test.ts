import fc from 'fast-check';

import { channelSaleEvent, checkSale } from '../../nodes/shared/channelSale';
import { externalTablesOf } from '../../nodes/shared/externalTables';
import { Failure } from '../../nodes/shared/failure';
import { accountCodeOf, planAccountUpdate, type KnownAccount } from '../../nodes/shared/subscriptionAccount';
import { subscriptionEventSchema, type SubscriptionEvent } from '../../nodes/shared/subscriptionEvent';
import type { AccountPlanStep, KnownAccountPlan, KnownPlan } from '../../nodes/shared/subscriptionPlans';
import { planSync, type SyncKnown, type SyncOptions } from '../../nodes/shared/subscriptionSync';

const OPTIONS: SyncOptions = { mode: 'sync', startDate: 'subscriptionStart', changeDate: 'eventTime', unmapped: 'fail', whenPaused: 'keep', attachEnded: false };
const PLANS: KnownPlan[] = [
	{ id: 'plan-basic', code: 'basic', productId: 'api' },
	{ id: 'plan-pro', code: 'pro', productId: 'api' },
	{ id: 'plan-logs', code: 'logs', productId: 'logs' },
	{ id: 'plan-logs-plus', code: 'logs-plus', productId: 'logs' },
];
const ACCOUNT: KnownAccount = { id: 'acc', code: 'cus_1', name: 'Globex', emailAddress: 'a@globex.example', mappedTo: 'cus_1' };
const START = '2026-05-01T00:00:00.000Z';

interface State {
	at: string;
	status: 'active' | 'paused' | 'ended' | 'pending';
	items: string[];
	endDate?: string;
	endUnknown?: boolean;
	currentPeriodStart?: string;
	currentPeriodEnd?: string;
}

const eventOf = ({ at, status, items, ...dates }: State, customer: object = {}): SubscriptionEvent =>
	subscriptionEventSchema.parse({
		id: `evt_${at}`,
		type: status === 'ended' ? 'subscription.ended' : 'subscription.updated',
		occurredAt: at,
		system: 'Stripe',
		customer: { id: 'cus_1', name: 'Globex', email: 'a@globex.example', ...customer },
		subscription: { id: 'sub_1', status, startDate: START, items: items.map((planRef) => ({ planRef })), ...dates },
	});

const knownPlans = new Map(PLANS.map((plan) => [plan.code, plan]));
const known = (accountPlans: KnownAccountPlan[] = [], account: KnownAccount | undefined = ACCOUNT): SyncKnown => ({ account, accountPlans, plans: knownPlans });

let nextId = 0;

/** m3ter in miniature: applies a step and refuses what m3ter refuses. */
function apply(plans: KnownAccountPlan[], step: AccountPlanStep, event: SubscriptionEvent): KnownAccountPlan[] {
	const note = { subscriptionId: event.subscription?.id, eventTime: event.occurredAt };
	const fresh = (): KnownAccountPlan => {
		const productId = PLANS.find(({ id }) => id === step.planId)?.productId;
		return { id: `ap-${nextId++}`, planId: step.planId, productId, startDate: step.startDate, endDate: step.endDate, mapped: step.map, ...note };
	};
	const changed = (): KnownAccountPlan[] => {
		if (step.write === 'attach') return [...plans, fresh()];
		if (step.write === 'delete') return plans.filter(({ id }) => id !== step.accountPlanId);
		return plans.map((plan) => {
			if (plan.id !== step.accountPlanId) return plan;
			const mapped = plan.mapped || (step.map && step.write !== 'replace');
			if (step.write === 'update') return { ...plan, endDate: step.endDate, mapped, ...note };
			return step.write === 'replace' ? { ...plan, endDate: step.startDate } : { ...plan, mapped };
		});
	};
	const result = step.write === 'replace' ? [...changed(), fresh()] : changed();
	refuseNonsense(result);
	return result;
}

function refuseNonsense(plans: readonly KnownAccountPlan[]): void {
	const end = ({ endDate }: KnownAccountPlan) => (endDate === undefined ? Infinity : Date.parse(endDate));
	for (const plan of plans) {
		if (end(plan) <= Date.parse(plan.startDate)) throw new Error(`m3ter refuses an end at or before the start: ${JSON.stringify(plan)}`);
		const other = plans.find((b) => b !== plan && b.productId === plan.productId && Date.parse(b.startDate) < end(plan) && Date.parse(plan.startDate) < end(b));
		if (other !== undefined) throw new Error(`m3ter refuses the overlap of ${JSON.stringify(plan)} and ${JSON.stringify(other)}`);
	}
}

const sync = (plans: KnownAccountPlan[], event: SubscriptionEvent, options = OPTIONS): KnownAccountPlan[] =>
	planSync(event, options, known(plans)).accountPlans.reduce((before, step) => apply(before, step, event), plans);

const minutes = (n: number) => new Date(Date.parse(START) + n * 60_000).toISOString();
const day = (n: number) => minutes(n * 1440);

/** A subscription's life: each state with the time it was read at. Something is always sold; nothing happens after an end. */
const life = fc
	.record({
		states: fc.array(
			fc.record({
				items: fc
					.record({ api: fc.constantFrom(undefined, 'basic', 'pro'), logs: fc.constantFrom(undefined, 'logs', 'logs-plus') })
					.map(({ api, logs }) => [api, logs].flatMap((code): string[] => (code === undefined ? [] : [code])))
					.filter(({ length }) => length > 0),
				scheduledEnd: fc.option(fc.integer({ min: 100, max: 120 }), { nil: undefined }),
			}),
			{ minLength: 1, maxLength: 6 },
		),
		ends: fc.boolean(),
	})
	.map(({ states, ends }) =>
		states.map(({ items, scheduledEnd }, n): State => {
			const over = ends && n === states.length - 1;
			const period = { currentPeriodStart: day(Math.floor(n / 2) * 4), currentPeriodEnd: day(Math.floor(n / 2) * 4 + 4) };
			if (over) return { at: day(2 * n + 1), status: 'ended', items, endDate: day(2 * n + 1), ...period };
			return { at: day(2 * n + 1), status: 'active', items, ...(scheduledEnd === undefined ? {} : { endDate: day(scheduledEnd) }), ...period };
		}),
	);

/** The states in any order, each at least once, some twice or more. */
const deliveries = life.chain((states) =>
	fc.record({
		states: fc.constant(states),
		order: fc
			.array(fc.nat({ max: states.length - 1 }), { maxLength: 8 })
			.chain((again) => fc.shuffledSubarray([...states.map((_state, n) => n), ...again], { minLength: states.length + again.length })),
	}),
);

/** What counts from then on: the plans that still run after the last event, and until when. */
const outcome = (plans: KnownAccountPlan[], states: State[]) =>
	plans
		.filter(({ endDate }) => endDate === undefined || endDate > states[states.length - 1].at)
		.map(({ planId, endDate }) => `${planId} until ${endDate ?? 'further notice'}`)
		.sort();

describe('subscription sync: any order, any number of times', () => {
	test('ends in the state that the events describe when they come in order', () => {
		const options: SyncOptions = { ...OPTIONS, attachEnded: true };
		fc.assert(
			fc.property(deliveries, ({ states, order }) => {
				const inOrder = states.reduce<KnownAccountPlan[]>((plans, state) => sync(plans, eventOf(state), options), []);
				const asDelivered = order.reduce<KnownAccountPlan[]>((plans, n) => sync(plans, eventOf(states[n]), options), []);
				const last = states[states.length - 1];
				const wanted = last.status === 'ended' ? [] : last.items.map((code) => `plan-${code} until ${last.endDate ?? 'further notice'}`).sort();
				expect(outcome(inOrder, states)).toEqual(wanted);
				expect(outcome(asDelivered, states)).toEqual(wanted);
			}),
			{ numRuns: 500 },
		);
	});

	test('an event changes nothing the second time, and never asks for what m3ter refuses', () => {
		const choices = fc.record({
			startDate: fc.constantFrom('subscriptionStart' as const, 'currentPeriodStart' as const, 'eventTime' as const),
			changeDate: fc.constantFrom('eventTime' as const, 'currentPeriodStart' as const, 'currentPeriodEnd' as const),
			attachEnded: fc.boolean(),
		});
		fc.assert(
			fc.property(deliveries, choices, ({ states, order }, choice) => {
				const options = { ...OPTIONS, ...choice };
				order.reduce<KnownAccountPlan[]>((plans, n) => {
					const event = eventOf(states[n]);
					const after = sync(plans, event, options);
					expect(planSync(event, options, known(after)).accountPlans.filter(({ write }) => write !== 'none')).toEqual([]);
					return after;
				}, []);
			}),
			{ numRuns: 500 },
		);
	});
});

describe('subscription sync: decisions', () => {
	const running: KnownAccountPlan = { id: 'ap', planId: 'plan-pro', productId: 'api', startDate: START, subscriptionId: 'sub_1', mapped: true, eventTime: START };
	const steps = (state: State, plans: KnownAccountPlan[], options: Partial<SyncOptions> = {}) => planSync(eventOf(state), { ...OPTIONS, ...options }, known(plans)).accountPlans;

	test('does not take the plan of another subscription away', () => {
		const [step] = steps({ at: day(1), status: 'active', items: ['basic'] }, [{ ...running, subscriptionId: 'sub_other' }]);
		expect(step).toMatchObject({ action: 'attached', write: 'attach' });
	});

	test('replaces an unlinked plan of the product only when there is exactly one', () => {
		const unlinked = { ...running, subscriptionId: undefined, mapped: false };
		const [one] = steps({ at: day(1), status: 'active', items: ['basic'] }, [unlinked]);
		const [several] = steps({ at: day(1), status: 'active', items: ['basic'] }, [unlinked, { ...unlinked, id: 'ap2' }]);
		expect(one).toMatchObject({ action: 'replaced', accountPlanId: 'ap' });
		expect(several).toMatchObject({ action: 'attached' });
	});

	test.each([
		['eventTime', day(9)],
		['currentPeriodStart', day(8)],
		['currentPeriodEnd', day(12)],
	] as const)('changes the plan at the %s', (changeDate, startDate) => {
		const [step] = steps({ at: day(9), status: 'active', items: ['basic'], currentPeriodStart: day(8), currentPeriodEnd: day(12) }, [running], { changeDate });
		expect(step).toMatchObject({ action: 'replaced', startDate });
	});

	test('ends removed items, but none while an item is not known', () => {
		const logs: KnownAccountPlan = { ...running, id: 'logs', planId: 'plan-logs', productId: 'logs' };
		const removed = steps({ at: day(1), status: 'active', items: ['pro'] }, [running, logs]);
		const unsure = planSync(eventOf({ at: day(1), status: 'active', items: ['pro', 'price_unknown'] }), { ...OPTIONS, unmapped: 'skip' }, known([running, logs]));
		expect(removed).toMatchObject([{ accountPlanId: 'logs', action: 'ended', endDate: day(1) }, { action: 'unchanged' }]);
		expect(unsure.accountPlans.map(({ action }) => action)).toEqual(['unchanged']);
		expect(unsure.warnings).toHaveLength(2);
	});

	test('follows an end that is moved, later or earlier, but leaves what an earlier change had ended', () => {
		const before = { ...running, id: 'old', planId: 'plan-basic', startDate: '2026-01-01T00:00:00Z', endDate: START };
		const ended = (endDate: string) => steps({ at: day(9), status: 'ended', items: ['pro'], endDate }, [before, { ...running, endDate: day(5) }]);
		expect(ended(day(7))).toMatchObject([{ accountPlanId: 'ap', action: 'ended', endDate: day(7) }]);
		expect(ended(day(3))).toMatchObject([{ accountPlanId: 'ap', action: 'ended', endDate: day(3) }]);
		expect(ended(day(5))).toMatchObject([{ accountPlanId: 'ap', action: 'unchanged' }]);
	});

	test('without knowing the end, takes no end away and attaches nothing again that has ended', () => {
		const quote = (at: string, items: string[], plans: KnownAccountPlan[]) => planSync(eventOf({ at, status: 'active', items, endUnknown: true }), OPTIONS, known(plans));
		const scheduled = { ...running, endDate: day(90) };
		expect(quote(day(60), ['pro'], [scheduled])).toMatchObject({ accountPlans: [{ action: 'unchanged', endDate: day(90) }], warnings: [] });
		const ended = { ...running, endDate: day(30) };
		const others = { ...running, id: 'other', planId: 'plan-basic', startDate: day(30), subscriptionId: undefined };
		for (const plans of [[ended], [ended, others]]) {
			expect(quote(day(60), ['pro'], plans)).toMatchObject({ accountPlans: [{ accountPlanId: 'ap', action: 'unchanged', endDate: day(30) }], warnings: [expect.stringMatching(`pro.*ended on ${day(30)}.*Attach`)] });
		}
		expect(quote(day(60), ['pro', 'logs'], [ended]).accountPlans).toMatchObject([{ action: 'unchanged' }, { action: 'attached', planId: 'plan-logs' }]);
		expect(steps({ at: day(60), status: 'active', items: ['pro'] }, [ended])).toMatchObject([{ action: 'attached' }]);
	});

	test('without knowing the end, goes back to a plan that another one had replaced', () => {
		const replaced = { ...running, id: 'old', planId: 'plan-basic', endDate: day(10) };
		const [step] = steps({ at: day(20), status: 'active', items: ['basic'], endUnknown: true }, [replaced, { ...running, startDate: day(10) }]);
		expect(step).toMatchObject({ action: 'replaced', accountPlanId: 'ap', planId: 'plan-basic' });
	});

	test('an end that is only the latest possible one postpones nothing', () => {
		const ended = (endDate: string) => steps({ at: day(99), status: 'ended', items: ['pro'], endDate: day(50), endUnknown: true }, [{ ...running, endDate }]);
		expect(ended(day(9))).toMatchObject([{ action: 'unchanged', endDate: day(9) }]);
		expect(ended(day(400))).toMatchObject([{ action: 'ended', endDate: day(50) }]);
	});

	test('an end without a date is the time of the event, and never later than the end it has already', () => {
		const ended = (at: string, endDate: string | undefined) => steps({ at, status: 'ended', items: ['pro'] }, [{ ...running, endDate }]);
		expect(ended(day(9), undefined)).toMatchObject([{ action: 'ended', endDate: day(9) }]);
		expect(ended(day(9), day(400))).toMatchObject([{ action: 'ended', endDate: day(9) }]);
		expect(ended(day(99), day(9))).toMatchObject([{ action: 'unchanged', endDate: day(9) }]);
	});

	test('an order of a sales channel that is said to have ended twice ends the first time', () => {
		const order = { customerName: 'Globex', customerEmail: '', orderId: 'sub_1', items: 'pro', startDate: START, status: 'ended' as const };
		const ended = (changedAt: string, plans: KnownAccountPlan[], endDate?: string) => sync(plans, channelSaleEvent(checkSale({ ...order, changedAt, endDate }), 'Stripe', { id: 'cus_1' }));
		const once = ended(day(3), [running]);
		expect([once, ended(day(99), once), ended(day(99), once, day(7))].map(([{ endDate }]) => endDate)).toEqual([day(3), day(3), day(7)]);
	});

	test('a subscription that ended before it began ends right after its start, which is the shortest m3ter can do', () => {
		const [step] = steps({ at: day(2), status: 'ended', items: ['pro'], endDate: '2026-04-01T00:00:00Z' }, [running]);
		expect(step).toMatchObject({ action: 'ended', endDate: '2026-05-01T00:00:01.000Z' });
	});

	test('a paused subscription goes on with a warning, or ends and starts again when it is resumed', () => {
		const paused: State = { at: day(3), status: 'paused', items: ['pro'] };
		const kept = planSync(eventOf(paused), OPTIONS, known([running]));
		expect(kept.accountPlans).toMatchObject([{ action: 'unchanged' }]);
		expect(kept.warnings).toHaveLength(1);

		const options: SyncOptions = { ...OPTIONS, whenPaused: 'end' };
		const stopped = sync([running], eventOf(paused), options);
		const stillStopped = sync(stopped, eventOf({ ...paused, at: day(4) }), options);
		const resumed = sync(stillStopped, eventOf({ at: day(6), status: 'active', items: ['pro'] }), options);
		expect(stopped.map(({ endDate }) => endDate)).toEqual([day(3)]);
		expect(stillStopped.map(({ endDate }) => endDate)).toEqual([day(3)]);
		expect(resumed.map(({ startDate, endDate }) => [startDate, endDate])).toEqual([[START, day(3)], [day(6), undefined]]);
	});

	test('needs a subscription, except for a changed customer', () => {
		const event = subscriptionEventSchema.parse({ ...eventOf({ at: day(1), status: 'active', items: [] }), subscription: undefined });
		expect(() => planSync(event, OPTIONS, known())).toThrow(Failure);
		expect(planSync({ ...event, type: 'customer.updated' }, OPTIONS, known()).account).toMatchObject({ action: 'unchanged' });
	});
});

describe('subscription sync: accounts', () => {
	const event = (customer: object) => eventOf({ at: day(1), status: 'active', items: [] }, customer);

	test.each([
		[{ id: 'cus_1' }, undefined, 'cus_1'],
		[{ id: 'cus_1', accountCode: 'globex' }, undefined, 'globex'],
		[{ id: 'cus_1', accountCode: 'globex' }, ' from option ', 'from option'],
		[{ id: ' a\t b\n' }, '', 'a b'],
		[{ id: 'x'.repeat(100) }, '', 'x'.repeat(80)],
	])('code of %j with the option %j is %j', (customer, option, code) => {
		expect(accountCodeOf(event(customer), option)).toBe(code);
	});

	test('keeps what the customer does not say, replaces an address as a whole, and never changes a currency', () => {
		const account: KnownAccount = { ...ACCOUNT, currency: 'USD', address: { addressLine1: 'Elm', addressLine4: 'c/o', locality: 'Berlin' }, customFields: { deal: 'D-7' } };
		const { customer } = event({ currency: 'EUR', address: { addressLine1: 'Oak' }, customFields: { tier: 2 } });
		expect(planAccountUpdate(customer, account)).toMatchObject({
			action: 'updated',
			body: { address: { addressLine1: 'Oak', addressLine4: 'c/o' }, customFields: { deal: 'D-7', tier: 2 } },
		});
		expect(planAccountUpdate(customer, account).body).toHaveProperty('address', { addressLine1: 'Oak', addressLine4: 'c/o' });
		expect(planAccountUpdate(event({ address: {} }).customer, account)).toMatchObject({ action: 'unchanged', body: {} });
	});

	test('cuts address lines to the lengths m3ter takes', () => {
		const plan = planSync(event({ address: { addressLine1: 'x'.repeat(60) } }), OPTIONS, { accountPlans: [], plans: knownPlans });
		expect(plan.account?.body).toMatchObject({ address: { addressLine1: 'x'.repeat(50) } });
	});
});

test('external tables: each system has its own words, any other the usual ones, and all can be overridden', () => {
	expect(externalTablesOf('Xero')).toEqual({ customer: 'Contact', plan: 'Item', subscription: 'Quote' });
	expect(externalTablesOf('Shopify')).toEqual({ customer: 'Customer', plan: 'Plan', subscription: 'Subscription' });
	expect(externalTablesOf('Stripe', { plan: 'Product', customer: ' ' })).toEqual({ customer: 'Customer', plan: 'Product', subscription: 'Subscription' });
});
