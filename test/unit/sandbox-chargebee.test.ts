import { SEEDED, type ChargebeeSandbox } from '../sandbox/chargebee';
import { call, closeAll, sdk, start } from './sandbox-chargebee.helpers';

afterEach(closeAll);

const now = () => Math.floor(Date.now() / 1000);
const DAY = 86_400;

/** A pending invoice of a new subscription, just renewed. */
function renewed(sandbox: ChargebeeSandbox, customerId: string = SEEDED.customers.acme) {
	const subscription = sandbox.createSubscription({ customerId, startDate: now() - 40 * DAY });
	const invoice = sandbox.renew({ id: subscription.id });
	if (!invoice) throw new Error('No invoice');
	return { subscription, invoice };
}

describe('the official SDK walks through a month', () => {
	it('finds the pending invoice, adds lines, takes some away and closes it', async () => {
		const sandbox = await start();
		const client = sdk(sandbox);
		const { configurations } = await client.configuration.list();
		expect(configurations[0]).toMatchObject({ product_catalog_version: 'v2', chargebee_response_schema_type: 'items' });

		const created = await client.subscription.createWithItems(SEEDED.customers.acme, {
			id: 'sub_walk',
			create_pending_invoices: true,
			subscription_items: [
				{ item_price_id: SEEDED.prices.pro },
				{ item_price_id: SEEDED.prices.support, quantity: 3 },
				{ item_price_id: SEEDED.prices.apiCalls },
			],
			meta_data: { m3ter_plan: 'PRO' },
		});
		expect(created.subscription).toMatchObject({ status: 'active', currency_code: 'USD', meta_data: { m3ter_plan: 'PRO' } });
		expect(created.invoice).toMatchObject({ status: 'posted', sub_total: 24_900, id: expect.stringMatching(/^INV-/) });

		sandbox.renew({ id: 'sub_walk' });
		const { list } = await client.invoice.list({
			status: { is: 'pending' },
			subscription_id: { is: 'sub_walk' },
			'sort_by[desc]': 'date',
			limit: 100,
		});
		expect(list).toHaveLength(1);
		const [{ invoice: pending }] = list;
		expect(pending).toMatchObject({
			status: 'pending',
			total: 24_900,
			subscription_id: 'sub_walk',
			date: created.subscription.current_term_end,
		});
		expect(pending.id).toMatch(/^draft_inv_/);

		const period = { date_from: now() - 30 * DAY, date_to: now() };
		await client.invoice.addCharge(pending.id, { amount: 12_345, description: 'API calls [m3ter:1]', line_item: period });
		const { invoice } = await client.invoice.addChargeItem(pending.id, {
			item_price: { item_price_id: SEEDED.prices.usage, quantity: 7, unit_price: 3, ...period },
		});
		const added = invoice.line_items?.slice(-2);
		expect(added).toMatchObject([
			{ entity_type: 'adhoc', amount: 12_345, description: 'API calls [m3ter:1]', ...period, subscription_id: 'sub_walk' },
			{ entity_type: 'charge_item_price', amount: 21, quantity: 7, description: 'Usage' },
		]);
		const removed = await client.invoice.deleteLineItems(pending.id, { line_items: [{ id: added?.[1].id ?? '' }] });
		expect(removed.invoice.total).toBe(24_900 + 12_345);

		const closed = (await client.invoice.close(pending.id, { invoice_note: 'Usage of the month' })).invoice;
		expect(closed).toMatchObject({
			status: 'posted',
			total: 37_245,
			amount_due: 37_245,
			due_date: (closed.date ?? 0) + 30 * DAY,
		});
		expect(closed.id).toMatch(/^INV-/);
		await expect(client.invoice.retrieve(pending.id)).rejects.toMatchObject({
			api_error_code: 'resource_not_found',
			http_status_code: 404,
		});
		await expect(client.invoice.addCharge(closed.id, { amount: 1, description: 'late' })).rejects.toMatchObject({
			api_error_code: 'invalid_state_for_request',
			http_status_code: 409,
		});
		const { event_type: type } = (await client.event.list({ limit: 1, 'sort_by[desc]': 'occurred_at' })).list[0].event;
		expect(type).toBe('invoice_generated');
		expect(sandbox.violations).toEqual([]);
	});

	it('puts many lines on unbilled charges, sees an estimate and bills them', async () => {
		const sandbox = await start();
		const client = sdk(sandbox);
		const { id } = sandbox.createSubscription({});
		const charges = Array.from({ length: 40 }, (_, index) => ({
			amount: index + 1,
			description: `Line ${index}`,
			date_from: now() - DAY,
			date_to: now(),
		}));
		const created = await client.unbilledCharge.create({
			subscription_id: id,
			currency_code: 'USD',
			charges,
			item_prices: [{ item_price_id: SEEDED.prices.setup }],
		});
		expect(created.unbilled_charges).toHaveLength(41);
		const [first] = created.unbilled_charges;
		await client.unbilledCharge.delete(first.id ?? '');

		const all: string[] = [];
		let offset: string | undefined;
		do {
			const page = await client.unbilledCharge.list({ subscription_id: { is: id }, limit: 15, ...(offset && { offset }) });
			all.push(...page.list.map((row) => row.unbilled_charge.id ?? ''));
			offset = page.next_offset;
		} while (offset);
		expect(new Set(all).size).toBe(40);
		expect((await client.customer.retrieve(SEEDED.customers.acme)).customer.unbilled_charges).toBe(820);

		const { estimate } = await client.unbilledCharge.invoiceNowEstimate({ subscription_id: id });
		expect(estimate.invoice_estimates?.[0].total).toBe(820);
		const { invoices } = await client.unbilledCharge.invoiceUnbilledCharges({ subscription_id: id });
		expect(invoices).toMatchObject([{ total: 820, status: 'posted', subscription_id: id }]);
		expect((await client.unbilledCharge.list({})).list).toEqual([]);
		expect(sandbox.violations).toEqual([]);
	});

	it('unbilled charges and charges at term end join the next pending invoice', async () => {
		const sandbox = await start();
		const client = sdk(sandbox);
		const { id } = sandbox.createSubscription({});
		await client.unbilledCharge.create({
			subscription_id: id,
			currency_code: 'USD',
			charges: [{ amount: 55, description: 'waiting' }],
		});
		await client.subscription.addChargeAtTermEnd(id, { amount: 66, description: 'at the end' });
		expect(sandbox.renew({ id })).toMatchObject({ status: 'pending', total: 9900 + 55 + 66 });
		expect(sandbox.violations).toEqual([]);
	});

	it('makes new invoices with discounts and credits', async () => {
		const sandbox = await start();
		const client = sdk(sandbox);
		const params = {
			customer_id: SEEDED.customers.acme,
			currency_code: 'USD',
			auto_collection: 'off' as const,
			po_number: 'PO-7',
			charges: [{ amount: 1000, description: 'API calls', date_from: now() - DAY, date_to: now() }],
			item_prices: [{ item_price_id: SEEDED.prices.usage, quantity: 5 }],
			discounts: [{ apply_on: 'invoice_amount' as const, amount: 300 }],
		};
		const { invoice } = await client.invoice.createForChargeItemsAndCharges(params);
		expect(invoice).toMatchObject({ status: 'posted', sub_total: 1500, total: 1200, po_number: 'PO-7', net_term_days: 30 });

		const { credit_note: note } = await client.creditNote.create({
			type: 'adjustment',
			reference_invoice_id: invoice.id,
			total: 200,
		});
		expect(note).toMatchObject({ status: 'adjusted', total: 200 });
		expect((await client.invoice.retrieve(invoice.id)).invoice).toMatchObject({ amount_due: 1000, amount_adjusted: 200 });

		await client.promotionalCredit.add({
			customer_id: SEEDED.customers.acme,
			amount: 400,
			description: 'Credit of bill 1',
			reference: 'bill-1',
		});
		await client.creditNote.create({ type: 'store', customer_id: SEEDED.customers.acme, total: 150 });
		const pending = (
			await client.invoice.createForChargeItemsAndCharges({ ...params, discounts: undefined, create_pending_invoice: true })
		).invoice;
		expect(pending).toMatchObject({ status: 'pending', total: 1500 });
		const closed = (await client.invoice.close(pending.id)).invoice;
		expect(closed).toMatchObject({ total: 1100, credits_applied: 150, amount_due: 950 });
		expect((await client.customer.retrieve(SEEDED.customers.acme)).customer).toMatchObject({
			promotional_credits: 0,
			refundable_credits: 0,
		});

		await client.invoice.voidInvoice(closed.id, { comment: 'wrong month' });
		expect((await client.invoice.retrieve(closed.id)).invoice.status).toBe('voided');
		expect(sandbox.violations).toEqual([]);
	});

	it('collects at once under automatic collection', async () => {
		const sandbox = await start();
		const invoice = (
			await sdk(sandbox).invoice.createForChargeItemsAndCharges({
				customer_id: SEEDED.customers.globex,
				charges: [{ amount: 990, description: 'Storage' }],
			})
		).invoice;
		expect(invoice).toMatchObject({ status: 'paid', amount_due: 0, amount_paid: 990, currency_code: 'EUR' });
	});
});

describe('pending invoices', () => {
	it('are consolidated for customers who want that, and lines name their subscription', async () => {
		const sandbox = await start();
		const client = sdk(sandbox);
		const at = now();
		const [first, second] = ['a', 'b'].map((id) => sandbox.createSubscription({ id, customerId: SEEDED.customers.initech }));
		const { id } = sandbox.renew({ id: first.id, at }) ?? { id: '' };
		expect(sandbox.renew({ id: second.id, at })?.id).toBe(id);

		expect((await client.invoice.list({ subscription_id: { is: 'a' }, status: { is: 'pending' } })).list).toEqual([]);
		const { invoice } = (await client.invoice.list({ customer_id: { is: SEEDED.customers.initech }, status: { is: 'pending' } }))
			.list[0];
		expect(invoice.subscription_id).toBeUndefined();
		expect(invoice.line_items?.map((line) => line.subscription_id)).toEqual(['a', 'b']);

		await expect(client.invoice.addCharge(id, { amount: 5, description: 'whose?' })).rejects.toMatchObject({
			param: 'subscription_id',
		});
		const { invoice: after } = await client.invoice.addCharge(id, { amount: 5, description: 'of b', subscription_id: 'b' });
		expect(after.line_items?.at(-1)?.subscription_id).toBe('b');
		expect(sandbox.violations).toEqual([]);
	});

	it('pile up when nobody closes them, and hold 300 lines per answer', async () => {
		const sandbox = await start();
		const { subscription, invoice } = renewed(sandbox);
		const next = sandbox.renew({ id: subscription.id });
		const dates = (
			await sdk(sandbox).invoice.list({
				subscription_id: { is: subscription.id },
				status: { is: 'pending' },
				'sort_by[asc]': 'date',
			})
		).list;
		expect(dates.map((row) => row.invoice.id)).toEqual([invoice.id, next?.id]);

		for (let count = 0; count < 305; count++)
			await call(sandbox, 'POST', `/invoices/${invoice.id}/add_charge`, `amount=1&description=Line+${count}`);
		const read = (await sdk(sandbox).invoice.retrieve(invoice.id)).invoice;
		expect(read.line_items).toHaveLength(300);
		const rest = (
			await sdk(sandbox).invoice.retrieve(invoice.id, { line_items_limit: 300, line_items_offset: read.line_items_next_offset })
		).invoice;
		expect(rest.line_items).toHaveLength(6);
		expect(rest.line_items_next_offset).toBeUndefined();
	});

	it('are deleted rather than closed when they hold nothing', async () => {
		const sandbox = await start();
		const { invoice } = renewed(sandbox);
		const { id } = invoice.line_items[0];
		expect(
			(await call(sandbox, 'POST', `/invoices/${invoice.id}/delete_line_items`, `line_items[id][0]=${id}`)).body,
		).toMatchObject({ invoice: { total: 0 } });
		expect(await call(sandbox, 'POST', `/invoices/${invoice.id}/close`)).toMatchObject({ status: 400 });
		expect(await call(sandbox, 'POST', `/invoices/${invoice.id}/delete`)).toMatchObject({
			status: 200,
			body: { invoice: { deleted: true } },
		});
		expect(await call(sandbox, 'GET', `/invoices/${invoice.id}`)).toMatchObject({ status: 404 });
		expect((await call(sandbox, 'GET', '/invoices?include_deleted=true&status[is]=pending')).body.list).toHaveLength(1);
	});

	it('do not exist without metered billing', async () => {
		const sandbox = await start({ meteredBilling: false });
		expect(renewed(sandbox).invoice).toMatchObject({ status: 'posted' });
		const form = `customer_id=${SEEDED.customers.acme}&charges[amount][0]=5&charges[description][0]=x&create_pending_invoice=true`;
		expect((await call(sandbox, 'POST', '/invoices/create_for_charge_items_and_charges', form)).body.api_error_code).toBe(
			'configuration_incompatible',
		);
	});

	it('bear tax when the site has taxes', async () => {
		const sandbox = await start({ taxRate: 20 });
		const form = `customer_id=${SEEDED.customers.acme}&charges[amount][0]=1000&charges[description][0]=x&charges[amount][1]=500&charges[description][1]=y&charges[taxable][1]=false`;
		const { body } = await call(sandbox, 'POST', '/invoices/create_for_charge_items_and_charges', form);
		expect(body.invoice).toMatchObject({ sub_total: 1500, tax: 200, total: 1700 });
	});
});
